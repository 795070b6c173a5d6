//! Frontends that stay on Vercel or Netlify: what a job that deploys one must know.

use minijinja::{Value, context};

use super::facts::Facts;
use crate::manifest::Platform;
use crate::plan::variable_name;

/// The programs of the platforms, each in a version that the jobs' commands are written for.
const VERCEL: &str = "vercel@48.12.1";
const NETLIFY: &str = "netlify-cli@23.15.1";

/// The frontends, each with the programs that deploy it.
pub(super) fn values(facts: &Facts<'_>) -> Vec<Value> {
    let frontend = |(name, platform, project): &(&str, Platform, &str)| {
        context! {
            name => *name,
            project => *project,
            variable => variable_name(name, "url"),
            vercel => *platform == Platform::Vercel,
            vercel_cli => VERCEL,
            netlify_cli => NETLIFY,
        }
    };
    facts.frontends.iter().map(frontend).collect()
}
