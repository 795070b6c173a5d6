//! Roles. Each statement names what belongs to the environment, and nothing else; where AWS knows no resource for an action, a
//! comment says so.

use super::container::object;
use super::names;
use super::stack::{File, Stack};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{ImportSource, ManagedStore};
use crate::recipes::ManagedForm;
use crate::resolve::Origin;
use crate::source::Digest;

/// What an application does with queues.
const QUEUE_ACTIONS: [&str; 7] = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:PurgeQueue",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
];
/// What an application does with a bucket, and with what is in it.
const BUCKET_ACTIONS: [&str; 3] = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"];
const OBJECT_ACTIONS: [&str; 5] =
    ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"];

/// The role by which ECS itself pulls images, reads secrets and writes logs. No node bears a name with two dashes.
const EXECUTION: &str = "ecs--execution";

/// That role's ARN.
pub fn execution_arn() -> Expr {
    Expr::reference(&["aws_iam_role", &identifier(EXECUTION), "arn"])
}

/// What a task cannot start without: the rights of that role. The role alone gives none.
pub fn rights() -> Expr {
    Expr::reference(&["aws_iam_role_policy", &identifier(EXECUTION)])
}

/// The label of a secret that the team keeps in Secrets Manager.
pub fn stored_label(secret: &str) -> String {
    let name = secret.rsplit(':').next().unwrap_or_default();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    format!("stored_{}_{}", plain.trim_matches('_'), Digest::of(secret.as_bytes()).short(4))
}

/// The role by which ECS itself pulls images, reads secrets and writes logs. No container sees it.
pub fn execution(stack: &mut Stack<'_>) {
    role(stack, File::Network, EXECUTION, "ecs-tasks.amazonaws.com", Origin::NONE);
    let logs = Expr::Template(vec![Expr::reference(&["aws_cloudwatch_log_group", "environment", "arn"]), ":*".into()]);
    let own = format!(":secret:{}*", names::secrets(stack.environment));
    let mut secrets = vec![arn("secretsmanager", &own)];
    let mut stored: Vec<String> = Vec::new();
    for import in stack.environment.imports.iter() {
        if let ImportSource::Aws { name, .. } = &import.source
            && !stored.contains(name)
        {
            stored.push(name.clone());
        }
    }
    for name in stored {
        let label = stored_label(&name);
        let key = if name.starts_with("arn:") { "arn" } else { "name" };
        stack.data(File::Secrets, "aws_secretsmanager_secret", &label, Body::new().with(key, name));
        secrets.push(Expr::reference(&["data", "aws_secretsmanager_secret", &label, "arn"]));
    }
    for secret in stack.aws.pull_secrets.values() {
        let secret = Expr::from(secret.as_str());
        if !secrets.contains(&secret) {
            secrets.push(secret);
        }
    }
    let mut statements = vec![
        statement(&["logs:CreateLogStream", "logs:PutLogEvents"], vec![logs]),
        statement(&["secretsmanager:GetSecretValue"], secrets),
    ];
    if !stack.aws.kms_keys.is_empty() {
        let keys = stack.aws.kms_keys.iter().map(|key| Expr::from(key.as_str())).collect();
        let through = format!("secretsmanager.{}.amazonaws.com", stack.aws.region);
        let through = condition("StringEquals", "kms:ViaService", through.into());
        statements.push(statement_if(&["kms:Decrypt"], keys, through));
    }
    let repositories = repositories(stack);
    if !repositories.is_empty() {
        let actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"];
        statements.push(statement(&actions, repositories));
        let mut token = Body::new();
        token.comment("A token is for no repository in particular: this action knows no resource.");
        let all = vec![statement(&["ecr:GetAuthorizationToken"], vec!["*".into()])];
        token.append(policy_of(&identifier(EXECUTION), "token", all));
        let label = format!("{}__token", identifier(EXECUTION));
        let name = format!("{}/token", names::dotted(stack.environment, EXECUTION));
        stack.resource(File::Network, "aws_iam_role_policy", &label, name, Origin::NONE, token);
    }
    policy(stack, File::Network, EXECUTION, statements, Origin::NONE);
}

