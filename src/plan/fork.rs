//! Pull requests from forks: strangers' code runs in their environments, so the team's secrets stay away unless the base
//! manifest trusts every fork.
//!
//! A variable that holds a withheld secret is left out, not empty: a program that asks for it sees that it is not there. What
//! cannot be left out, an argument or the credentials of a shared server, is an error.

use super::context::Context;
use super::finding::Finding;
use super::process::{Process, Variable};
use super::sequence::Sequence;
use crate::diagnostics::{Diagnostic, codes};
use crate::manifest::Forks;
use crate::recipes::ManagedForm;
use crate::resolve::{Origin, Program};

/// A variable that an environment does without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Absent {
    /// The declared secret.
    pub secret: String,
    /// The process, or the store and its step: `db migrate`.
    pub process: String,
    /// The variable.
    pub variable: String,
}

/// What forks get, as the base manifest says.
fn forks(program: &Program) -> (Forks, Origin) {
    let trigger = program.preview.as_ref().and_then(|preview| preview.trigger.as_ref());
    let stated = trigger.and_then(|trigger| trigger.forks.as_ref());
    (stated.map_or(Forks::Never, |forks| forks.value), program.forks)
}

/// Whether stored secrets are withheld.
pub(super) fn withholds(program: &Program, fork: bool) -> bool {
    fork && forks(program).0 != Forks::WithSecrets
}

/// Finds why a fork's pull request gets no environment.
pub(super) fn check(program: &Program, fork: bool) -> Option<Finding> {
    let finding = |diagnostic: Diagnostic, origin| Finding { diagnostic, origin, label: String::new() };
    if !fork {
        return None;
    }
    if !program.has_base {
        let message = "the pull request comes from a fork, and its manifest must not decide over secrets and targets";
        return Some(finding(
            Diagnostic::new(codes::NO_BASE_MANIFEST, message)
                .help("pass --base-manifest FILE with the manifest of the branch that it is to be merged into"),
            Origin::NONE,
        ));
    }
    let (forks, origin) = forks(program);
    (forks == Forks::Never).then(|| {
        let message = "the pull request comes from a fork, and the base manifest gives forks no environment";
        finding(
            Diagnostic::new(codes::FORK_REFUSED, message)
                .help("write `preview: { trigger: { forks: without-secrets } }` in the base manifest to give them one"),
            origin,
        )
    })
}

impl Context<'_> {
    /// Takes the variables that hold a withheld secret out of everything, and tells which; finds what cannot do without.
    pub(super) fn withhold(&mut self, processes: &mut [Process], sequences: &mut [Sequence]) -> Vec<Absent> {
        // Nothing is told of an environment that there will not be.
        if !self.withholds || check(self.program, true).is_some() {
            return Vec::new();
        }
        let branches = self.branches().into_iter().map(|branch| (branch.store, "branch", branch.origin));
        let clones = self.managed().into_iter().filter(|managed| managed.form == ManagedForm::Clone);
        let clones = clones.map(|clone| (clone.store, "clone", clone.origin));
        for (store, copy, origin) in branches.chain(clones).collect::<Vec<_>>() {
            let message =
                format!("`{store}` would be a {copy} of the team's database, and a fork gets none of its data");
            self.find(
                Diagnostic::new(codes::ABSENT_NEEDED, message)
                    .help("give pull requests from forks a database of their own, or no environment (`forks: never`)"),
                origin,
                "",
            );
        }
        let mut absent = Vec::new();
        for process in processes {
            self.withhold_from(&process.name, &mut process.env, &mut absent);
        }
        for sequence in sequences {
            for step in &mut sequence.steps {
                self.withhold_from(&format!("{} {}", sequence.store, step.name), &mut step.env, &mut absent);
            }
        }
        absent.sort();
        let mut secrets: Vec<&str> = absent.iter().map(|absent| absent.secret.as_str()).collect();
        secrets.dedup();
        let told: Vec<(String, Origin)> = secrets
            .into_iter()
            .map(|name| {
                let names = absent.iter().filter(|absent| absent.secret == name);
                let names: Vec<String> =
                    names.map(|absent| format!("`{}` of {}", absent.variable, absent.process)).collect();
                let message = format!("the fork does not get the secret `{name}`: left out is {}", names.join(", "));
                (message, self.program.secrets.get(name).map_or(Origin::NONE, |secret| secret.origin))
            })
            .collect();
        for (message, origin) in told {
            let help =
                "let the program do without it, or write `generate` for a secret that each environment can make up";
            self.find(Diagnostic::new(codes::SECRET_ABSENT, message).help(help), origin, "withheld from forks");
        }
        absent
    }

    fn withhold_from(&mut self, process: &str, env: &mut Vec<Variable>, absent: &mut Vec<Absent>) {
        env.retain(|variable| {
            let Some(secret) = variable.value.absent() else { return true };
            if variable.may_be_absent() {
                absent.push(Absent {
                    secret: secret.to_owned(),
                    process: process.to_owned(),
                    variable: variable.name.clone(),
                });
            } else {
                let message = format!("{process} cannot start without the secret `{secret}`, which forks do not get");
                let help = "read it from a variable in `env`, which is left out for forks; a store on a shared server needs its \
                            administrator's password: give forks a dedicated one";
                self.find(Diagnostic::new(codes::ABSENT_NEEDED, message).help(help), variable.origin, "needs it");
            }
            false
        });
    }
}
