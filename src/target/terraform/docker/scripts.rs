//! `up.sh`, `down.sh` and `cron.sh`.

use minijinja::{Value, context};

use super::super::{DockerSettings, TerraformSettings};
use super::{down, one_shots, removal};
use crate::artifact::{Lowered, Mode};
use crate::document::hcl::identifier;
use crate::plan::{TOOLBOX_IMAGE, Vault};
use crate::target::engine::{Containers, labels};
use crate::target::{fetch, outside, script, shared};

/// Writes them.
pub fn write(
    settings: &TerraformSettings,
    engine: &DockerSettings,
    containers: &Containers<'_>,
    vault: &Vault,
    out: &mut Lowered,
) {
    let environment = containers.environment;
    let crons = script::crons(environment);
    let ended: Vec<Value> = one_shots(containers)
        .map(|(container, address)| {
            context! {
                container => removal::container(environment, &container.name),
                address => address,
                resource => format!("docker_container.{}", identifier(&container.name)),
            }
        })
        .collect();
    let contexts =
        |fetches: &[fetch::Fetch]| fetches.iter().map(|fetch| fetch.context(environment)).collect::<Vec<_>>();
    let fetches_down = fetch::fetches_down(environment);
    let values = context! {
        id => environment.id.to_string(),
        repository => environment.scope.repository.clone(),
        key => environment.fingerprint.clone(),
        epoch => environment.scope.epoch,
        url => environment.url.clone(),
        host => engine.host.clone().unwrap_or_default(),
        toolbox => if containers.has_toolbox() { containers.toolbox.clone() } else { String::new() },
        toolbox_image => TOOLBOX_IMAGE,
        is_local => settings.cloud.backend.is_none(),
        stem => fetch::stem(environment),
        ended => ended,
        checks => containers.checks().map(|name| removal::container(environment, &name)).collect::<Vec<_>>(),
        silent => silent(containers),
        outside => outside::scripts(environment),
        pushed => labels::pushed_words(environment),
        fetches => contexts(&fetch::fetches(environment)),
        fetches_down => contexts(&fetches_down),
        imports_down => down::IMPORTS,
        drops => environment.shared.scoped.iter().map(down::drop_script).collect::<Vec<_>>(),
        lefts => environment.shared.scoped.iter().map(down::left_script).collect::<Vec<_>>(),
        made => shared::made(environment),
        fetched_here => false,
        runner => "up.sh",
        crons => crons.clone(),
    };
    let mut scripts = vec![
        ("up.sh", include_str!("../../../../templates/scripts/terraform-up.sh.jinja")),
        ("down.sh", include_str!("../../../../templates/scripts/terraform-down.sh.jinja")),
    ];
    if !crons.is_empty() {
        scripts.push(("cron.sh", include_str!("../../../../templates/scripts/terraform-cron.sh.jinja")));
    }
    const IMPORTS_SH: &str = include_str!("../../../../templates/scripts/terraform-imports.sh.jinja");
    if !environment.imports.is_empty() {
        scripts.push((fetch::SCRIPT, IMPORTS_SH));
    }
    let below = context! {
        fetches => contexts(&fetches_down),
        stem => fetch::stem(environment),
        fetched_here => true,
        runner => "down.sh",
    };
    let all = scripts.into_iter().map(|(name, template)| (name, template, &values));
    for (name, template, values) in all.chain((!fetches_down.is_empty()).then_some((down::IMPORTS, IMPORTS_SH, &below)))
    {
        script::write(name, template, values, out);
    }
    if let Some(masks) = script::masks(environment, vault) {
        out.file(script::MASKS, masks, Mode::Private);
    }
}

/// Long-lived containers that cannot be asked for their health.
fn silent(containers: &Containers<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for container in containers.long_lived().filter(|container| container.health.is_none()) {
        out.extend(removal::names(containers.environment, container));
    }
    out
}
