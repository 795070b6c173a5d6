//! Files, objects, stages, routes, findings.

use std::collections::BTreeMap;

use super::*;
use crate::artifact::Mode;

#[test]
fn every_object_of_the_files_is_recorded_with_its_stage_and_removal() {
    let out = lower(&environment(), KubernetesSettings::default());
    assert_eq!(out.findings(), []);
    let table = |rows: &mut Vec<String>| {
        rows.sort();
        rows.join("\n")
    };
    let mut read: Vec<String> = objects(&out)
        .iter()
        .map(|o| {
            let (kind, meta) = (o["kind"].as_str().unwrap(), &o["metadata"]);
            format!(
                "{} {kind} {}",
                meta["annotations"]["argocd.argoproj.io/sync-wave"].as_str().unwrap(),
                meta["name"].as_str().unwrap()
            )
        })
        .collect();
    let mut recorded: Vec<String> =
        out.objects().iter().map(|o| format!("{} {} {}", o.stage as u8, o.kind, o.name)).collect();
    assert_eq!(table(&mut read), table(&mut recorded));
    snapshot("objects", &table(&mut recorded));
    let steps: Vec<&str> = out.teardown_steps().iter().map(|step| step.name.as_str()).collect();
    for object in out.objects() {
        match &object.removal {
            crate::artifact::Removal::Step(step) => assert!(steps.contains(&step.as_str())),
            crate::artifact::Removal::Within { kind, name } => {
                assert!(out.objects().iter().any(|o| o.kind == *kind && o.name == *name && o.namespace.is_none()));
            }
        }
    }
}

#[test]
fn stages_apply_in_order_and_teardown_asks_for_the_owner() {
    let out = lower(&environment(), KubernetesSettings::default());
    let line = |argv: &Vec<String>| argv.join(" ");
    let mut lines = Vec::new();
    for stage in out.stages() {
        lines.extend(stage.run.iter().map(line).map(|l| format!("{} run: {l}", stage.name.as_str())));
        lines.extend(stage.wait.iter().map(line).map(|l| format!("{} wait: {l}", stage.name.as_str())));
    }
    for step in out.teardown_steps() {
        lines.extend(step.run.iter().map(line).map(|l| format!("{} run: {l}", step.name)));
        lines
            .extend(step.sweep.iter().map(|s| format!("{} sweep: {} | {}", step.name, line(&s.list), line(&s.remove))));
        lines.extend(step.verify.iter().map(line).map(|l| format!("{} verify: {l}", step.name)));
    }
    snapshot("stages", &lines.join("\n"));
}

#[test]
fn secrets_stand_in_private_files_only() {
    let environment = environment();
    let out = lower(&environment, KubernetesSettings::default());
    let vault = vault(&environment, KEY);
    let password = vault.values().next().unwrap();
    let encoded = base64::encode(password.as_bytes());
    let mut private = 0;
    for file in out.files() {
        let text = std::str::from_utf8(&file.contents).unwrap();
        if text.contains(password) || text.contains(&encoded) {
            assert_eq!(file.mode, Mode::Private, "{}", file.path);
            private += 1;
        }
    }
    assert_eq!(private, 2);
    let secret = find(&out, "Secret", "api");
    assert!(secret.get("stringData").is_none());
    assert_eq!(
        secret["data"]["DATABASE_URL"],
        base64::encode(format!("postgresql://shop:{password}@db:5432/shop").as_bytes())
    );
}

#[test]
fn the_render_is_the_same_on_all_objects_and_changes_with_what_is_dropped() {
    let render = |environment: &Environment| {
        let mut renders: Vec<String> = objects(&lower(environment, KubernetesSettings::default()))
            .iter()
            .map(|o| o["metadata"]["labels"][object::RENDER].as_str().unwrap().to_owned())
            .collect();
        renders.dedup();
        assert_eq!(renders.len(), 1);
        renders.remove(0)
    };
    let mut smaller = environment();
    assert_eq!(render(&smaller), render(&environment()));
    smaller.processes.remove(2);
    assert_ne!(render(&smaller), render(&environment()));
}

#[test]
fn what_kubernetes_cannot_take_is_found() {
    let codes = |change: &dyn Fn(&mut Environment), settings: KubernetesSettings| {
        let mut environment = environment();
        change(&mut environment);
        let out = lower(&environment, settings);
        out.findings().iter().map(|f| f.diagnostic.code.id()).collect::<Vec<_>>()
    };
    let large = |names: &'static [&str], kib: usize| {
        move |e: &mut Environment| {
            let value = Value::text("x".repeat(kib << 10));
            e.processes[1].env.extend(names.iter().map(|name| variable(name, value.clone())));
        }
    };
    assert_eq!(codes(&large(&["A", "B", "C"], 67), KubernetesSettings::default()), ["PV0511"]);
    assert_eq!(codes(&large(&["A"], 128), KubernetesSettings::default()), ["PV0523"]);
    let taken = KubernetesSettings { tls: Tls::Secret("api".into()), ..KubernetesSettings::default() };
    assert_eq!(codes(&|_| {}, taken), ["PV0515"]);
    let direct = KubernetesSettings { routing: Routing::Ingress, ..KubernetesSettings::default() };
    assert_eq!(codes(&|_| {}, direct), ["PV0512"]);
    let capability = |e: &mut Environment| e.processes[0].capabilities.push("SYS_ADMIN".into());
    assert_eq!(codes(&capability, KubernetesSettings::default()), ["PV0513"]);
    let route = KubernetesSettings { door: Door::HttpRoute, ..KubernetesSettings::default() };
    assert_eq!(codes(&|_| {}, route), ["PV0514"]);
}

