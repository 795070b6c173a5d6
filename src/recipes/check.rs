//! What must hold between the parts of a recipe: references name something, and no secret stands where others can read it.

use super::managed::ManagedForm;
use super::record::{Atom, Output, Recipe};
use crate::diagnostics::{Diagnostic, codes};
use crate::shape::{Cx, Template, nearest};
use crate::source::Span;

/// What `self` holds beside atoms and ports.
const SELF: [&str; 6] = ["host", "port", "name", "section", "memory", "data"];
/// The outputs that variables and other nodes rely on.
const OUTPUTS: [&str; 3] = ["url", "host", "port"];

/// The same as a service of a cloud.
const MANAGED: [&str; 7] =
    ["region", "account", "major", "minor", "repository", "cloud_access_key", "cloud_secret_key"];

/// Reports every reference that names nothing, and every output that is missing.
pub(super) fn check(recipe: &Recipe, start: Span, cx: &mut Cx<'_>) {
    check_as(Check { recipe, start, more: &[], cx });
}

fn check_as(mut check: Check<'_, '_, '_>) {
    let recipe = check.recipe;
    check.image(&recipe.image.reference);
    for case in &recipe.image.with {
        case.reference.iter().for_each(|text| check.image(text));
        if let Some(option) = &case.option {
            let options = recipe.option_names().collect();
            check.known("option", &option.value, option.span, options);
        }
    }
    recipe.outputs.values().for_each(|output| check.output(output));
    for atom in recipe.atoms.values() {
        if let Atom::Text(atom) = atom {
            check.text(&atom.text);
        }
    }
    recipe.container.env.values().for_each(|text| check.text(text));
    if let Some(client) = &recipe.client {
        client.image.iter().for_each(|text| check.image(text));
        client.env.values().chain(client.admin.values()).for_each(|text| check.text(text));
    }
    check.main_port();
    check.needed_outputs();
}

/// The same for what a recipe says of services, as it is there.
pub(super) fn check_managed(recipe: &Recipe, start: Span, cx: &mut Cx<'_>) {
    for form in ManagedForm::ALL {
        let Some((managed, there)) = recipe.managed(form).zip(recipe.as_managed(form)) else { continue };
        if let Some(default) = managed.default.as_ref().filter(|default| default.value && !form.is_public()) {
            let message = format!("`{}` cannot be taken by default: only a manifest says how large it is", form.key());
            cx.report(Diagnostic::new(codes::NOT_A_CHOICE, message).at(default.span, "").help("remove `default`"));
        }
        if cx.errors() == 0 {
            check_as(Check { recipe: &there, start, more: &MANAGED, cx });
        }
        let mut check = Check { recipe: &there, start, more: &MANAGED, cx };
        let parameters = managed.parameters.values().chain(managed.queue_parameters.values());
        managed.family.iter().chain(parameters).for_each(|text| check.text(text));
    }
}

/// What a shared server is known by, beside its ports.
const SERVER: [&str; 4] = ["host", "port", "admin_user", "admin_password"];

/// The same for what a recipe says of shared servers, as it is there.
pub(super) fn check_scoped(recipe: &Recipe, start: Span, cx: &mut Cx<'_>) {
    let Some(scoped) = &recipe.scoped else { return };
    let Some(there) = recipe.on_server() else {
        let missing = Diagnostic::new(codes::MISSING_KEY, "a store on a shared server needs `steps`").at(start, "");
        cx.report(missing.help("`steps: { ready: … }` tells consumers when it is there"));
        return;
    };
    if cx.errors() == 0 {
        check(&there, start, cx);
    }
    let mut check = Check { recipe: &there, start, more: &[], cx };
    for option in &scoped.options {
        check.known("option", &option.value, option.span, there.option_names().collect());
    }
    scoped.makes.values().for_each(|text| check.text(text));
    for text in scoped.env.values() {
        for (path, span) in text.references() {
            match path {
                [root, name] if root == "server" => {
                    let ports = there.ports.keys().map(String::as_str);
                    check.known("value of `server`", name, span, ports.chain(SERVER).collect());
                }
                _ => check.reference(path, span),
            }
        }
    }
}

struct Check<'r, 'c, 'm> {
    recipe: &'r Recipe,
    /// Where the recipe begins: the place of what is missing from it.
    start: Span,
    /// What `self` holds besides.
    more: &'r [&'static str],
    cx: &'c mut Cx<'m>,
}

impl Check<'_, '_, '_> {
    fn output(&mut self, output: &Output) {
        match output {
            Output::Text(text) => self.text(&text.text),
            Output::Url(url) => {
                self.text(&url.host);
                for text in [&url.user, &url.password, &url.port, &url.path].into_iter().flatten() {
                    self.text(text);
                }
            }
        }
    }

    fn text(&mut self, text: &Template) {
        for (path, span) in text.references() {
            self.reference(path, span);
        }
    }

    fn reference(&mut self, path: &[String], span: Span) {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["version"] => {}
            ["self", name] => {
                let recipe = self.recipe;
                let own = recipe.atoms.keys().chain(recipe.ports.keys()).map(String::as_str);
                self.known("value of `self`", name, span, own.chain(SELF).chain(self.more.iter().copied()).collect());
                if *name == "data" && recipe.container.data.is_none() {
                    self.report(
                        "`${self.data}` has no value: the container keeps no data",
                        span,
                        "give the container `data`",
                    );
                }
            }
            ["options", name] => self.known("option", name, span, self.recipe.option_names().collect()),
            _ => self.nothing(&path, span, "version, self, options"),
        }
    }

    /// An image is seen by everyone, and known before the environment is.
    fn image(&mut self, text: &Template) {
        for (path, span) in text.references() {
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            match path.as_slice() {
                ["version"] => {}
                ["options", name] => self.known("option", name, span, self.recipe.option_names().collect()),
                _ => self.nothing(&path, span, "version, options"),
            }
        }
    }

    fn nothing(&mut self, path: &[&str], span: Span, roots: &str) {
        let message = format!("`${{{}}}` names nothing here", path.join("."));
        self.report(&message, span, &format!("references in this place of a recipe begin with one of: {roots}"));
    }

    fn known(&mut self, what: &str, name: &str, span: Span, names: Vec<&str>) {
        if names.contains(&name) {
            return;
        }
        let help = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => format!("this recipe declares no {what}"),
            None => format!("there is: {}", names.join(", ")),
        };
        self.report(&format!("there is no {what} `{name}`"), span, &help);
    }

    fn report(&mut self, message: &str, span: Span, help: &str) {
        self.cx.report(Diagnostic::new(codes::UNKNOWN_REFERENCE, message).at(span, "").help(help));
    }

    /// The first port is `${self.port}`: a store that nobody can reach serves nobody.
    fn main_port(&mut self) {
        if self.recipe.ports.is_empty() {
            let place = self.start;
            let missing = Diagnostic::new(codes::MISSING_KEY, "the recipe names no port").at(place, "");
            self.cx.report(missing.help("`ports: { main: 5432 }`; the first is the main one"));
        }
    }

    fn needed_outputs(&mut self) {
        for needed in OUTPUTS {
            if !self.recipe.outputs.contains_key(needed) {
                let place = self.start;
                let message = format!("the recipe has no output `{needed}`");
                let missing = Diagnostic::new(codes::MISSING_KEY, message).at(place, "");
                self.cx.report(missing.help("processes that use a store rely on `url`, `host` and `port`"));
            }
        }
    }
}
