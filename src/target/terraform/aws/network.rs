//! What everything else stands on: the claim on the environment's name, the names inside it, and who may talk to whom.

use super::names;
use super::stack::{File, Stack};
use crate::document::hcl::{Body, Expr};
use crate::plan::ProcessKind;
use crate::resolve::Origin;
use crate::target::engine::labels;
use crate::target::internet;

/// The security group of everything.
pub fn group() -> Expr {
    Expr::reference(&["aws_security_group", "environment", "id"])
}

/// Where tasks stand.
pub fn configuration(stack: &Stack<'_>, door: bool) -> Body {
    let mut groups = vec![group()];
    if door {
        groups.push(Expr::reference(&["aws_security_group", "door", "id"]));
    }
    Body::new()
        .with("subnets", Expr::reference(&["local", "subnets"]))
        .with("security_groups", Expr::List(groups))
        .with("assign_public_ip", stack.aws.public_ip)
}

/// Region, labels and account: what every module on AWS begins with. `more` are further local values.
pub fn account(stack: &mut Stack<'_>, more: Body) {
    let tags = labels::belonging(stack.environment);
    let tags = Expr::texts(tags.iter().map(|(key, value)| (*key, value.as_str())));
    let mut locals = Body::new().with("region", stack.aws.region.as_str());
    locals.append(more);
    locals.set("tags", tags);
    stack.file(File::Network).block("locals", &[], locals);
    let tagged = Body::new().with("tags", Expr::reference(&["local", "tags"]));
    let region = Expr::reference(&["local", "region"]);
    stack.provider(Body::new().with("region", region).with_block("default_tags", &[], tagged));
    stack.data(File::Network, "aws_caller_identity", "current", Body::new());
}

/// Writes it down.
pub fn write(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    let subnets = stack.aws.subnets.iter().map(String::as_str).collect::<Expr>();
    account(stack, Body::new().with("subnets", subnets));
    super::super::imports::locals(stack.file(File::Network), environment);

    let first = stack.aws.subnets.first().cloned().unwrap_or_default();
    stack.data(File::Network, "aws_partition", "current", Body::new());
    stack.data(File::Network, "aws_subnet", "first", Body::new().with("id", first));
    let cluster = Body::new().with("cluster_name", stack.aws.cluster.as_str());
    stack.data(File::Network, "aws_ecs_cluster", "shared", cluster);

    let mut conditions = stack.key();
    for kept in super::super::imports::kept(environment) {
        conditions.block("precondition", &[], kept);
    }
    stack.file(File::Network).comment("Whoever made it has this environment's name in the region.");
    let logs = Body::new()
        .with("name", names::logs(environment))
        .with("retention_in_days", retention(stack.aws.log_days))
        .with_block("lifecycle", &[], conditions);
    stack.resource(
        File::Network,
        "aws_cloudwatch_log_group",
        "environment",
        names::logs(environment),
        Origin::NONE,
        logs,
    );

    let inside = stack.cloud().domain(&environment.id);
    let namespace = Body::new()
        .with("name", inside.as_str())
        .with("description", format!("Names inside the preview environment {}", environment.id))
        .with("vpc", vpc())
        .with("depends_on", Expr::List(vec![stack.claim()]));
    stack.resource(
        File::Network,
        "aws_service_discovery_private_dns_namespace",
        "inside",
        inside.as_str(),
        Origin::NONE,
        namespace,
    );
    groups(stack);
}

fn vpc() -> Expr {
    Expr::reference(&["data", "aws_subnet", "first", "vpc_id"])
}

/// One group for everything of the environment, whose members talk to each other, and one for what the load balancer may reach.
fn groups(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    let mut body = Body::new()
        .with("name", names::group(environment))
        .with("description", "Talks to itself, the internet and what is declared, and is reached by nothing else")
        .with("vpc_id", vpc())
        .with_block("ingress", &[], traffic(0, "-1").with("self", true))
        .with_block("egress", &[], traffic(0, "-1").with("self", true));
    let (six, four): (Vec<String>, Vec<String>) =
        internet::not_private().into_iter().partition(|network| network.contains(':'));
    let mut internet = traffic(0, "-1").with("description", "The internet, without private networks");
    internet.set("cidr_blocks", four);
    internet.set("ipv6_cidr_blocks", six);
    body.block("egress", &[], internet);
    if !stack.aws.egress.is_empty() {
        let (six, four) = stack.aws.egress.iter().cloned().partition::<Vec<String>, _>(|network| network.contains(':'));
        body.block("egress", &[], networks(traffic(0, "-1"), four, six));
    }
    for server in &environment.shared.servers {
        let (six, four) = server.cidr.iter().cloned().partition::<Vec<String>, _>(|network| network.contains(':'));
        for port in &server.ports {
            let rule = traffic(*port, "tcp").with("description", format!("The shared server {}", server.name));
            body.block("egress", &[], networks(rule, four.clone(), six.clone()));
        }
    }
    let name = names::group(environment);
    stack.resource(File::Network, "aws_security_group", "environment", name, Origin::NONE, body);
    internet::unreachable(environment, "on AWS", |finding| stack.find(finding));
    let Some(gateway) = environment.processes.iter().find(|process| process.kind == ProcessKind::Gateway) else {
        return;
    };
    let door = format!("{}/door", names::group(environment));
    let mut body = Body::new()
        .with("name", door.as_str())
        .with("description", "Reached by the shared load balancer")
        .with("vpc_id", vpc());
    for port in &gateway.ports {
        let balancer = Expr::reference(&["data", "aws_lb", "shared", "security_groups"]);
        body.block("ingress", &[], traffic(port.number, "tcp").with("security_groups", balancer));
    }
    stack.resource(File::Network, "aws_security_group", "door", door, Origin::NONE, body);
}

/// A rule's ports and protocol; `-1` is every one.
fn traffic(port: u16, protocol: &str) -> Body {
    Body::new().with("from_port", port).with("to_port", port).with("protocol", protocol)
}

fn networks(mut rule: Body, four: Vec<String>, six: Vec<String>) -> Body {
    if !four.is_empty() {
        rule.set("cidr_blocks", four);
    }
    if !six.is_empty() {
        rule.set("ipv6_cidr_blocks", six);
    }
    rule
}

/// The first number of days that CloudWatch knows and that is long enough.
fn retention(days: u32) -> u32 {
    [1, 3, 5, 7, 14, 30, 60].into_iter().find(|known| *known >= days).unwrap_or(90)
}
