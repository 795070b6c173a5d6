//! The decoder, by manifests and what it says of them.

use crate::diagnostics::Sink;
use crate::manifest::{Manifest, decode};
use crate::source::SourceMap;
use crate::syntax::{Syntax, parse};

/// Reads a manifest; findings come as `line:column <what is marked> code message`.
fn read(text: &str) -> (Option<Manifest>, Vec<String>) {
    read_as(text, Syntax::Yaml)
}

fn read_as(text: &str, syntax: Syntax) -> (Option<Manifest>, Vec<String>) {
    let mut map = SourceMap::new();
    let file = map.add("preview.yaml", text);
    let mut sink = Sink::new();
    let manifest =
        parse(&map, file, syntax, &mut sink).and_then(|root| decode(&map, &root, &mut sink));
    let show = |d: &crate::diagnostics::Diagnostic| {
        let span = d.primary.as_ref().expect("a place").span;
        let at = map.range(span).start;
        let (code, marked) = (d.code.id(), map.snippet(span));
        format!("{}:{} <{marked}> {code} {}", at.line, at.column, d.message)
    };
    (manifest, sink.into_sorted().iter().map(show).collect())
}

#[test]
fn the_examples_are_sound() {
    for (text, syntax) in [
        (
            include_str!("../../examples/minimal/preview.yaml"),
            Syntax::Yaml,
        ),
        (
            include_str!("../../examples/large/preview.yaml"),
            Syntax::Yaml,
        ),
        (
            include_str!("../../examples/shop/preview.yaml"),
            Syntax::Yaml,
        ),
        (include_str!("../../examples/shop/preview.kdl"), Syntax::Kdl),
    ] {
        let (manifest, findings) = read_as(text, syntax);
        assert_eq!(findings, Vec::<String>::new());
        assert!(manifest.is_some());
    }
}

/// A manifest with these lines below the three that each needs.
fn with(lines: &str) -> String {
    format!("version: 1\nname: shop\ndomain: shop.example.com\n{lines}")
}

/// A service `api` with these entries.
fn service(entries: &str) -> String {
    with(&format!(
        "services:\n  api: {{ image: app:1, {entries} }}\n"
    ))
}

#[track_caller]
fn finds(text: &str, wanted: &[&str]) {
    let (_, found) = read(text);
    assert_eq!(found, wanted, "\n{text}");
}

#[test]
fn keys_are_known_needed_and_given_once() {
    finds(
        &with("services:\n  api: { imagee: app:1 }\n"),
        &["5:10 <imagee> PV0101 `imagee` is no key of a service"],
    );
    finds(
        &with("serivces: {}\nzzz: 1\n"),
        &[
            "4:1 <serivces> PV0101 `serivces` is no key of a manifest",
            "5:1 <zzz> PV0101 `zzz` is no key of a manifest",
        ],
    );
    finds(
        "version: 1\nname: shop\n",
        &["1:1 <> PV0102 the file has no `domain`"],
    );
    finds(
        &with("databases:\n  db: { version: 16 }\n"),
        &["5:3 <db> PV0102 `db` has no `engine`"],
    );
    finds(
        &with("databases:\n  db: { engin: postgres }\n"),
        &["5:9 <engin> PV0101 `engin` is no key of a database"],
    );
    finds(
        &with("services:\n  api: { port: 80 }\n"),
        &["5:3 <api> PV0102 `api` has none of `from`, `build`, `image`"],
    );
    finds(
        &service("build: api"),
        &["5:24 <build> PV0108 a service has either `image` or `build`, not both"],
    );
    finds(
        &service("port: 80, ports: { http: 81 }"),
        &["5:34 <ports> PV0108 a service has either `port` or `ports`, not both"],
    );
    finds(
        &with("caches:\n  c: { engine: redis, migrate: { from: api, command: x } }\n"),
        &["5:23 <migrate> PV0115 `migrate` is no key of a cache"],
    );
    finds(
        &with("crons:\n  c: { image: a:1, schedule: \"0 6 * * *\", route: / }\n"),
        &["5:43 <route> PV0101 `route` is no key of a cron"],
    );
}

