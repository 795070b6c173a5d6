//! The Compose target, from environments made by hand. What it wrote is read back with another parser.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests end where one fails")]

#[path = "../support/stack.rs"]
mod stack;

use std::collections::BTreeSet;

use previewc::artifact::{Lowered, Mode, Removal};
use previewc::plan::{Environment, Health, PortRange, ProcessKind, Value, Vault, WaitOn, Word};
use previewc::target::Target;
use previewc::target::compose::{Compose, ComposeSettings, Expose};
use previewc::target::terraform::CloudSettings;
use serde_json::Value as Json;

fn settings(expose: Expose) -> ComposeSettings {
    ComposeSettings {
        expose,
        domain: None,
        ports: PortRange { from: 20000, to: 29999 },
        cloud: CloudSettings::default(),
        build_root: "../../..".to_owned(),
    }
}

/// A port on an address.
fn port(bind: &str) -> Expose {
    Expose::Port { bind: bind.to_owned() }
}

fn lower_with(environment: &Environment, expose: Expose) -> Lowered {
    let mut out = Lowered::new();
    let vault = stack::vault(environment, |name| Some(format!("value of {name}")));
    Compose { settings: settings(expose) }.lower(environment, &vault, &mut out);
    out
}

fn lower(environment: &Environment) -> Lowered {
    let out = lower_with(environment, port("127.0.0.1"));
    assert!(out.findings().is_empty(), "{:?}", out.findings());
    out
}

fn text<'a>(out: &'a Lowered, path: &str) -> &'a str {
    let file = out.files().iter().find(|file| file.path == path).unwrap_or_else(|| panic!("no file {path}"));
    std::str::from_utf8(&file.contents).unwrap()
}

fn project(out: &Lowered) -> Json {
    serde_saphyr::from_str(text(out, "compose.yaml")).unwrap()
}

fn keys(map: &Json) -> Vec<&str> {
    map.as_object().map(|map| map.keys().map(String::as_str).collect()).unwrap_or_default()
}

#[test]
fn only_the_gateway_publishes_a_port_and_only_on_loopback() {
    let project = project(&lower(&stack::stack("shop", 142)));
    for (name, service) in project["services"].as_object().unwrap() {
        let expected = if name == "gateway" {
            serde_json::json!([{ "target": 8080, "published": "20142", "host_ip": "127.0.0.1", "protocol": "tcp" }])
        } else {
            Json::Null
        };
        assert_eq!(service["ports"], expected, "{name}");
        assert_eq!(service["network_mode"], Json::Null);
    }
}

#[test]
fn the_port_is_published_on_the_address_that_the_manifest_names() {
    let project = project(&lower_with(&stack::stack("shop", 142), port("10.0.0.7")));
    assert_eq!(project["services"]["gateway"]["ports"][0]["host_ip"], "10.0.0.7");
}

#[test]
fn traefik_takes_the_place_of_the_port() {
    let shared = Expose::Traefik {
        network: "edge".to_owned(),
        entrypoint: "websecure".to_owned(),
        resolver: Some("le".to_owned()),
    };
    let project = project(&lower_with(&stack::stack("shop", 142), shared));
    let gateway = &project["services"]["gateway"];
    assert_eq!(gateway["ports"], Json::Null);
    assert_eq!(keys(&gateway["networks"]), ["default", "traefik"]);
    assert_eq!(gateway["links"], serde_json::json!(["web"]), "else a stranger's `web` on the shared network answers");
    assert_eq!(project["networks"]["traefik"], serde_json::json!({ "name": "edge", "external": true }));
    assert_eq!(gateway["labels"]["traefik.http.routers.shop-pr-142.rule"], "Host(`pr-142.shop.localhost`)");
    assert_eq!(gateway["labels"]["traefik.http.routers.shop-pr-142.tls.certresolver"], "le");
    assert_eq!(project["services"]["web"]["networks"], Json::Null);
}

#[test]
fn secrets_stand_in_private_files_alone() {
    let environment = stack::stack("shop", 142);
    let vault = stack::vault(&environment, |_| None);
    let secret = vault.values().next().unwrap().to_owned();
    let out = lower(&environment);
    let holders: Vec<_> = out
        .files()
        .iter()
        .filter(|file| String::from_utf8_lossy(&file.contents).contains(&secret))
        .map(|file| (file.path.as_str(), file.mode))
        .collect();
    assert!(holders.contains(&("secrets/cache.env", Mode::Private)), "{holders:?}");
    assert!(holders.iter().all(|(_, mode)| *mode == Mode::Private), "{holders:?}");
}

