//! The way down: what the environment has on shared servers goes first, by tasks inside the network that reaches them; then Terraform
//! destroys the rest. Task definitions stay behind inactive: ECS is asked to forget them.

use super::super::{destroy, words};
use super::stack::{File, Stack};
use super::task::Task;
use super::{AwsSettings, iam, names};
use crate::artifact::{Argv, Lowered, TeardownStep};
use crate::document::hcl::{Expr, identifier};
use crate::plan::{Environment, ProcessKind, Scoped};
use crate::recipes::ManagedForm;
use crate::target::shared;

/// How many services ECS describes at once.
const DESCRIBED: usize = 10;

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
        // While they are there they can be run: they go before what they run with.
        let with = [iam::rights(), Expr::reference(&["aws_security_group", "environment"])];
        Task::of_step(stack, &one.name, &one.drop).after(with.clone()).write(stack, File::Data);
        Task::of_look(stack, &left(one), &one.left).after(with).write(stack, File::Data);
    }
}

/// What removes a store from its server, and what looks for it: nothing is made there before both are.
pub fn removers<'a>(environment: &'a Environment, store: &'a str) -> impl Iterator<Item = Expr> {
    let mine = environment.shared.scoped.iter().filter(move |one| one.store == store);
    mine.flat_map(|one| [one.name.clone(), left(one)])
        .map(|name| Expr::reference(&["aws_ecs_task_definition", &identifier(&name)]))
}

/// The steps of the teardown, run in the bundle's folder.
pub fn teardown(aws: &AwsSettings, environment: &Environment, out: &mut Lowered) {
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
    step.verify = left_over(aws, environment);
    out.teardown(step);
}

/// Commands that print what is left of an environment, and nothing where nothing is: one for each service in use.
pub fn left_over(aws: &AwsSettings, environment: &Environment) -> Vec<Argv> {
    let id = environment.id.as_str();
    let look = Look { region: &aws.region };
    let tag = format!("Name=tag:{},Values={id}", crate::target::engine::labels::ENVIRONMENT);
    let inside = format!("Name=NAME,Values={},Condition=EQ", aws.cloud().domain(&environment.id));
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
    let crons = environment.processes.iter().filter(|process| matches!(process.kind, ProcessKind::Cron { .. }));
    for cron in crons {
        let schedule = names::dotted(environment, &cron.name);
        let query = format!("Schedules[?Name=='{schedule}'].Name");
        out.push(look.at("scheduler", &["list-schedules", "--name-prefix", &schedule], &query));
    }
    // A service that is told to go is still listed for an hour, as inactive.
    let services = environment.processes.iter().filter(|process| !matches!(process.kind, ProcessKind::Cron { .. }));
    let services: Vec<String> = services.map(|process| names::task(environment, &process.name)).collect();
    for some in services.chunks(DESCRIBED) {
        let mut what = vec!["describe-services", "--cluster", &aws.cluster, "--services"];
        what.extend(some.iter().map(String::as_str));
        out.push(look.at("ecs", &what, "services[?status!='INACTIVE'].serviceName"));
    }
    if let Some(zone) = aws.zone.as_ref().filter(|_| !environment.hosts.names.is_empty()) {
        let ours: Vec<String> = environment.hosts.names.iter().map(|host| format!("Name=='{host}.'")).collect();
        let query = format!("ResourceRecordSets[?{}].Name", ours.join(" || "));
        out.push(look.at("route53", &["list-resource-record-sets", "--hosted-zone-id", zone], &query));
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
