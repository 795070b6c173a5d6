//! `up.sh` and `down.sh`.

use minijinja::context;

use super::object::{OWNER, RENDER, REPOSITORY};
use super::{Context, copies, down, imports, namespace, object, stages};
use crate::artifact::{Lowered, Mode, StageName};
use crate::plan::{CHECK, Sequence};
use crate::target::{fetch, outside, script, shared};

/// How many seconds lie between two looks of `up.sh` at what it waits for; for the last of them it sleeps.
const LOOK: u32 = 10;

/// Writes the scripts, and the list of what they must hide.
pub(super) fn write(
    context: Context,
    files: &[StageName],
    jobs: &[String],
    drops: &[String],
    render: &str,
    out: &mut Lowered,
) {
    let environment = context.environment;
    let id = environment.id.as_str();
    let copies: Vec<_> = copies::copies(context)
        .iter()
        .map(
            |copy| context! { from => format!("{}/{}", copy.namespace, copy.name), read => copy.read(context, render) },
        )
        .collect();
    let fetches = imports::fetches(context);
    // The namespace first, then what is copied into it, then the rest; the limits once all of it is up.
    let apart = [StageName::Namespace, StageName::Limits];
    let middle = files.iter().filter(|stage| !apart.contains(stage));
    let overridden = !environment.overrides.is_empty();
    let applied = |stage: StageName| if overridden { stage.as_str().to_owned() } else { object::path(stage) };
    let values = context! {
        id,
        render,
        copies,
        fetches => fetches.iter().map(|fetch| fetch.context(environment)).collect::<Vec<_>>(),
        stem => fetch::stem(environment),
        fetched => imports::FETCHED,
        fetched_here => false,
        labels => imports::label_words(context, render),
        external => imports::wait(context).unwrap_or_default(),
        repository => environment.scope.repository.clone(),
        owner => namespace::owner(context),
        key => environment.fingerprint.clone(),
        epoch => environment.scope.epoch,
        url => if files.contains(&StageName::Routes) { environment.url.as_str() } else { "" },
        made => stages::made(context),
        elsewhere => shared::made(environment),
        lift => stages::lift(context),
        overridden,
        first => applied(StageName::Namespace),
        middle => middle.map(|stage| applied(*stage)).collect::<Vec<_>>(),
        last => applied(StageName::Limits),
        config => applied(StageName::Config),
        prepare => applied(StageName::Prepare),
        jobs => jobs.to_vec(),
        drops => drops.to_vec(),
        outside => outside::scripts(environment),
        stop => down::stop(context),
        apply_drops => down::apply(),
        needed => outside::needed(environment).unwrap_or_else(|| down::FILE.to_owned()),
        drop_tries => down::PATIENCE / LOOK,
        checked => checked(context, jobs),
        job_names => jobs.join(" "),
        mutable => stages::mutable(context).collect::<Vec<_>>(),
        stores => stages::rollouts(context, StageName::Data).collect::<Vec<_>>(),
        services => stages::rollouts(context, StageName::Services).collect::<Vec<_>>(),
        watch => format!("{}s", LOOK - 1),
        tries => stages::PATIENCE / LOOK,
        delete_patience => format!("{}s", stages::DELETE_PATIENCE),
        render_path => jsonpath("labels", RENDER),
        owner_path => jsonpath("labels", OWNER),
        repository_path => jsonpath("annotations", REPOSITORY),
        volumes => stages::volumes(id, false),
        released => stages::volumes(id, true),
        reclaim => stages::RECLAIM,
    };
    let mut scripts = vec![
        ("up.sh", include_str!("../../../templates/scripts/kubernetes-up.sh.jinja")),
        ("down.sh", include_str!("../../../templates/scripts/kubernetes-down.sh.jinja")),
    ];
    if !fetches.is_empty() {
        scripts.push((fetch::SCRIPT, include_str!("../../../templates/scripts/kubernetes-imports.sh.jinja")));
    }
    for (path, template) in scripts {
        script::write(path, template, &values, out);
    }
    if let Some(masks) = script::masks(environment, context.vault) {
        out.file(script::MASKS, masks, Mode::Private);
    }
}

/// The Jobs that begin with a look into their store, as `kubectl logs` names them.
fn checked(context: Context, jobs: &[String]) -> Vec<String> {
    let looks = |sequence: &&Sequence| sequence.steps.iter().any(|step| step.name == CHECK);
    let sequences = context.environment.sequences.iter().zip(jobs);
    sequences.filter(|(sequence, _)| looks(sequence)).map(|(_, job)| format!("job/{job}")).collect()
}

/// The JSONPath of a label or an annotation, in which a dot is escaped.
fn jsonpath(map: &str, key: &str) -> String {
    format!("{{.metadata.{map}.{}}}", key.replace('.', "\\."))
}
