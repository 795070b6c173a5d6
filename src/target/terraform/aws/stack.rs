//! What is written down so far: resources with their removal, values of secrets, findings.

use super::super::module::{self, Module, Place};
use super::super::text::kept;
use super::super::{Backend, imports};
use super::AwsSettings;
use crate::artifact::{Finding, Lowered, Object, Removal, StageName};
use crate::diagnostics::{Diagnostic, codes};
use crate::document::hcl::{Body, Expr};
use crate::plan::{Cloud, Environment, ImportSource, Made, ManagedStore, Part, Value, Vault};
use crate::recipes::ManagedForm;
use crate::resolve::Origin;

/// The files that resources stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// `network.tf`.
    Network,
    /// `data.tf`.
    Data,
    /// `services.tf`.
    Services,
    /// `routes.tf`.
    Routes,
    /// `secrets.tf`.
    Secrets,
}

/// A module of an environment, and what the record says of all that stands in it.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Where the module stands.
    pub place: Place,
    /// Where its state is kept; a file without one.
    pub backend: Option<&'a Backend>,
    /// The stage that applies it.
    pub stage: StageName,
    /// The step of the teardown that destroys it.
    pub step: &'static str,
}

/// One environment while it is written down.
pub struct Stack<'a> {
    /// The settings of AWS.
    pub aws: &'a AwsSettings,
    /// The environment.
    pub environment: &'a Environment,
    /// The secrets.
    pub vault: &'a Vault,
    place: Place,
    stage: StageName,
    step: &'static str,
    module: Module,
    values: Vec<(String, String)>,
    out: &'a mut Lowered,
}

impl<'a> Stack<'a> {
    /// Begins with what all platforms have.
    pub fn new(
        about: About<'_>,
        aws: &'a AwsSettings,
        environment: &'a Environment,
        vault: &'a Vault,
        out: &'a mut Lowered,
    ) -> Self {
        let About { place, backend, stage, step } = about;
        let module = Module::new(place, backend, environment, super::PROVIDER);
        Stack { aws, environment, vault, place, stage, step, module, values: Vec::new(), out }
    }

    /// Hands everything over.
    pub fn finish(mut self) {
        let values = std::mem::take(&mut self.values);
        self.module.secrets(values, self.out);
        self.module.write(self.environment, self.out);
    }

    /// The log group; for a part, its user. Whoever made it has the environment's name: services that would hand a second
    /// environment what the first one has, instead of refusing it, are asked only afterwards.
    pub fn claim(&self) -> Expr {
        match self.place {
            Place::Bundle => Expr::reference(&["aws_cloudwatch_log_group", "environment"]),
            Place::Part => super::part::user(),
        }
    }

    /// What the plan knows of AWS.
    pub fn cloud(&self) -> Cloud {
        self.aws.cloud()
    }

    /// The body of a file, for what is no resource.
    pub fn file(&mut self, file: File) -> &mut Body {
        match file {
            File::Network => &mut self.module.network,
            File::Data => &mut self.module.data,
            File::Services => &mut self.module.services,
            File::Routes => &mut self.module.routes,
            File::Secrets => &mut self.module.secrets,
        }
    }

    /// The provider's settings.
    pub fn provider(&mut self, body: Body) {
        self.module.providers.block("provider", &["aws"], body);
    }

    /// Adds an output.
    pub fn output(&mut self, name: &str, body: Body) {
        self.module.outputs.block("output", &[name], body);
    }

    /// Adds a resource. `name` is what AWS calls it; there is no other way to make one, so that each is in the record with what
    /// takes it away.
    pub fn resource(
        &mut self,
        file: File,
        kind: &str,
        label: &str,
        name: impl Into<String>,
        origin: Origin,
        body: Body,
    ) {
        self.file(file).block("resource", &[kind, label], body);
        self.out.object(Object {
            kind: kind.to_owned(),
            name: name.into(),
            namespace: None,
            stage: self.stage,
            removal: Removal::Step(self.step.to_owned()),
            origin,
        });
    }

    /// Adds something that is only looked up.
    pub fn data(&mut self, file: File, kind: &str, label: &str, body: Body) {
        self.file(file).block("data", &[kind, label], body);
    }

