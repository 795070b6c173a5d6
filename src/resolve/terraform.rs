//! What is wrong with settings of Terraform.

use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{Backend, BackendKind, Manifest, TerraformPlatform};
use crate::shape::nearest;

/// The keys that a platform of one engine knows.
const KEYS: [&str; 7] = ["platform", "region", "host", "domain", "ports", "bind", "backend"];
/// Settings of backends that are secret: Terraform reads each from a variable of its own, too.
const SECRETS: [&str; 11] = [
    "access_key",
    "client_certificate_password",
    "client_private_key_pem",
    "client_secret",
    "credentials",
    "encryption_key",
    "oidc_request_token",
    "password",
    "sas_token",
    "secret_key",
    "token",
];

/// Reports keys that no platform of this version knows, and settings that previewc decides or that nobody else may read.
pub(super) fn settings(manifest: &Manifest, sink: &mut Sink) {
    let Some(terraform) = manifest.targets.as_ref().and_then(|targets| targets.terraform.as_ref()) else { return };
    // Other platforms have further keys, which are judged once something is written for them.
    if terraform.platform.value == TerraformPlatform::Docker {
        for (key, rest) in &terraform.rest {
            let help = match nearest(key, KEYS) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the keys are {}", KEYS.join(", ")),
            };
            let message = format!("`{key}` is no key of Terraform settings for Docker");
            sink.push(Diagnostic::new(codes::UNKNOWN_KEY, message).at(rest.key, "unknown key").help(help));
        }
    }
    if let Some(backend) = &terraform.backend {
        places(backend, sink);
    }
}

fn places(backend: &Backend, sink: &mut Sink) {
    let own = match backend.kind.value {
        BackendKind::S3 | BackendKind::Azurerm => "key",
        BackendKind::Gcs => "prefix",
        BackendKind::Http => "",
    };
    for (name, value) in &backend.settings {
        if name == own {
            let message = format!("`{name}` is what tells environments apart, so previewc decides it");
            sink.push(
                Diagnostic::new(codes::BACKEND_SETTING, message)
                    .at(value.span, "")
                    .help("leave it out: every environment has its own place under `previewc/`"),
            );
        } else if SECRETS.contains(&name.as_str()) {
            let message = format!("`{name}` would stand in a file that everyone may read");
            sink.push(
                Diagnostic::new(codes::BACKEND_SETTING, message)
                    .at(value.span, "")
                    .help("set it where Terraform runs: every backend reads its credentials from variables too"),
            );
        }
    }
}
