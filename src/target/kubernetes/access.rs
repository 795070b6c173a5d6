//! Who may see an environment whose routes lead straight to its Services: what the controller before them can see to. Where
//! the environment's own gateway stands before them, that does it all.

use super::object::Item;
use super::{Context, Routing, base64};
use crate::artifact::{Finding, Lowered, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{Doc, list, map};
use crate::resolve::Origin;

/// The Secret that ingress-nginx reads logins from. No node's name holds a dot.
const LOGIN: &str = "routes.login";
/// Annotations of ingress-nginx.
const NGINX: &str = "nginx.ingress.kubernetes.io/";

/// Reports what is asked for and cannot be done here.
pub(super) fn check(context: Context, out: &mut Lowered) {
    let access = &context.environment.access;
    let origins = access.origins;
    let asked = [
        ("basic_auth", access.login.as_ref().map(|_| origins.basic_auth)),
        ("allow", access.allow.first().map(|_| origins.allow)),
        ("noindex", origins.noindex),
    ];
    let (by, able): (_, &[&str]) = match context.settings.routing {
        Routing::Gateway | Routing::None => return,
        Routing::Ingress if is_nginx(context) => ("an Ingress of nginx", &["basic_auth", "allow"]),
        Routing::Ingress => ("an Ingress of this class", &[]),
        Routing::GatewayApi => ("an HTTPRoute", &["noindex"]),
    };
    for (key, origin) in asked {
        if let Some(origin) = origin.filter(|_| !able.contains(&key)) {
            out.finding(refused(key, by, origin));
        }
    }
}

fn refused(key: &str, by: &str, origin: Origin) -> Finding {
    Finding {
        diagnostic: Diagnostic::new(
            codes::ACCESS_NEEDS_GATEWAY,
            format!("`preview.access.{key}` cannot be seen to by {by}, which leads straight to the services"),
        )
        .help("write `routing: gateway` in `targets.kubernetes`: the environment's own gateway sees to it"),
        origin,
        label: String::new(),
    }
}

/// Whether the Ingress is of a class of ingress-nginx, as its name says; F5's controller goes by that name too, and is told
/// of in the page of PV0531.
fn is_nginx(context: Context) -> bool {
    context.settings.class.as_deref().is_some_and(|class| class.contains("nginx"))
}

/// Adds the annotations of ingress-nginx; the manifest's own win.
pub(super) fn annotate<'a>(context: Context<'a>, ingress: &mut Item<'a>) {
    if context.settings.routing != Routing::Ingress {
        return;
    }
    let access = &context.environment.access;
    let mut add = |key: &str, value: Doc<'a>| {
        let key = format!("{NGINX}{key}");
        if !context.settings.annotations.contains_key(&key) {
            ingress.annotations.insert(key, value);
        }
    };
    if access.login.is_some() {
        add("auth-type", "basic".into());
        add("auth-secret", LOGIN.into());
        add("auth-realm", "preview environment".into());
    }
    if !access.allow.is_empty() {
        add("whitelist-source-range", access.allow.join(",").into());
    }
}

/// The Secret of the login, where an Ingress asks for it.
pub(super) fn items<'a>(context: Context<'a>) -> Option<Item<'a>> {
    let login = context.environment.access.login.as_ref().filter(|_| context.settings.routing == Routing::Ingress)?;
    let line = format!("{}:{}\n", login.user, login.hash.reveal(context.vault));
    let data = map! { "auth" => base64::encode(line.as_bytes()) };
    Some(Item::new("v1", "Secret", LOGIN, StageName::Config).with("type", "Opaque").with("data", data))
}

/// The filters that every rule of an HTTPRoute to a Service has.
pub(super) fn filters<'a>(context: Context<'a>) -> Option<Doc<'a>> {
    let wanted = context.settings.routing == Routing::GatewayApi && context.environment.access.noindex;
    wanted.then(|| {
        let header = map! { "name" => "X-Robots-Tag", "value" => "noindex, nofollow" };
        let modifier = map! { "set" => list![header] };
        Doc::from(map! { "type" => "ResponseHeaderModifier", "responseHeaderModifier" => modifier })
    })
}
