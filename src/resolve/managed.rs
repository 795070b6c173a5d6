//! Stores that a cloud runs as a service of its own: all that can be where the manifest's platform is one, and those that are
//! in a cloud wherever the processes run.

use indexmap::IndexMap;

use super::Resolver;
use super::program::{Body, Managed, Node, Section, Store};
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::{self, TerraformPlatform, TerraformTarget};
use crate::recipes::{ManagedForm, Recipe};
use crate::shape::nearest;
use crate::source::Span;

/// The sections of what may be managed.
const STORES: [Section; 6] =
    [Section::Databases, Section::Queues, Section::Caches, Section::Search, Section::Buckets, Section::Mail];

impl Resolver<'_> {
    /// Every store that is a service, by its name: what the manifest says, else the recipe's own form.
    pub(super) fn managed(&mut self, nodes: &IndexMap<String, Node>) -> IndexMap<String, Managed> {
        let terraform = self.manifest.targets.as_ref().and_then(|targets| targets.terraform.as_ref());
        let platform = terraform.filter(|terraform| terraform.platform.value == TerraformPlatform::Aws);
        for (name, stated) in platform.iter().flat_map(|platform| &platform.managed) {
            self.named(name.as_str(), stated.span, nodes);
        }
        let mut out: IndexMap<String, Managed> = IndexMap::new();
        for node in nodes.values() {
            let Body::Store(store) = &node.body else { continue };
            let Some(managed) = self.service(&node.name, store, platform) else { continue };
            let other = out.iter().find(|(_, other)| other.region.is_some() && other.region != managed.region);
            if let Some((region, (other, first))) = managed.region.as_ref().zip(other)
                && let Some(place) = self.origins.span(managed.origin)
            {
                let first = first.region.clone().unwrap_or_default();
                let message = format!("`{}` is in {region}, and `{other}` is in {first}", node.name);
                self.sink.push(
                    Diagnostic::new(codes::NOT_MANAGED, message)
                        .at(place, "")
                        .help("an environment has one part in a cloud, in one region: name the same for both"),
                );
            }
            out.insert(node.name.clone(), managed);
        }
        out
    }

    /// The service that a store is, if it is one; reports what it cannot be.
    fn service(&mut self, name: &str, store: &Store, platform: Option<&TerraformTarget>) -> Option<Managed> {
        let recipe = self.recipes.get(&store.engine)?;
        let stated = platform.and_then(|platform| platform.managed.iter().find(|(other, _)| other.as_str() == name));
        let stated = stated.map(|(_, stated)| stated);
        let isolated = store.server.is_some() || store.branch.is_some() || store.cloud.is_some();
        if let Some(stated) = stated.filter(|_| isolated) {
            let message = format!("`{name}` has `isolation`, and cannot be managed too");
            self.sink.push(
                Diagnostic::new(codes::NOT_MANAGED, message)
                    .at(stated.span, "")
                    .help(format!("remove `{name}` here, or `isolation` of the store")),
            );
            return None;
        }
        let form = match stated {
            Some(stated) => form(&stated.value)?,
            None if store.cloud.is_some() || (platform.is_some() && !isolated) => recipe.managed_by_default()?,
            None => return None,
        };
        let place = store.cloud.as_ref().and_then(|cloud| self.origins.span(cloud.origin));
        let place = place.or(stated.map(|stated| stated.span)).or(platform.map(|platform| platform.platform.span))?;
        let Some(there) = recipe.as_managed(form) else {
            let forms = ManagedForm::ALL.into_iter().filter(|form| recipe.managed(*form).is_some());
            let forms: Vec<&str> = forms.map(ManagedForm::key).collect();
            let help = match forms.as_slice() {
                [] => "write `container`, or leave it out".to_owned(),
                forms => format!("its forms are `container`, `{}`", forms.join("`, `")),
            };
            let message = format!("`{name}` is {}, which has no form `{}`", store.engine, form.key());
            self.sink.push(Diagnostic::new(codes::NOT_MANAGED, message).at(place, "").help(help));
            return None;
        };
        self.known_there(name, store, recipe, form, place);
        if let Some(warning) = stated.and_then(|stated| expensive(name, &stated.value, stated.span)) {
            self.sink.push(warning);
        }
        let names = match stated.map(|stated| &stated.value) {
            Some(manifest::Managed::Clone(clone)) => {
                vec![("user", clone.user.value.clone()), ("database", clone.database.value.clone())]
            }
            _ => Vec::new(),
        };
        let (region, origin) = match &store.cloud {
            Some(cloud) => (Some(cloud.region.clone()), cloud.origin),
            None => (None, self.origins.add(place)),
        };
        Some(Managed { form, recipe: there, names, region, origin })
    }

    /// Reports a version or an option that the service does not have.
    fn known_there(&mut self, name: &str, store: &Store, recipe: &Recipe, form: ManagedForm, span: Span) {
        let Some(managed) = recipe.managed(form) else { return };
        let version = store.version.as_deref().unwrap_or(&recipe.version.value);
        let major = version.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        let majors: Vec<&str> = managed.majors.iter().map(|major| major.value.as_str()).collect();
        let mut unknown = Vec::new();
        if !majors.is_empty() && !majors.contains(&major) {
            let help = format!("`{}` has {}; or leave it a container", form.key(), majors.join(", "));
            unknown.push((format!("version {version} of {}", store.engine), help));
        }
        for (option, values) in &managed.lacks {
            let asked = store.options.get(option).into_iter().flatten();
            for value in asked.filter(|asked| values.iter().any(|value| value.value == **asked)) {
                unknown.push((format!("`{value}` of `{option}`"), "leave it out, or the store a container".to_owned()));
            }
        }
        for (what, help) in unknown {
            let message = format!("`{name}` asks for {what}, which `{}` does not have", form.key());
            self.sink.push(Diagnostic::new(codes::NOT_MANAGED, message).at(span, "").help(help));
        }
    }

    /// Reports a name that no store has.
    fn named(&mut self, name: &str, span: Span, nodes: &IndexMap<String, Node>) {
        let message = match self.names.section(name) {
            Some(section) if STORES.contains(&section) => return,
            Some(section) => format!("`{name}` stands in `{}`, and is no store", section.key()),
            None => format!("there is no store `{name}`"),
        };
        if STORES.iter().any(|section| self.sink.is_lost(section.key())) {
            return;
        }
        let stores = nodes.values().filter(|node| matches!(node.body, Body::Store(_)));
        let stores: Vec<&str> = stores.map(|node| node.name.as_str()).collect();
        let help = match nearest(name, stores.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => super::names::exist(stores.into_iter()),
        };
        self.sink.push(Diagnostic::new(codes::UNKNOWN_REFERENCE, message).at(span, "").help(help));
    }
}

