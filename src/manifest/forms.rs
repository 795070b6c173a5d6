//! Texts that have a form of their own.

use super::names::is_node_name;
use crate::shape::text_leaf;

text_leaf! {
    /// The application's name: a DNS label (RFC 1123, section 2.1), at most 63 bytes.
    AppName: BAD_NAME, "a DNS label: small letters, digits and `-`, at most 63, no `-` at either end",
        "^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", Whole, is_label, stand_in "app";

    /// A DNS name (RFC 1123) in small letters, at most 253 bytes, no wildcard.
    Domain: BAD_NAME, "a DNS name in small letters without a wildcard, such as `shop.preview.example.com`",
        r"^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$", Number, is_domain,
        stand_in "preview.example";

    /// One label of a host name.
    HostLabel: BAD_NAME, "one label of a host name: small letters, digits and `-`, at most 40, no `-` at either end",
        "^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$", Whole, |t| t.len() <= 40 && is_label(t);

    /// The name of a secret or of an external's secret: an identifier, which may hold `-`.
    Ident: BAD_NAME, "a name: letters, digits, `_` and `-`, a letter or `_` first, at most 63",
        "^[A-Za-z_][A-Za-z0-9_-]{0,62}$", Bool, is_ident;

    /// The name of a port (RFC 6335): at most 15 small letters, digits and `-`, a letter among them.
    PortName: BAD_NAME, "a port name: small letters, digits and single `-`, at most 15, a letter first",
        "^(?!.*--)[a-z](?:[a-z0-9-]{0,13}[a-z0-9])?$", Nothing, |t| t.len() <= 15 && is_node_name(t);

    /// The name of a queue inside a broker.
    QueueName: BAD_NAME, "a queue name: letters, digits and `.` `_` `:` `/` `-`, at most 128",
        "^[A-Za-z0-9_][A-Za-z0-9._:/-]{0,127}$", Number, |t| t.len() <= 128 && t.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && of(t, "._:/-");

    /// Where images live: a registry and a path in it.
    Registry: BAD_FORM, "a registry and a path, such as `ghcr.io/acme`",
        "^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?(?:/[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*)*$", Number, is_registry;

    /// An image: name, tag, digest.
    Image: BAD_FORM, "an image, such as `ghcr.io/acme/api:1.2`",
        "^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[.]|__?|-+)[a-z0-9]+)*)*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$",
        Number, is_image;

    /// The version of an engine: what an image tag may hold.
    EngineVersion: BAD_FORM, "a version, such as `16` or `3.13-management`",
        "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", Number, |t| t.len() <= 128 && t.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && of(t, "._-");

    /// A SHA-256 digest (FIPS 180-4).
    Sha256: BAD_FORM, "a SHA-256 digest: 64 hexadecimal digits in small letters",
        "^[0-9a-f]{64}$", Nothing, |t| t.len() == 64 && t.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));

    /// The path of a route.
    RoutePath: BAD_FORM, "a path that begins with `/`, without `//`, `.` or `..` as a part, `%`, wildcards, spaces or a query",
        r"^(?!.*//)(?!.*/\.{1,2}(?:/|$))/[A-Za-z0-9._~!&()+,;=:@/-]*$", Nothing,
        |t| t.starts_with('/') && !t.contains("//") && !t.split('/').any(|part| part == "." || part == "..") && of(t, "._~!&()+,;=:@/-");

    /// The path and query of a health check.
    HealthPath: BAD_FORM, "a path that begins with `/`, such as `/healthz`",
        "^/[A-Za-z0-9._~!&()+,;=:@%/?-]*$", Nothing, |t| t.starts_with('/') && of(t, "._~!&()+,;=:@%/?-");

    /// A path or glob below the manifest's folder.
    FilePath: BAD_FORM, "a path relative to the manifest's folder",
        "^[^/$\\u0000-\\u001f][^$\\u0000-\\u001f]*$", Any,
        |t| !t.is_empty() && !t.starts_with('/') && !t.chars().any(|c| c == '$' || c < ' ');

    /// Where something is mounted in a container: an absolute path to a file or a folder.
    MountPath: BAD_FORM, "an absolute path without `//`, `.` or `..` as a part, such as `/etc/app/app.yaml`",
        r"^(?!.*//)(?!.*/\.{1,2}(?:/|$))/(?:[A-Za-z0-9._@+/-]*[A-Za-z0-9._@+-])$", Nothing,
        |t| t.len() > 1 && t.starts_with('/') && !t.ends_with('/') && !t.contains("//")
            && !t.split('/').any(|part| part == "." || part == "..") && of(t, "._@+/-");

    /// A host name or address of a server.
    HostName: BAD_FORM, "a host name or an IP address",
        "^(?:[A-Za-z0-9_][A-Za-z0-9._-]{0,252}|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{0,40})$", Number, is_host;

    /// A network: address, `/`, prefix length.
    Cidr: BAD_FORM, "a network, such as `10.3.0.0/24`",
        "^(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])/(?:[12]?[0-9]|3[0-2])|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*/(?:1[01][0-9]|12[0-8]|[1-9]?[0-9]))$",
        Nothing, is_cidr;

    /// An address to listen on.
    IpAddress: BAD_FORM, "an IP address, such as `127.0.0.1`",
        "^(?:(?:(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])[.]){3}(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])|[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]*)$",
        Nothing, |t| t.parse::<std::net::IpAddr>().is_ok();

    /// The name of a Kubernetes object: a DNS subdomain.
    KubeName: BAD_NAME, "a Kubernetes name: small letters, digits, `-` and `.`",
        "^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$", Number, is_kube_name;

    /// The name of a Kubernetes object, with its namespace before a `/` where it lives in another one.
    KubeRef: BAD_NAME, "a Kubernetes name, or `namespace/name`",
        "^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?/)?[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$", Number,
        is_kube_ref;

    /// The key of an annotation.
    AnnotationKey: BAD_NAME, "an annotation key, such as `nginx.ingress.kubernetes.io/proxy-body-size`",
        "^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$", Number, is_annotation;
}

