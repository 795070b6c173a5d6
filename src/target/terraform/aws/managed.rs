//! Stores that are services: RDS, Aurora clones, ElastiCache, SQS, S3. Nothing is kept when they are destroyed.

use super::container::object;
use super::stack::{File, Stack};
use super::{ManagedSettings, files, names, network};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{ManagedQueue, ManagedStore};
use crate::recipes::ManagedForm;

/// What RDS gives at least, in GiB.
const LEAST_STORAGE: u64 = 20;
/// As long as SQS keeps anything, in seconds: dead letters are to be looked at.
const LONGEST: u32 = 14 * 24 * 3600;
/// How long RDS may take.
const SLOW: &str = "60m";

/// Writes them down.
pub fn write(stack: &mut Stack<'_>) {
    let managed = &stack.environment.managed;
    let is = |form: ManagedForm| managed.iter().any(|one| one.form == form);
    if is(ManagedForm::Rds) || is(ManagedForm::Clone) {
        subnets(stack, "aws_db_subnet_group", stack.aws.db_subnet_group.is_none());
    }
    if is(ManagedForm::ElastiCache) {
        subnets(stack, "aws_elasticache_subnet_group", stack.aws.cache_subnet_group.is_none());
    }
    for one in managed {
        match one.form {
            ManagedForm::Rds => rds(stack, one),
            ManagedForm::Clone => clone(stack, one),
            ManagedForm::ElastiCache => cache(stack, one),
            ManagedForm::Sqs => one.queues.iter().for_each(|queue| queues(stack, one, queue)),
            ManagedForm::S3 => bucket(stack, one),
        }
    }
}

/// The group of subnets that servers stand in, unless there is one already.
fn subnets(stack: &mut Stack<'_>, kind: &str, needed: bool) {
    if !needed {
        return;
    }
    // Neither service takes a dot.
    let name = names::server(&stack.environment.id, "subnets", 63);
    let body = Body::new()
        .with("name", name.as_str())
        .with("subnet_ids", Expr::reference(&["local", "subnets"]))
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, kind, "environment", name, crate::resolve::Origin::NONE, body);
}

fn subnet_group(kind: &str, stated: Option<&String>) -> Expr {
    stated.map_or_else(|| Expr::reference(&[kind, "environment", "name"]), Expr::from)
}

/// The password of a server, from the variable of all secrets.
fn password(stack: &mut Stack<'_>, managed: &ManagedStore) -> Expr {
    let Some(value) = &managed.password else { return Expr::from("") };
    let (key, what) = (format!("{}/password", managed.store), format!("the password of `{}`", managed.store));
    stack.value(value, &key, &what, managed.origin).unwrap_or_else(|| Expr::from(""))
}

/// A name that the service makes inside a server: it begins with a letter.
fn checked(stack: &mut Stack<'_>, managed: &ManagedStore, name: &Option<String>) -> String {
    let name = name.clone().unwrap_or_default();
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        let message =
            format!("`{name}` would be a name in `{}`, and the service takes none with a digit first", managed.store);
        stack.refuse(message, "give the application (`name`) a name that begins with a letter", managed.origin);
    }
    name
}

/// The parameters of a server, in a group of their own; `None` where there are none.
fn parameters(stack: &mut Stack<'_>, managed: &ManagedStore, kind: &str, prefix: &str) -> Option<Expr> {
    let family = managed.family.as_ref().filter(|_| !managed.parameters.is_empty())?;
    // Another family is another group, which is made before the server leaves the one before.
    let name = names::server(&stack.environment.id, &format!("{}--{family}", managed.store), 63);
    let label = identifier(&managed.store);
    let mut body = Body::new().with("name", name.as_str()).with("family", family);
    body.block("lifecycle", &[], Body::new().with("create_before_destroy", true));
    for (parameter, value) in &managed.parameters {
        let mut one = Body::new().with("name", parameter).with("value", value);
        if prefix == "db" {
            one.set("apply_method", "immediate");
        }
        body.block("parameter", &[], one);
    }
    stack.resource(File::Data, kind, &label, name, managed.origin, body);
    Some(Expr::reference(&[kind, &label, "name"]))
}

