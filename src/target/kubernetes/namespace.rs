//! The Namespace, which says whose environment it is, and the ServiceAccount of its pods.

use super::Context;
use super::object::{EPOCH, Item, KEY, NAMESPACE, OWNER, REPOSITORY};
use super::pod::SERVICE_ACCOUNT;
use crate::artifact::StageName;
use crate::document::{list, map};
use crate::source::Digest;

/// The Namespace first: everything else stands in it.
pub(super) fn items<'a>(context: Context<'a>) -> Vec<Item<'a>> {
    let environment = context.environment;
    let mut namespace = Item::new("v1", NAMESPACE, environment.id.as_str(), StageName::Namespace);
    namespace.labels = map! {
        OWNER => owner(context),
        // Known ways out of a container are refused; images may still start as root.
        "pod-security.kubernetes.io/enforce" => "baseline",
    };
    namespace.annotations = map! {
        REPOSITORY => &environment.scope.repository,
        KEY => &environment.fingerprint,
    };
    if environment.scope.epoch > 0 {
        namespace.annotations.insert(EPOCH, environment.scope.epoch.to_string());
    }
    let mut account = Item::new("v1", "ServiceAccount", SERVICE_ACCOUNT, StageName::Namespace)
        .with("automountServiceAccountToken", false);
    if let Some(secret) = &context.settings.pull_secret {
        account = account.with("imagePullSecrets", list![map! { "name" => &secret.name }]);
    }
    vec![namespace, account]
}

/// The value of the label [`OWNER`].
pub(super) fn owner(context: Context) -> String {
    Digest::of(context.environment.scope.repository.as_bytes()).short(16)
}