/// The role of a task, where it may do anything at all.
pub fn task(stack: &mut Stack<'_>, name: &str, has_files: bool, origin: Origin) -> Option<Expr> {
    let mut statements = Vec::new();
    if has_files {
        let bucket = Expr::reference(&["aws_s3_bucket", "files", "arn"]);
        let below = Expr::Template(vec![bucket.clone(), format!("/{name}/*").into()]);
        let own = condition("StringLike", "s3:prefix", vec![format!("{name}/*")].into());
        statements.push(statement_if(&["s3:ListBucket"], vec![bucket], own));
        statements.push(statement(&["s3:GetObject"], vec![below]));
    }
    let managed = &stack.environment.managed;
    for one in managed.iter().filter(|one| one.clients.iter().any(|client| client == name)) {
        statements.extend(uses(one));
    }
    if statements.is_empty() {
        return None;
    }
    let file = File::Services;
    role(stack, file, name, "ecs-tasks.amazonaws.com", origin);
    policy(stack, file, name, statements, origin);
    Some(Expr::reference(&["aws_iam_role", &identifier(name), "arn"]))
}

/// Whether a task has a role.
pub fn has_role(stack: &Stack<'_>, name: &str, has_files: bool) -> bool {
    let managed = stack.environment.managed.iter().filter(|one| one.clients.iter().any(|client| client == name));
    has_files || managed.into_iter().any(|one| !uses(one).is_empty())
}

/// What who uses a managed store may do with it.
pub fn uses(managed: &ManagedStore) -> Vec<Expr> {
    match managed.form {
        ManagedForm::Sqs => {
            let mut queues = Vec::new();
            for queue in &managed.queues {
                let label = super::managed::queue_label(managed, queue);
                queues.push(Expr::reference(&["aws_sqs_queue", &label, "arn"]));
                if queue.receives.is_some() {
                    queues.push(Expr::reference(&["aws_sqs_queue", &super::managed::dead_label(&label), "arn"]));
                }
            }
            vec![statement(&QUEUE_ACTIONS, queues)]
        }
        ManagedForm::S3 => {
            let bucket = Expr::reference(&["aws_s3_bucket", &super::managed::bucket_label(managed), "arn"]);
            let objects = Expr::Template(vec![bucket.clone(), "/*".into()]);
            vec![statement(&BUCKET_ACTIONS, vec![bucket]), statement(&OBJECT_ACTIONS, vec![objects])]
        }
        // They ask for a password.
        ManagedForm::Rds | ManagedForm::Clone | ManagedForm::ElastiCache => Vec::new(),
    }
}

