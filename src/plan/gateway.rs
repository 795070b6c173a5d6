//! The environment's door: one small web server that knows hosts and paths, the same in every target.

use std::fmt::Write as _;

use super::environment::{Hosts, Route};
use super::process::{ConfigFile, Health, Image, Port, Process, ProcessKind, Size};
use crate::resolve::Origin;

/// The process's name, unless a node bears it.
pub const GATEWAY: &str = "gateway";
const IMAGE: &str = "caddy:2.8-alpine";
const PORT: u16 = 8080;
/// Health has a port of its own, so that no path of the application is taken away.
const HEALTH_PORT: u16 = 8081;
/// Any uid that is not root's: the server writes nothing.
const USER: u32 = 65532;

/// The gateway of an environment with routes.
pub(super) fn process(name: String, hosts: &Hosts) -> Process {
    Process {
        name,
        origin: Origin::NONE,
        kind: ProcessKind::Gateway,
        image: Image { reference: IMAGE.to_owned(), build: None, mutable: false },
        command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
            .map(|word| super::process::Word::Text(word.to_owned()))
            .to_vec(),
        args: Vec::new(),
        env: Vec::new(),
        ports: vec![
            Port { name: "http".to_owned(), number: PORT },
            Port { name: "health".to_owned(), number: HEALTH_PORT },
        ],
        health: Some(Health::Http { port: HEALTH_PORT, path: "/".to_owned() }),
        ready: None,
        // It answers 502 until a service is up; that all of them are is for `up.sh` and `--wait` to see.
        waits: Vec::new(),
        size: Size { cpu_millis: 100, memory: 128 << 20 },
        replicas: 1,
        user: Some(USER),
        // The official image's binary carries this file capability, and the kernel refuses to run it without.
        capabilities: vec!["NET_BIND_SERVICE".to_owned()],
        files: vec![ConfigFile { path: "/etc/caddy/Caddyfile".to_owned(), contents: caddyfile(hosts).into_bytes() }],
        volume: None,
        stop_seconds: 10,
    }
}

/// Hosts and paths hold no character that the Caddyfile gives a meaning: the manifest's decoder sees to that.
///
/// Whole hosts are one table, because an environment may have thousands of them. Paths come before it, the most particular
/// first: `route` keeps the order, and the first that matches answers.
fn caddyfile(hosts: &Hosts) -> String {
    let (paths, whole): (Vec<&Route>, Vec<&Route>) = hosts.routes.iter().partition(|route| route.path != "/");
    let mut out = String::from(
        "{\n\tadmin off\n\tauto_https off\n}\n\n\
         :8081 {\n\trespond 200\n}\n\n\
         :8080 {\n\theader X-Robots-Tag \"noindex, nofollow\"\n\troute {\n",
    );
    for (index, route) in paths.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\t\t@{index} {{\n\t\t\thost {}\n\t\t\tpath {1} {1}/*\n\t\t}}", route.host, route.path);
        let _ = writeln!(out, "\t\thandle @{index} {{");
        if route.strip {
            let _ = writeln!(out, "\t\t\turi strip_prefix {}", route.path);
        }
        let _ = writeln!(out, "\t\t\treverse_proxy {}:{}\n\t\t}}", route.process, route.port);
    }
    if !whole.is_empty() {
        out.push_str("\t\tmap {host} {upstream} {\n");
        for route in whole {
            let _ = writeln!(out, "\t\t\t{} {}:{}", route.host, route.process, route.port);
        }
        out.push_str("\t\t\tdefault none\n\t\t}\n\t\t@whole expression `{upstream} != \"none\"`\n");
        out.push_str("\t\thandle @whole {\n\t\t\treverse_proxy {upstream}\n\t\t}\n");
    }
    out.push_str("\t\trespond \"No route of this preview environment answers here.\" 404\n\t}\n}\n");
    out
}
