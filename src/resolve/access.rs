//! Who may see an environment, as the manifest says it.

use super::origin::{Origin, Origins};
use crate::manifest::Manifest;

/// `preview.access` with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Asks for a user and a password.
    pub basic_auth: bool,
    /// The only networks that requests may come from (CIDR); empty lets all in.
    pub allow: Vec<String>,
    /// Tells search engines to stay away.
    pub noindex: bool,
    /// Where its keys stand.
    pub origins: AccessOrigins,
}

/// Where the keys of `preview.access` stand, for findings about them: a key that is not written has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessOrigins {
    /// `basic_auth`.
    pub basic_auth: Origin,
    /// The first network of `allow`.
    pub allow: Origin,
    /// `noindex`, where it is asked for.
    pub noindex: Option<Origin>,
}

impl Default for Access {
    fn default() -> Self {
        Access { basic_auth: false, allow: Vec::new(), noindex: true, origins: AccessOrigins::default() }
    }
}

/// Reads it.
pub(super) fn access(manifest: &Manifest, origins: &mut Origins) -> Access {
    let Some(stated) = manifest.preview.as_ref().and_then(|preview| preview.access.as_ref()) else {
        return Access::default();
    };
    let auth = stated.basic_auth.as_ref().filter(|auth| auth.value);
    let noindex = stated.noindex.as_ref();
    Access {
        basic_auth: auth.is_some(),
        allow: stated.allow.iter().map(|network| network.value.clone()).collect(),
        noindex: noindex.is_none_or(|noindex| noindex.value),
        origins: AccessOrigins {
            basic_auth: auth.map_or(Origin::NONE, |auth| origins.add(auth.span)),
            allow: stated.allow.first().map_or(Origin::NONE, |network| origins.add(network.span)),
            noindex: noindex.filter(|noindex| noindex.value).map(|noindex| origins.add(noindex.span)),
        },
    }
}