/// A role that a service of AWS may take.
pub fn role(stack: &mut Stack<'_>, file: File, name: &str, service: &str, origin: Origin) {
    let label = identifier(name);
    let account = Expr::reference(&["data", "aws_caller_identity", "current", "account_id"]);
    let trust = object(vec![
        ("Effect", "Allow".into()),
        ("Action", "sts:AssumeRole".into()),
        ("Principal", object(vec![("Service", service.into())])),
        // Not for tasks of somebody else's account.
        ("Condition", condition("StringEquals", "aws:SourceAccount", account)),
    ]);
    let name = names::dotted(stack.environment, name);
    let mut body = Body::new()
        .with("name", name.as_str())
        .with("path", names::role_path(stack.environment))
        .with("assume_role_policy", document(vec![trust]));
    if let Some(boundary) = &stack.aws.permissions_boundary {
        body.set("permissions_boundary", boundary);
    }
    body.set("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(file, "aws_iam_role", &label, name, origin, body);
}

/// The policy of a role.
pub fn policy(stack: &mut Stack<'_>, file: File, role: &str, statements: Vec<Expr>, origin: Origin) {
    let label = identifier(role);
    let name = names::dotted(stack.environment, role);
    let body = policy_of(&label, "environment", statements);
    stack.resource(file, "aws_iam_role_policy", &label, format!("{name}/environment"), origin, body);
}

fn policy_of(role: &str, name: &str, statements: Vec<Expr>) -> Body {
    Body::new()
        .with("name", name)
        .with("role", Expr::reference(&["aws_iam_role", role, "id"]))
        .with("policy", document(statements))
}

/// A policy as AWS reads it.
pub fn document(statements: Vec<Expr>) -> Expr {
    let policy = object(vec![("Version", "2012-10-17".into()), ("Statement", Expr::List(statements))]);
    Expr::Call("jsonencode", vec![policy])
}

/// Allows actions on resources.
pub fn statement(actions: &[&str], resources: Vec<Expr>) -> Expr {
    Expr::Object(statement_entries(actions, resources))
}

/// The same under a condition.
pub fn statement_if(actions: &[&str], resources: Vec<Expr>, condition: Expr) -> Expr {
    let mut entries = statement_entries(actions, resources);
    entries.push(("Condition".to_owned(), condition));
    Expr::Object(entries)
}

/// A condition: what is compared, how, and with what.
pub fn condition(operator: &str, key: &str, value: Expr) -> Expr {
    object(vec![(operator, object(vec![(key, value)]))])
}

fn statement_entries(actions: &[&str], resources: Vec<Expr>) -> Vec<(String, Expr)> {
    vec![
        ("Effect".to_owned(), "Allow".into()),
        ("Action".to_owned(), actions.to_vec().into()),
        ("Resource".to_owned(), Expr::List(resources)),
    ]
}

/// An ARN of the environment's own account and region.
fn arn(service: &str, tail: &str) -> Expr {
    Expr::Template(vec![
        "arn:".into(),
        Expr::reference(&["data", "aws_partition", "current", "partition"]),
        format!(":{service}:").into(),
        Expr::reference(&["local", "region"]),
        ":".into(),
        Expr::reference(&["data", "aws_caller_identity", "current", "account_id"]),
        tail.into(),
    ])
}

/// The repositories of Amazon's registry that images come from.
fn repositories(stack: &Stack<'_>) -> Vec<Expr> {
    let environment = stack.environment;
    let processes = environment.processes.iter().map(|process| &process.image);
    let steps = environment.sequences.iter().flat_map(|sequence| &sequence.steps).map(|step| &step.image);
    let mut out: Vec<Expr> = Vec::new();
    for image in processes.chain(steps) {
        let Some((account, region, repository)) = ecr(&image.reference) else { continue };
        let repository = Expr::Template(vec![
            "arn:".into(),
            Expr::reference(&["data", "aws_partition", "current", "partition"]),
            format!(":ecr:{region}:{account}:repository/{repository}").into(),
        ]);
        if !out.contains(&repository) {
            out.push(repository);
        }
    }
    out
}

/// Account, region and repository of an image in Amazon's private registry.
fn ecr(reference: &str) -> Option<(&str, &str, &str)> {
    let (host, rest) = reference.split_once('/')?;
    let host = host.strip_suffix(".cn").unwrap_or(host).strip_suffix(".amazonaws.com")?;
    let (account, region) = host.split_once(".dkr.ecr.")?;
    let name = rest.split('@').next().unwrap_or(rest);
    Some((account, region, name.split(':').next().unwrap_or(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_of_amazons_registry_are_known_by_their_reference() {
        let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/shop-api:3f9d@sha256:00";
        assert_eq!(ecr(image), Some(("123456789012", "eu-west-1", "acme/shop-api")));
        assert_eq!(ecr("ghcr.io/acme/shop-api:3f9d"), None);
        assert_eq!(ecr("postgres:16"), None);
    }
}
