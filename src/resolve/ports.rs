//! Whether a range of ports suffices.

use super::settings::exposed;
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{ComposeTarget, Expose, Manifest, PortRange};
use crate::source::Located;

/// How many ports a range must hold where `preview.max_open` does not say how many environments there may be.
const FEWEST_PORTS: u32 = 30;

/// Each environment publishes one port, so that a range must hold as many as there may be environments.
pub(super) fn ports(manifest: &Manifest, sink: &mut Sink) {
    let Some(targets) = &manifest.targets else { return };
    let used = |compose: &&ComposeTarget| exposed(compose) == Expose::Port;
    let compose = targets.compose.as_ref().filter(used).and_then(|compose| compose.ports.as_ref());
    let terraform = targets.terraform.as_ref().and_then(|terraform| terraform.ports.as_ref());
    for ports in compose.into_iter().chain(terraform) {
        suffice(ports, manifest, sink);
    }
}

fn suffice(ports: &Located<PortRange>, manifest: &Manifest, sink: &mut Sink) {
    let (first, size) = (ports.value.first(), ports.value.size());
    let max_open = manifest.preview.as_ref().and_then(|preview| preview.max_open.as_ref());
    let needed = max_open.map_or(FEWEST_PORTS, |most| most.value);
    if size >= needed || sink.is_lost("max_open") {
        return;
    }
    let count = if size == 1 { "1 port is".to_owned() } else { format!("{size} ports are") };
    let message = match max_open {
        Some(_) => format!("{count} too few for {needed} open environments"),
        None => format!("{count} too few: a range holds at least {FEWEST_PORTS}"),
    };
    // A range that would end above the last port begins lower.
    let last = (u32::from(first) + needed - 1).min(u32::from(u16::MAX));
    let mut finding = Diagnostic::new(codes::TOO_FEW_PORTS, message)
        .at(ports.span, "")
        .help(format!("write `{}-{last}` or more, or leave it out for 20000-29999", last + 1 - needed));
    if let Some(most) = max_open {
        finding = finding.also(most.span, "so many may be open");
    }
    sink.push(finding);
}