    /// Hands over a file of the bundle beside the module's own.
    pub fn hand_over(&mut self, path: &str, contents: Vec<u8>) {
        self.out.file(path, contents, crate::artifact::Mode::Public);
    }

    /// Leaves a finding about what AWS does not take.
    pub fn refuse(&mut self, message: String, help: &str, origin: Origin) {
        let diagnostic = Diagnostic::new(codes::NOT_BY_TERRAFORM, message).help(help);
        self.find(Finding { diagnostic, origin, label: String::new() });
    }

    /// Leaves a finding.
    pub fn find(&mut self, finding: Finding) {
        self.out.finding(finding);
    }

    /// Looks whether Terraform would change a text.
    pub fn kept(&mut self, text: &str, what: &str, origin: Origin) {
        kept(text, what, origin, self.out);
    }

    /// A value as an expression. `key` names it in the variable of all secrets, `what` in findings. Text is literal, secrets stand
    /// in the variable, and what is known only once it is made is a reference.
    pub fn value(&mut self, value: &Value, key: &str, what: &str, origin: Origin) -> Option<Expr> {
        if let Some(id) = value.imported() {
            return imports::value(self.environment, id);
        }
        let mut parts = Vec::new();
        let (mut run, mut number) = (Value::default(), 0);
        for part in value.parts() {
            if let Part::Made(made) = part {
                self.run(&mut parts, &std::mem::take(&mut run), key, &mut number, what, origin);
                parts.push(self.made(made));
            } else {
                run.push_part(part);
            }
        }
        self.run(&mut parts, &run, key, &mut number, what, origin);
        Some(match parts.len() {
            0 => Expr::from(""),
            _ => Expr::Template(parts),
        })
    }

    /// Parts that are known when the bundle is written, as one text.
    fn run(&mut self, parts: &mut Vec<Expr>, run: &Value, key: &str, number: &mut u32, what: &str, origin: Origin) {
        if run.parts().is_empty() {
            return;
        }
        let text = run.reveal(self.vault);
        self.kept(&text, what, origin);
        if !run.is_tainted() {
            parts.push(Expr::from(text));
            return;
        }
        *number += 1;
        let key = if *number == 1 { key.to_owned() } else { format!("{key}#{number}") };
        parts.push(Expr::reference(&["var", "secrets"]).key(&key));
        self.values.push((key, text));
    }

    /// What something tells of itself once it is there.
    fn made(&self, made: &Made) -> Expr {
        match made {
            Made::Account => Expr::reference(&["data", "aws_caller_identity", "current", "account_id"]),
            Made::AccessKey => super::part::key("id"),
            Made::SecretKey => super::part::key("secret"),
            Made::Host { store } => {
                let managed = self.environment.managed.iter().find(|managed| managed.store == store.as_ref());
                managed.map_or_else(|| Expr::from(""), host)
            }
        }
    }

    /// The secret of Secrets Manager that a value is, where the team keeps it there: ECS reads it, and nothing else does.
    pub fn stored(&self, value: &Value) -> Option<(String, Option<String>)> {
        let import = self.environment.imports.get(value.imported()?)?;
        match &import.source {
            ImportSource::Aws { name, key } => Some((name.clone(), key.clone())),
            _ => None,
        }
    }

    /// Adds the key that data was made with; hands on the conditions under which anything may be applied.
    pub fn key(&mut self) -> Body {
        module::key(&mut self.module.network, self.environment)
    }
}

/// Where a managed store is reached.
fn host(managed: &ManagedStore) -> Expr {
    let label = crate::document::hcl::identifier(&managed.store);
    match managed.form {
        ManagedForm::Rds => Expr::reference(&["aws_db_instance", &label, "address"]),
        ManagedForm::Clone => Expr::reference(&["aws_rds_cluster", &label, "endpoint"]),
        ManagedForm::ElastiCache => {
            Expr::reference(&["aws_elasticache_replication_group", &label, "primary_endpoint_address"])
        }
        // Their addresses are the region's.
        ManagedForm::Sqs | ManagedForm::S3 => Expr::from(""),
    }
}
