//! How a store is kept apart on a server that environments share: the part of a recipe for `isolation: { on: SERVER }`.

use indexmap::IndexMap;

use super::record::{Atom, Client, ContainerSize, Line, Name, Output, Recipe, Script, Steps};
use crate::manifest::VarName;
use crate::shape::{Int, RecipeTemplate, Template, record};
use crate::source::Located;

record! {
    /// The store on a shared server: a database, a vhost, a bucket or a prefix of its own, with a user of its own. Nothing
    /// runs for it; what the recipe says of its container does not count, and what is not said here is as in the rest of
    /// the recipe.
    pub struct Scoped: "a scoped form" {
        /// Engines of the servers that it can live on. Default: its own.
        /// Example: ["redis", "valkey"]
        servers: Vec<Located<String>> as Vec<Located<Line>>,
        /// The options that mean something there.
        /// Example: ["extensions"]
        options: Vec<Located<String>> as Vec<Located<Name>>,
        /// Names and credentials in place of the recipe's.
        atoms: IndexMap<String, Atom> as IndexMap<Name, Atom>,
        /// Outputs beside the recipe's, or in place of them.
        outputs: IndexMap<String, Output> as IndexMap<Name, Output>,
        /// What an environment has on the server: what such a thing is called, and its name.
        /// Example: {"database": "${self.database}", "role": "${self.user}"}
        makes: IndexMap<String, Template> as IndexMap<Name, RecipeTemplate>,
        /// The steps' container, where it differs.
        client: Option<ScopedClient>,
        /// Variables of `create`, `drop` and `left`, and of nothing else. Besides `${self.…}` they know `${server.host}`,
        /// `${server.port}`, `${server.NAME}` for a port by its name, `${server.admin_user}` and `${server.admin_password}`.
        env: IndexMap<VarName, Template> as IndexMap<VarName, RecipeTemplate>,
        /// Makes what the environment has on the server, or brings it up to date; refuses what another repository made;
        /// makes anew what a broken seed left. The first step, before `check`.
        create: Located<String> as Located<Script>,
        /// Removes it, with open connections ended; leaves what another repository made.
        drop: Located<String> as Located<Script>,
        /// Prints what is left of it on the server, and nothing where nothing is.
        left: Located<String> as Located<Script>,
        /// In place of the recipe's `ready`.
        ready: Option<Located<String>> as Option<Located<Script>>,
        /// In place of the recipe's `check`.
        check: Option<Located<String>> as Option<Located<Script>>,
        /// In place of the recipe's `declare`.
        declare: Option<Located<String>> as Option<Located<Script>>,
        /// In place of the recipe's `done`.
        done: Option<Located<String>> as Option<Located<Script>>,
    }
}

record! {
    /// The steps' container on a shared server.
    pub struct ScopedClient: "a client" {
        /// Its image.
        image: Option<Template> as Option<RecipeTemplate>,
        /// Its numeric user.
        user: Option<Located<u32>> as Option<Located<Int<0, 4_294_967_294>>>,
        /// How much a step may use.
        size: Option<ContainerSize>,
        /// Variables beside the client's, or in place of them.
        env: IndexMap<VarName, Template> as IndexMap<VarName, RecipeTemplate>,
    }
}

impl Recipe {
    /// The recipe as it is on a shared server; `None` where it says nothing of one, or has no steps at all.
    pub fn on_server(&self) -> Option<Recipe> {
        let scoped = self.scoped.as_ref()?;
        let mut recipe = self.clone();
        if !scoped.atoms.is_empty() {
            recipe.atoms.clone_from(&scoped.atoms);
        }
        recipe.outputs.extend(scoped.outputs.clone());
        recipe.without_container();
        let client = recipe.client.get_or_insert_with(|| Client {
            image: None,
            user: None,
            size: None,
            env: IndexMap::new(),
            admin: IndexMap::new(),
        });
        client.admin.clear();
        if let Some(other) = &scoped.client {
            client.image = other.image.clone().or_else(|| client.image.take());
            client.user = other.user.clone().or_else(|| client.user.take());
            client.size = other.size.clone().or_else(|| client.size.take());
            client.env.extend(other.env.clone());
        }
        let steps: &mut Steps = recipe.steps.as_mut()?;
        if let Some(ready) = &scoped.ready {
            steps.ready.clone_from(ready);
        }
        let replaced =
            [(&mut steps.check, &scoped.check), (&mut steps.declare, &scoped.declare), (&mut steps.done, &scoped.done)];
        for (own, other) in replaced {
            if other.is_some() {
                own.clone_from(other);
            }
        }
        // `create` gives the server the password of today.
        steps.rotate = None;
        Some(recipe)
    }

    /// Takes away what only a server of the store's own needs.
    pub(super) fn without_container(&mut self) {
        // Nothing runs in the server's image; the client needs no extension.
        self.image.with.retain(|case| case.option.is_none());
        let container = &mut self.container;
        container.env.clear();
        container.command.clear();
        container.args.clear();
        container.files.clear();
        container.data = None;
    }

    /// Whether it can live on a shared server of an engine; `own` is the recipe's name.
    pub fn lives_on(&self, own: &str, engine: &str) -> bool {
        let servers = self.scoped.as_ref().map_or(&[][..], |scoped| scoped.servers.as_slice());
        engine == own || servers.iter().any(|server| server.value == engine)
    }
}
