//! Processes as ECS services, storage on EFS, and sequences as tasks that run once.

use super::stack::{File, Stack};
use super::task::{self, Task};
use super::{files, iam, names, network, schedule};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{Process, ProcessKind, Sequence, WaitOn};
use crate::recipes::ManagedForm;
use crate::resolve::Origin;

/// How long a service may take to become steady.
const STEADY: &str = "20m";
/// Seconds for which a name may be remembered: a task that takes another's place has another address.
const REMEMBERED: u32 = 10;

/// The file system of everything that keeps data in a container, with one way to it from each subnet; the bucket of files.
pub fn storage(stack: &mut Stack<'_>) {
    files::bucket(stack);
    let environment = stack.environment;
    if environment.processes.iter().all(|process| process.volumes.is_empty()) {
        return;
    }
    let id = environment.id.as_str();
    let body = Body::new()
        .with("creation_token", id)
        .with("encrypted", true)
        .with("tags", Expr::texts([("Name", id)]))
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, "aws_efs_file_system", "data", id, Origin::NONE, body);
    let body = Body::new()
        .with("for_each", Expr::Call("toset", vec![Expr::reference(&["local", "subnets"])]))
        .with("file_system_id", Expr::reference(&["aws_efs_file_system", "data", "id"]))
        .with("subnet_id", Expr::reference(&["each", "value"]))
        .with("security_groups", Expr::List(vec![network::group()]));
    stack.resource(File::Data, "aws_efs_mount_target", "data", id, Origin::NONE, body);
    for process in &environment.processes {
        for volume in &process.volumes {
            let user = process.user.unwrap_or(0);
            let owner = Body::new().with("owner_uid", user).with("owner_gid", user).with("permissions", "0755");
            let root = Body::new().with("path", format!("/{}", volume.name)).with_block("creation_info", &[], owner);
            let body = Body::new()
                .with("file_system_id", Expr::reference(&["aws_efs_file_system", "data", "id"]))
                .with_block("posix_user", &[], Body::new().with("uid", user).with("gid", user))
                .with_block("root_directory", &[], root);
            let name = format!("{id}/{}", volume.name);
            let label = identifier(&volume.name);
            stack.resource(File::Data, "aws_efs_access_point", &label, name, process.origin, body);
        }
    }
}

/// The stores that are containers.
pub fn stores(stack: &mut Stack<'_>) {
    let processes = stack.environment.processes.iter();
    for process in processes.filter(|process| matches!(process.kind, ProcessKind::Store { .. })) {
        service(stack, File::Data, process);
    }
}

/// Services, workers and crons.
pub fn workloads(stack: &mut Stack<'_>) {
    for process in &stack.environment.processes {
        match process.kind {
            ProcessKind::Service | ProcessKind::Worker => service(stack, File::Services, process),
            ProcessKind::Cron { .. } => {
                Task::of_process(stack, process).write(stack, File::Services);
                schedule::write(stack, process);
            }
            ProcessKind::Store { .. } | ProcessKind::Gateway => {}
        }
    }
}

/// A process that stays up. What leads to it from outside is in `door`.
pub fn service(stack: &mut Stack<'_>, file: File, process: &Process) {
    Task::of_process(stack, process).write(stack, file);
    let label = identifier(&process.name);
    if !process.ports.is_empty() {
        discovery(stack, file, process);
    }
    let name = names::task(stack.environment, &process.name);
    let is_gateway = process.kind == ProcessKind::Gateway;
    let mut body = Body::new()
        .with("name", name.as_str())
        .with("cluster", Expr::reference(&["data", "aws_ecs_cluster", "shared", "arn"]))
        .with("task_definition", Expr::reference(&["aws_ecs_task_definition", &label, "arn"]))
        .with("desired_count", process.replicas)
        .with("launch_type", "FARGATE")
        .with("propagate_tags", "SERVICE")
        .with("wait_for_steady_state", true)
        .with("force_delete", true);
    if task::keeps_data(process) {
        body.comment("Never two at once on the same data.");
        body.set("deployment_minimum_healthy_percent", 0_u32);
        body.set("deployment_maximum_percent", 100_u32);
    }
    let mut waits = waits(stack, process);
    if is_gateway {
        // ECS takes a target group only where a listener leads to it.
        waits.push(Expr::reference(&["aws_lb_listener_rule", "door"]));
    }
    body.set("depends_on", Expr::List(waits));
    body.block("network_configuration", &[], network::configuration(stack, is_gateway));
    // Back to the version before, which the provider reports as the failure that it is.
    body.block("deployment_circuit_breaker", &[], Body::new().with("enable", true).with("rollback", true));
    if !process.ports.is_empty() {
        let registry = Expr::reference(&["aws_service_discovery_service", &label, "arn"]);
        body.block("service_registries", &[], Body::new().with("registry_arn", registry));
    }
    if let (true, Some(port)) = (is_gateway, process.ports.first()) {
        let balancer = Body::new()
            .with("target_group_arn", Expr::reference(&["aws_lb_target_group", "door", "arn"]))
            .with("container_name", &process.name)
            .with("container_port", port.number);
        body.block("load_balancer", &[], balancer);
    }
    body.block("timeouts", &[], Body::new().with("create", STEADY).with("update", STEADY).with("delete", STEADY));
    stack.resource(file, "aws_ecs_service", &label, name, process.origin, body);
}

