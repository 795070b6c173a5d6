//! What only Amazon Web Services know: their names, and how a store may stand there.

use super::forms::{Ident, lower, of};
use crate::shape::{choice, one_of, record, text_leaf};
use crate::source::Located;

one_of! {
    /// How a store stands on AWS.
    pub enum Managed: "a managed form" {
        words: {
            /// A container of its own, with its data on EFS.
            Container = "container",
            /// Queues of Amazon SQS.
            Sqs = "sqs",
            /// A bucket of Amazon S3.
            S3 = "s3",
        }
        records: {
            /// An instance of Amazon RDS.
            Rds(Rds) by ["rds"],
            /// A copy-on-write clone of an Aurora cluster.
            Clone(AuroraClone) by ["clone"],
            /// A node of Amazon ElastiCache.
            ElastiCache(ElastiCache) by ["elasticache"],
        }
    }
}

record! {
    /// An instance of Amazon RDS.
    /// Example: {"rds": "db.t4g.micro"}
    pub struct Rds: "an RDS instance" {
        /// Its class.
        /// Example: db.t4g.micro
        rds: Located<String> as Located<DbClass>,
        /// Whether a second one stands by in another zone, for twice the price.
        /// Default: false
        multi_az: Option<Located<bool>>,
    }
}

record! {
    /// A copy-on-write clone of an Aurora cluster: it has the cluster's data, databases and users of the moment at which the
    /// environment is made.
    /// Example: {"clone": "staging", "class": "db.t4g.medium", "user": "app", "database": "shop"}
    pub struct AuroraClone: "an Aurora clone" {
        /// The identifier of the cluster that is cloned.
        /// Example: staging
        clone: Located<String> as Located<Ident>,
        /// The class of its one instance.
        /// Default: db.t4g.medium
        class: Option<Located<String>> as Option<Located<DbClass>>,
        /// The cluster's master user, who gets a password of the environment's own.
        /// Example: app
        user: Located<String> as Located<Ident>,
        /// The database in it.
        /// Example: shop
        database: Located<String> as Located<Ident>,
    }
}

record! {
    /// A node of Amazon ElastiCache.
    /// Example: {"elasticache": "cache.t4g.micro"}
    pub struct ElastiCache: "an ElastiCache node" {
        /// Its type.
        /// Example: cache.t4g.micro
        elasticache: Located<String> as Located<CacheType>,
    }
}

choice! {
    /// What tasks run on.
    pub enum Architecture {
        /// Intel and AMD.
        X8664 = "x86_64",
        /// Graviton.
        Arm64 = "arm64",
    }
}

text_leaf! {
    /// The host of a registry of images, with its port where it has one.
    RegistryHost: BAD_NAME, "a registry's host, such as `ghcr.io` or `registry.example.com:5000`",
        r"^[a-z0-9][a-z0-9.-]{0,252}(?::[0-9]{1,5})?$", Nothing, is_host;

    /// A region.
    Region: BAD_FORM, "a region, such as `eu-west-1`", "^[a-z]{2}(?:-[a-z]{2,12}){1,3}-[0-9]$", Nothing, is_region,
        stand_in "us-east-1";

    /// The id of a hosted zone.
    Zone: BAD_FORM, "the id of a hosted zone, such as `Z0123456789ABCDEFGHIJ`", "^(?=.*[A-Z])[A-Z0-9]{8,32}$", Nothing,
        |t| (8..=32).contains(&t.len()) && t.contains(|c: char| c.is_ascii_uppercase())
            && t.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());

    /// The id of a subnet.
    Subnet: BAD_FORM, "the id of a subnet, such as `subnet-0a1b2c3d4e5f6a7b8`", "^subnet-[0-9a-f]{8,17}$", Nothing, is_subnet;

    /// An Amazon Resource Name.
    Arn: BAD_FORM, "an ARN, such as `arn:aws:iam::123456789012:policy/previews`",
        "^arn:aws[a-z-]{0,10}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:(?:[0-9]{12})?:[A-Za-z0-9_+=,.@/:-]{1,1000}$", Nothing, is_arn;

    /// The class of a database's instance.
    DbClass: BAD_FORM, "a class of instances, such as `db.t4g.micro`", "^db[.][a-z0-9-]{1,20}[.][a-z0-9-]{1,20}$", Nothing,
        |t| is_class(t, "db");

    /// The type of a cache's node.
    CacheType: BAD_FORM, "a type of nodes, such as `cache.t4g.micro`", "^cache[.][a-z0-9-]{1,20}[.][a-z0-9-]{1,20}$", Nothing,
        |t| is_class(t, "cache");
}

fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 253
        && name.starts_with(plain)
        && name.chars().all(|c| plain(c) || matches!(c, '.' | '-'))
        && port.is_none_or(|port| (1..=5).contains(&port.len()) && port.chars().all(|c| c.is_ascii_digit()))
}

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let small =
        |part: &&str, from: usize| (from..=12).contains(&part.len()) && part.chars().all(|c| c.is_ascii_lowercase());
    match parts.as_slice() {
        [country, places @ .., number] => {
            country.len() == 2
                && small(country, 2)
                && (1..=3).contains(&places.len())
                && places.iter().all(|place| small(place, 2))
                && number.len() == 1
                && number.chars().all(|c| c.is_ascii_digit())
        }
        _ => false,
    }
}

fn is_subnet(text: &str) -> bool {
    let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    text.strip_prefix("subnet-").is_some_and(|id| (8..=17).contains(&id.len()) && id.chars().all(hexadecimal))
}

fn is_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, resource) = (next(), next(), next(), next(), next(), next());
    arn == "arn"
        && partition
            .strip_prefix("aws")
            .is_some_and(|rest| rest.len() <= 10 && rest.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        && (1..=40).contains(&service.len())
        && lower(service, "-")
        && region.len() <= 30
        && lower(region, "-")
        && (account.is_empty() || (account.len() == 12 && account.chars().all(|c| c.is_ascii_digit())))
        && (1..=1000).contains(&resource.len())
        && of(resource, "_+=,.@/:-")
}

fn is_class(text: &str, family: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let [first, series, size] = parts.as_slice() else { return false };
    *first == family && [series, size].iter().all(|part| (1..=20).contains(&part.len()) && lower(part, "-"))
}
