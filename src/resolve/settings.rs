//! Settings of the targets that others beside them make void.

use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{ComposeTarget, Door, Expose, KubernetesTarget, Manifest, Routing};
use crate::source::Span;

/// Warns of settings that have no effect.
pub(super) fn void_settings(manifest: &Manifest, sink: &mut Sink) {
    let Some(targets) = &manifest.targets else { return };
    if let Some(compose) = &targets.compose {
        void_in_compose(compose, sink);
    }
    if let Some(kubernetes) = &targets.kubernetes {
        void_in_kubernetes(kubernetes, sink);
        let idle = manifest.preview.as_ref().and_then(|preview| preview.idle.as_ref());
        if let Some(idle) = idle {
            unmeasured(kubernetes, idle.span, sink);
        }
    }
}

/// How Compose's gateway is reached.
pub(super) fn exposed(compose: &ComposeTarget) -> Expose {
    compose.expose.as_ref().map_or(Expose::Port, |expose| expose.value)
}

fn void_in_compose(compose: &ComposeTarget, sink: &mut Sink) {
    let port = [
        ("ports", compose.ports.as_ref().map(|ports| ports.span)),
        ("bind", compose.bind.as_ref().map(|bind| bind.span)),
    ];
    let traefik =
        [("network", &compose.network), ("entrypoint", &compose.entrypoint), ("cert_resolver", &compose.cert_resolver)]
            .map(|(key, text)| (key, text.as_ref().map(|text| text.span)));
    let exposed = exposed(compose);
    if sink.is_lost("expose") {
        return;
    }
    if exposed != Expose::Port {
        void(&port, "compose", "expose: port", sink);
    }
    if exposed != Expose::Traefik {
        void(&traefik, "compose", "expose: traefik", sink);
    }
}

fn void_in_kubernetes(kubernetes: &KubernetesTarget, sink: &mut Sink) {
    let routing = kubernetes.routing.as_ref().map_or(Routing::Gateway, |routing| routing.value);
    let door = match routing {
        Routing::Gateway => Some(kubernetes.door.as_ref().map_or(Door::Ingress, |door| door.value)),
        Routing::Ingress => Some(Door::Ingress),
        Routing::GatewayApi => Some(Door::GatewayApi),
        Routing::None => None,
    };
    if sink.is_lost("routing") || sink.is_lost("door") {
        return;
    }
    // Where routes lead straight to the Services, the door says nothing.
    let (ingress, gateway_api) = match routing {
        Routing::Gateway => ("door: ingress", "door: gateway-api"),
        Routing::Ingress | Routing::GatewayApi | Routing::None => ("routing: ingress", "routing: gateway-api"),
    };
    if door != Some(Door::Ingress) {
        void(&[("class", kubernetes.class.as_ref().map(|class| class.span))], "kubernetes", ingress, sink);
    }
    if door != Some(Door::GatewayApi) {
        let gateway = kubernetes.gateway.as_ref().map(|gateway| gateway.name.span);
        void(&[("gateway", gateway)], "kubernetes", gateway_api, sink);
    }
}

/// Warns of `preview.idle` where requests pass the environment's gateway by, which is what tells of them.
fn unmeasured(kubernetes: &KubernetesTarget, idle: Span, sink: &mut Sink) {
    let Some(routing) = &kubernetes.routing else { return };
    if matches!(routing.value, Routing::Ingress | Routing::GatewayApi) {
        let message = "nothing tells of requests where routes lead straight to the services";
        let help = "write `routing: gateway`: the environment's own gateway tells of them; or let something of yours set the annotation \
                    `previewc.dev/active`";
        sink.push(
            Diagnostic::new(codes::NO_EFFECT, message)
                .at(idle, "no environment sleeps for it")
                .also(routing.span, "they do here")
                .help(help),
        );
    }
}

/// Warns of the keys that are given and that only `needed` gives a meaning.
pub(super) fn void(keys: &[(&str, Option<Span>)], target: &str, needed: &str, sink: &mut Sink) {
    for (key, span) in keys {
        let Some(span) = span else { continue };
        let message = format!("`targets.{target}.{key}` has no effect without `{needed}`");
        sink.push(
            Diagnostic::new(codes::NO_EFFECT, message)
                .at(*span, "")
                .help(format!("write `{needed}`, or remove `{key}`")),
        );
    }
}