#[test]
fn routes_lead_to_the_gateway_or_straight_to_the_services() {
    let parent = ParentRef { name: "shared".into(), namespace: Some("gateways".into()), section: None };
    let with = |routing, door, tls| KubernetesSettings {
        routing,
        door,
        tls,
        class: Some("nginx".into()),
        gateway: Some(parent.clone()),
        ..KubernetesSettings::default()
    };
    let cases = [
        ("gateway_ingress", with(Routing::Gateway, Door::Ingress, Tls::Issuer("letsencrypt".into()))),
        ("gateway_http_route", with(Routing::Gateway, Door::HttpRoute, Tls::External)),
        ("direct_ingress", with(Routing::Ingress, Door::Ingress, Tls::Secret("wildcard".into()))),
        ("direct_http_route", with(Routing::GatewayApi, Door::Ingress, Tls::None)),
    ];
    let mut all = String::new();
    for (name, settings) in cases {
        let direct = matches!(settings.routing, Routing::Ingress | Routing::GatewayApi);
        let out = lower(&environment(), settings);
        let routes = text(&out, "manifests/50-routes.yaml");
        let (_, spec) = routes.split_once("sync-wave").unwrap();
        all.push_str(&format!("{name}:{}\n", spec.split_once('\n').unwrap().1.trim_end()));
        assert_eq!(direct, !out.objects().iter().any(|o| o.kind == "Deployment" && o.name == "gateway"), "{name}");
    }
    snapshot("routes", &all);
}

#[test]
fn thousands_of_hosts_are_spread_over_several_objects() {
    let mut environment = environment();
    let host = |n: usize| format!("s{n}-pr-142.shop.preview.example.com");
    environment.hosts.names = (0..2000).map(host).collect();
    let route = environment.hosts.routes.remove(0);
    environment.hosts.routes = (0..2000).map(|n| Route { host: host(n), strip: false, ..route.clone() }).collect();
    for routing in [Routing::Gateway, Routing::Ingress] {
        let out = lower(&environment, KubernetesSettings { routing, ..KubernetesSettings::default() });
        assert_eq!(out.findings(), []);
        let ingresses = objects(&out).into_iter().filter(|o| o["kind"] == "Ingress");
        let hosts: usize = ingresses.map(|o| o["spec"]["rules"].as_array().unwrap().len()).sum();
        assert_eq!(hosts, 2000);
    }
}

#[test]
fn secrets_of_other_namespaces_are_copied_once_by_the_script_and_by_the_stages() {
    let with = |tls: (&str, &str), registry: (Option<&str>, &str)| KubernetesSettings {
        tls: Tls::CopyFrom { namespace: tls.0.into(), name: tls.1.into() },
        pull_secret: Some(SecretRef { namespace: registry.0.map(str::to_owned), name: registry.1.into() }),
        ..KubernetesSettings::default()
    };
    for (tls, registry, copied) in [
        (
            ("ingress-nginx", "wildcard"),
            (Some("ci"), "registry"),
            &[("ci", "registry"), ("ingress-nginx", "wildcard")][..],
        ),
        (("shared", "all"), (Some("shared"), "all"), &[("shared", "all")]),
        (("shared", "wildcard"), (None, "registry"), &[("shared", "wildcard")]),
    ] {
        let out = lower(&environment(), with(tls, registry));
        assert_eq!(out.findings(), []);
        let copies: Vec<&str> = text(&out, "up.sh").lines().filter(|line| line.starts_with("copy ")).collect();
        let outputs: Vec<&str> = out.stages()[0].outputs.iter().map(|output| output.file.as_str()).collect();
        assert_eq!((copies.len(), outputs.len()), (copied.len(), copied.len()));
        let config = &out.stages()[1];
        assert_eq!(config.name, copies::STAGE);
        for (index, (namespace, name)) in copied.iter().enumerate() {
            let read = format!("copy {namespace}/{name} kubectl get secret {name} --namespace {namespace} --output ");
            assert!(copies[index].starts_with(&read), "{}", copies[index]);
            assert_eq!(outputs[index], format!("handoff/shop-pr-142.kubernetes.{name}.yaml"));
            assert_eq!(config.run[index].last().unwrap(), &format!("../handoff/shop-pr-142.kubernetes.{name}.yaml"));
            let recorded = out.objects().iter().filter(|o| o.kind == "Secret" && o.name == *name);
            assert_eq!(recorded.map(|o| o.stage).collect::<Vec<_>>(), [copies::STAGE]);
        }
    }
    for registry in [(Some("ci"), "all"), (None, "all")] {
        let out = lower(&environment(), with(("ingress-nginx", "all"), registry));
        assert_eq!(out.findings().iter().map(|f| f.diagnostic.code.id()).collect::<Vec<_>>(), ["PV0515"]);
    }
}

#[test]
fn files_have_their_modes() {
    let out = lower(&environment(), KubernetesSettings::default());
    let modes: BTreeMap<&str, Mode> = out.files().iter().map(|file| (file.path.as_str(), file.mode)).collect();
    let expected = BTreeMap::from([
        ("Kustomization", Mode::Public),
        ("down.sh", Mode::Script),
        ("manifests/00-namespace.yaml", Mode::Public),
        ("manifests/10-config.yaml", Mode::Private),
        ("manifests/20-data.yaml", Mode::Public),
        ("manifests/30-prepare.yaml", Mode::Public),
        ("manifests/40-services.yaml", Mode::Public),
        ("manifests/50-routes.yaml", Mode::Public),
        ("manifests/60-limits.yaml", Mode::Public),
        ("secrets/masks", Mode::Private),
        ("up.sh", Mode::Script),
    ]);
    assert_eq!(modes, expected);
}
