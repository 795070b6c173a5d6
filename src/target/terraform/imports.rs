//! Values that the machine fetches when the bundle is applied. `up.sh` has each printed into `../handoff/`, `imports.sh` makes a
//! file of each whole value, and Terraform reads that: the bundle holds where a value comes from, never the value.

use crate::document::hcl::{Body, Expr};
use crate::plan::{Environment, ImportId};
use crate::target::fetch::{self, Fetch};

/// The local value of all of them, by key.
const LOCAL: &str = "imports";

/// The file of a whole value, seen from the bundle's folder.
pub fn file(environment: &Environment, key: &str) -> String {
    format!("../handoff/{}.{key}.value", fetch::stem(environment))
}

fn path(environment: &Environment, fetch: &Fetch) -> Expr {
    let tail = format!("/{}", file(environment, &fetch.key));
    Expr::Template(vec![Expr::reference(&["path", "module"]), tail.into()])
}

/// Adds the local values, where something is fetched.
pub fn locals(body: &mut Body, environment: &Environment) {
    let fetches = fetch::fetches(environment);
    if fetches.is_empty() {
        return;
    }
    let read = |fetch: &Fetch| {
        let text = Expr::Call("file", vec![path(environment, fetch)]);
        (fetch.key.clone(), Expr::Call("sensitive", vec![text]))
    };
    body.comment("What imports.sh has made of what was fetched.");
    body.block("locals", &[], Body::new().with(LOCAL, Expr::Object(fetches.iter().map(read).collect())));
}

/// The conditions that Terraform keeps every byte: it composes text (NFC), and takes no other than UTF-8.
pub fn kept(environment: &Environment) -> Vec<Body> {
    let condition = |fetch: &Fetch| {
        let composed = Expr::Call("base64encode", vec![Expr::Call("file", vec![path(environment, fetch)])]);
        let bytes = Expr::Call("filebase64", vec![path(environment, fetch)]);
        Body::new().with("condition", Expr::Equal(Box::new(composed), Box::new(bytes))).with(
            "error_message",
            format!("What comes from {} is not in Unicode's composed form, and Terraform would change it.", fetch.from),
        )
    };
    fetch::fetches(environment).iter().map(condition).collect()
}

/// The value of an import.
pub fn value(environment: &Environment, id: ImportId) -> Option<Expr> {
    let import = environment.imports.get(id)?;
    Some(Expr::reference(&["local", LOCAL]).key(&import.key()))
}
