//! The environment's door: one small web server that knows hosts and paths, the same in every target.

use std::fmt::Write as _;

use super::access::{Access, Login};
use super::environment::{Hosts, Route};
use super::process::{ConfigFile, Health, Image, Port, Process, ProcessKind, Size, Source, Variable};
use super::value::Value;
use crate::resolve::{Origin, Program};

/// The process's name, unless a node bears it.
const GATEWAY: &str = "gateway";
const IMAGE: &str = "caddy:2.8-alpine";
const PORT: u16 = 8080;
/// Health has a port of its own, so that no path of the application is taken away.
const HEALTH_PORT: u16 = 8081;
/// Any uid that is not root's: the server writes nothing.
const USER: u32 = 65532;

/// Variables of the gateway: its configuration is read by everyone, and names them alone.
const PASSWORD: &str = "PREVIEW_PASSWORD";
const HASH: &str = "PREVIEW_PASSWORD_HASH";
const PASS: &str = "PREVIEW_PASS";
const USER_NAME: &str = "PREVIEW_USER";
/// What a gateway says whose services do not answer, where they may sleep.
const ASLEEP: &str = "Nothing answers here. An environment that nobody asks for anything sleeps after a while: a push wakes it, or \
                      its job in CI, run again.";
/// The cookie that stands for a login.
const COOKIE: &str = "previewc_pass";

/// The name of a program's gateway: `gateway`, unless a node bears it.
pub fn name(program: &Program) -> String {
    super::names::own(program, GATEWAY)
}

/// What a gateway is to do.
pub(super) struct Door<'a> {
    /// Which hosts and paths lead where.
    pub hosts: &'a Hosts,
    /// Who may pass.
    pub access: &'a Access,
    /// Whether it is reached by https.
    pub secure: bool,
    /// Whether the environment sleeps when nobody asks it for anything.
    pub idles: bool,
}

/// The gateway of an environment with routes. `upstream` says at which host a process is.
pub(super) fn process(name: String, door: &Door<'_>, upstream: &dyn Fn(&str) -> String) -> Process {
    Process {
        name,
        origin: Origin::NONE,
        kind: ProcessKind::Gateway,
        image: Image::given(IMAGE),
        command: ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]
            .map(|word| super::process::Word::Text(word.to_owned()))
            .to_vec(),
        args: Vec::new(),
        env: door.access.login.as_ref().map(credentials).unwrap_or_default(),
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
        files: vec![ConfigFile {
            path: "/etc/caddy/Caddyfile".to_owned(),
            contents: caddyfile(door, upstream).into_bytes(),
        }],
        volumes: Vec::new(),
        init: Vec::new(),
        own_name: false,
        stop_seconds: 10,
    }
}

/// Hosts and paths hold no character that the Caddyfile gives a meaning: the manifest's decoder sees to that.
///
/// Whole hosts are one table, because an environment may have thousands of them. Paths come before it, the most particular
/// first: `route` keeps the order, and the first that matches answers. They are regular expressions, because the server's
/// plain paths ignore case, which an Ingress does not.
///
/// Where the environment sleeps when nobody asks for it, each request leaves a line in the log, and nothing else does once the
/// server has started: the last line's moment is that of the last request. It holds neither headers nor the address that was
/// asked for, where tokens stand.
fn caddyfile(door: &Door<'_>, upstream: &dyn Fn(&str) -> String) -> String {
    let Door { hosts, access, secure, idles } = *door;
    let (paths, whole): (Vec<&Route>, Vec<&Route>) = hosts.routes.iter().partition(|route| route.path != "/");
    let mut out = String::from("{\n\tadmin off\n\tauto_https off\n");
    if idles {
        // It tells of its certificates' storage once a day, which it has none of; and of a request that went wrong with all its headers.
        out.push_str("\tlog {\n\t\texclude tls http.handlers http.log.error\n\t}\n");
    }
    if !access.allow.is_empty() {
        // The client is whom the nearest proxy names: what stands further left in the header anyone can write.
        out.push_str("\tservers {\n\t\ttrusted_proxies static private_ranges\n\t\ttrusted_proxies_strict\n\t}\n");
    }
    out.push_str("}\n\n:8081 {\n\trespond 200\n}\n\n:8080 {\n");
    if idles {
        out.push_str(
            "\tlog {\n\t\tformat filter {\n\t\t\twrap json\n\t\t\tfields {\n\t\t\t\trequest delete\n\t\t\t\tresp_headers delete\n\
             \t\t\t}\n\t\t}\n\t}\n",
        );
        let _ = write!(
            out,
            "\thandle_errors {{\n\t\t@asleep expression `{{err.status_code}} in [502, 503, 504]`\n\
             \t\trespond @asleep \"{ASLEEP}\" {{err.status_code}}\n\t}}\n",
        );
    }
    if access.noindex {
        out.push_str("\theader X-Robots-Tag \"noindex, nofollow\"\n");
    }
    out.push_str("\troute {\n");
    guard(&mut out, access, secure, idles);
    for (index, route) in paths.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "\t\t@{index} {{\n\t\t\thost {}", route.host);
        let _ = writeln!(out, "\t\t\tpath_regexp ^{}(/|$)\n\t\t}}", literal(&route.path));
        let _ = writeln!(out, "\t\thandle @{index} {{");
        if route.strip {
            let _ = writeln!(out, "\t\t\turi strip_prefix {}", route.path);
        }
        proxy(&mut out, &format!("{}:{}", upstream(&route.process), route.port));
        out.push_str("\t\t}\n");
    }
    if !whole.is_empty() {
        out.push_str("\t\tmap {host} {upstream} {\n");
        for route in whole {
            let _ = writeln!(out, "\t\t\t{} {}:{}", route.host, upstream(&route.process), route.port);
        }
        out.push_str("\t\t\tdefault none\n\t\t}\n\t\t@whole expression `{upstream} != \"none\"`\n");
        out.push_str("\t\thandle @whole {\n");
        proxy(&mut out, "{upstream}");
        out.push_str("\t\t}\n");
    }
    if idles {
        out.push_str("\t\tskip_log\n");
    }
    out.push_str("\t\trespond \"No route of this preview environment answers here.\" 404\n\t}\n}\n");
    out
}

