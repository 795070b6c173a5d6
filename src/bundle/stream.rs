//! A bundle as one text, for `-o -`.

use super::Bundle;

/// A bundle as one text. Secrets are part of it.
///
/// For Kubernetes it is what `kubectl apply -f -` takes: the documents of `manifests/`, in the order of the stages, each
/// file under a `# file: …` comment. For the other targets, which need more than one file, it is every file in the order
/// of paths under a line `# file: <path> <mode>`, to be read or searched; a file that does not end in a newline gets one.
pub fn stream(bundle: &Bundle) -> Vec<u8> {
    let kubernetes = bundle.record().target == "kubernetes";
    let mut out = Vec::new();
    for (path, file) in bundle.files() {
        if kubernetes {
            if !path.as_str().starts_with("manifests/") {
                continue;
            }
            if !out.is_empty() {
                out.extend_from_slice(b"---\n");
            }
            out.extend_from_slice(format!("# file: {path}\n").as_bytes());
        } else {
            out.extend_from_slice(format!("# file: {path} {:04o}\n", file.mode.bits()).as_bytes());
        }
        out.extend_from_slice(&file.bytes);
        if !file.bytes.ends_with(b"\n") && !file.bytes.is_empty() {
            out.push(b'\n');
        }
    }
    out
}
