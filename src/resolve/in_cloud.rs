//! Queues and buckets that are in a cloud wherever the processes run.

use super::Resolver;
use super::outside::InCloud;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, Isolation, TerraformPlatform};
use crate::recipes::ManagedForm;

impl<'a> Resolver<'a> {
    /// The cloud that a store is in, where the manifest says so; reports what cannot be there.
    pub(super) fn in_cloud(&mut self, name: &str, store: &'a manifest::Store) -> Option<InCloud> {
        let isolation = store.isolation.as_ref()?;
        let Isolation::Cloud(stated) = &isolation.value else { return None };
        // An engine without a recipe is reported where it is named.
        let recipe = self.recipes.get(&store.engine.value)?;
        if !recipe.managed_by_default().is_some_and(ManagedForm::is_public) {
            let message = format!(
                "`{name}` is {}, and no service of {} takes its place",
                store.engine.value,
                stated.cloud.value.title()
            );
            self.sink.push(
                Diagnostic::new(codes::NOT_MANAGED, message)
                    .at(stated.cloud.span, "")
                    .also(store.engine.span, "the store's engine")
                    .help("`sqs` queues and `minio` buckets can be there; a database can be a branch, or live on a shared server"),
            );
            return None;
        }
        let terraform = self.manifest.targets.as_ref().and_then(|targets| targets.terraform.as_ref());
        let default = terraform.and_then(|terraform| terraform.region.as_ref());
        let Some(region) = stated.region.as_ref().or(default) else {
            let message = format!("nothing says in which region `{name}` is");
            self.sink.push(
                Diagnostic::new(codes::MISSING_KEY, message)
                    .at(isolation.span, "")
                    .help("write `isolation: { cloud: aws, region: eu-west-1 }`"),
            );
            return None;
        };
        let platform =
            default.filter(|_| terraform.is_some_and(|terraform| terraform.platform.value == TerraformPlatform::Aws));
        if let Some(platform) = platform.filter(|platform| platform.value != region.value) {
            let message = format!("`{name}` is in {}, and `platform: aws` is in {}", region.value, platform.value);
            self.sink.push(
                Diagnostic::new(codes::NOT_MANAGED, message)
                    .at(region.span, "")
                    .also(platform.span, "the platform's region")
                    .help(format!("write `region: {}`, or leave it out", platform.value)),
            );
            return None;
        }
        self.decided_elsewhere(name, store);
        Some(InCloud { region: region.value.clone(), origin: self.origins.add(isolation.span) })
    }
}
