//! Pod templates and what makes them.

use super::*;

#[test]
fn one_deployment_shows_pods_whole() {
    let out = lower(&environment(), KubernetesSettings::default());
    let services = text(&out, "manifests/40-services.yaml");
    let deployment = services.split("---\n").find(|d| d.contains("kind: Deployment")).unwrap();
    // The render follows from every object there is.
    let render = objects(&out)[0]["metadata"]["labels"][object::RENDER].as_str().unwrap().to_owned();
    snapshot("deployment", &deployment.replace(&render, "RENDER"));
    snapshot("job", &text(&out, "manifests/30-prepare.yaml").replace(&render, "RENDER"));
}

#[test]
fn a_job_is_named_by_everything_in_it_and_by_nothing_else() {
    let name = |change: &dyn Fn(&mut Environment)| {
        let mut environment = environment();
        change(&mut environment);
        job_name(&lower(&environment, KubernetesSettings::default()))
    };
    let base = name(&|_| {});
    assert_eq!(base, name(&|e| e.processes[1].image = image("other:1")));
    assert_eq!(base, name(&|e| e.hosts = Hosts::default()));
    assert_ne!(base, name(&|e| e.sequences[0].steps[1].command = words(&["other"])));
    assert_ne!(base, name(&|e| e.sequences[0].steps[1].image = image("other:1")));
    let seed = |contents: &'static [u8]| {
        move |e: &mut Environment| {
            e.sequences[0].steps[0].files = vec![ConfigFile { path: "/seed.sql".into(), contents: contents.to_vec() }];
        }
    };
    assert_ne!(base, name(&seed(b"one")));
    assert_ne!(name(&seed(b"one")), name(&seed(b"two")));
    let environment = environment();
    let mut out = Lowered::new();
    Kubernetes { settings: KubernetesSettings::default() }.lower(
        &environment,
        &vault(&environment, b"another key, of 32 characters too"),
        &mut out,
    );
    assert_ne!(base, job_name(&out), "another password must reach the steps");
}

#[test]
fn changed_secrets_and_files_roll_the_pods_that_read_them_and_no_others() {
    let templates = |change: &dyn Fn(&mut Environment)| {
        let mut environment = environment();
        change(&mut environment);
        let out = lower(&environment, KubernetesSettings::default());
        ["api", "gateway"].map(|name| find(&out, "Deployment", name)["spec"]["template"].clone())
    };
    let base = templates(&|_| {});
    let config = templates(&|e| e.processes[3].files[0].contents = b":8080 {}\n".to_vec());
    assert_eq!(base[0], config[0]);
    assert_ne!(base[1], config[1]);
    let epoch = templates(&|e| e.scope.epoch = 1);
    assert_ne!(base[0], epoch[0]);
    assert_eq!(base[1], epoch[1]);
}

