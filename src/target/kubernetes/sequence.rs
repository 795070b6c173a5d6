//! Sequences: one Job each, named by everything in it.

use super::container::{Container, TOOLBOX};
use super::object::Item;
use super::pod::Pod;
use super::quota::Load;
use super::{Context, workload};
use crate::artifact::{Lowered, StageName};
use crate::document::{Map, map};
use crate::plan::{FLAG_DIR, Sequence};

/// How often the whole sequence is tried again, 10 and then 20 seconds after a failure.
const RETRIES: u32 = 2;
/// Seconds after which a sequence that hangs is ended.
const DEADLINE: u32 = 3600;

/// Finds what Linux would refuse.
pub(super) fn check(context: Context, sequence: &Sequence, out: &mut Lowered) {
    for step in &sequence.steps {
        let name = format!("{} of {}", step.name, sequence.name);
        workload::check_strings(context, &name, step.command.iter(), &step.env, step.origin, out);
    }
}

/// The name of the Job and everything that the sequence needs.
///
/// A Job cannot be changed, so another content is another Job. A failed try is repeated as a whole, in a new pod: the
/// first step looks into the store and decides what the others have to do, also after a seed that broke off. Two tries
/// never run at once.
pub(super) fn items<'a>(context: Context<'a>, sequence: &'a Sequence, load: &mut Load) -> (String, Vec<Item<'a>>) {
    const COMPONENT: &str = "prepare";
    let mut pod = Pod::new(context, &sequence.name, COMPONENT, sequence.origin);
    pod.init(Container::toolbox(&format!("{FLAG_DIR}/{}", sequence.store)));
    if let Some((last, steps)) = sequence.steps.split_last() {
        for step in steps {
            pod.init(Container::step(step));
        }
        pod.last(Container::step(last));
    }
    pod.volume(map! { "name" => TOOLBOX, "emptyDir" => Map::new() });
    let template = pod.finish(map! { "restartPolicy" => "Never" });
    load.pods(1, template.requests);
    load.sizes(&template.sizes);

    let name = format!("{}-{}", sequence.name, template.hash);
    let spec = map! {
        "backoffLimit" => RETRIES,
        "activeDeadlineSeconds" => DEADLINE,
        "podReplacementPolicy" => "Failed",
        "template" => template.doc,
    };
    let job = Item::new("batch/v1", "Job", name.as_str(), StageName::Prepare)
        .of(&sequence.name, COMPONENT, sequence.origin)
        .with("spec", spec);
    let items = std::iter::once(job).chain(template.items).collect();
    (name, items)
}
