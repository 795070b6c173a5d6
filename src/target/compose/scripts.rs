//! `up.sh`, `down.sh`, `cron.sh`, and what they read.

use minijinja::context;

use super::file::{Project, Services};
use super::{Expose, down, imports, removal};
use crate::artifact::{Lowered, Mode};
use crate::plan::{Environment, ProcessKind, TOOLBOX_IMAGE, Vault};
use crate::target::engine::labels;
use crate::target::{fetch, outside, script, shared};

/// Makes the env files of what removes stores from shared servers.
pub(super) const IMPORTS_DOWN: &str = "down/imports.sh";

/// Writes the scripts.
pub fn write(project: &Project<'_>, services: &Services<'_>, vault: &Vault, out: &mut Lowered) {
    let environment = project.environment;
    let crons = script::crons(environment);
    let fetches = fetch::fetches(environment);
    let fetches_down = fetch::fetches_down(environment);
    let contexts =
        |fetches: &[fetch::Fetch]| fetches.iter().map(|fetch| fetch.context(environment)).collect::<Vec<_>>();
    let waited = environment.processes.iter().any(|process| project.containers.is_last(process));
    let leads_in = !services.gateway.is_empty() && project.settings.expose != Expose::None;
    let values = context! {
        id => environment.id.to_string(),
        repository => environment.scope.repository.clone(),
        key => environment.fingerprint.clone(),
        files => removal::files(environment),
        epoch => environment.scope.epoch,
        toolbox => if project.containers.has_toolbox() { project.containers.toolbox.clone() } else { String::new() },
        toolbox_image => TOOLBOX_IMAGE,
        url => if leads_in { environment.url.clone() } else { String::new() },
        builds => project.builders.iter().next().is_some(),
        images => owned(project.builders.iter().map(|(reference, _)| reference)),
        commit => environment.pull_request.head_sha.clone(),
        sources => if project.settings.build_root.is_empty() { "." } else { project.settings.build_root.as_str() },
        mutable => owned(mutable(project)),
        long_lived => owned(services.long_lived()),
        silent => owned(silent(environment)),
        unawaited => owned(project.containers.unawaited().filter(|_| !waited)),
        crons => crons,
        drops => owned(environment.shared.scoped.iter().map(|one| one.name.as_str())),
        lefts => environment.shared.scoped.iter().map(down::left).collect::<Vec<_>>(),
        elsewhere => shared::made(environment),
        needed => outside::needed(environment).unwrap_or_else(|| down::FILE.to_owned()),
        fetches => contexts(&fetches),
        fetches_down => contexts(&fetches_down),
        imports_down => IMPORTS_DOWN,
        outside => outside::scripts(environment),
        pushed => labels::pushed_words(environment),
        stem => fetch::stem(environment),
        services => imports::services(environment),
        fetched_here => false,
        runner => "up.sh",
        checks => project.containers.checks().collect::<Vec<_>>(),
    };

    let mut scripts = vec![
        ("up.sh", include_str!("../../../templates/scripts/compose-up.sh.jinja")),
        ("down.sh", include_str!("../../../templates/scripts/compose-down.sh.jinja")),
    ];
    if !services.crons.is_empty() {
        scripts.push(("cron.sh", include_str!("../../../templates/scripts/compose-cron.sh.jinja")));
    }
    if !fetches.is_empty() {
        scripts.push((fetch::SCRIPT, include_str!("../../../templates/scripts/compose-imports.sh.jinja")));
    }
    let below = context! {
        fetches => contexts(&fetches_down),
        stem => fetch::stem(environment),
        services => imports::services_down(environment),
        fetched_here => true,
        runner => "down.sh",
    };
    let down = (IMPORTS_DOWN, include_str!("../../../templates/scripts/compose-imports.sh.jinja"), &below);
    let all = scripts.into_iter().map(|(name, template)| (name, template, &values));
    for (name, template, values) in all.chain((!fetches_down.is_empty()).then_some(down)) {
        script::write(name, template, values, out);
    }
    if let Some(masks) = script::masks(environment, vault) {
        out.file(script::MASKS, masks, Mode::Private);
    }
}

/// Long-lived processes that cannot be asked for their health.
fn silent(environment: &Environment) -> impl Iterator<Item = &str> {
    let long_lived = environment.processes.iter().filter(|process| !matches!(process.kind, ProcessKind::Cron { .. }));
    long_lived.filter(|process| process.health.is_none()).map(|process| process.name.as_str())
}

/// Services whose image is not built here and may come to mean another one.
fn mutable<'a>(project: &Project<'a>) -> impl Iterator<Item = &'a str> {
    let pulled = project.environment.processes.iter().filter(|p| p.image.mutable && p.image.build.is_none());
    pulled.map(|process| process.name.as_str())
}

fn owned<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}
