//! The way down: what the environment has on shared servers goes first, by tasks inside the network that reaches them; then Terraform
//! destroys the rest. Task definitions stay behind inactive: ECS is asked to forget them.

use super::super::{destroy, words};
use super::names;
use super::stack::{File, Stack};
use super::task::Task;
use crate::artifact::{Argv, Lowered, TeardownStep};
use crate::plan::{Environment, ProcessKind, Scoped};
use crate::recipes::ManagedForm;
use crate::target::shared;

/// The task that fails where something is left. No name of a process or sequence holds `--`.
pub fn left(one: &Scoped) -> String {
    format!("{}--left", one.name)
}

/// Writes the tasks.
pub fn tasks(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    for one in &environment.shared.scoped {
        let text = format!("Removes what {} has on {}, and looks for it; down.sh runs them.", one.store, one.server);
        stack.file(File::Data).comment(&text);
        Task::of_step(stack, &one.name, &one.drop).write(stack, File::Data);
        Task::of_look(stack, &left(one), &one.left).write(stack, File::Data);
    }
}

/// The steps of the teardown, run in the bundle's folder.
pub fn teardown(environment: &Environment, out: &mut Lowered) {
    if !environment.shared.scoped.is_empty() {
        out.teardown(TeardownStep {
            name: "stop".to_owned(),
            run: vec![words(&["sh", "./down.sh", "--stop"])],
            sweep: Vec::new(),
            verify: Vec::new(),
        });
    }
    for one in &environment.shared.scoped {
        out.teardown(TeardownStep {
            name: shared::step(one),
            run: vec![words(&["sh", "./run.sh", &one.name])],
            sweep: Vec::new(),
            verify: vec![words(&["sh", "./run.sh", &left(one)])],
        });
    }
    let mut step = destroy();
    step.run.push(words(&["sh", "./run.sh", "--forget"]));
    step.verify = left_over(environment);
    out.teardown(step);
}

/// Commands that print what is left of an environment, and nothing where nothing is: one for each service in use.
pub fn left_over(environment: &Environment) -> Vec<Argv> {
    let id = environment.id.as_str();
    let look = Look { region: environment.cloud.as_ref().map_or("", |cloud| cloud.region.as_str()) };
    let tag = format!("Name=tag:{},Values={id}", crate::target::engine::labels::ENVIRONMENT);
    let inside = environment.cloud.as_ref().map_or(String::new(), |cloud| cloud.domain(&environment.id));
    let inside = format!("Name=NAME,Values={inside},Condition=EQ");
    let logs = names::logs(environment);
    let group = format!("logGroups[?logGroupName=='{logs}'].logGroupName");
    let path = names::role_path(environment);
    let secrets = format!("Key=name,Values={}", names::secrets(environment));
    let family = names::task(environment, "");
    let active = ["list-task-definition-families", "--family-prefix", &family, "--status", "ACTIVE"];
    let mut out = vec![
        look.at("logs", &["describe-log-groups", "--log-group-name-prefix", &logs], &group),
        look.at("servicediscovery", &["list-namespaces", "--filters", &inside], "Namespaces[].Id"),
        look.at("ec2", &["describe-security-groups", "--filters", &tag], "SecurityGroups[].GroupId"),
        look.at("iam", &["list-roles", "--path-prefix", &path], "Roles[].Arn"),
        look.at("secretsmanager", &["list-secrets", "--filters", &secrets], "SecretList[].ARN"),
        look.at("ecs", &active, "families"),
    ];
    if environment.processes.iter().any(|process| !process.volumes.is_empty()) {
        out.push(look.at("efs", &["describe-file-systems", "--creation-token", id], "FileSystems[].FileSystemId"));
    }
    if environment.processes.iter().any(|process| process.kind == ProcessKind::Gateway) {
        let door = names::target_group(&environment.id);
        let query = format!("TargetGroups[?TargetGroupName=='{door}'].TargetGroupArn");
        out.push(look.at("elbv2", &["describe-target-groups"], &query));
    }
    if environment.processes.iter().any(|process| matches!(process.kind, ProcessKind::Cron { .. })) {
        let schedules = names::dotted(environment, "");
        out.push(look.at("scheduler", &["list-schedules", "--name-prefix", &schedules], "Schedules[].Name"));
    }
    out.push(look.bucket(&names::files(environment)));
    out.extend(look.managed(environment));
    out
}

/// The same of its part in a cloud.
pub fn left_of_part(environment: &Environment, region: &str) -> Vec<Argv> {
    let look = Look { region };
    let path = names::role_path(environment);
    let mut out = vec![look.at("iam", &["list-users", "--path-prefix", &path], "Users[].Arn")];
    out.extend(look.managed(environment));
    out
}

/// Asks the services of a region.
struct Look<'a> {
    region: &'a str,
}

impl Look<'_> {
    fn at(&self, service: &str, what: &[&str], query: &str) -> Argv {
        let mut argv = words(&["aws", service]);
        argv.extend(what.iter().map(|word| (*word).to_owned()));
        argv.extend(["--region", self.region, "--query", query, "--output", "text"].map(str::to_owned));
        argv
    }

    fn bucket(&self, name: &str) -> Argv {
        self.at("s3api", &["list-buckets"], &format!("Buckets[?Name=='{name}'].Name"))
    }

    /// What is left of stores that are services.
    fn managed(&self, environment: &Environment) -> Vec<Argv> {
        let mut out = Vec::new();
        for managed in &environment.managed {
            let server = names::server(&environment.id, &managed.store, 63);
            match managed.form {
                ManagedForm::Rds => {
                    let query = format!("DBInstances[?DBInstanceIdentifier=='{server}'].DBInstanceIdentifier");
                    out.push(self.at("rds", &["describe-db-instances"], &query));
                }
                ManagedForm::Clone => {
                    let query = format!("DBClusters[?DBClusterIdentifier=='{server}'].DBClusterIdentifier");
                    out.push(self.at("rds", &["describe-db-clusters"], &query));
                }
                ManagedForm::ElastiCache => {
                    let server = names::server(&environment.id, &managed.store, 40);
                    let query = format!("ReplicationGroups[?ReplicationGroupId=='{server}'].ReplicationGroupId");
                    out.push(self.at("elasticache", &["describe-replication-groups"], &query));
                }
                ManagedForm::Sqs => {
                    for queue in &managed.queues {
                        // `mail` would find `mailings` too.
                        let query =
                            format!("QueueUrls[?ends_with(@, '/{0}') || ends_with(@, '/{0}-dead')]", queue.full);
                        out.push(self.at("sqs", &["list-queues", "--queue-name-prefix", &queue.full], &query));
                    }
                }
                ManagedForm::S3 => out.push(self.bucket(managed.bucket.as_deref().unwrap_or_default())),
            }
        }
        out
    }
}