/// The name at which others reach a process.
fn discovery(stack: &mut Stack<'_>, file: File, process: &Process) {
    let records = Body::new().with("type", "A").with("ttl", REMEMBERED);
    let dns = Body::new()
        .with("namespace_id", Expr::reference(&["aws_service_discovery_private_dns_namespace", "inside", "id"]))
        .with("routing_policy", "MULTIVALUE")
        .with_block("dns_records", &[], records);
    let body = Body::new()
        .with("name", &process.name)
        .with("force_destroy", true)
        .with_block("dns_config", &[], dns)
        // ECS says of each task whether it is healthy; without this a name leads to those that are not, too. The provider calls
        // the number deprecated, and sends nothing at all without it.
        .with_block("health_check_custom_config", &[], Body::new().with("failure_threshold", 1_u32));
    let name = stack.cloud().host(&stack.environment.id, &process.name);
    stack.resource(file, "aws_service_discovery_service", &identifier(&process.name), name, process.origin, body);
}

/// What a process starts after.
pub fn waits(stack: &Stack<'_>, process: &Process) -> Vec<Expr> {
    let environment = stack.environment;
    let mut waits = vec![iam::rights()];
    waits.extend(process.waits.iter().filter_map(|wait| match wait {
        WaitOn::Process(name) => {
            environment.process(name).map(|_| Expr::reference(&["aws_ecs_service", &identifier(name)]))
        }
        WaitOn::Sequence(name) => Some(Expr::reference(&["terraform_data", &identifier(name)])),
    }));
    if !process.volumes.is_empty() {
        waits.push(Expr::reference(&["aws_efs_mount_target", "data"]));
    }
    waits
}

/// What happens in stores before their consumers start: a task that Terraform runs again when its definition is another one, or
/// when data begins anew.
pub fn sequences(stack: &mut Stack<'_>) {
    for sequence in &stack.environment.sequences {
        Task::of_sequence(stack, sequence).write(stack, File::Data);
        let label = identifier(&sequence.name);
        let definition = Expr::reference(&["aws_ecs_task_definition", &label, "arn"]);
        let mut triggers = vec![definition.clone()];
        triggers.extend(data(stack, sequence));
        let environment = Expr::Object(vec![
            ("TASK_DEFINITION".to_owned(), definition),
            ("SECURITY_GROUP".to_owned(), network::group()),
        ]);
        let run = Body::new()
            .with("working_dir", Expr::reference(&["path", "module"]))
            .with("interpreter", vec!["sh", "./run.sh"])
            .with("command", &sequence.name)
            .with("environment", environment);
        let mut body = Body::new().with("triggers_replace", Expr::List(triggers));
        let store = stack.environment.process(&sequence.store);
        let service = store.map(|_| Expr::reference(&["aws_ecs_service", &identifier(&sequence.store)]));
        let managed = stack.environment.managed.iter().find(|managed| managed.store == sequence.store);
        // A clone's endpoint is there before its instance is.
        let instance = managed
            .filter(|managed| managed.form == ManagedForm::Clone)
            .map(|_| Expr::reference(&["aws_rds_cluster_instance", &identifier(&sequence.store)]));
        let removers = super::down::removers(stack.environment, &sequence.store);
        let waits: Vec<Expr> = service.into_iter().chain(instance).chain([iam::rights()]).chain(removers).collect();
        body.set("depends_on", Expr::List(waits));
        body.block("provisioner", &["local-exec"], run);
        let text = format!("What happens in {} before its consumers start; run.sh waits for its end.", sequence.store);
        stack.file(File::Data).comment(&text);
        stack.file(File::Data).block("resource", &["terraform_data", &label], body);
    }
}

/// What is another one when a store's data begins anew.
fn data(stack: &Stack<'_>, sequence: &Sequence) -> Vec<Expr> {
    let environment = stack.environment;
    let volumes = environment.process(&sequence.store).into_iter().flat_map(|store| &store.volumes);
    let mut out: Vec<Expr> =
        volumes.map(|volume| Expr::reference(&["aws_efs_access_point", &identifier(&volume.name), "id"])).collect();
    let label = identifier(&sequence.store);
    out.extend(environment.managed.iter().filter(|managed| managed.store == sequence.store).filter_map(|managed| {
        match managed.form {
            ManagedForm::Rds => Some(Expr::reference(&["aws_db_instance", &label, "resource_id"])),
            ManagedForm::Clone => Some(Expr::reference(&["aws_rds_cluster", &label, "cluster_resource_id"])),
            ManagedForm::ElastiCache | ManagedForm::Sqs | ManagedForm::S3 => None,
        }
    }));
    out
}
