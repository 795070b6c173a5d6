//! What an environment has on AWS while its processes are elsewhere: queues, buckets, and one user with a key that may use these and
//! nothing else. A root module of its own in the folder `cloud/`, which `cloud.sh` applies and destroys.

use minijinja::context;

use super::super::module::Place;
use super::stack::{About, File, Stack};
use super::{AwsSettings, down, iam, managed, names, network};
use crate::artifact::{Lowered, StageName};
use crate::document::hcl::{Body, Expr};
use crate::plan::{CloudPart, Environment, Vault};
use crate::resolve::Origin;
use crate::target::script;
use crate::target::terraform::CloudSettings;

/// The label of the user and of what belongs to it.
const LABEL: &str = "environment";

/// The user by whose key processes ask AWS. Names of users are an account's own: whoever made it has the environment's name.
pub fn user() -> Expr {
    Expr::reference(&["aws_iam_user", LABEL])
}

/// An attribute of the user's key.
pub fn key(attribute: &str) -> Expr {
    Expr::reference(&["aws_iam_access_key", LABEL, attribute])
}

/// Writes the module and the script. `stage` applies it, the teardown's step `step` destroys it.
pub fn write(
    settings: &CloudSettings,
    part: &CloudPart,
    environment: &Environment,
    vault: &Vault,
    (stage, step): (StageName, &'static str),
    out: &mut Lowered,
) {
    let aws = AwsSettings {
        region: part.region.clone(),
        permissions_boundary: settings.permissions_boundary.clone(),
        ..AwsSettings::default()
    };
    let about = About { place: Place::Part, backend: settings.backend.as_ref(), stage, step };
    let mut stack = Stack::new(about, &aws, environment, vault, out);
    network::account(&mut stack, Body::new());
    identity(&mut stack);
    managed::write(&mut stack);
    for (name, value) in &part.outputs {
        let key = format!("output/{name}");
        let what = format!("the output `{name}`");
        let Some(expression) = stack.value(value, &key, &what, Origin::NONE) else { continue };
        stack.output(name, Body::new().with("value", expression).with("sensitive", true));
    }
    stack.finish();
    let values = context! {
        file => CloudPart::SCRIPT,
        id => environment.id.to_string(),
        folder => Place::Part.folder(),
        is_local => settings.backend.is_none(),
        state => Place::Part.state_file(environment),
        left_over => down::left_of_part(environment, &part.region),
    };
    script::write(CloudPart::SCRIPT, include_str!("../../../../templates/drivers/aws.sh.jinja"), &values, out);
}

/// The user, what it may do, and its key, which another epoch makes anew.
fn identity(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    let name = names::dotted(environment, "cloud");
    let conditions = stack.key();
    let mut body = Body::new().with("name", name.as_str()).with("path", names::role_path(environment));
    if let Some(boundary) = &stack.aws.permissions_boundary {
        body.set("permissions_boundary", boundary);
    }
    body.comment("Keys that a person added do not keep it.");
    body.set("force_destroy", true);
    body.block("lifecycle", &[], conditions);
    stack.resource(File::Network, "aws_iam_user", LABEL, name.as_str(), Origin::NONE, body);
    let statements = environment.managed.iter().flat_map(iam::uses).collect();
    let body = Body::new()
        .with("name", LABEL)
        .with("user", Expr::reference(&["aws_iam_user", LABEL, "name"]))
        .with("policy", iam::document(statements));
    let policy = format!("{name}/{LABEL}");
    stack.resource(File::Network, "aws_iam_user_policy", LABEL, policy, Origin::NONE, body);
    let epoch = Body::new().with("input", environment.scope.epoch);
    stack.file(File::Network).block("resource", &["terraform_data", "epoch"], epoch);
    let anew = Body::new()
        .with("create_before_destroy", true)
        .with("replace_triggered_by", Expr::List(vec![Expr::reference(&["terraform_data", "epoch"])]));
    let body =
        Body::new().with("user", Expr::reference(&["aws_iam_user", LABEL, "name"])).with_block("lifecycle", &[], anew);
    stack.resource(File::Network, "aws_iam_access_key", LABEL, format!("{name}/key"), Origin::NONE, body);
}