fn rds(stack: &mut Stack<'_>, managed: &ManagedStore) {
    let Some(ManagedSettings::Rds { class, multi_az }) = stack.aws.managed.get(&managed.store).cloned() else { return };
    let name = names::server(&stack.environment.id, &managed.store, 63);
    let (database, user) = (checked(stack, managed, &managed.database), checked(stack, managed, &managed.user));
    let gigabytes = managed.storage.unwrap_or(0).div_ceil(1 << 30).max(LEAST_STORAGE);
    let mut body = Body::new()
        .with("identifier", name.as_str())
        .with("engine", &managed.engine)
        .with("engine_version", &managed.version)
        .with("allow_major_version_upgrade", true)
        .with("instance_class", class)
        .with("allocated_storage", i64::try_from(gigabytes).unwrap_or(i64::MAX))
        .with("storage_type", "gp3")
        .with("storage_encrypted", true)
        .with("db_name", database)
        .with("username", user)
        .with("password", password(stack, managed))
        .with("port", managed.port)
        .with("db_subnet_group_name", subnet_group("aws_db_subnet_group", stack.aws.db_subnet_group.as_ref()))
        .with("vpc_security_group_ids", Expr::List(vec![network::group()]))
        .with("publicly_accessible", false)
        .with("multi_az", multi_az);
    if let Some(group) = parameters(stack, managed, "aws_db_parameter_group", "db") {
        body.set("parameter_group_name", group);
    }
    body.comment("Nothing of a preview is kept.");
    for (key, value) in
        [("skip_final_snapshot", true), ("delete_automated_backups", true), ("deletion_protection", false)]
    {
        body.set(key, value);
    }
    body.set("backup_retention_period", 0_u32);
    body.set("apply_immediately", true);
    body.block("timeouts", &[], Body::new().with("create", SLOW).with("update", SLOW).with("delete", SLOW));
    stack.resource(File::Data, "aws_db_instance", &identifier(&managed.store), name, managed.origin, body);
}

fn clone(stack: &mut Stack<'_>, managed: &ManagedStore) {
    let Some(ManagedSettings::Clone { cluster, class }) = stack.aws.managed.get(&managed.store).cloned() else {
        return;
    };
    let name = names::server(&stack.environment.id, &managed.store, 63);
    let label = identifier(&managed.store);
    let restored = Body::new()
        .with("source_cluster_identifier", cluster)
        .with("restore_type", "copy-on-write")
        .with("use_latest_restorable_time", true);
    let once = Body::new().with(
        "ignore_changes",
        Expr::List(vec![Expr::reference(&["restore_to_point_in_time"]), Expr::reference(&["engine_version"])]),
    );
    let mut body = Body::new()
        .with("cluster_identifier", name.as_str())
        .with("engine", &managed.engine)
        .with("master_password", password(stack, managed))
        .with("port", managed.port)
        .with("db_subnet_group_name", subnet_group("aws_db_subnet_group", stack.aws.db_subnet_group.as_ref()))
        // A clone would get the default group otherwise.
        .with("vpc_security_group_ids", Expr::List(vec![network::group()]));
    body.comment("Nothing of a preview is kept.");
    body.set("skip_final_snapshot", true);
    body.set("deletion_protection", false);
    body.set("apply_immediately", true);
    body.block("restore_to_point_in_time", &[], restored);
    body.block("lifecycle", &[], once);
    body.block("timeouts", &[], Body::new().with("create", SLOW).with("update", SLOW).with("delete", SLOW));
    stack.resource(File::Data, "aws_rds_cluster", &label, name.as_str(), managed.origin, body);
    let cluster = |attribute: &str| Expr::reference(&["aws_rds_cluster", &label, attribute]);
    let instance = Body::new()
        .with("identifier", name.as_str())
        .with("cluster_identifier", cluster("id"))
        .with("engine", cluster("engine"))
        .with("instance_class", class)
        .with("publicly_accessible", false)
        .with("apply_immediately", true);
    stack.resource(File::Data, "aws_rds_cluster_instance", &label, name, managed.origin, instance);
}

