//! `up.sh`, `down.sh`, `run.sh` and `cron.sh`.

use minijinja::{Value, context};

use super::super::TerraformSettings;
use super::{AwsSettings, down, names};
use crate::artifact::{Lowered, Mode};
use crate::plan::{CHECK, Environment, ProcessKind, Vault};
use crate::target::{fetch, outside, script, shared};

/// Writes them.
pub fn write(
    settings: &TerraformSettings,
    aws: &AwsSettings,
    environment: &Environment,
    vault: &Vault,
    out: &mut Lowered,
) {
    let crons = script::crons(environment);
    let fetches: Vec<Value> = fetch::fetches(environment).iter().map(|fetch| fetch.context(environment)).collect();
    let services = environment.processes.iter().filter(|process| !matches!(process.kind, ProcessKind::Cron { .. }));
    let services: Vec<String> = services.map(|process| process.name.clone()).collect();
    let checks = environment.sequences.iter().filter(|one| one.steps.iter().any(|step| step.name == CHECK));
    let quoted = |argv: Vec<String>| argv;
    let values = context! {
        id => environment.id.to_string(),
        repository => environment.scope.repository.clone(),
        key => environment.fingerprint.clone(),
        epoch => environment.scope.epoch,
        url => if environment.hosts.names.is_empty() { String::new() } else { environment.url.clone() },
        region => aws.region.clone(),
        cluster => aws.cluster.clone(),
        subnets => aws.subnets.join(","),
        public => if aws.public_ip { "ENABLED" } else { "DISABLED" },
        logs => names::logs(environment),
        family => names::task(environment, ""),
        services => services,
        checks => checks.map(|one| one.name.clone()).collect::<Vec<_>>(),
        check => CHECK,
        is_local => settings.cloud.backend.is_none(),
        stem => fetch::stem(environment),
        outside => outside::scripts(environment),
        fetches => fetches,
        drops => environment.shared.scoped.iter().map(|one| one.name.clone()).collect::<Vec<_>>(),
        lefts => environment.shared.scoped.iter().map(down::left).collect::<Vec<_>>(),
        left_over => down::left_over(environment).into_iter().map(quoted).collect::<Vec<_>>(),
        made => shared::made(environment),
        crons => crons.clone(),
        fetched_here => false,
        runner => "up.sh",
    };
    let mut scripts = vec![
        ("up.sh", include_str!("../../../../templates/scripts/aws-up.sh.jinja")),
        ("down.sh", include_str!("../../../../templates/scripts/aws-down.sh.jinja")),
        ("run.sh", include_str!("../../../../templates/scripts/aws-run.sh.jinja")),
    ];
    if !crons.is_empty() {
        scripts.push(("cron.sh", include_str!("../../../../templates/scripts/aws-cron.sh.jinja")));
    }
    if !fetch::fetches(environment).is_empty() {
        scripts.push((fetch::SCRIPT, include_str!("../../../../templates/scripts/terraform-imports.sh.jinja")));
    }
    for (name, template) in scripts {
        script::write(name, template, &values, out);
    }
    if let Some(masks) = script::masks(environment, vault) {
        out.file(script::MASKS, masks, Mode::Private);
    }
}
