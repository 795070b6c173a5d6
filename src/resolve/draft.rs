//! Services, workers and crons seen alike.

use indexmap::IndexMap;

use super::program::Section;
use crate::manifest::{self, Manifest, Size, SizeName};
use crate::shape::Template;
use crate::source::{Located, Span};

/// What the manifest says of one workload, whatever its section.
#[derive(Debug)]
pub(super) struct Draft<'m> {
    pub name: String,
    pub section: Section,
    pub key: Span,
    pub from: Option<(&'m str, Span)>,
    pub build: Option<&'m manifest::Build>,
    pub image: Option<(&'m str, Span)>,
    pub schedule: Option<String>,
    pub ports: Vec<(String, u16)>,
    pub routes: &'m [manifest::Route],
    pub health: Option<&'m manifest::Health>,
    pub size: Option<(u32, u64)>,
    pub uses: Vec<(&'m str, Span)>,
    pub env: IndexMap<String, &'m Template>,
    pub build_env: IndexMap<String, &'m Template>,
    pub command: &'m [Template],
    pub args: &'m [Template],
    pub replicas: u32,
    pub user: Option<u32>,
    /// Whether its ports were given wrongly, so that nobody should complain that it has none.
    pub ports_wrong: bool,
    /// Whether its routes were given wrongly.
    pub routes_wrong: bool,
}

/// Every workload whose body can be read, in the manifest's order.
pub(super) fn drafts(manifest: &Manifest) -> IndexMap<String, Draft<'_>> {
    let mut out = IndexMap::new();
    for (name, slot) in &manifest.services {
        let Some(body) = &slot.body else { continue };
        let draft = Draft {
            name: name.as_str().to_owned(),
            section: Section::Services,
            key: slot.key,
            from: name_of(body.from.as_ref()),
            build: body.build.as_ref(),
            image: text_of(body.image.as_ref()),
            schedule: None,
            ports: ports(body.port.as_ref(), &body.ports),
            routes: &body.route,
            health: body.health.as_ref(),
            size: amounts(body.size.as_ref()),
            uses: names(&body.uses),
            env: variables(&body.env),
            build_env: variables(&body.build_env),
            command: body.command.as_deref().unwrap_or_default(),
            args: &body.args,
            replicas: body.replicas.as_ref().map_or(1, |n| n.value),
            user: body.user.as_ref().map(|n| n.value),
            ports_wrong: slot.is_faulty(&["port", "ports"]),
            routes_wrong: slot.is_faulty(&["route"]),
        };
        // The first of two equal names stays, as everywhere.
        out.entry(draft.name.clone()).or_insert(draft);
    }
    for (name, slot) in &manifest.workers {
        let Some(body) = &slot.body else { continue };
        let draft = Draft {
            name: name.as_str().to_owned(),
            section: Section::Workers,
            key: slot.key,
            from: name_of(body.from.as_ref()),
            build: body.build.as_ref(),
            image: text_of(body.image.as_ref()),
            schedule: None,
            ports: ports(body.port.as_ref(), &body.ports),
            routes: &[],
            health: body.health.as_ref(),
            size: amounts(body.size.as_ref()),
            uses: names(&body.uses),
            env: variables(&body.env),
            build_env: variables(&body.build_env),
            command: body.command.as_deref().unwrap_or_default(),
            args: &body.args,
            replicas: body.replicas.as_ref().map_or(1, |n| n.value),
            user: body.user.as_ref().map(|n| n.value),
            ports_wrong: slot.is_faulty(&["port", "ports"]),
            routes_wrong: slot.is_faulty(&["route"]),
        };
        // The first of two equal names stays, as everywhere.
        out.entry(draft.name.clone()).or_insert(draft);
    }
    for (name, slot) in &manifest.crons {
        let Some(body) = &slot.body else { continue };
        let draft = Draft {
            name: name.as_str().to_owned(),
            section: Section::Crons,
            key: slot.key,
            from: name_of(body.from.as_ref()),
            build: body.build.as_ref(),
            image: text_of(body.image.as_ref()),
            schedule: Some(body.schedule.value.to_string()),
            ports: Vec::new(),
            routes: &[],
            health: None,
            size: amounts(body.size.as_ref()),
            uses: names(&body.uses),
            env: variables(&body.env),
            build_env: variables(&body.build_env),
            command: body.command.as_deref().unwrap_or_default(),
            args: &body.args,
            replicas: 1,
            user: body.user.as_ref().map(|n| n.value),
            ports_wrong: slot.is_faulty(&["port", "ports"]),
            routes_wrong: slot.is_faulty(&["route"]),
        };
        // The first of two equal names stays, as everywhere.
        out.entry(draft.name.clone()).or_insert(draft);
    }
    out
}

/// A reference to a node, with its place.
pub(super) fn name_of(name: Option<&Located<manifest::NodeName>>) -> Option<(&str, Span)> {
    name.map(|name| (name.value.as_str(), name.span))
}

/// A text, with its place.
pub(super) fn text_of(text: Option<&Located<String>>) -> Option<(&str, Span)> {
    text.map(|text| (text.value.as_str(), text.span))
}

/// Variables by plain name.
pub(super) fn variables(env: &IndexMap<manifest::VarName, Template>) -> IndexMap<String, &Template> {
    env.iter().map(|(name, text)| (name.as_str().to_owned(), text)).collect()
}

/// References to nodes, with their places.
pub(super) fn names(list: &[Located<manifest::NodeName>]) -> Vec<(&str, Span)> {
    list.iter().map(|name| (name.value.as_str(), name.span)).collect()
}

/// CPU in thousandths and memory in bytes.
pub(super) fn amounts(size: Option<&Size>) -> Option<(u32, u64)> {
    const MIB: u64 = 1 << 20;
    let small = (100, 256 * MIB);
    Some(match size? {
        Size::Named(name) => match name.value {
            SizeName::Nano => (50, 128 * MIB),
            SizeName::Small => small,
            SizeName::Medium => (250, 512 * MIB),
            SizeName::Large => (500, 1024 * MIB),
        },
        Size::Custom(own) => (
            own.cpu.as_ref().map_or(small.0, |cpu| cpu.value.millis()),
            own.memory.as_ref().map_or(small.1, |memory| memory.value.bytes()),
        ),
    })
}

/// The ports by name, the routed one first. A lone port is `http`.
fn ports(port: Option<&Located<u16>>, ports: &IndexMap<String, Located<u16>>) -> Vec<(String, u16)> {
    match port {
        Some(port) => vec![("http".to_owned(), port.value)],
        None => ports.iter().map(|(name, port)| (name.clone(), port.value)).collect(),
    }
}
