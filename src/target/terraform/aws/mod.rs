//! `platform: aws`: tasks on ECS Fargate behind a shared load balancer, in a given cluster and given subnets.
//!
//! ```text
//! network.tf     the claim on the environment's name, names inside it, who may talk to whom, ECS' own role, logs
//! data.tf        EFS for containers that keep data, stores, queues, buckets, and what happens in stores before consumers start
//! services.tf    services, workers, crons, and the role of each task
//! routes.tf      the gateway, its target group, host rules of the shared listener, records
//! secrets.tf     one secret of Secrets Manager for each task that has secrets
//! run.sh         runs one task and waits: migrations and seeds, through Terraform; crons by hand
//! ```
//!
//! A process is one task definition: the containers that end before it starts stand in it too, each after the one before. What
//! happens in a store is a task of its own, which Terraform runs between the store and its consumers.

mod container;
mod down;
mod files;
mod iam;
mod managed;
mod names;
mod network;
mod part;
mod routes;
mod schedule;
mod scripts;
mod services;
mod size;
mod stack;
mod task;

use std::collections::BTreeMap;

pub use self::part::write as part;
use self::stack::{About, Stack};
use super::TerraformSettings;
use super::module::Place;
use crate::artifact::{Lowered, StageName};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{Cloud, Environment, Vault};
use crate::target::{outside, shared};

/// The provider: its name, where it comes from, its version.
const PROVIDER: (&str, &str, &str) = ("aws", "hashicorp/aws", "6.34.0");
/// The domain of names inside environments. `internal` is reserved for private use.
const INSIDE: &str = "previewc.internal";

/// What stands on AWS already, and how environments use it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AwsSettings {
    /// The region.
    pub region: String,
    /// The name of the ECS cluster.
    pub cluster: String,
    /// The ids of the subnets that tasks stand in.
    pub subnets: Vec<String>,
    /// Whether tasks get public addresses.
    pub public_ip: bool,
    /// The ARN of the load balancer's listener; needed where something is routed.
    pub listener: Option<String>,
    /// The id of the Route 53 zone; without one records are somebody else's.
    pub zone: Option<String>,
    /// What tasks run on, as ECS names it.
    pub architecture: &'static str,
    /// The ARNs of secrets with credentials, by the registry's host.
    pub pull_secrets: BTreeMap<String, String>,
    /// The ARNs of keys that secrets are encrypted with.
    pub kms_keys: Vec<String>,
    /// Private networks that tasks may reach.
    pub egress: Vec<String>,
    /// Days for which logs are kept.
    pub log_days: u32,
    /// The ARN of a boundary that every role gets.
    pub permissions_boundary: Option<String>,
    /// An existing subnet group for databases.
    pub db_subnet_group: Option<String>,
    /// An existing subnet group for caches.
    pub cache_subnet_group: Option<String>,
    /// What managed stores are asked for, by store.
    pub managed: BTreeMap<String, ManagedSettings>,
}

/// What a service is asked for beside what the plan says of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManagedSettings {
    /// An instance of RDS.
    Rds {
        /// Its class.
        class: String,
        /// Whether a second one stands by.
        multi_az: bool,
    },
    /// A clone of an Aurora cluster.
    Clone {
        /// The cluster.
        cluster: String,
        /// The class of its instance.
        class: String,
    },
    /// A node of ElastiCache.
    ElastiCache {
        /// Its type.
        node_type: String,
    },
}

impl AwsSettings {
    /// What the plan must know.
    pub(super) fn cloud(&self) -> Cloud {
        Cloud { region: self.region.clone(), inside: INSIDE }
    }
}

/// Writes an environment down.
pub(super) fn lower(
    settings: &TerraformSettings,
    aws: &AwsSettings,
    environment: &Environment,
    vault: &Vault,
    out: &mut Lowered,
) {
    let about = About {
        place: Place::Bundle,
        backend: settings.cloud.backend.as_ref(),
        stage: StageName::Services,
        step: super::DESTROY,
    };
    let mut stack = Stack::new(about, aws, environment, vault, out);
    network::write(&mut stack);
    iam::execution(&mut stack);
    managed::write(&mut stack);
    services::storage(&mut stack);
    services::stores(&mut stack);
    services::sequences(&mut stack);
    services::workloads(&mut stack);
    routes::write(&mut stack);
    down::tasks(&mut stack);
    outputs(&mut stack);
    stack.finish();
    outside::write(environment, vault, &settings.cloud, StageName::Config, out);
    scripts::write(settings, aws, environment, vault, out);
    shared::objects(environment, StageName::Services, out);
    super::stages(environment, out);
    down::teardown(aws, environment, out);
    outside::teardown(environment, out);
}

/// What run.sh and up.sh ask for.
fn outputs(stack: &mut Stack<'_>) {
    let about = "The security group of everything, for tasks that are run by hand.";
    stack.output("security_group", Body::new().with("description", about).with("value", network::group()));
    let environment = stack.environment;
    let mut epoch = Body::new()
        .with("description", "The epoch whose credentials every server has.")
        .with("value", environment.scope.epoch);
    if !environment.sequences.is_empty() {
        let sequences = environment.sequences.iter();
        let done = sequences.map(|one| Expr::reference(&["terraform_data", &identifier(&one.name)]));
        epoch.set("depends_on", Expr::List(done.collect()));
    }
    stack.output("epoch", epoch);
}