fn cache(stack: &mut Stack<'_>, managed: &ManagedStore) {
    let Some(ManagedSettings::ElastiCache { node_type }) = stack.aws.managed.get(&managed.store).cloned() else {
        return;
    };
    let name = names::server(&stack.environment.id, &managed.store, 40);
    let mut body = Body::new()
        .with("replication_group_id", name.as_str())
        .with("description", format!("{} of the preview environment {}", managed.store, stack.environment.id))
        .with("engine", &managed.engine)
        .with("engine_version", &managed.version)
        .with("node_type", node_type)
        .with("num_cache_clusters", 1_u32)
        .with("port", managed.port)
        .with("automatic_failover_enabled", false)
        .with("subnet_group_name", subnet_group("aws_elasticache_subnet_group", stack.aws.cache_subnet_group.as_ref()))
        .with("security_group_ids", Expr::List(vec![network::group()]))
        .with("at_rest_encryption_enabled", true);
    body.comment("A password is taken over TLS only.");
    body.set("transit_encryption_enabled", true);
    let password = password(stack, managed);
    body.set("auth_token", password);
    // The token of before stays good until the next one takes its place: clients go over one by one.
    body.set("auth_token_update_strategy", "ROTATE");
    if let Some(group) = parameters(stack, managed, "aws_elasticache_parameter_group", "cache") {
        body.set("parameter_group_name", group);
    }
    body.set("snapshot_retention_limit", 0_u32);
    body.set("apply_immediately", true);
    let label = identifier(&managed.store);
    stack.resource(File::Data, "aws_elasticache_replication_group", &label, name, managed.origin, body);
}

/// The label of a queue.
pub fn queue_label(managed: &ManagedStore, queue: &ManagedQueue) -> String {
    let name: String = queue.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let place = managed.queues.iter().position(|other| other.name == queue.name).unwrap_or_default();
    // `a-b` and `a_b` are two queues.
    let same = |other: &&ManagedQueue| {
        let other: String = other.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        other == name
    };
    let twin = managed.queues.iter().take(place).filter(same).count();
    let number = if twin == 0 { String::new() } else { format!("_{}", twin + 1) };
    format!("{}__{name}{number}", identifier(&managed.store))
}

/// The label of a queue's dead letters.
pub fn dead_label(queue: &str) -> String {
    format!("{queue}__dead")
}

fn queues(stack: &mut Stack<'_>, managed: &ManagedStore, queue: &ManagedQueue) {
    let label = queue_label(managed, queue);
    let mut body = Body::new().with("name", &queue.full).with("sqs_managed_sse_enabled", true);
    let dead = dead_label(&label);
    if let Some(receives) = queue.receives {
        let policy = object(vec![
            ("deadLetterTargetArn", Expr::reference(&["aws_sqs_queue", &dead, "arn"])),
            ("maxReceiveCount", receives.into()),
        ]);
        body.set("redrive_policy", Expr::Call("jsonencode", vec![policy]));
    }
    // Who asks for a queue that is there is handed it.
    body.set("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, "aws_sqs_queue", &label, queue.full.as_str(), managed.origin, body);
    if queue.receives.is_none() {
        return;
    }
    let name = format!("{}-dead", queue.full);
    let body = Body::new()
        .with("name", name.as_str())
        .with("sqs_managed_sse_enabled", true)
        .with("message_retention_seconds", LONGEST)
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, "aws_sqs_queue", &dead, name.as_str(), managed.origin, body);
    let allow = object(vec![
        ("redrivePermission", "byQueue".into()),
        ("sourceQueueArns", Expr::List(vec![Expr::reference(&["aws_sqs_queue", &label, "arn"])])),
    ]);
    let body = Body::new()
        .with("queue_url", Expr::reference(&["aws_sqs_queue", &dead, "id"]))
        .with("redrive_allow_policy", Expr::Call("jsonencode", vec![allow]));
    stack.resource(File::Data, "aws_sqs_queue_redrive_allow_policy", &dead, name, managed.origin, body);
}

/// The label of a bucket; `files` is the environment's own.
pub fn bucket_label(managed: &ManagedStore) -> String {
    format!("store_{}", identifier(&managed.store))
}

fn bucket(stack: &mut Stack<'_>, managed: &ManagedStore) {
    let name = managed.bucket.clone().unwrap_or_default();
    let label = bucket_label(managed);
    let body = Body::new()
        .with("bucket", name.as_str())
        .with("force_destroy", true)
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(File::Data, "aws_s3_bucket", &label, name.as_str(), managed.origin, body);
    files::private(stack, File::Data, &label, &name, managed.origin);
}
