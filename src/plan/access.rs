//! Who may see an environment: the login that is asked for, and the networks that requests may come from.

use super::context::Context;
use super::value::{Encoding, Value};
use super::vault::{Secret, SecretSource};
use crate::resolve::AccessOrigins;

/// The user that every login has.
const USER: &str = "preview";
/// Letters and digits of the password: more than anyone could try out.
const PASSWORD: u16 = 24;
/// Letters and digits of the cookie.
const PASS: u16 = 32;
/// Whom credentials are derived for: no node has an upper-case letter in its name.
const OWNER: &str = "ACCESS";

/// Who may see an environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Asked for at the door.
    pub login: Option<Login>,
    /// The only networks that requests may come from (CIDR); empty lets all in.
    pub allow: Vec<String>,
    /// Tells search engines to stay away.
    pub noindex: bool,
    /// Where all this is said.
    pub origins: AccessOrigins,
}

/// A user with a password (RFC 7617).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: &'static str,
    /// The password.
    pub password: Value,
    /// The password's bcrypt hash.
    pub hash: Value,
    /// The value of the cookie that stands for a login. An application's own `Authorization` header takes the place of the
    /// login's, so that a login by header alone would lock such applications out.
    pub pass: Value,
}

impl Default for Access {
    fn default() -> Self {
        Access { login: None, allow: Vec::new(), noindex: true, origins: AccessOrigins::default() }
    }
}

impl Context<'_> {
    /// Decides who may see the environment. A preview without routes cannot be seen.
    pub(super) fn access(&mut self) -> Access {
        let stated = &self.program.access;
        let asked = stated.basic_auth && !self.public.hosts.routes.is_empty();
        Access {
            login: asked.then(|| self.login()),
            allow: stated.allow.clone(),
            noindex: stated.noindex,
            origins: stated.origins,
        }
    }

    fn login(&mut self) -> Login {
        let origin = self.program.access.origins.basic_auth;
        let mut secret = |purpose: &str, length| {
            self.secrets.add(Secret {
                name: format!("access/{purpose}"),
                source: SecretSource::Derived { node: OWNER.to_owned(), purpose: purpose.to_owned(), length },
                origin,
            })
        };
        let (password, pass) = (Value::secret(secret("password", PASSWORD)), Value::secret(secret("pass", PASS)));
        let mut hash = Value::default();
        hash.push(&password, Encoding::Bcrypt);
        Login { user: USER, password, hash, pass }
    }
}