fn form(stated: &manifest::Managed) -> Option<ManagedForm> {
    match stated {
        manifest::Managed::Container => None,
        manifest::Managed::Sqs => Some(ManagedForm::Sqs),
        manifest::Managed::S3 => Some(ManagedForm::S3),
        manifest::Managed::Rds(_) => Some(ManagedForm::Rds),
        manifest::Managed::Clone(_) => Some(ManagedForm::Clone),
        manifest::Managed::ElastiCache(_) => Some(ManagedForm::ElastiCache),
    }
}

/// Warns of what costs much for every pull request: a second server that stands by, and servers larger than the small ones.
fn expensive(name: &str, stated: &manifest::Managed, span: Span) -> Option<Diagnostic> {
    let (class, doubled) = match stated {
        manifest::Managed::Rds(rds) => {
            (Some(rds.rds.value.as_str()), rds.multi_az.as_ref().is_some_and(|twice| twice.value))
        }
        manifest::Managed::Clone(clone) => (clone.class.as_ref().map(|class| class.value.as_str()), false),
        manifest::Managed::ElastiCache(cache) => (Some(cache.elasticache.value.as_str()), false),
        manifest::Managed::Container | manifest::Managed::Sqs | manifest::Managed::S3 => (None, false),
    };
    let message = if doubled {
        format!("`{name}` has a second server that stands by, for every pull request")
    } else {
        let class = class.filter(|class| !is_small(class))?;
        format!("`{name}` has a server of its own of the class {class}, for every pull request")
    };
    Some(Diagnostic::new(codes::EXPENSIVE, message).at(span, "this costs by the hour").help(
        "take a small class such as `t4g.micro` without a second server, a container, or a store on a shared server",
    ))
}

/// The small classes of the burstable series.
fn is_small(class: &str) -> bool {
    let mut parts = class.split('.').skip(1);
    let (series, size) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    series.starts_with('t') && matches!(size, "micro" | "small" | "medium")
}