#[test]
fn kinds_of_values_are_told_apart() {
    finds(
        &service("port: \"8080\""),
        &["5:30 <\"8080\"> PV0103 `port` must be a port from 1 to 65535, not `8080`"],
    );
    finds(
        &service("port: [80, 81]"),
        &["5:30 <[80, 81]> PV0103 `port` must be a port from 1 to 65535, but this is a list"],
    );
    finds(
        &service("port: 65536"),
        &["5:30 <65536> PV0106 `port`: 65536 is not from 1 to 65535"],
    );
    finds(
        &service("env: [A]"),
        &["5:29 <[A]> PV0103 `env` must be a record of named entries, but this is a list"],
    );
    finds(
        &service("env: { A: { b: c } }"),
        &["5:34 <{ b: c }> PV0103 `A` must be text, but this is a record"],
    );
    finds(
        &with("services: [api]\n"),
        &["4:11 <[api]> PV0103 `services` must be a record of named entries, but this is a list"],
    );
    finds(
        &with("services: { api: nginx }\n"),
        &["4:18 <nginx> PV0103 `api` must be a service, but this is text"],
    );
    finds(
        "- a\n",
        &["1:1 <- a> PV0103 the file must be a manifest, but this is a list"],
    );
    finds(
        &with("preview: { access: { basic_auth: yes } }\n"),
        &["4:34 <yes> PV0103 `basic_auth` must be true or false, not `yes`"],
    );
    finds(
        &service("replicas: 0"),
        &["5:34 <0> PV0106 `replicas`: 0 is not from 1 to 10"],
    );
    finds(
        &service("replicas: 1.5"),
        &["5:34 <1.5> PV0103 `replicas` must be a whole number, not `1.5`"],
    );
    finds(
        &service("health: [a]"),
        &[
            "5:32 <[a]> PV0103 `health` must be a health check: a record with `path`, `tcp` or `command`, but this is a list",
        ],
    );
    finds(
        "version: 2\nname: shop\ndomain: a.b\n",
        &["1:10 <2> PV0106 `version` must be 1, the version of the manifest's format, not `2`"],
    );
}

#[test]
fn a_value_is_never_lost_in_silence() {
    finds(
        &with("services:\n  api:\n    image: app:1\n    env:\n      A:\n"),
        &["8:7 <A> PV0104 `A` has no value"],
    );
    finds(
        &with("services:\n"),
        &["4:1 <services> PV0104 `services` has no value"],
    );
    finds(
        &service("command: []"),
        &["5:33 <[]> PV0104 `command` is an empty list"],
    );
    finds(
        &service("image: \"\"").replacen("image: app:1, ", "", 1),
        &["5:17 <\"\"> PV0114 `image` must be an image, such as `ghcr.io/acme/api:1.2`, not empty"],
    );
    let (manifest, found) = read(&service(
        "env: { A: \"\", B: no, C: 1.10, D: 0123, E: 2024-01-01, F: ~x }",
    ));
    assert_eq!(found, Vec::<String>::new());
    let manifest = manifest.expect("a manifest");
    let api = manifest.services[0].body.as_ref().expect("a service");
    let texts: Vec<&str> = api
        .env
        .values()
        .map(|t| t.as_text().expect("plain"))
        .collect();
    assert_eq!(texts, ["", "no", "1.10", "0123", "2024-01-01", "~x"]);
}

#[test]
fn names_have_a_form_and_are_unique() {
    finds(
        &with("services:\n  API_Server: { image: a:1, uses: [API_Server] }\n"),
        &[
            "5:3 <API_Server> PV0105 `API_Server` is not a node name: a small letter, then small letters, digits and single `-`, at most 30 in all",
        ],
    );
    finds(
        &with("services:\n  db: { image: a:1 }\ndatabases:\n  db: { engine: postgres }\n"),
        &["7:3 <db> PV0110 `db` is already the name of a node under `services`"],
    );
    finds(
        &service("env: { 1A: x }"),
        &[
            "5:31 <1A> PV0105 `1A` is not a variable name: letters, digits and `_`, not a digit first",
        ],
    );
    for (key, value) in [
        ("name", "Shop"),
        ("domain", "\"*.example.com\""),
        ("domain", "a..b"),
        ("domain", "Example.com"),
    ] {
        let text = with("").replace(&format!("{key}: shop"), &format!("{key}: {value}\n#"));
        let (_, found) = read(&text);
        assert_eq!(found.len(), 1, "{text} {found:?}");
        assert!(found[0].contains("PV0105"), "{found:?}");
    }
}

#[test]
fn words_are_chosen_from() {
    finds(
        &service("size: smal"),
        &[
            "5:30 <smal> PV0107 `size` must be one of `nano`, `small`, `medium`, `large`, not `smal`",
        ],
    );
    finds(
        &with("databases: { db: { engine: postgres, isolation: dedicate } }\n"),
        &[
            "4:49 <dedicate> PV0107 `isolation` must be `dedicated`, or a record with `on` or `branch`, not `dedicate`",
        ],
    );
    finds(
        &with("databases: { db: { engine: postgres, isolation: { branch: neon } } }\n"),
        &["4:51 <branch> PV0102 `branch: neon` needs `project` beside it"],
    );
    finds(
        &with("secrets: { a: { store: vault, generate: 12 } }\n"),
        &["4:31 <generate> PV0108 a secret has either `store` or `generate`, not both"],
    );
    finds(
        &with("secrets: { a: { store: vault } }\n"),
        &["4:17 <store> PV0102 `store: vault` needs `path` beside it"],
    );
    finds(
        &with("secrets: { a: { generat: 12 } }\n"),
        &["4:17 <generat> PV0101 `generat` is no key of a secret"],
    );
    finds(
        &with("secrets: { a: { length: 12 } }\n"),
        &["4:12 <a> PV0102 `a` has none of `store` or `generate`"],
    );
}

