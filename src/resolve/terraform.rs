//! What is wrong with settings of Terraform.

use indexmap::IndexMap;

use super::program::{Body, Node};
use crate::diagnostics::{Diagnostic, Sink, codes};
use crate::manifest::{Backend, BackendKind, Manifest, TerraformPlatform, TerraformTarget};
use crate::source::Span;

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

/// Reports what a platform needs and does not get, what it has no use for, and settings that previewc decides or that nobody
/// else may read.
pub(super) fn settings(manifest: &Manifest, nodes: &IndexMap<String, Node>, sink: &mut Sink) {
    let Some(terraform) = manifest.targets.as_ref().and_then(|targets| targets.terraform.as_ref()) else { return };
    let (docker, aws) = (docker(terraform), aws(terraform));
    match terraform.platform.value {
        TerraformPlatform::Docker => {
            // What bounds the users of parts in a cloud has its effect there, whatever the platform.
            let part = nodes.values().any(|node| matches!(&node.body, Body::Store(store) if store.cloud.is_some()));
            let void = aws.into_iter().filter(|(key, _)| !part || *key != "permissions_boundary");
            super::settings::void(&void.collect::<Vec<_>>(), "terraform", "platform: aws", sink);
        }
        TerraformPlatform::Aws => {
            super::settings::void(&docker, "terraform", "platform: docker", sink);
            needed(terraform, nodes, sink);
        }
    }
    if let Some(backend) = &terraform.backend {
        places(backend, sink);
    }
}

/// The keys of a Docker engine that are given.
fn docker(terraform: &TerraformTarget) -> [(&'static str, Option<Span>); 3] {
    [
        ("host", terraform.host.as_ref().map(|host| host.span)),
        ("ports", terraform.ports.as_ref().map(|ports| ports.span)),
        ("bind", terraform.bind.as_ref().map(|bind| bind.span)),
    ]
}

/// The keys of AWS that are given. The region says nothing to an engine, and does no harm: it is not among them.
fn aws(terraform: &TerraformTarget) -> [(&'static str, Option<Span>); 14] {
    let text = |text: &Option<crate::source::Located<String>>| text.as_ref().map(|text| text.span);
    [
        ("cluster", text(&terraform.cluster)),
        ("subnets", terraform.subnets.first().map(|subnet| subnet.span)),
        ("public_ip", terraform.public_ip.as_ref().map(|public| public.span)),
        ("listener", text(&terraform.listener)),
        ("zone", text(&terraform.zone)),
        ("architecture", terraform.architecture.as_ref().map(|architecture| architecture.span)),
        ("pull_secrets", terraform.pull_secrets.values().next().map(|secret| secret.span)),
        ("kms_keys", terraform.kms_keys.first().map(|key| key.span)),
        ("egress", terraform.egress.first().map(|network| network.span)),
        ("log_days", terraform.log_days.as_ref().map(|days| days.span)),
        ("permissions_boundary", text(&terraform.permissions_boundary)),
        ("db_subnet_group", text(&terraform.db_subnet_group)),
        ("cache_subnet_group", text(&terraform.cache_subnet_group)),
        ("managed", terraform.managed.values().next().map(|managed| managed.span)),
    ]
}

/// What stands on AWS already and cannot be guessed.
fn needed(terraform: &TerraformTarget, nodes: &IndexMap<String, Node>, sink: &mut Sink) {
    let routed =
        nodes.values().any(|node| matches!(&node.body, Body::Workload(workload) if !workload.routes.is_empty()));
    let missing = [
        ("region", terraform.region.is_none(), "region: eu-west-1", "the region that environments stand in"),
        (
            "subnets",
            terraform.subnets.is_empty(),
            "subnets: [subnet-0a1b2c3d, subnet-4e5f6a7b]",
            "the subnets of tasks, one for each availability zone",
        ),
        (
            "listener",
            routed && terraform.listener.is_none(),
            "listener: arn:aws:elasticloadbalancing:…",
            "the HTTPS listener of a shared load balancer, which routes lead through",
        ),
    ];
    for (key, missing, example, what) in missing {
        if !missing || sink.is_lost(key) {
            continue;
        }
        let message = format!("`platform: aws` needs `{key}`: {what}");
        sink.push(
            Diagnostic::new(codes::MISSING_KEY, message)
                .at(terraform.platform.span, "needs it")
                .help(format!("write `{example}` under `targets.terraform`")),
        );
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
