//! Image references (OCI distribution specification).

/// Whether an image reference may come to mean another image: it has neither tag nor digest, or the tag `latest`.
pub fn is_mutable(reference: &str) -> bool {
    if reference.contains('@') {
        return false;
    }
    let last = reference.rsplit('/').next().unwrap_or(reference);
    last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
}

#[cfg(test)]
mod tests {
    use super::is_mutable;

    #[test]
    fn a_port_is_no_tag() {
        for (reference, mutable) in [
            ("nginx", true),
            ("nginx:latest", true),
            ("nginx:1.27", false),
            ("registry:5000/nginx", true),
            ("registry:5000/nginx:1", false),
            ("nginx@sha256:0123", false),
        ] {
            assert_eq!(is_mutable(reference), mutable, "{reference}");
        }
    }
}
