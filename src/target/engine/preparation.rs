//! What happens before the consumers of a store start: the toolbox, and every sequence as a chain of one-shot containers.
//! Each waits for the one before to end well. A chain may run again as a whole; its first step then finds in the store that
//! there is nothing to do, and flags in the toolbox's volume tell the others.

use std::borrow::Cow;

use super::health::HTTP_CHECK_SCRIPT;
use super::{Condition, Container, Containers, Kind, Mount, names, owned};
use crate::artifact::Lowered;
use crate::plan::{Image, ROTATE, Sequence, Size, Source, TOOLBOX_IMAGE, Value, Variable};
use crate::resolve::Origin;

/// Fills the volume: `sh -c PREPARE NAME STORE…`. A busybox that runs cannot be written to, so a new one takes its place.
/// Flags of an earlier run go, whoever wrote them.
const PREPARE: &str = r#"set -eu
if [ -f /previewc/key ] && [ "$(cat /previewc/key)" != "$PREVIEWC_KEY_FINGERPRINT" ]; then
  echo "The stores of this environment were made with another key, and would refuse its passwords." >&2
  echo "Render with the key of before, or take the environment down first (down.sh)." >&2
  exit 1
fi
epoch=0
if [ -f /previewc/epoch ]; then epoch=$(cat /previewc/epoch); fi
if [ "$PREVIEWC_EPOCH" -lt "$epoch" ]; then
  echo "The credentials of this environment were rotated to epoch $epoch: epoch $PREVIEWC_EPOCH is over." >&2
  echo "Render with --epoch $epoch, or take the environment down first (down.sh)." >&2
  exit 1
fi
if [ -f /previewc/key ] && [ "$PREVIEWC_EPOCH" -gt "$((epoch + 1))" ]; then
  echo "The credentials of this environment are of epoch $epoch, and only the next epoch can take their place." >&2
  echo "Render with --epoch $((epoch + 1)) and bring it up, or take it down first (down.sh)." >&2
  exit 1
fi
if [ "$PREVIEWC_EPOCH" -gt "$epoch" ] && [ -f /previewc/rotating ]; then
  for store in $(cat /previewc/rotating); do
    [ ! -e "/previewc/run/$store/rotated" ] || continue
    echo "$store is not known to have the credentials of epoch $epoch yet, without which the next cannot be set." >&2
    echo "Render with --epoch $epoch and bring it up, or take it down first (down.sh)." >&2
    exit 1
  done
fi
printf %s "$PREVIEWC_KEY_FINGERPRINT" >/previewc/key
printf %s "$PREVIEWC_ROTATING" >/previewc/rotating
printf %s "$PREVIEWC_EPOCH" >/previewc/epoch
cp /bin/busybox /previewc/busybox.new
printf %s "$PREVIEWC_HTTP_OK" >/previewc/http-ok.new
chmod 0755 /previewc/busybox.new /previewc/http-ok.new
mv -f /previewc/busybox.new /previewc/busybox
mv -f /previewc/http-ok.new /previewc/http-ok
for store in "$@"; do
  rm -rf "/previewc/run/$store"
  mkdir -p "/previewc/run/$store"
  chmod 1777 "/previewc/run/$store"
done
printf %s "${PREVIEWC_OWNED:-}" | while read -r user volume; do
  [ "$(stat -c %u "/volumes/$volume")" != 0 ] || chown "$user:$user" "/volumes/$volume"
done
"#;

/// The toolbox.
pub(super) fn toolbox<'a>(all: &Containers<'a>) -> Container<'a> {
    let environment = all.environment;
    let mut entrypoint: Vec<Cow<'a, str>> =
        ["/bin/busybox", "sh", "-c", PREPARE, "toolbox"].map(Cow::Borrowed).to_vec();
    entrypoint.extend(environment.sequences.iter().map(|sequence| Cow::Borrowed(sequence.store.as_str())));
    let rotates = |sequence: &&Sequence| sequence.steps.iter().any(|step| step.name == ROTATE);
    let rotating = environment.sequences.iter().filter(rotates).map(|sequence| sequence.store.as_str());
    let mut env = vec![
        told("PREVIEWC_EPOCH", environment.scope.epoch.to_string()),
        told("PREVIEWC_HTTP_OK", HTTP_CHECK_SCRIPT),
        told("PREVIEWC_KEY_FINGERPRINT", &environment.fingerprint),
        told("PREVIEWC_ROTATING", rotating.collect::<Vec<_>>().join(" ")),
    ];
    let mut mounts = vec![all.toolbox_mount(false)];
    let mut owners = String::new();
    for (volume, user) in environment.processes.iter().flat_map(owned) {
        owners.push_str(&format!("{user} {}\n", volume.name));
        let target = Cow::Owned(format!("/volumes/{}", volume.name));
        mounts.push(Mount::Volume { key: Cow::Borrowed(&volume.name), target, read_only: false });
    }
    // Flags belong to the users of the steps that wrote them.
    let mut capabilities = vec!["DAC_OVERRIDE".to_owned(), "FOWNER".to_owned()];
    if !owners.is_empty() {
        env.push(told("PREVIEWC_OWNED", owners));
        capabilities.insert(0, "CHOWN".to_owned());
    }
    Container {
        entrypoint: Some(entrypoint),
        env: Cow::Owned(env),
        mounts,
        user: Some(0),
        capabilities: Cow::Owned(capabilities),
        ..Container::new(
            all.toolbox.clone(),
            Kind::OneShot { sequence: None },
            Origin::NONE,
            Cow::Owned(Image::given(TOOLBOX_IMAGE)),
            Size { cpu_millis: 500, memory: 64 << 20 },
        )
    }
}

fn told(name: &str, value: impl AsRef<str>) -> Variable {
    Variable {
        name: name.to_owned(),
        value: Value::text(value),
        source: Source::Generated { from: "the toolbox".to_owned() },
        origin: Origin::NONE,
    }
}

/// The containers of a sequence, in order.
pub(super) fn chain<'a>(all: &Containers<'a>, sequence: &'a Sequence, out: &mut Lowered) -> Vec<Container<'a>> {
    let environment = all.environment;
    let mut before: Option<String> = None;
    let mut chain = Vec::new();
    for (index, step) in sequence.steps.iter().enumerate() {
        let name = names::step(environment, sequence, index, step);
        let mut container = Container {
            env: Cow::Borrowed(&step.env),
            files: &step.files,
            user: step.user,
            mounts: vec![all.toolbox_mount(false)],
            ..Container::new(
                name.clone(),
                Kind::OneShot { sequence: Some(sequence) },
                step.origin,
                Cow::Borrowed(&step.image),
                step.size,
            )
        };
        container.run(&step.command, &[], out);
        if let Some((path, target)) = &step.source {
            container.mounts.push(Mount::Source { path, target });
        }
        // A client's image is often the store's own, which asks for a volume at its data's place: one without a name.
        let store = environment.process(&sequence.store).filter(|store| store.image == step.image);
        container.scratch = store.and_then(|store| store.volumes.first()).map(|volume| volume.path.as_str());
        match before.replace(name) {
            Some(before) => container.wait(before, Condition::Completed),
            None => {
                container.wait(all.toolbox.clone(), Condition::Completed);
                // A store on a shared server has no container.
                if environment.process(&sequence.store).is_some() {
                    container.wait(sequence.store.as_str(), all.serving(&sequence.store));
                }
            }
        }
        chain.push(container);
    }
    chain
}
