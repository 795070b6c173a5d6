//! Names, words, amounts, references, short forms; and many mistakes at once.

use super::*;

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
        &["5:31 <1A> PV0105 `1A` is not a variable name: letters, digits and `_`, not a digit first"],
    );
    for (key, value) in
        [("name", "Shop"), ("domain", "\"*.example.com\""), ("domain", "a..b"), ("domain", "Example.com")]
    {
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
        &["5:30 <smal> PV0107 `size` must be one of `nano`, `small`, `medium`, `large`, not `smal`"],
    );
    finds(
        &with("databases: { db: { engine: postgres, isolation: dedicate } }\n"),
        &[
            "4:49 <dedicate> PV0107 `isolation` must be `dedicated`, or a record with `on`, `branch` or `cloud`, not `dedicate`",
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
    finds(&with("secrets: { a: { store: vault } }\n"), &["4:17 <store> PV0102 `store: vault` needs `path` beside it"]);
    finds(&with("secrets: { a: { generat: 12 } }\n"), &["4:17 <generat> PV0101 `generat` is no key of a secret"]);
    finds(&with("secrets: { a: { length: 12 } }\n"), &["4:12 <a> PV0102 `a` has none of `store` or `generate`"]);
}

#[test]
fn amounts_and_schedules_have_units_and_ranges() {
    finds(
        &with("preview: { ttl: 3 days }\n"),
        &["4:17 <3 days> PV0113 `ttl` must be a duration, such as `90m`, `2h` or `3d`, not `3 days`"],
    );
    finds(
        &service("size: { memory: 512 }"),
        &["5:40 <512> PV0113 `memory` must be an amount of memory, such as `512Mi` or `1Gi`, not `512`"],
    );
    let cron =
        |schedule: &str| with(&format!("crons:\n  c: {{ image: a:1, schedule: \"{schedule}\", uses: [nothing] }}\n"));
    finds(&cron("0 25 * * *"), &["5:30 <\"0 25 * * *\"> PV0111 `schedule`: `25` is no hour: it goes from 0 to 23"]);
    finds(
        &cron("0 6 30 2 *"),
        &["5:30 <\"0 6 30 2 *\"> PV0112 `schedule`: this schedule never fires: no month of `2` has a day of `30`"],
    );
    let (manifest, _) = read(&cron("nonsense"));
    let manifest = manifest.expect("a manifest");
    let slot = &manifest.crons[0];
    assert!(slot.wrong);
    assert_eq!(slot.body.as_ref().map(|c| c.uses.len()), Some(1), "the rest of the cron is still looked at");
}

#[test]
fn references_are_checked_where_they_stand() {
    finds(
        &service("env: { A: \"x ${services.api.url} ${bad} ${}\" }"),
        &["5:57 <${bad}> PV0109 `${bad}` is not a reference", "5:64 <${}> PV0109 `${}` is not a reference"],
    );
    finds(&service("env: { A: \"x ${services.api\" }"), &["5:37 <${services.api> PV0109 `${` is never closed"]);
    finds(&service("env: { A: \"${ vars.x }\" }"), &["5:35 <${ vars.x }> PV0109 `${ vars.x }` is not a reference"]);
    finds(
        &with("external: { s: { url: \"https://x\", reason: \"${vars.x}\" } }\n"),
        &["4:44 <\"${vars.x}\"> PV0109 `reason`: a reference cannot stand here"],
    );
    let (manifest, found) = read(&service("args: [\"a$b $${c} $ ${services.web.public_url}/x\"]"));
    assert_eq!(found, Vec::<String>::new());
    let manifest = manifest.expect("a manifest");
    let parts = &manifest.services[0].body.as_ref().expect("a service").args[0].parts;
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[0], crate::manifest::TemplatePart::Text("a$b ${c} $ ".to_owned()));
    assert_eq!(parts[2], crate::manifest::TemplatePart::Text("/x".to_owned()));
}

#[test]
fn short_forms_mean_the_long_ones() {
    let long = service("route: [{ path: /api }], health: { path: /h }, uses: [db], command: [run]");
    let short = service("route: /api, health: /h, uses: db, command: run");
    let routes = |text: &str| {
        let (manifest, found) = read(text);
        assert_eq!(found, Vec::<String>::new());
        let api = manifest.expect("a manifest").services[0].body.clone().expect("a service");
        let route = api.route[0].path.as_ref().expect("a path").value.clone();
        let Some(crate::manifest::Health::Http(health)) = api.health else { panic!("a check over HTTP") };
        (route, health.path.value, api.uses.len(), api.command.map(|c| c.len()))
    };
    assert_eq!(routes(&long), routes(&short));
    assert_eq!(routes(&short), ("/api".to_owned(), "/h".to_owned(), 1, Some(1)));
}

#[test]
fn keyed_maps_stand_under_the_singular_in_kdl_only() {
    let (manifest, found) = read_as(
        "version 1\nname \"shop\"\ndomain \"a.b\"\nservice \"api\" {\n  image \"a:1\"\n}\ndatabase \"db\" engine=\"postgres\"\n",
        Syntax::Kdl,
    );
    assert_eq!(found, Vec::<String>::new());
    assert_eq!(manifest.expect("a manifest").nodes().count(), 2);
    finds(&with("service: { api: { image: a:1 } }\n"), &["4:1 <service> PV0101 `service` is no key of a manifest"]);
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
    let short: Vec<&str> = found.iter().map(|f| f.split(' ').next().expect("a place")).collect();
    assert_eq!(
        short,
        ["2:7", "5:30", "5:45", "6:22", "7:3", "7:35", "9:28", "9:32", "11:29", "13:36", "13:39", "14:18"],
        "{found:#?}"
    );
}

#[test]
fn help_says_what_to_write() {
    let cases = [
        ("services: { api: { image: app:1, route: api } }", "write `/api`"),
        ("services: { api: { image: 'https://ghcr.io/a/b' } }", "write `ghcr.io/a/b`"),
        ("baseline: { name: staging, domain: '*.Example.com' }", "write `example.com`"),
        ("services: { apiServer: { image: app:1 } }", "write `api-server`"),
        ("services: { api: { image: app:1, size: smal } }", "write `small`"),
        ("services: { api: { image: app:1, port: '80' } }", "write 80 without quotes"),
        ("preview: { access: { noindex: 'on' } }", "write true, without quotes"),
        ("services: { api: { image: app:1, env: { A: '${ vars.a }' } } }", "write `${vars.a}`, without spaces"),
        ("services: { api: { image: app:1, prot: 80 } }", "did you mean `port`?"),
    ];
    for (lines, wanted) in cases {
        let mut map = SourceMap::new();
        let file = map.add("preview.yaml", with(lines));
        let mut sink = Sink::new();
        let root = parse(&map, file, Syntax::Yaml, &mut sink).expect("a tree");
        decode(&map, &root, &mut sink);
        let helps: Vec<_> = sink.found().iter().filter_map(|d| d.help.as_deref()).collect();
        assert_eq!(helps, [wanted], "{lines}");
    }
}