#[test]
fn a_sequence_is_a_chain_between_its_store_and_its_consumers() {
    let project = project(&lower(&stack::stack("shop", 142)));
    let services = &project["services"];
    for (service, expected) in [
        ("cache", vec![("toolbox", "service_completed_successfully")]),
        ("cache-prepare-check", vec![("cache", "service_healthy"), ("toolbox", "service_completed_successfully")]),
        ("cache-prepare-migrate", vec![("cache-prepare-check", "service_completed_successfully")]),
        ("cache-prepare", vec![("cache-prepare-migrate", "service_completed_successfully")]),
        (
            "web",
            vec![("cache-prepare", "service_completed_successfully"), ("toolbox", "service_completed_successfully")],
        ),
        ("gateway", vec![("toolbox", "service_completed_successfully"), ("web", "service_healthy")]),
        ("digest", vec![]),
    ] {
        let found = services[service]["depends_on"].as_object().cloned().unwrap_or_default();
        let mut found: Vec<_> =
            found.iter().map(|(name, wait)| (name.as_str(), wait["condition"].as_str().unwrap())).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{service}");
    }
    for one_shot in ["toolbox", "cache-prepare-check", "cache-prepare-migrate", "cache-prepare"] {
        assert_eq!(services[one_shot]["restart"], "no", "{one_shot}");
    }
    assert_eq!(services["digest"]["profiles"], serde_json::json!(["cron"]));
}

#[test]
fn what_nothing_waits_for_is_awaited_by_the_last_process() {
    let mut environment = stack::stack("shop", 142);
    for process in &mut environment.processes {
        process.waits.retain(|wait| !matches!(wait, WaitOn::Sequence(_)));
    }
    let out = lower(&environment);
    let waits = &project(&out)["services"]["gateway"]["depends_on"];
    assert_eq!(waits["cache-prepare"]["condition"], "service_completed_successfully");
    assert!(!text(&out, "up.sh").contains("docker wait"));

    environment.processes.retain(|process| process.name == "cache");
    assert!(text(&lower(&environment), "up.sh").contains("service=cache-prepare"));
}

#[test]
fn every_object_of_the_file_is_recorded_with_a_removal_that_exists() {
    let mut environment = stack::stack("shop", 142);
    environment.processes[1].image = stack::built("shop-web:1", "web");
    let out = lower(&environment);
    let project = project(&out);
    let mut expected = BTreeSet::new();
    for (name, service) in project["services"].as_object().unwrap() {
        let replicas = service["deploy"]["replicas"].as_u64().unwrap_or(1);
        expected.extend((1..=replicas).map(|n| ("container".to_owned(), format!("shop-pr-142-{name}-{n}"))));
        if !service["build"].is_null() {
            expected.insert(("image".to_owned(), service["image"].as_str().unwrap().to_owned()));
        }
    }
    for key in keys(&project["volumes"]) {
        expected.insert(("volume".to_owned(), format!("shop-pr-142_{key}")));
    }
    expected.insert(("network".to_owned(), project["networks"]["default"]["name"].as_str().unwrap().to_owned()));
    // What up.sh makes beside it.
    expected.insert(("volume".to_owned(), "shop-pr-142_pushed--at".to_owned()));
    let recorded: BTreeSet<_> = out.objects().iter().map(|o| (o.kind.clone(), o.name.clone())).collect();
    assert_eq!(recorded, expected);
    for object in out.objects() {
        let Removal::Step(step) = &object.removal else { panic!("{object:?}") };
        assert!(out.teardown_steps().iter().any(|s| s.name == *step && !s.verify.is_empty()), "{object:?}");
    }

    let other = lower(&stack::stack("shop", 1420));
    let names = |out: &Lowered| -> BTreeSet<String> { out.objects().iter().map(|o| o.name.clone()).collect() };
    assert!(names(&lower(&stack::stack("shop", 142))).is_disjoint(&names(&other)));
}

#[test]
fn everything_is_labelled_and_storage_bears_its_key() {
    let project = project(&lower(&stack::stack("shop", 142)));
    let labelled = |what: &Json| assert_eq!(what["labels"]["previewc.dev/environment"], "shop-pr-142", "{what}");
    project["services"].as_object().unwrap().values().for_each(labelled);
    project["networks"].as_object().unwrap().values().for_each(labelled);
    for volume in project["volumes"].as_object().unwrap().values() {
        labelled(volume);
        assert_eq!(volume["labels"]["previewc.dev/key"], stack::stack("shop", 142).fingerprint);
    }
}

