//! What happens before the consumers of a store start: the toolbox, and every sequence as a chain of one-shot services.
//! Each waits for the one before to end well. Compose runs exited one-shots again on every `up`; the first step of a
//! sequence then finds in the store that there is nothing to do, and flags in the toolbox's volume tell the others.

use super::file::Project;
use super::health::HTTP_CHECK_SCRIPT;
use super::service::{completed, confine, files, variables, vectors};
use super::{images, labels, limits, names, service};
use crate::artifact::Lowered;
use crate::document::{Doc, Map, list, map};
use crate::plan::{ROTATE, Sequence, Size, TOOLBOX_IMAGE, Vault};

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

/// The toolbox's service.
pub fn toolbox<'a>(project: &Project<'a>) -> Map<'a> {
    let mut entrypoint: Vec<Doc<'a>> = ["/bin/busybox", "sh", "-c", PREPARE, "toolbox"].map(Doc::from).to_vec();
    entrypoint.extend(project.environment.sequences.iter().map(|sequence| Doc::from(&sequence.store)));
    let rotates = |sequence: &&Sequence| sequence.steps.iter().any(|step| step.name == ROTATE);
    let rotating = project.environment.sequences.iter().filter(rotates).map(|sequence| sequence.store.as_str());
    let mut environment = map! {
        "PREVIEWC_EPOCH" => project.environment.scope.epoch.to_string(),
        "PREVIEWC_HTTP_OK" => HTTP_CHECK_SCRIPT,
        "PREVIEWC_KEY_FINGERPRINT" => &project.environment.fingerprint,
        "PREVIEWC_ROTATING" => rotating.collect::<Vec<_>>().join(" "),
    };
    let mut mounts = vec![project.toolbox_mount()];
    let mut owned = String::new();
    for (volume, user) in project.environment.processes.iter().flat_map(service::owned) {
        owned.push_str(&format!("{user} {}\n", volume.name));
        let target = format!("/volumes/{}", volume.name);
        mounts.push(map! { "type" => "volume", "source" => &volume.name, "target" => target });
    }
    // Flags belong to the users of the steps that wrote them.
    let mut capabilities = vec!["DAC_OVERRIDE", "FOWNER"];
    if !owned.is_empty() {
        environment.insert("PREVIEWC_OWNED", owned);
        capabilities.insert(0, "CHOWN");
    }
    let mut service = map! {
        "image" => TOOLBOX_IMAGE,
        "entrypoint" => Doc::List(entrypoint),
        "environment" => environment,
        "volumes" => mounts,
        "restart" => "no",
    };
    limits::add(&mut service, Size { cpu_millis: 500, memory: 64 << 20 });
    service.insert("user", "0");
    service.insert("cap_drop", list!["ALL"]);
    service.insert("cap_add", capabilities.into_iter().map(Doc::from).collect::<Doc<'_>>());
    service.insert("security_opt", list!["no-new-privileges:true"]);
    service.insert("labels", labels::belonging(project.environment));
    service
}

/// Adds the services of a sequence, in order.
pub fn chain<'a>(
    project: &Project<'a>,
    sequence: &'a Sequence,
    vault: &Vault,
    services: &mut Map<'a>,
    out: &mut Lowered,
) {
    let mut before: Option<String> = None;
    for (index, step) in sequence.steps.iter().enumerate() {
        let name = names::step(project.environment, sequence, index, step);
        let mut service = Map::new();
        project.builders.add(&mut service, &name, &step.image, project.settings, project.environment);
        vectors(&mut service, &name, &step.command, &[], step.origin, out);
        variables(&mut service, "", &name, &step.env, project.environment, vault, out);
        let mut labels = labels::belonging(project.environment);
        let mut mounts = vec![project.toolbox_mount()];
        files(&mut mounts, &mut labels, &name, &step.files, out);
        if let Some((path, target)) = &step.source {
            mounts.push(map! {
                "type" => "bind",
                "source" => images::joined(&project.settings.build_root, path),
                "target" => target,
                "read_only" => true,
                "bind" => map! { "create_host_path" => false },
            });
        }
        service.insert("volumes", mounts);
        // A client's image is often the store's own, which asks for a volume at its data's place: one without a name.
        let store = project.environment.process(&sequence.store).filter(|store| store.image == step.image);
        if let Some(volume) = store.and_then(|store| store.volumes.first()) {
            service.insert("tmpfs", list![&volume.path]);
        }
        let waits = match before.replace(name.clone()) {
            Some(before) => map! { before => completed() },
            None => {
                let mut waits = map! { project.toolbox.clone() => completed() };
                // A store on a shared server has no service.
                if project.environment.process(&sequence.store).is_some() {
                    waits.insert(&sequence.store, project.serving(&sequence.store));
                }
                waits
            }
        };
        service.insert("depends_on", waits);
        service.insert("restart", "no");
        limits::add(&mut service, step.size);
        confine(&mut service, step.user, &[]);
        service.insert("labels", labels);
        services.insert(name, service);
    }
}
