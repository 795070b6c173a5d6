//! `up.sh`, `down.sh`, `run.sh` and `cron.sh`.

use minijinja::{Value, context};

use super::super::TerraformSettings;
use super::{AwsSettings, down, names};
use crate::artifact::{Lowered, Mode};
use crate::document::hcl::identifier;
use crate::plan::{Environment, Process, ProcessKind, Scoped, Vault};
use crate::target::{fetch, outside, script};

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
    let (timed, services): (Vec<&Process>, Vec<&Process>) =
        environment.processes.iter().partition(|process| matches!(process.kind, ProcessKind::Cron { .. }));
    let services: Vec<String> = services.iter().map(|process| process.name.clone()).collect();
    let schedules: Vec<String> = timed.iter().map(|cron| names::dotted(environment, &cron.name)).collect();
    let tasks = timed.iter().map(|cron| cron.name.as_str());
    let sequences = environment.sequences.iter().map(|sequence| sequence.name.as_str());
    let families: Vec<&str> = services.iter().map(String::as_str).chain(tasks).chain(sequences).collect();
    let drop = |one: &Scoped| {
        let definition = format!("aws_ecs_task_definition.{}", identifier(&one.name));
        context! { name => one.name.clone(), left => down::left(one), definition }
    };
    let values = context! {
        id => environment.id.to_string(),
        repository => environment.scope.repository.clone(),
        epoch => environment.scope.epoch,
        url => if environment.hosts.names.is_empty() { String::new() } else { environment.url.clone() },
        region => aws.region.clone(),
        cluster => aws.cluster.clone(),
        subnets => aws.subnets.join(","),
        public => if aws.public_ip { "ENABLED" } else { "DISABLED" },
        logs => names::logs(environment),
        family => names::task(environment, ""),
        services => services.clone(),
        service_names => services.join(" "),
        schedules => schedules.join(" "),
        families => families.join(" "),
        is_local => settings.cloud.backend.is_none(),
        stem => fetch::stem(environment),
        outside => outside::scripts(environment),
        fetches => fetches,
        drops => environment.shared.scoped.iter().map(drop).collect::<Vec<_>>(),
        lefts => environment.shared.scoped.iter().map(|one| identifier(&down::left(one))).collect::<Vec<_>>().join(" "),
        left_over => down::left_over(aws, environment),
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