pub(super) fn of(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

pub(super) fn lower(text: &str, more: &str) -> bool {
    text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c))
}

fn edged(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(edge) && text.ends_with(edge)
}

/// An address of version 6 has two colons at least: with one, a port would stand behind a name.
fn is_host(text: &str) -> bool {
    let first = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !text.contains(':') {
        return text.len() <= 253 && text.starts_with(first) && of(text, "._-");
    }
    let mut parts = text.splitn(3, ':').collect::<Vec<_>>();
    let hexadecimal = |part: &str, more: &str| part.chars().all(|c| c.is_ascii_hexdigit() || more.contains(c));
    match (parts.pop(), parts.as_slice()) {
        (Some(rest), [head, middle]) => {
            head.len() <= 4
                && middle.len() <= 4
                && rest.len() <= 40
                && hexadecimal(head, "")
                && hexadecimal(middle, "")
                && hexadecimal(rest, ":.")
        }
        _ => false,
    }
}

fn is_ident(text: &str) -> bool {
    text.len() <= 63 && text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && of(text, "_-")
}

fn is_label(text: &str) -> bool {
    (1..=63).contains(&text.len()) && edged(text) && lower(text, "-")
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_kube_name(text: &str) -> bool {
    text.len() <= 253 && edged(text) && lower(text, "-.")
}

/// Whether a text is the name of a Kubernetes object, with its namespace before a `/` or without.
pub fn is_kube_ref(text: &str) -> bool {
    let two = text.split_once('/');
    two.map_or_else(|| is_kube_name(text), |(space, name)| is_label(space) && is_kube_name(name))
}

fn is_annotation(text: &str) -> bool {
    let name = |t: &str| t.len() <= 63 && edged(t) && of(t, "._-");
    text.split_once('/').map_or_else(|| name(text), |(prefix, rest)| is_kube_name(prefix) && name(rest))
}

/// A host of a registry, with an optional port.
fn is_registry_host(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "0"));
    edged(host) && of(host, ".-") && (1..=5).contains(&port.len()) && port.chars().all(|c| c.is_ascii_digit())
}

/// One part of an image's path: runs of letters and digits joined by `.`, `_`, `__` or dashes.
fn is_image_part(text: &str) -> bool {
    let joins = |t: &str| matches!(t, "." | "_" | "__") || t.chars().all(|c| c == '-');
    edged(text) && lower(text, "._-") && {
        let runs = text.split(|c: char| c.is_ascii_alphanumeric());
        runs.filter(|join| !join.is_empty()).all(joins)
    }
}

fn is_registry(text: &str) -> bool {
    let mut parts = text.split('/');
    parts.next().is_some_and(is_registry_host) && parts.all(is_image_part)
}

fn is_image(text: &str) -> bool {
    let (name, digest) = text.split_once("@sha256:").map_or((text, None), |(name, digest)| (name, Some(digest)));
    let hex = |d: &str| d.len() == 64 && d.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
    let slash = name.rfind('/').map_or(0, |i| i + 1);
    let colon = name.get(slash..).and_then(|last| last.find(':')).map(|i| i + slash);
    let (path, tag) = match colon {
        Some(i) => (name.get(..i).unwrap_or(""), name.get(i + 1..)),
        None => (name, None),
    };
    let is_tag = |t: &str| (1..=128).contains(&t.len()) && of(t, "_.-") && !t.starts_with(['.', '-']);
    let parts: Vec<&str> = path.split('/').collect();
    let named = match parts.split_first() {
        Some((first, rest)) if !rest.is_empty() => {
            (is_registry_host(first) || is_image_part(first)) && rest.iter().all(|p| is_image_part(p))
        }
        _ => is_image_part(path),
    };
    named && tag.is_none_or(is_tag) && digest.is_none_or(hex)
}

fn is_cidr(text: &str) -> bool {
    let Some((address, prefix)) = text.split_once('/') else {
        return false;
    };
    let digits =
        !prefix.is_empty() && prefix.chars().all(|c| c.is_ascii_digit()) && (prefix == "0" || !prefix.starts_with('0'));
    let bits: u32 = prefix.parse().unwrap_or(u32::MAX);
    match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => digits && bits <= 32,
        Ok(std::net::IpAddr::V6(_)) => digits && bits <= 128,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_obey_their_form() {
        let digest = format!("ghcr.io/acme/api@sha256:{}", "a1".repeat(32));
        for good in [
            "nginx",
            "nginx:1.27",
            "localhost:5000/a/b_c:x",
            "ghcr.io/acme/api-x:1.2-rc.1",
            digest.as_str(),
            "GHCR.io/a",
        ] {
            assert!(is_image(good), "{good}");
        }
        for bad in
            ["", "nginx:", "Nginx", "a b", "a/B", "a:1:2", "a@sha256:12", "https://x/y", "a//b", "a:${x}", "a..b"]
        {
            assert!(!is_image(bad), "{bad}");
        }
    }
}