#[test]
fn hostile_text_is_written_so_that_expansion_gives_it_back() {
    let out = lower(&environment(), KubernetesSettings::default());
    let api = find(&out, "Deployment", "api");
    let container = &api["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["env"][1]["value"], "$$(X) é$$é");
    assert_eq!(container["args"], serde_json::json!(["--price=$$5$$$$", "$(DATABASE_URL)"]));
    // A kubelet expands probes, too.
    let db = find(&out, "StatefulSet", "db");
    let probe = &db["spec"]["template"]["spec"]["containers"][0]["readinessProbe"];
    assert_eq!(probe["exec"]["command"][2], "pg_isready -U \"$$POSTGRES_USER\"");
}

#[test]
fn what_kustomize_cannot_carry_travels_in_the_secret() {
    let mut environment = environment();
    environment.processes[1].args = words(&["plain", "$a\u{85}b", "\u{7f}"]);
    environment.processes[3].files[0].contents = "a\u{9f}\u{ffff}".into();
    let out = lower(&environment, KubernetesSettings::default());
    let container = &find(&out, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["args"], serde_json::json!(["plain", "$(PREVIEWC_ARGS_1_1)", "$(PREVIEWC_ARGS_1_2)"]));
    let data = &find(&out, "Secret", "api")["data"];
    assert_eq!(data["PREVIEWC_ARGS_1_1"], "JGHChWI=");
    assert_eq!(data["PREVIEWC_ARGS_1_2"], "fw==");
    let config = find(&out, "ConfigMap", "gateway");
    assert_eq!(config["binaryData"].as_object().unwrap().len(), 1);
    for item in ["manifests/10-config.yaml", "manifests/40-services.yaml"] {
        assert!(text(&out, item).chars().all(|c| !matches!(c, '\u{7f}'..='\u{9f}' | '\u{ffff}')));
    }
}

#[test]
fn the_quota_holds_two_renders_with_their_surge_and_never_less_than_the_floor() {
    let mut environment = environment();
    let hard = |environment: &Environment| {
        let out = lower(environment, KubernetesSettings::default());
        let hard = &find(&out, "ResourceQuota", "environment")["spec"]["hard"];
        ["pods", "services", "requests.cpu", "requests.memory"].map(|name| hard[name].as_str().unwrap().to_owned())
    };
    assert_eq!(hard(&environment), ["100", "100", "16", "32Gi"]);
    // db 1, api 50 + 1, digest 1, gateway 1 + 1, db-prepare 1: 56 pods, of which 55 with 512 MiB and one with 128.
    environment.processes[1].replicas = 50;
    assert_eq!(hard(&environment), ["112", "100", "16", &format!("{}Mi", 2 * (55 * 512 + 128))]);
}

#[test]
fn binary_files_and_unknown_users() {
    let mut environment = environment();
    environment.processes[3].files.push(ConfigFile { path: "/a b/ü".into(), contents: vec![0xff, 0] });
    let out = lower(&environment, KubernetesSettings::default());
    let config = find(&out, "ConfigMap", "gateway");
    assert_eq!(config["binaryData"], serde_json::json!({ "1-_": "/wA=" }));
    let security = &find(&out, "Deployment", "api")["spec"]["template"]["spec"]["containers"][0]["securityContext"];
    assert_eq!(*security, serde_json::json!({ "allowPrivilegeEscalation": false }));
}

#[test]
fn storage_and_commands_before_the_start_stand_beside_the_process() {
    let mut environment = environment();
    let volume = |name: &str, path: &str| Volume { name: name.into(), path: path.into(), bytes: 1 << 30 };
    environment.processes[1].replicas = 1;
    environment.processes[1].volumes = vec![volume("api--var-a", "/var/a"), volume("api--b", "/b")];
    environment.processes[1].init = vec![words(&["warm", "up"]), words(&["bell\u{7}"])];
    environment.processes[1].files = vec![ConfigFile { path: "/etc/app".into(), contents: b"x".to_vec() }];
    let out = lower(&environment, KubernetesSettings::default());
    let deployment = find(&out, "Deployment", "api");
    // A second pod could not mount what the first one has.
    assert_eq!(deployment["spec"]["strategy"]["type"], "Recreate");
    let pod = &deployment["spec"]["template"]["spec"];
    for name in ["api--var-a", "api--b"] {
        find(&out, "PersistentVolumeClaim", name);
        let claims = pod["volumes"].as_array().unwrap();
        assert_eq!(claims.iter().filter(|v| v["persistentVolumeClaim"]["claimName"] == name).count(), 1);
    }
    let main = &pod["containers"][0];
    let before: Vec<&Json> =
        pod["initContainers"].as_array().unwrap().iter().filter(|c| c["image"] == main["image"]).collect();
    assert_eq!(before.len(), 2);
    assert_eq!(before[0]["command"], serde_json::json!(["warm", "up"]));
    for container in &before {
        assert_eq!(container["volumeMounts"], main["volumeMounts"]);
        assert!(container.get("readinessProbe").is_none() && container.get("ports").is_none());
    }
    // The one file stands in the ConfigMap once.
    assert_eq!(find(&out, "ConfigMap", "api")["data"].as_object().unwrap().len(), 1);
}
