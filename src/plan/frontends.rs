//! Frontends that stay on their platform: the address of a pull request's, and what its build is told.

use super::context::Context;
use super::names::{LABEL_LIMIT, fit};
use super::process::Variable;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::Platform;
use crate::resolve::{Body, Frontend as Declared};

/// The frontend of one pull request on its platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontend {
    /// The node.
    pub name: String,
    /// Where it is deployed.
    pub platform: Platform,
    /// The project there.
    pub project: String,
    /// Its host.
    pub host: String,
    /// What its build is told. Everybody who opens the page may read it.
    pub env: Vec<Variable>,
}

impl Frontend {
    /// Its address, without a `/` at the end.
    pub fn url(&self) -> String {
        url(&self.host)
    }
}

/// The host of a pull request's deployment.
///
/// A deployment gets its own name only when it is there. An alias is known before, which is what backends need for their CORS
/// origins and redirect URLs: on Vercel `<project>-pr-<number>.vercel.app`, on Netlify `pr-<number>--<project>.netlify.app`.
pub(super) fn host(declared: &Declared, number: u64) -> String {
    match declared.platform {
        Platform::Vercel => {
            let label = fit(&format!("{}-pr-{number}", declared.project), LABEL_LIMIT);
            format!("{label}.vercel.app")
        }
        Platform::Netlify => format!("pr-{number}--{}.netlify.app", declared.project),
    }
}

/// The address of a host.
pub(super) fn url(host: &str) -> String {
    format!("https://{host}")
}

impl Context<'_> {
    /// Every frontend, in the manifest's order.
    pub(super) fn frontends(&mut self) -> Vec<Frontend> {
        let program = self.program;
        let number = self.request.pull_request.number;
        let mut out = Vec::new();
        for node in program.nodes.values() {
            let Body::Frontend(declared) = &node.body else { continue };
            let host = host(declared, number);
            let label = host.split('.').next().unwrap_or_default().len();
            if label > LABEL_LIMIT {
                let message =
                    format!("the frontend's host would begin with {label} characters, and {LABEL_LIMIT} is the most");
                let finding = Diagnostic::new(codes::HOST_TOO_LONG, message).help("give the project a shorter name");
                self.find(finding, node.origin, "");
            }
            for text in declared.env.values() {
                self.plain(text, "a frontend's build");
            }
            // It knows its own address, beside what every process knows.
            let env = self.variables(&[(node.name.clone(), node.origin)], None, &declared.env);
            let (name, project) = (node.name.clone(), declared.project.clone());
            out.push(Frontend { name, platform: declared.platform, project, host, env });
        }
        out
    }
}