#[test]
fn amounts_and_schedules_have_units_and_ranges() {
    finds(
        &with("preview: { ttl: 3 days }\n"),
        &[
            "4:17 <3 days> PV0113 `ttl` must be a duration, such as `90m`, `2h` or `3d`, not `3 days`",
        ],
    );
    finds(
        &service("size: { memory: 512 }"),
        &[
            "5:40 <512> PV0113 `memory` must be an amount of memory, such as `512Mi` or `1Gi`, not `512`",
        ],
    );
    let cron = |schedule: &str| {
        with(&format!(
            "crons:\n  c: {{ image: a:1, schedule: \"{schedule}\", uses: [nothing] }}\n"
        ))
    };
    finds(
        &cron("0 25 * * *"),
        &["5:30 <\"0 25 * * *\"> PV0111 `schedule`: `25` is no hour: it goes from 0 to 23"],
    );
    finds(
        &cron("0 6 30 2 *"),
        &[
            "5:30 <\"0 6 30 2 *\"> PV0112 `schedule`: this schedule never fires: no month of `2` has a day of `30`",
        ],
    );
    let (manifest, _) = read(&cron("nonsense"));
    let manifest = manifest.expect("a manifest");
    let slot = &manifest.crons[0];
    assert!(slot.wrong);
    assert_eq!(
        slot.body.as_ref().map(|c| c.uses.len()),
        Some(1),
        "the rest of the cron is still looked at"
    );
}

#[test]
fn references_are_checked_where_they_stand() {
    finds(
        &service("env: { A: \"x ${services.api.url} ${bad} ${}\" }"),
        &[
            "5:57 <${bad}> PV0109 `${bad}` is not a reference",
            "5:64 <${}> PV0109 `${}` is not a reference",
        ],
    );
    finds(
        &service("env: { A: \"x ${services.api\" }"),
        &["5:34 <\"x ${services.api\"> PV0109 `${` is never closed"],
    );
    finds(
        &service("env: { A: \"${ vars.x }\" }"),
        &["5:35 <${ vars.x }> PV0109 `${ vars.x }` is not a reference"],
    );
    finds(
        &with("external: { s: { url: \"https://x\", reason: \"${vars.x}\" } }\n"),
        &["4:44 <\"${vars.x}\"> PV0109 `reason`: a reference cannot stand here"],
    );
    let (manifest, found) = read(&service(
        "args: [\"a$b $${c} $ ${services.web.public_url}/x\"]",
    ));
    assert_eq!(found, Vec::<String>::new());
    let manifest = manifest.expect("a manifest");
    let parts = &manifest.services[0].body.as_ref().expect("a service").args[0].parts;
    assert_eq!(parts.len(), 3);
    assert_eq!(
        parts[0],
        super::TemplatePart::Text("a$b ${c} $ ".to_owned())
    );
    assert_eq!(parts[2], super::TemplatePart::Text("/x".to_owned()));
}

#[test]
fn short_forms_mean_the_long_ones() {
    let long = service("route: [{ path: /api }], health: { path: /h }, uses: [db], command: [run]");
    let short = service("route: /api, health: /h, uses: db, command: run");
    let routes = |text: &str| {
        let (manifest, found) = read(text);
        assert_eq!(found, Vec::<String>::new());
        let api = manifest.expect("a manifest").services[0]
            .body
            .clone()
            .expect("a service");
        let route = api.route[0].path.as_ref().expect("a path").value.clone();
        let Some(super::Health::Http(health)) = api.health else {
            panic!("a check over HTTP")
        };
        (
            route,
            health.path.value,
            api.uses.len(),
            api.command.map(|c| c.len()),
        )
    };
    assert_eq!(routes(&long), routes(&short));
    assert_eq!(
        routes(&short),
        ("/api".to_owned(), "/h".to_owned(), 1, Some(1))
    );
}

#[test]
fn keyed_maps_stand_under_the_singular_in_kdl_only() {
    let (manifest, found) = read_as(
        "version 1\nname \"shop\"\ndomain \"a.b\"\nservice \"api\" {\n  image \"a:1\"\n}\ndatabase \"db\" engine=\"postgres\"\n",
        Syntax::Kdl,
    );
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(manifest.expect("a manifest").nodes().count(), 2);
    finds(
        &with("service: { api: { image: a:1 } }\n"),
        &["4:1 <service> PV0101 `service` is no key of a manifest"],
    );
}

#[test]
fn twelve_mistakes_are_twelve_findings() {
    let text = "version: 1
name: Shop
domain: shop.example.com
services:
  api: { image: app:1, port: 80800, health: healthz }
  web: { build: web, image: web:1, uses: api }
  x_y: { image: app:1, env: { A: '${nope}' } }
workers:
  w: { from: api, command: [], sise: small }
crons:
  c: { from: api, schedule: \"61 * * * *\" }
databases:
  db: { engine: postgres, storage: 1, seed: {} }
preview: { idle: never }
";
    let (_, found) = read(text);
    let short: Vec<&str> = found
        .iter()
        .map(|f| f.split(' ').next().expect("a place"))
        .collect();
    assert_eq!(
        short,
        [
            "2:7", "5:30", "5:45", "6:22", "7:3", "7:35", "9:28", "9:32", "11:29", "13:36",
            "13:39", "14:18"
        ],
        "{found:#?}"
    );
}
