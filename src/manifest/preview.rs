//! How environments come and go, who may see them, how they are tested.

use indexmap::IndexMap;

use super::command::Command;
use super::forms::{Cidr, Domain, FilePath, KubeName};
use super::lenient::Lenient;
use super::names::VarName;
use super::process::Size;
use super::quantity::Duration;
use crate::shape::{Int, Template, Text, choice, record};
use crate::source::Located;

record! {
    /// How long environments live, what makes one, and who may see it.
    /// Example: {"ttl": "3d", "idle": "2h", "max_open": 30}
    pub struct Preview: "the preview settings" {
        /// How long an environment lives after the last push.
        /// Example: 3d
        ttl: Option<Located<Duration>>,
        /// How long without requests until `previewc gc` puts it to sleep.
        /// Example: 2h
        idle: Option<Located<Duration>>,
        /// How many environments may be open at once.
        /// Example: 30
        max_open: Option<Located<u32>> as Option<Located<Int<1, 10_000>>>,
        /// How much CPU and memory each service, worker and cron gets that states none.
        /// Default: small
        size: Option<Size>,
        /// What makes an environment.
        trigger: Option<Trigger>,
        /// Who may see it.
        access: Option<Access>,
    }
}

record! {
    /// Which pull requests get an environment.
    /// Example: {"label": "preview", "drafts": false, "forks": "without-secrets"}
    pub struct Trigger: "a trigger" {
        /// Only pull requests with this label. Default: all.
        /// Example: preview
        label: Option<Located<String>> as Option<Located<Text>>,
        /// Only pull requests whose title holds this text. Default: all.
        /// Example: [preview]
        title: Option<Located<String>> as Option<Located<Text>>,
        /// Drafts too.
        /// Default: true
        drafts: Option<Located<bool>>,
        /// Pull requests from forks.
        /// Default: never
        forks: Option<Located<Forks>>,
    }
}

choice! {
    /// What pull requests from forks get.
    pub enum Forks {
        /// No environment.
        Never = "never",
        /// An environment without stored secrets.
        WithoutSecrets = "without-secrets",
        /// The same as everyone: only for repositories whose forks are trusted.
        WithSecrets = "with-secrets",
    }
}

record! {
    /// Who may see an environment.
    /// Example: {"basic_auth": true}
    pub struct Access: "access settings" {
        /// Asks for a login: the user is `preview`, and `previewc env --pr NUMBER gateway --reveal` shows the password. A
        /// browser asks once for each host, and keeps a cookie; preflights of other hosts pass.
        /// Default: false
        basic_auth: Option<Located<bool>>,
        /// Only these networks, as the nearest proxy names the client. Behind a proxy a private network is not told from the
        /// proxies themselves: keep to public ones there. Default: all.
        /// Example: ["203.0.113.0/24"]
        allow: Vec<Located<String>> as Vec<Located<Cidr>>,
        /// Tells search engines to stay away.
        /// Default: true
        noindex: Option<Located<bool>>,
    }
}

record! {
    /// Tests that run against the environment.
    /// Example: {"e2e": {"dir": "e2e", "command": ["npx", "playwright", "test"]}}
    pub struct Tests: "tests" {
        /// End-to-end tests, which gate the merge.
        e2e: Option<E2e>,
    }
}

record! {
    /// End-to-end tests; `BASE_URL` holds the environment's URL.
    /// Example: {"dir": "e2e", "command": ["npx", "playwright", "test"]}
    pub struct E2e: "end-to-end tests" {
        /// The folder that they run in, relative to the manifest.
        /// Default: .
        /// Example: e2e
        dir: Option<Located<String>> as Option<Located<FilePath>>,
        /// The command line.
        /// Example: ["npx", "playwright", "test"]
        command: Vec<Template> as Lenient<Command>,
        /// Further variables.
        env: IndexMap<VarName, Template>,
        /// How long they may take.
        /// Example: 20m
        timeout: Option<Located<Duration>>,
    }
}

record! {
    /// The long-lived environment whose services a selective preview shares.
    /// Example: {"name": "staging", "kubernetes": {"namespace": "staging"}}
    pub struct Baseline: "the baseline" {
        /// Its name.
        /// Example: staging
        name: Located<String> as Located<Text>,
        /// Its domain, for the public URLs of what is shared.
        /// Example: staging.example.com
        domain: Option<Located<String>> as Option<Located<Domain>>,
        /// Where it runs in Kubernetes.
        kubernetes: Option<BaselineKubernetes>,
        /// Where it runs with Compose.
        compose: Option<BaselineCompose>,
    }
}

record! {
    /// The baseline's place in Kubernetes.
    /// Example: {"namespace": "staging"}
    pub struct BaselineKubernetes: "the baseline's place in Kubernetes" {
        /// Its namespace.
        namespace: Located<String> as Located<KubeName>,
    }
}

record! {
    /// The baseline's place with Compose.
    /// Example: {"network": "staging_default"}
    pub struct BaselineCompose: "the baseline's place with Compose" {
        /// Its network.
        network: Located<String> as Located<Text>,
    }
}
