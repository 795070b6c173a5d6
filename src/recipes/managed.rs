//! How a store stands as a service of a cloud: the part of a recipe for platforms that run the engine themselves.

use indexmap::IndexMap;

use super::record::{Atom, Line, Name, Output, Recipe};
use crate::shape::{RecipeTemplate, Template, record, text_leaf};
use crate::source::Located;

/// The services that a store may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ManagedForm {
    /// An instance of Amazon RDS.
    Rds,
    /// A clone of an Aurora cluster.
    Clone,
    /// A node of Amazon ElastiCache.
    ElastiCache,
    /// Queues of Amazon SQS.
    Sqs,
    /// A bucket of Amazon S3.
    S3,
}

impl ManagedForm {
    /// Every form.
    pub const ALL: [ManagedForm; 5] =
        [ManagedForm::Rds, ManagedForm::Clone, ManagedForm::ElastiCache, ManagedForm::Sqs, ManagedForm::S3];

    /// Whether it is reached over the internet with keys, so that its clients may run anywhere.
    pub fn is_public(self) -> bool {
        match self {
            ManagedForm::Sqs | ManagedForm::S3 => true,
            ManagedForm::Rds | ManagedForm::Clone | ManagedForm::ElastiCache => false,
        }
    }

    /// The key in recipes and manifests.
    pub fn key(self) -> &'static str {
        match self {
            ManagedForm::Rds => "rds",
            ManagedForm::Clone => "clone",
            ManagedForm::ElastiCache => "elasticache",
            ManagedForm::Sqs => "sqs",
            ManagedForm::S3 => "s3",
        }
    }
}

record! {
    /// The store as a service of a cloud. Nothing runs for it; what the recipe says of its container does not count, and what is
    /// not said here is as in the rest of the recipe. Besides what other texts know, those here know `${self.region}`,
    /// `${self.account}`, `${self.major}` and `${self.minor}` of the service's version, `${self.repository}`, eight digits
    /// that tell the repository, and `${self.cloud_access_key}` with `${self.cloud_secret_key}`, which are empty where processes
    /// have roles.
    pub struct Managed: "a managed form" {
        /// Whether it takes the container's place where the manifest does not say otherwise. Default: false.
        default: Option<Located<bool>>,
        /// What the service calls the engine.
        /// Example: aurora-postgresql
        engine: Option<Located<String>> as Option<Located<Line>>,
        /// What the service calls a version, where it calls it otherwise.
        /// Example: {"7": "7.1"}
        versions: IndexMap<String, Located<String>> as IndexMap<Line, Located<Line>>,
        /// Major versions that the service has; others are refused. Default: any.
        /// Example: ["15", "16", "17"]
        majors: Vec<Located<String>> as Vec<Located<Line>>,
        /// Values of the recipe's options that the service does not know, by option.
        /// Example: {"extensions": ["timescaledb"]}
        lacks: IndexMap<String, Vec<Located<String>>> as IndexMap<Name, Vec<Located<Line>>>,
        /// The family that its parameters belong to.
        /// Example: postgres${self.major}
        family: Option<Template> as Option<RecipeTemplate>,
        /// Parameters of the server; one that is empty is left out.
        /// Example: {"rds.force_ssl": "0"}
        parameters: IndexMap<String, Template> as IndexMap<Line, RecipeTemplate>,
        /// The same where the store serves queues and nothing else is stated.
        /// Example: {"maxmemory-policy": "noeviction"}
        queue_parameters: IndexMap<String, Template> as IndexMap<Line, RecipeTemplate>,
        /// Names and credentials beside the recipe's, or in place of them.
        atoms: IndexMap<String, Atom> as IndexMap<Name, Atom>,
        /// Outputs beside the recipe's, or in place of them.
        outputs: IndexMap<String, Output> as IndexMap<Name, Output>,
    }
}

text_leaf! {
    /// The key of a form.
    FormName: NOT_A_CHOICE, "`rds`, `clone`, `elasticache`, `sqs` or `s3`", "^(?:rds|clone|elasticache|sqs|s3)$", Nothing,
        |t| ManagedForm::ALL.iter().any(|form| form.key() == t);
}

impl Recipe {
    /// What it says of a form.
    pub fn managed(&self, form: ManagedForm) -> Option<&Managed> {
        self.managed.get(form.key())
    }

    /// The form that takes the container's place where the manifest says nothing.
    pub fn managed_by_default(&self) -> Option<ManagedForm> {
        let is_default = |form: &ManagedForm| {
            self.managed(*form).and_then(|managed| managed.default.as_ref()).is_some_and(|default| default.value)
        };
        ManagedForm::ALL.into_iter().find(is_default)
    }

    /// The recipe as it is where the store is a service; `None` where it says nothing of that form.
    pub fn as_managed(&self, form: ManagedForm) -> Option<Recipe> {
        let managed = self.managed(form)?;
        let mut recipe = self.clone();
        // Its own first: texts of others may name them.
        recipe.atoms.clone_from(&managed.atoms);
        for (name, atom) in &self.atoms {
            recipe.atoms.entry(name.clone()).or_insert_with(|| atom.clone());
        }
        recipe.outputs.extend(managed.outputs.clone());
        recipe.without_container();
        match form {
            // What happens in a database before its consumers start is the same; the service sets the password of today.
            ManagedForm::Rds | ManagedForm::Clone => {
                if let Some(steps) = &mut recipe.steps {
                    steps.rotate = None;
                }
            }
            ManagedForm::ElastiCache | ManagedForm::Sqs | ManagedForm::S3 => recipe.steps = None,
        }
        Some(recipe)
    }
}
