//! Services, workers and crons seen alike.

use indexmap::IndexMap;

use super::program::Section;
use crate::manifest::{self, LongLived, Manifest, NodeName, Size, SizeName, Slot, Storage, Workload};
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
    pub ports: Vec<(String, Located<u16>)>,
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
    pub files: &'m IndexMap<String, manifest::File>,
    pub volumes: &'m IndexMap<String, Located<Storage>>,
    pub init: &'m [manifest::Init],
    /// Whether its ports were given wrongly, so that nobody should complain that it has none.
    pub ports_wrong: bool,
    /// Whether its routes were given wrongly.
    pub routes_wrong: bool,
}

/// Every workload whose body can be read, in the manifest's order.
pub(super) fn drafts(manifest: &Manifest) -> IndexMap<String, Draft<'_>> {
    let services = manifest.services.iter().filter_map(|(name, slot)| draft(Section::Services, name, slot));
    let workers = manifest.workers.iter().filter_map(|(name, slot)| draft(Section::Workers, name, slot));
    let crons = manifest.crons.iter().filter_map(|(name, slot)| draft(Section::Crons, name, slot));
    let mut out = IndexMap::new();
    for draft in services.chain(workers).chain(crons) {
        // The first of two equal names stays, as everywhere.
        out.entry(draft.name.clone()).or_insert(draft);
    }
    out
}

fn draft<'m, W: Workload>(section: Section, name: &NodeName, slot: &'m Slot<W>) -> Option<Draft<'m>> {
    let body = slot.body.as_ref()?;
    let (common, long_lived) = (body.common(), body.long_lived());
    Some(Draft {
        name: name.as_str().to_owned(),
        section,
        key: slot.key,
        from: name_of(common.from),
        build: common.build,
        image: text_of(common.image),
        schedule: body.schedule().map(|schedule| schedule.to_string()),
        ports: ports(long_lived),
        routes: body.routes(),
        health: long_lived.health,
        size: amounts(common.size),
        uses: names(common.uses),
        env: variables(common.env),
        build_env: variables(common.build_env),
        command: common.command,
        args: common.args,
        replicas: long_lived.replicas.unwrap_or(1),
        user: common.user,
        files: common.files,
        volumes: common.volumes,
        init: long_lived.init,
        ports_wrong: slot.is_faulty(&["port", "ports"]),
        routes_wrong: slot.is_faulty(&["route"]),
    })
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

/// The ports by name, the main one first. A lone port is `http`.
fn ports(stated: LongLived<'_>) -> Vec<(String, Located<u16>)> {
    match stated.port {
        Some(port) => vec![("http".to_owned(), port.clone())],
        None => stated.ports.into_iter().flatten().map(|(name, port)| (name.clone(), port.clone())).collect(),
    }
}
