//! Random stacks: manifests that are valid, with names that aim at limits and values that readers misread.

use previewc::plan::TargetName;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::hostile;

/// A manifest, and what the test must know of it.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The manifest, in JSON.
    pub manifest: Value,
    /// Plain variables: process, name, value.
    pub plain: Vec<(String, String, String)>,
    /// Arguments without a secret, of each process that has some.
    pub args: Vec<(String, Vec<String>)>,
    /// Variables with a secret: process, name, what stands before and behind it.
    pub tainted: Vec<(String, String, String, String)>,
    /// Nodes whose image holds values of the environment.
    pub own_images: Vec<String>,
    /// The target that it is tried for.
    pub target: TargetName,
    /// A pull request's number.
    pub number: u64,
    /// The number of another one, near it.
    pub other: u64,
}

/// Names that the program might want for itself.
const TAKEN: &[&str] = &[
    "gateway",
    "toolbox",
    "previewc",
    "routes",
    "deny-all",
    "dns",
    "default",
    "quota",
    "db-prepare",
    "n0-prepare",
    "caddy",
];

/// Engines with the section that they stand in.
const ENGINES: &[(&str, &str)] = &[
    ("databases", "postgres"),
    ("databases", "mysql"),
    ("databases", "mariadb"),
    ("caches", "redis"),
    ("caches", "valkey"),
    ("queues", "rabbitmq"),
];

/// Writes a text so that a manifest means it literally.
fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

/// A text for a variable or an argument. No process can be given a NUL.
fn text() -> impl Strategy<Value = String> {
    let known: Vec<String> =
        hostile::all().into_iter().filter(|text| text.len() <= 4096 && !text.contains('\0')).collect();
    prop_oneof![
        4 => select(known),
        1 => "[$({})A-Za-z\\\\\"' ]{0,16}",
        1 => any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

/// An application's name: with `-pr-142` behind it, near the limit of a label in half of the cases.
fn app() -> impl Strategy<Value = String> {
    (prop_oneof![1usize..12, 47usize..=62], "[a-z0-9]").prop_map(|(head, last)| "a".repeat(head) + &last)
}

/// A random stack.
pub fn stack() -> impl Strategy<Value = Stack> {
    let shape = (1usize..4, 0usize..3, 0usize..2, vec(0usize..ENGINES.len(), 0..3));
    let names = (prop_oneof![Just(0usize), 18usize..=27], any::<bool>(), 0..TAKEN.len());
    let values = (vec(text(), 0..6), vec(text(), 0..3), text(), text());
    let pulls = (select(vec![1u64, 9, 99, 142, 999, 65_535, 1_000_000, 9_999_999]), 1u64..60);
    (app(), shape, names, values, pulls, any::<[bool; 5]>()).prop_map(|(app, shape, names, values, pulls, flags)| {
        let (services, workers, crons, engines) = shape;
        let (head, takes, taken) = names;
        let (texts, args, before, behind) = values;
        // `$${` is a literal `${`: a `$` cannot stand right before a reference.
        let before = before.trim_end_matches('$').to_owned();
        let mut count = 0usize;
        let mut name = || {
            let own = match (count, takes) {
                (0, true) => TAKEN[taken].to_owned(),
                _ => format!("n{}{count}", "e".repeat(head)),
            };
            count += 1;
            own
        };
        let mut stores: Vec<(&str, String, Value)> = Vec::new();
        for engine in &engines {
            let (section, engine) = ENGINES[*engine];
            let mut store = json!({ "engine": engine });
            if !stores.iter().any(|(other, ..)| *other == section) {
                store["default"] = json!(true);
            }
            stores.push((section, name(), store));
        }
        let uses: Vec<&String> = stores.iter().map(|(_, name, _)| name).collect();
        let (mut plain, mut tainted, mut own_images, mut all_args) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut sections: Map<String, Value> = Map::new();
        let kinds = [("services", services), ("workers", workers), ("crons", crons)];
        for (section, number) in kinds {
            for index in 0..number {
                let node = name();
                let mut env = Map::new();
                for (position, text) in texts.iter().enumerate() {
                    let variable = format!("V{position}");
                    env.insert(variable.clone(), json!(literal(text)));
                    plain.push((node.clone(), variable, text.clone()));
                }
                env.insert(
                    "TOKEN".to_owned(),
                    json!(format!("{}${{secrets.token}}{}", literal(&before), literal(&behind))),
                );
                tainted.push((node.clone(), "TOKEN".to_owned(), before.clone(), behind.clone()));
                let mut body = json!({ "env": env, "uses": uses, "command": ["serve"] });
                if !args.is_empty() {
                    body["args"] = json!(args.iter().map(|text| literal(text)).collect::<Vec<_>>());
                    all_args.push((node.clone(), args.clone()));
                }
                if flags[0] && index == 0 {
                    body["build"] = json!("app");
                    if flags[1] {
                        body["build_env"] = json!({ "SITE": "${preview.url}" });
                        own_images.push(node.clone());
                    }
                } else {
                    body["image"] = json!("acme/app:1");
                }
                match section {
                    "services" => {
                        body["port"] = json!(8080);
                        body["route"] = match (index, flags[2]) {
                            (0, _) => json!("/"),
                            (_, true) => json!({ "host": format!("h{}{index}", "o".repeat(head)) }),
                            (_, false) => json!(format!("/p{index}")),
                        };
                    }
                    "crons" => body["schedule"] = json!("0 6 * * *"),
                    _ => {}
                }
                let table = sections.entry(section).or_insert_with(|| json!({}));
                table[node.as_str()] = body;
            }
        }
        for (section, node, store) in stores {
            let table = sections.entry(section).or_insert_with(|| json!({}));
            table[node.as_str()] = store;
        }
        let mut manifest = json!({
            "version": 1,
            "name": app,
            "domain": "preview.example.com",
            "registry": "registry.example.com/acme",
            "secrets": { "token": { "generate": 24 } },
            "vars": { "UNUSED": "x" },
        });
        for (section, table) in sections {
            manifest[section.as_str()] = table;
        }
        let (number, step) = pulls;
        Stack {
            manifest,
            plain,
            args: all_args,
            tainted,
            own_images,
            target: match (flags[3], flags[4]) {
                (true, _) => TargetName::Kubernetes,
                (false, true) => TargetName::Terraform,
                (false, false) => TargetName::Compose,
            },
            number,
            other: number + step,
        }
    })
}