/// The login's variables, sorted by name.
fn credentials(login: &Login) -> Vec<Variable> {
    let variable = |name: &str, value: Value| Variable {
        name: name.to_owned(),
        value,
        source: Source::Generated { from: "preview.access".to_owned() },
        origin: Origin::NONE,
    };
    vec![
        variable(PASS, login.pass.clone()),
        variable(PASSWORD, login.password.clone()),
        variable(HASH, login.hash.clone()),
        variable(USER_NAME, Value::text(login.user)),
    ]
}

/// Refuses who may not see the environment. Who has logged in gets a cookie in place of the header, which is the application's
/// own from then on. A preflight (Fetch standard, section 4.8) never bears either, and says nothing but what an API allows.
///
/// Who may not pass has not asked for anything: where requests are logged, these are not.
fn guard(out: &mut String, access: &Access, secure: bool, idles: bool) {
    // Writing to a String cannot fail.
    if !access.allow.is_empty() {
        let _ = writeln!(out, "\t\t@outside not client_ip {}", access.allow.join(" "));
        if idles {
            out.push_str("\t\tskip_log @outside\n");
        }
        out.push_str("\t\trespond @outside \"This preview environment is not open to your network.\" 403\n");
    }
    if let Some(login) = &access.login {
        let also = if secure { "; Secure" } else { "" };
        if idles {
            let _ = write!(
                out,
                "\t\t@stranger {{\n\
                 \t\t\tnot header_regexp Cookie (?:^|;\\s*){COOKIE}={{${PASS}}}(?:;|$)\n\
                 \t\t\tnot header Authorization *\n\
                 \t\t}}\n\
                 \t\tskip_log @stranger\n",
            );
        }
        let _ = write!(
            out,
            "\t\t@unknown {{\n\
             \t\t\tnot header_regexp Cookie (?:^|;\\s*){COOKIE}={{${PASS}}}(?:;|$)\n\
             \t\t\tnot {{\n\t\t\t\tmethod OPTIONS\n\t\t\t\theader Access-Control-Request-Method *\n\t\t\t}}\n\
             \t\t}}\n\
             \t\tbasic_auth @unknown bcrypt \"preview environment\" {{\n\t\t\t{} {{${HASH}}}\n\t\t}}\n\
             \t\theader @unknown +Set-Cookie \"{COOKIE}={{${PASS}}}; Path=/; HttpOnly; SameSite=Lax{also}\"\n\
             \t\trequest_header @unknown -Authorization\n",
            login.user,
        );
    }
}

/// Hands a request on. Who may reach the gateway is the cluster's controller or a proxy on this machine: what they say of the
/// client and of `https` holds, and an application that redirects to `https` would do so for ever without it.
fn proxy(out: &mut String, upstream: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\t\t\treverse_proxy {upstream} {{\n\t\t\t\ttrusted_proxies private_ranges\n\t\t\t}}");
}

/// A regular expression for a path as it stands.
fn literal(path: &str) -> String {
    path.chars().flat_map(|c| (!c.is_ascii_alphanumeric() && c != '/').then_some('\\').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_come_before_whole_hosts_and_mean_themselves() {
        let route = |path: &str, strip, process: &str| Route {
            host: "pr-1.shop.example.com".into(),
            path: path.into(),
            strip,
            process: process.into(),
            port: 80,
            origin: Origin::NONE,
        };
        let routes = vec![route("/v1.2+x", true, "api"), route("/", false, "web")];
        let text = caddyfile(
            &Door {
                hosts: &Hosts { names: vec!["pr-1.shop.example.com".into()], routes },
                access: &Access::default(),
                secure: true,
                idles: false,
            },
            &str::to_owned,
        );
        let expected = "\
\t\t@0 {
\t\t\thost pr-1.shop.example.com
\t\t\tpath_regexp ^/v1\\.2\\+x(/|$)
\t\t}
\t\thandle @0 {
\t\t\turi strip_prefix /v1.2+x
\t\t\treverse_proxy api:80 {
\t\t\t\ttrusted_proxies private_ranges
\t\t\t}
\t\t}
\t\tmap {host} {upstream} {
\t\t\tpr-1.shop.example.com web:80
";
        assert!(text.contains(expected), "{text}");
    }
}
