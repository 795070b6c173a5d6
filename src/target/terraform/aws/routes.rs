//! The way in: the gateway behind a host rule of the shared listener.

use super::stack::{File, Stack};
use super::{names, services};
use crate::document::hcl::{Body, Expr};
use crate::plan::ProcessKind;
use crate::resolve::Origin;

/// A rule holds at most five values of its conditions.
const HOSTS: usize = 5;

/// Writes the gateway and what leads to it.
pub fn write(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    let Some(gateway) = environment.processes.iter().find(|process| process.kind == ProcessKind::Gateway) else {
        return;
    };
    let listener = stack.aws.listener.clone().unwrap_or_default();
    stack.data(File::Routes, "aws_lb_listener", "shared", Body::new().with("arn", listener));
    let balancer = Expr::reference(&["data", "aws_lb_listener", "shared", "load_balancer_arn"]);
    stack.data(File::Routes, "aws_lb", "shared", Body::new().with("arn", balancer));
    let of = |name: &str| gateway.ports.iter().find(|port| port.name == name).map_or(0, |port| port.number);
    let health = Body::new()
        .with("path", "/")
        .with("port", of("health").to_string())
        .with("matcher", "200")
        .with("interval", 10_u32)
        .with("timeout", 5_u32)
        .with("healthy_threshold", 2_u32);
    let name = names::target_group(&environment.id);
    let target = Body::new()
        .with("name", name.as_str())
        .with("port", of("http"))
        .with("protocol", "HTTP")
        .with("target_type", "ip")
        .with("vpc_id", Expr::reference(&["data", "aws_subnet", "first", "vpc_id"]))
        .with("deregistration_delay", "5")
        .with("depends_on", Expr::List(vec![stack.claim()]))
        .with_block("health_check", &[], health);
    stack.resource(File::Routes, "aws_lb_target_group", "door", name, Origin::NONE, target);
    rules(stack);
    services::service(stack, File::Routes, gateway);
    records(stack);
}

/// Host rules. Their priority is the listener's to find.
fn rules(stack: &mut Stack<'_>) {
    let environment = stack.environment;
    for (index, hosts) in environment.hosts.names.chunks(HOSTS).enumerate() {
        let forward = Body::new()
            .with("type", "forward")
            .with("target_group_arn", Expr::reference(&["aws_lb_target_group", "door", "arn"]));
        let values = Body::new().with("values", hosts.iter().map(String::as_str).collect::<Expr>());
        let body = Body::new()
            .with("listener_arn", Expr::reference(&["data", "aws_lb_listener", "shared", "arn"]))
            .with_block("condition", &[], Body::new().with_block("host_header", &[], values))
            .with_block("action", &[], forward);
        let label = if index == 0 { "door".to_owned() } else { format!("door_{}", index + 1) };
        stack.resource(File::Routes, "aws_lb_listener_rule", &label, hosts.join(","), Origin::NONE, body);
    }
}

/// One record for each host, where the zone is known.
fn records(stack: &mut Stack<'_>) {
    let Some(zone) = stack.aws.zone.clone() else { return };
    let environment = stack.environment;
    if environment.hosts.names.is_empty() {
        return;
    }
    let balancer = |attribute: &str| Expr::reference(&["data", "aws_lb", "shared", attribute]);
    let alias = Body::new()
        .with("name", balancer("dns_name"))
        .with("zone_id", balancer("zone_id"))
        .with("evaluate_target_health", false);
    let hosts = environment.hosts.names.iter().map(String::as_str).collect::<Expr>();
    let body = Body::new()
        .with("for_each", Expr::Call("toset", vec![hosts]))
        .with("zone_id", zone)
        .with("name", Expr::reference(&["each", "value"]))
        .with("type", "A")
        .with_block("alias", &[], alias);
    let name = environment.hosts.names.join(",");
    stack.resource(File::Routes, "aws_route53_record", "host", name, Origin::NONE, body);
}