#[test]
fn an_image_is_built_at_one_place_by_a_service_that_plain_up_starts() {
    let mut environment = stack::stack("shop", 142);
    let image = stack::built("shop-app:1", "./app");
    for name in ["digest", "web", "mailer"] {
        environment.processes.iter_mut().find(|p| p.name == name).unwrap().image = image.clone();
    }
    environment.sequences[0].steps[1].image = image;
    let project = project(&lower(&environment));
    let services = &project["services"];
    let build = &services["web"]["build"];
    assert_eq!(build["context"], "../../../app");
    assert_eq!(build["args"]["PRICE"], "5$$ $${X}", "Compose would replace a single dollar");
    assert_eq!(build["labels"]["previewc.dev/environment"], "shop-pr-142");
    for other in ["digest", "mailer", "cache-prepare-migrate"] {
        assert_eq!(services[other]["build"], Json::Null, "{other}");
        assert_eq!(services[other]["pull_policy"], "never", "{other}");
    }
}

#[test]
fn a_changed_file_changes_the_service() {
    let mut environment = stack::stack("shop", 142);
    let label = |environment: &Environment| {
        project(&lower(environment))["services"]["gateway"]["labels"]["previewc.dev/files"].as_str().unwrap().to_owned()
    };
    let before = label(&environment);
    environment.processes.last_mut().unwrap().files[0].contents.push(b'\n');
    assert_ne!(before, label(&environment));
    let out = lower(&environment);
    assert_eq!(
        text(&out, "files/gateway/etc/caddy/Caddyfile").as_bytes(),
        environment.processes.last().unwrap().files[0].contents
    );
}

#[test]
fn nodes_may_bear_the_names_that_previewc_would_take() {
    let mut environment = stack::stack("shop", 142);
    for name in ["toolbox", "cache-prepare-check"] {
        environment.processes.insert(1, stack::process(name, ProcessKind::Service, "redis:7"));
    }
    let project = project(&lower(&environment));
    let services = keys(&project["services"]);
    for name in ["toolbox", "toolbox--preview", "cache-prepare-check", "cache-prepare-check--preview", "cache-prepare"]
    {
        assert!(services.contains(&name), "{name} in {services:?}");
    }
    assert!(keys(&project["volumes"]).contains(&"toolbox--preview"));
}

#[test]
fn what_compose_cannot_carry_is_a_finding() {
    let codes = |change: &dyn Fn(&mut Environment)| -> Vec<&'static str> {
        let mut environment = stack::stack("shop", 142);
        change(&mut environment);
        lower_with(&environment, port("127.0.0.1")).findings().iter().map(|found| found.diagnostic.code.id()).collect()
    };
    assert_eq!(codes(&|_| ()), Vec::<&str>::new());
    let secret_argument = |environment: &mut Environment| {
        environment.processes[1].command.clear();
        environment.processes[1].args = vec![Word::Env("TOKEN".to_owned())];
    };
    assert_eq!(codes(&secret_argument), ["PV0521"]);
    let name = |environment: &mut Environment| {
        let id = stack::secret(environment, "token");
        environment.processes[1].env = vec![stack::variable("db.url", Value::secret(id))];
    };
    assert_eq!(codes(&name), ["PV0522"]);
    for longest in [131_072 - "LONG=".len() - 1, 131_072 - "LONG=".len()] {
        let long = |environment: &mut Environment| {
            environment.processes[1].env = vec![stack::variable("LONG", Value::text("x".repeat(longest)))];
        };
        let expected: &[&str] = if longest == 131_072 - 6 { &[] } else { &["PV0523"] };
        assert_eq!(codes(&long), expected, "{longest}");
    }
}

#[test]
fn a_project_without_need_of_the_toolbox_has_none() {
    let mut environment = stack::empty("shop", 7);
    let mut worker = stack::process("worker", ProcessKind::Worker, "redis:7");
    environment.processes = vec![worker.clone()];
    assert_eq!(keys(&project(&lower(&environment))["services"]), ["worker"]);
    worker.health = Some(Health::Tcp { port: 1 });
    environment.processes = vec![worker];
    assert_eq!(keys(&project(&lower(&environment))["services"]), ["toolbox", "worker"]);
}

#[test]
fn the_project_as_people_read_it() {
    let environment = stack::stack("shop", 142);
    let mut out = Lowered::new();
    let vault = Vault::placeholder(&environment.secrets);
    Compose { settings: settings(port("127.0.0.1")) }.lower(&environment, &vault, &mut out);
    snapshot("compose.yaml", text(&out, "compose.yaml"));
    let mut files = String::new();
    for file in out.files() {
        files.push_str(&format!("{:o} {}\n", file.mode.bits(), file.path));
    }
    snapshot("files", &files);
}

/// The same stack for another pull request differs where it names the pull request, and nowhere else.
#[test]
fn another_pull_request_differs_in_its_number_alone() {
    let (ours, other) = (lower(&stack::stack("shop", 142)), lower(&stack::stack("shop", 143)));
    assert_eq!(text(&ours, "compose.yaml").replace("142", "143"), text(&other, "compose.yaml"));
}

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../snapshots/compose");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}
