//! Secrets of other namespaces that the environment needs: a new namespace has neither a certificate nor the registry's
//! credentials, nor the secrets that the manifest keeps in the cluster. `up.sh` copies them once the namespace is there, and so do the stages.

use std::collections::BTreeSet;

use super::object::{self, RENDER};
use super::{Context, Tls, imports};
use crate::artifact::{Argv, Finding, Lowered, Output, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::{map, yaml};
use crate::resolve::Origin;
use crate::target::fetch;

/// The stage that has the copies: the first after the namespace, which the others need.
pub(super) const STAGE: StageName = StageName::Config;

/// One Secret to copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Copy<'a> {
    /// The namespace that it stands in.
    pub(super) namespace: &'a str,
    /// Its name there.
    pub(super) name: &'a str,
    /// Its name here.
    pub(super) copy: String,
    /// The keys to copy; without any all of them.
    pub(super) keys: Vec<&'a str>,
}

impl Copy<'_> {
    /// Prints the copy as a manifest.
    pub(super) fn read(&self, context: Context, render: &str) -> Argv {
        let environment = context.environment;
        let head = map! {
            "apiVersion" => "v1",
            "kind" => "Secret",
            "metadata" => map! {
                "name" => self.copy.as_str(),
                "namespace" => environment.id.as_str(),
                "labels" => object::labels(environment, None).with(RENDER, render),
            },
        };
        // Keys are plain and values in Base64, so that quotes suffice.
        let rest = if self.keys.is_empty() {
            "type: \"{{.type}}\"\ndata:\n{{range $key, $value := .data}}  \"{{$key}}\": \"{{$value}}\"\n{{end}}"
                .to_owned()
        } else {
            // A key that is not there is left out, and the pod that needs it says so: a template that fails would show all.
            let key = |key: &&str| format!("{{{{with index .data \"{key}\"}}}}  \"{key}\": \"{{{{.}}}}\"\n{{{{end}}}}");
            format!("type: \"Opaque\"\ndata:\n{}", self.keys.iter().map(key).collect::<String>())
        };
        let template = format!("go-template={}{rest}", yaml::to_string(&head.into()));
        ["kubectl", "get", "secret", self.name, "--namespace", self.namespace, "--output", &template]
            .map(str::to_owned)
            .to_vec()
    }

    /// Writes the copy for the next stage, seen from the folder above the bundle's.
    pub(super) fn output(&self, context: Context, render: &str) -> Output {
        Output { run: self.read(context, render), file: self.file(context) }
    }

    /// Applies what [`Copy::output`] wrote, seen from the bundle's folder.
    pub(super) fn apply(&self, context: Context) -> Argv {
        ["kubectl", "apply", "-f", &format!("../{}", self.file(context))].map(str::to_owned).to_vec()
    }

    fn file(&self, context: Context) -> String {
        format!("handoff/{}.{}.yaml", fetch::stem(context.environment), self.copy)
    }
}

/// The Secrets to copy, each once.
pub(super) fn copies<'a>(context: Context<'a>) -> BTreeSet<Copy<'a>> {
    let whole = foreign(context).into_iter().filter_map(|(namespace, name)| {
        namespace.map(|namespace| Copy { namespace, name, copy: name.to_owned(), keys: Vec::new() })
    });
    let imported = imports::foreign(context).into_iter().map(|((namespace, name), keys)| Copy {
        namespace,
        name,
        copy: imports::copy_name(namespace, name),
        keys,
    });
    whole.chain(imported).collect()
}

/// Records the copies, and finds names that two Secrets would share.
pub(super) fn record(context: Context, out: &mut Lowered) {
    let foreign = foreign(context);
    let names: BTreeSet<&str> = foreign.iter().map(|(_, name)| *name).collect();
    let is_own = |name: &&str| out.objects().iter().any(|object| object.kind == "Secret" && object.name == *name);
    let own: Vec<&str> = names.into_iter().filter(is_own).collect();
    let mut taken = |message: String, help: &str| {
        out.finding(Finding {
            diagnostic: Diagnostic::new(codes::SECRET_NAME_TAKEN, message).help(help),
            origin: context.settings.origins.secrets,
            label: String::new(),
        });
    };
    if let [(registry, name), (certificate, other)] = foreign.as_slice()
        && name == other
        && registry != certificate
    {
        let message =
            format!("the Secrets of the registry and of the certificate are two, and both are named `{name}`");
        taken(message, "give one of them another name: both must stand in the environment's namespace");
    }
    for name in own {
        taken(
            format!("the Secret `{name}` has the name of another Secret of the environment"),
            "give the Secret another name, or the node that bears it",
        );
    }
    for copy in copies(context) {
        out.object(object::object(context.environment.id.as_str(), "Secret", copy.copy, STAGE, Origin::NONE));
    }
}

/// The Secrets that somebody else makes: the registry's and the certificate's, each with its namespace where it must be
/// copied.
fn foreign<'a>(context: Context<'a>) -> Vec<(Option<&'a str>, &'a str)> {
    let settings = context.settings;
    let registry = settings.pull_secret.as_ref().map(|secret| (secret.namespace.as_deref(), secret.name.as_str()));
    let certificate = match &settings.tls {
        Tls::CopyFrom { namespace, name } => Some((Some(namespace.as_str()), name.as_str())),
        Tls::Secret(name) => Some((None, name.as_str())),
        Tls::None | Tls::Issuer(_) | Tls::External => None,
    };
    registry.into_iter().chain(certificate).collect()
}
