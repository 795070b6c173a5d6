//! Keys and kinds of values.

use super::*;

#[test]
fn keys_are_known_needed_and_given_once() {
    finds(&with("services:\n  api: { imagee: app:1 }\n"), &["5:10 <imagee> PV0101 `imagee` is no key of a service"]);
    finds(
        &with("serivces: {}\nzzz: 1\n"),
        &["4:1 <serivces> PV0101 `serivces` is no key of a manifest", "5:1 <zzz> PV0101 `zzz` is no key of a manifest"],
    );
    finds("version: 1\nname: shop\n", &["1:1 <> PV0102 the file has no `domain`"]);
    finds(&with("databases:\n  db: { version: 16 }\n"), &["5:3 <db> PV0102 `db` has no `engine`"]);
    finds(&with("databases:\n  db: { engin: postgres }\n"), &["5:9 <engin> PV0101 `engin` is no key of a database"]);
    finds(&with("services:\n  api: { port: 80 }\n"), &["5:3 <api> PV0102 `api` has none of `from`, `build`, `image`"]);
    finds(&service("build: api"), &["5:24 <build> PV0108 a service has either `image` or `build`, not both"]);
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
    finds(&service("port: \"8080\""), &["5:30 <\"8080\"> PV0103 `port` must be a port from 1 to 65535, not `8080`"]);
    finds(
        &service("port: [80, 81]"),
        &["5:30 <[80, 81]> PV0103 `port` must be a port from 1 to 65535, but this is a list"],
    );
    finds(&service("port: 65536"), &["5:30 <65536> PV0106 `port`: 65536 is not from 1 to 65535"]);
    finds(&service("env: [A]"), &["5:29 <[A]> PV0103 `env` must be a record of named entries, but this is a list"]);
    finds(&service("env: { A: { b: c } }"), &["5:34 <{ b: c }> PV0103 `A` must be text, but this is a record"]);
    finds(
        &with("services: [api]\n"),
        &["4:11 <[api]> PV0103 `services` must be a record of named entries, but this is a list"],
    );
    finds(&with("services: { api: nginx }\n"), &["4:18 <nginx> PV0103 `api` must be a service, but this is text"]);
    finds("- a\n", &["1:1 <- a> PV0103 the file must be a manifest, but this is a list"]);
    finds(
        &with("preview: { access: { basic_auth: yes } }\n"),
        &["4:34 <yes> PV0103 `basic_auth` must be true or false, not `yes`"],
    );
    finds(&service("replicas: 0"), &["5:34 <0> PV0106 `replicas`: 0 is not from 1 to 10"]);
    finds(&service("replicas: 1.5"), &["5:34 <1.5> PV0103 `replicas` must be a whole number, not `1.5`"]);
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
    finds(&with("services:\n  api:\n    image: app:1\n    env:\n      A:\n"), &["8:7 <A> PV0104 `A` has no value"]);
    finds(&with("services:\n"), &["4:1 <services> PV0104 `services` has no value"]);
    finds(&service("command: []"), &["5:33 <[]> PV0104 `command` is an empty list"]);
    finds(
        &service("image: \"\"").replacen("image: app:1, ", "", 1),
        &["5:17 <\"\"> PV0114 `image` must be an image, such as `ghcr.io/acme/api:1.2`, not empty"],
    );
    let (manifest, found) = read(&service("env: { A: \"\", B: no, C: 1.10, D: 0123, E: 2024-01-01, F: ~x }"));
    assert_eq!(found, Vec::<String>::new());
    let manifest = manifest.expect("a manifest");
    let api = manifest.services[0].body.as_ref().expect("a service");
    let texts: Vec<&str> = api.env.values().map(|t| t.as_text().expect("plain")).collect();
    assert_eq!(texts, ["", "no", "1.10", "0123", "2024-01-01", "~x"]);
}

#[test]
fn completion_knows_the_keys_and_words_of_a_place() {
    let shape = crate::manifest::shape();
    let at = |path: &[&str]| -> Vec<String> {
        let found = crate::shape::keys_at(&shape, path);
        assert!(found.iter().all(|c| !c.doc.is_empty()), "{path:?}");
        found.into_iter().map(|c| c.text).collect()
    };
    assert!(at(&[]).starts_with(&["version".to_owned(), "name".to_owned()]));
    assert_eq!(at(&["services"]), Vec::<String>::new());
    assert!(at(&["services", "api"]).contains(&"route".to_owned()));
    assert!(!at(&["crons", "x"]).contains(&"route".to_owned()));
    assert_eq!(at(&["services", "api", "route"]), ["path", "strip", "host"]);
    assert_eq!(at(&["services", "api", "size"]), ["nano", "small", "medium", "large", "cpu", "memory"]);
    assert!(at(&["databases", "db"]).contains(&"migrate".to_owned()));
    assert!(!at(&["caches", "c"]).contains(&"migrate".to_owned()));
    assert_eq!(at(&["nowhere", "x"]), Vec::<String>::new());
}

#[test]
fn a_short_form_takes_more_beside_it_in_kdl() {
    let kdl = "version 1\nname \"shop\"\ndomain \"a.b\"\nservice \"api\" {\n  build \"api\" target=\"prod\"\n  \
               route \"/api\" strip=#true\n  health \"/h\" port=9090\n}\n";
    let yaml = with(
        "services: { api: { build: { context: api, target: prod }, route: { path: /api, strip: true }, \
         health: { path: /h, port: 9090 } } }",
    );
    let service = |text: &str, syntax| {
        let (manifest, found) = read_as(text, syntax);
        assert_eq!(found, Vec::<String>::new());
        let api = manifest.expect("a manifest").services[0].body.clone().expect("a service");
        let build = api.build.expect("a build");
        let Some(crate::manifest::Health::Http(health)) = api.health else { panic!("a check over HTTP") };
        (
            build.context.value,
            build.target.map(|t| t.value),
            api.route[0].path.as_ref().map(|p| p.value.clone()),
            api.route[0].strip.as_ref().map(|s| s.value),
            health.path.value,
            health.port.map(|p| p.value),
        )
    };
    assert_eq!(service(kdl, Syntax::Kdl), service(&yaml, Syntax::Yaml));
}
