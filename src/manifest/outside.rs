//! What lives outside the environment: externals, shared servers, frontends, secrets.

use indexmap::IndexMap;

use super::forms::{AppName, Cidr, HostName, Ident, PortName};
use super::lenient::Lenient;
use super::names::VarName;
use crate::shape::{Int, Port, Rule, Template, Text, choice, one_of, record};
use crate::source::Located;

record! {
    /// A third party that is never replicated.
    /// Example: {"url": "https://api.stripe.com", "reason": "sandbox account", "secrets": {"api_key": "stripe_key"}}
    pub struct External: "an external" {
        /// Its address.
        /// Example: https://api.stripe.com
        url: Template as Lenient<Template>,
        /// Why it is shared.
        /// Example: sandbox account
        reason: Located<String> as Lenient<Located<Text>>,
        /// Its secrets: what it calls them, and their names under `secrets`.
        /// Example: {"api_key": "stripe_key"}
        secrets: IndexMap<String, Located<String>> as IndexMap<Ident, Located<Text>>,
    }
}

record! {
    /// A long-lived server that stores can be isolated on.
    /// Example: {"engine": "postgres", "host": "pg.internal", "admin": {"user": "admin", "password": "${secrets.pg_admin}"}, "reason": "cost"}
    pub struct Server: "a server" {
        /// The engine, by the name of its recipe.
        /// Example: postgres
        engine: Located<String> as Lenient<Located<Text>>,
        /// Where it listens.
        /// Example: pg.internal
        host: Located<String> as Lenient<Located<HostName>>,
        /// Its port. Default: the recipe's.
        /// Example: 5432
        port: Option<Located<u16>> as Option<Located<Port>>,
        /// Its further ports, by the names that the recipe gives them. Default: the recipe's.
        /// Example: {"management": 15672}
        ports: IndexMap<String, Located<u16>> as IndexMap<PortName, Located<Port>>,
        /// The networks that it is reached in; needed where traffic is filtered by address.
        /// Example: 10.3.0.0/24
        cidr: Vec<Located<String>> as Vec<Located<Cidr>>,
        /// Who may make and drop databases on it. Only operators' steps see it.
        admin: Admin as Lenient<Admin>,
        /// Why it is shared.
        /// Example: cost
        reason: Located<String> as Lenient<Located<Text>>,
    }
}

record! {
    /// A server's administrator.
    /// Example: {"user": "admin", "password": "${secrets.pg_admin}"}
    pub struct Admin: "an administrator" {
        /// The user.
        /// Example: admin
        user: Template as Lenient<Template>,
        /// The password: a reference to a secret.
        /// Example: ${secrets.pg_admin}
        password: Template as Lenient<Template>,
    }
}

record! {
    /// A frontend that stays on its own platform, where each pull request gets an address of its own:
    /// `https://<project>-pr-<number>.vercel.app` or `https://pr-<number>--<project>.netlify.app`. Others refer to it as `url` and `host`.
    /// Example: {"platform": "vercel", "project": "shop-site"}
    pub struct Frontend: "a frontend" {
        /// The platform.
        platform: Located<Platform> as Lenient<Located<Platform>>,
        /// The project there.
        /// Example: shop-site
        project: Located<String> as Located<AppName>,
        /// The variables that its build is given. Everybody may read them: no secret stands there.
        /// Example: {"NEXT_PUBLIC_API_URL": "${services.api.public_url}"}
        env: IndexMap<VarName, Template>,
    }
}

choice! {
    /// Where a frontend is deployed.
    pub enum Platform {
        /// vercel.com
        Vercel = "vercel",
        /// netlify.com
        Netlify = "netlify",
    }
}

one_of! {
    /// A secret value: kept in a store, or generated for each environment.
    pub enum SecretDecl: "a secret" {
        records: {
            /// Kept in a store.
            Stored(StoredSecret) by ["store"],
            /// Generated for each environment.
            Generated(GeneratedSecret) by ["generate"],
        }
    }
}

record! {
    /// A secret that a store keeps. With `env` its value stands in those files of a bundle that only their owner may read.
    /// With the others it never enters the bundle: it is read when the bundle is applied, and is the whole value of a
    /// variable, never a part of one.
    /// Example: {"store": "vault", "path": "preview/stripe", "key": "api_key"}
    pub struct StoredSecret: "a stored secret" {
        /// The store.
        store: Located<SecretStore>,
        /// Where in the store: Vault's path with its mount, AWS's name, the Kubernetes Secret's `namespace/name`, the file for SOPS. A Secret
        /// without a namespace is one that somebody else puts into the environment's.
        /// Example: preview/stripe
        path: Option<Located<String>> as Option<Located<Text>>,
        /// The key there; with `env` the name of the variable. Default: the secret's name; with `aws` the whole text.
        /// Example: api_key
        key: Option<Located<String>> as Option<Located<Text>>,
        /// Why previews may have it, where its place looks like production's.
        /// Example: read-only
        reason: Option<Located<String>> as Option<Located<Text>>,
    }
    rules: [
        Rule::NeedsIf("store", "vault", "path"),
        Rule::NeedsIf("store", "aws", "path"),
        Rule::NeedsIf("store", "kubernetes", "path"),
        Rule::NeedsIf("store", "sops", "path"),
    ];
}

choice! {
    /// Where secrets are kept.
    pub enum SecretStore {
        /// HashiCorp Vault.
        Vault = "vault",
        /// AWS Secrets Manager.
        Aws = "aws",
        /// A Secret in the cluster.
        Kubernetes = "kubernetes",
        /// A file of the repository that SOPS encrypts.
        Sops = "sops",
        /// A variable of the environment that previewc runs in.
        Env = "env",
    }
}

record! {
    /// A secret that is derived from previewc's key for each environment: letters and digits.
    /// Example: {"generate": 48}
    pub struct GeneratedSecret: "a generated secret" {
        /// Its length in characters.
        /// Example: 48
        generate: Located<u32> as Located<Int<8, 1024>>,
    }
}
