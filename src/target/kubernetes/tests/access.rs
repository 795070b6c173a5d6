//! Access protection where routes lead straight to the Services.

use super::*;
use crate::plan::{Encoding, Login};

fn protected() -> Environment {
    let mut environment = environment();
    let mut secret = |purpose: &str| {
        Value::secret(environment.secrets.add(Secret {
            name: format!("access/{purpose}"),
            source: SecretSource::Derived { node: "ACCESS".into(), purpose: purpose.into(), length: 24 },
            origin: Origin::NONE,
        }))
    };
    let (password, pass) = (secret("password"), secret("pass"));
    let mut hash = Value::default();
    hash.push(&password, Encoding::Bcrypt);
    environment.access = Access {
        login: Some(Login { user: "preview", password, hash, pass }),
        allow: vec!["203.0.113.0/24".into(), "2001:db8::/32".into()],
        ..Access::default()
    };
    environment
}

fn settings(routing: Routing, class: &str) -> KubernetesSettings {
    let gateway = Some(ParentRef { name: "shared".into(), namespace: None, section: None });
    KubernetesSettings { routing, class: Some(class.into()), gateway, ..KubernetesSettings::default() }
}

#[test]
fn nginx_asks_for_the_login_and_keeps_to_the_networks() {
    let environment = protected();
    let out = lower(&environment, settings(Routing::Ingress, "nginx-internal"));
    assert!(out.findings().iter().all(|found| found.diagnostic.code.id() != "PV0531"));
    let annotations = find(&out, "Ingress", "routes")["metadata"]["annotations"].clone();
    let said = |key: &str| annotations[format!("nginx.ingress.kubernetes.io/{key}")].as_str().unwrap_or("").to_owned();
    assert_eq!(said("auth-type"), "basic");
    assert_eq!(said("whitelist-source-range"), "203.0.113.0/24,2001:db8::/32");
    let secret = find(&out, "Secret", &said("auth-secret"));
    let line = String::from_utf8(decode(secret["data"]["auth"].as_str().unwrap())).unwrap();
    let (user, hash) = line.trim_end().split_once(':').unwrap();
    let vault = vault(&environment, KEY);
    let password = environment.access.login.as_ref().unwrap().password.reveal(&vault);
    assert_eq!((user, bcrypt::verify(password, hash).unwrap()), ("preview", true));
}

#[test]
fn annotations_of_the_manifest_win() {
    let mut settings = settings(Routing::Ingress, "nginx");
    settings.annotations.insert("nginx.ingress.kubernetes.io/auth-realm".into(), "shop".into());
    let out = lower(&protected(), settings);
    assert_eq!(
        find(&out, "Ingress", "routes")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/auth-realm"],
        "shop"
    );
}

#[test]
fn what_the_controller_cannot_do_is_refused_and_what_the_gateway_does_is_not() {
    let refused = |settings| {
        let out = lower(&protected(), settings);
        out.findings().iter().filter(|found| found.diagnostic.code.id() == "PV0531").count()
    };
    assert_eq!(refused(settings(Routing::Ingress, "traefik")), 2);
    assert_eq!(refused(settings(Routing::GatewayApi, "")), 2);
    assert_eq!(refused(settings(Routing::Gateway, "traefik")), 0);
    assert_eq!(refused(settings(Routing::Ingress, "nginx")), 0);
}

#[test]
fn an_http_route_tells_search_engines_to_stay_away() {
    let out = lower(&environment(), settings(Routing::GatewayApi, ""));
    let routes = text(&out, "manifests/50-routes.yaml");
    assert!(routes.contains("X-Robots-Tag"), "{routes}");
    let mut open = environment();
    open.access.noindex = false;
    assert!(!text(&lower(&open, settings(Routing::GatewayApi, "")), "manifests/50-routes.yaml").contains("X-Robots"));
}

fn decode(text: &str) -> Vec<u8> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for c in text.trim_end_matches('=').chars() {
        bits = bits << 6 | u32::try_from(alphabet.find(c).unwrap()).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push(u8::try_from(bits >> held & 255).unwrap());
        }
    }
    out
}
