//! The JSON Schema and the decoder say the same of a manifest, and the decoder says the same in every syntax.
//!
//! The corpus is made from the description itself: for every place of the manifest one that is sound there, and one for
//! each way to spoil it; and some are written by hand, whose verdict is stated. What only the decoder can see (equal
//! names of nodes, schedules that never fire, ranges that run backwards) is not part of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "tests may panic, print and touch the disk"
)]

use std::collections::BTreeMap;

use previewc::diagnostics::{Diagnostic, Severity, Sink};
use previewc::manifest;
use previewc::shape::{FieldShape, RecordShape, Rule, Shape};
use previewc::source::SourceMap;
use previewc::syntax::{Syntax, parse};
use serde_json::{Map, Value as Json, json};

#[test]
fn schema_and_decoder_agree_on_every_place_of_the_manifest() {
    let judge = Judge::new();
    let shape = manifest::shape();
    let mut places = Vec::new();
    places_of(&shape, &mut Vec::new(), &mut places);
    let (mut sound, mut spoilt) = (0, 0);
    for place in &places {
        let here = at(&shape, place);
        let mut values = vec![sample(here, None)];
        values.extend(variants(here));
        for value in values {
            let text = build(&shape, place, value);
            if judge.agree(&text) {
                sound += 1;
            } else {
                spoilt += 1;
            }
        }
    }
    assert!(places.len() > 300, "{} places", places.len());
    assert!(sound > 500 && spoilt > 1500, "{sound} sound, {spoilt} spoilt");
}

#[test]
fn every_place_has_a_sound_sample() {
    let judge = Judge::new();
    let shape = manifest::shape();
    let mut places = Vec::new();
    places_of(&shape, &mut Vec::new(), &mut places);
    for place in &places {
        let text = build(&shape, place, sample(at(&shape, place), None));
        assert!(judge.agree(&text), "{place:?}\n{text:#}");
    }
}

#[test]
fn examples_in_the_description_are_sound() {
    let judge = Judge::new();
    let shape = manifest::shape();
    let mut places = Vec::new();
    places_of(&shape, &mut Vec::new(), &mut places);
    let mut count = 0;
    for place in &places {
        let Some((Step::Key(key), parent)) = place.split_last() else {
            continue;
        };
        let Shape::Record(record) = at(&shape, parent) else {
            continue;
        };
        let field = field(record, key);
        let examples = field.doc.examples.iter().chain(&record_examples(&field.shape)).cloned().collect::<Vec<_>>();
        for example in examples.into_iter().chain(field.doc.default.clone()) {
            let text = build(&shape, place, example);
            assert!(judge.agree(&text), "{place:?}\n{text:#}");
            count += 1;
        }
    }
    assert!(count > 100, "{count} examples");
}

#[test]
fn schema_and_decoder_agree_on_manifests_written_by_hand() {
    let judge = Judge::new();
    for (good, list) in [(true, GOOD), (false, BAD)] {
        for lines in list {
            let mut text = json!({ "version": 1, "name": "shop", "domain": "shop.example.com" });
            let more: Json = serde_json::from_str(lines).expect("JSON");
            text.as_object_mut().expect("a record").extend(more.as_object().expect("a record").clone());
            assert_eq!(judge.agree(&text), good, "{text:#}");
        }
    }
}

const GOOD: &[&str] = &[
    r#"{}"#,
    r#"{"name": 123}"#,
    r#"{"domain": "localhost"}"#,
    r#"{"services": {"a": {"image": "a", "port": 1}}}"#,
    r#"{"services": {"a": {"build": {"context": ".", "args": {"A": 1}}, "ports": {"http": 80, "x-1": 81}}}}"#,
    r#"{"services": {"a": {"from": "b", "uses": "c", "command": "run", "args": []}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": "", "B": 1.5, "C": true, "D": "$${x} $y ${vars.z} $$$${"}}}}"#,
    r#"{"services": {"a": {"image": "a", "route": ["/", {"host": "x"}, {"path": "/y", "strip": true}]}}}"#,
    r#"{"services": {"a": {"image": "a", "health": {"command": "x"}, "size": {"cpu": 0.5}}}}"#,
    r#"{"services": {"a": {"image": "localhost:5000/a/b:c", "size": {"cpu": "250m", "memory": "1Gi"}, "user": 0}}}"#,
    r#"{"crons": {"c": {"image": "a", "schedule": "*/5 1-3,7 * JAN-dec sun"}}}"#,
    r#"{"databases": {"d": {"engine": "any", "option": {"deep": [1, {"x": "${vars.y}"}]}}}}"#,
    r#"{"databases": {"d": {"engine": "postgres", "version": 16, "isolation": {"on": "s"}, "storage": "2Ti"}}}"#,
    r#"{"databases": {"d": {"engine": "postgres", "seed": {"sql": ["a.sql", "b.sql"]}}}}"#,
    r#"{"databases": {"d": {"engine": "postgres", "isolation": {"branch": "neon", "project": "p"}}}}"#,
    r#"{"queues": {"q": {"engine": "rabbitmq", "queues": "one", "max_retries": 0, "ttl": "1h"}}}"#,
    r#"{"caches": {"c": {"engine": "redis", "maxmemory": "64mb"}}}"#,
    r#"{"external": {"s": {"url": "https://x", "reason": "r", "secrets": {"api-key": "k"}}}}"#,
    r#"{"secrets": {"a": {"store": "env"}, "b": {"generate": 8}, "c": {"store": "aws", "path": "p"}}}"#,
    r#"{"vars": {"A": "", "b": 1, "c": false}}"#,
    r#"{"targets": {"terraform": {"platform": "docker", "backend": {"kind": "s3", "settings": {"bucket": "b"}}}}}"#,
    r#"{"targets": {"kubernetes": {"gateway": "shared", "tls": {"issuer": "x"}, "annotations": {"a.b/c": "d"}}}}"#,
    r#"{"preview": {"access": {"allow": ["10.0.0.0/8", "::/0"]}, "trigger": {"forks": "never"}}}"#,
];

const BAD: &[&str] = &[
    r#"{"targets": {"terraform": {"platform": "aws", "anything": ["x"]}}}"#,
    r#"{"version": 2}"#,
    r#"{"version": "1"}"#,
    r#"{"name": "Shop"}"#,
    r#"{"name": null}"#,
    r#"{"domain": "*.x"}"#,
    r#"{"extra": 1}"#,
    r#"{"services": {"A": {"image": "a"}}}"#,
    r#"{"services": {"a--b": {"image": "a"}}}"#,
    r#"{"services": {"a": {}}}"#,
    r#"{"services": {"a": null}}"#,
    r#"{"services": {"a": {"image": "a", "build": "b"}}}"#,
    r#"{"services": {"a": {"image": "a", "port": 1, "ports": {"b": 2}}}}"#,
    r#"{"services": {"a": {"image": "a", "port": "1"}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": null}}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A-B": "x"}}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": "${x}"}}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": "${a.b.c.d}"}}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": "${a.b"}}}}"#,
    r#"{"services": {"a": {"image": "a", "env": {"A": "x${"}}}}"#,
    r#"{"services": {"a": {"image": "a", "route": "x"}}}"#,
    r#"{"services": {"a": {"image": "a", "route": {"strip": true}}}}"#,
    r#"{"services": {"a": {"image": "a", "size": {}}}}"#,
    r#"{"services": {"a": {"image": "a", "health": {"tcp": 1, "command": "x"}}}}"#,
    r#"{"services": {"a": {"image": "a", "command": []}}}"#,
    r#"{"workers": {"w": {"image": "a", "route": "/"}}}"#,
    r#"{"crons": {"c": {"image": "a"}}}"#,
    r#"{"crons": {"c": {"image": "a", "schedule": "* * * *"}}}"#,
    r#"{"crons": {"c": {"image": "a", "schedule": "60 * * * *"}}}"#,
    r#"{"databases": {"d": {"version": "1"}}}"#,
    r#"{"databases": {"d": {"engine": "x", "queues": ["a"]}}}"#,
    r#"{"databases": {"d": {"engine": "x", "option": null}}}"#,
    r#"{"databases": {"d": {"engine": "x", "option": "${"}}}"#,
    r#"{"databases": {"d": {"engine": "x", "migrate": {"from": "a"}}}}"#,
    r#"{"databases": {"d": {"engine": "x", "isolation": {"branch": "planetscale", "database": "d"}}}}"#,
    r#"{"caches": {"c": {"engine": "x", "migrate": {"from": "a", "command": "b"}}}}"#,
    r#"{"external": {"s": {"url": "https://x"}}}"#,
    r#"{"secrets": {"a": {"store": "vault"}}}"#,
    r#"{"secrets": {"a": {"store": "env", "generate": 8}}}"#,
    r#"{"secrets": {"a": {"generate": 7}}}"#,
    r#"{"vars": {"A": "${vars.B}"}}"#,
    r#"{"preview": {"ttl": 3}}"#,
    r#"{"preview": {"access": {"allow": "10.0.0.0"}}}"#,
    r#"{"targets": {"kubernetes": {"tls": {"secret": "x", "issuer": "y"}}}}"#,
    r#"{"targets": {"compose": {"ports": "1"}}}"#,
    r#"{"targets": {"terraform": {"platform": "docker", "backend": {"kind": "ftp"}}}}"#,
];

/// Both judges.
struct Judge(jsonschema::Validator);

impl Judge {
    fn new() -> Judge {
        Judge(jsonschema::validator_for(&manifest::schema()).expect("a schema"))
    }

    /// The verdict; panics where the two differ, or where the same manifest in another syntax gives other findings.
    fn agree(&self, text: &Json) -> bool {
        let findings = findings(&text.to_string(), Syntax::Json);
        let decoder = findings.is_empty();
        let schema = self.0.is_valid(text);
        let errors: Vec<String> = self.0.iter_errors(text).map(|e| format!("{} {e}", e.instance_path())).collect();
        assert_eq!(decoder, schema, "decoder: {findings:#?}\nschema: {errors:#?}\n{text:#}");
        let yaml = self::findings(&text.to_string(), Syntax::Yaml);
        assert_eq!(findings, yaml, "JSON and YAML\n{text:#}");
        if let Json::Object(root) = text {
            let text = kdl(root, 0);
            let kdl = self::findings(&text, Syntax::Kdl);
            assert_eq!(findings, kdl, "JSON and KDL\n{text}");
        }
        decoder
    }
}

/// The decoder's errors: code, message, and the key where it is about one.
fn findings(text: &str, syntax: Syntax) -> Vec<String> {
    let mut map = SourceMap::new();
    let file = map.add("preview", text);
    let mut sink = Sink::new();
    if let Some(root) = parse(&map, file, syntax, &mut sink) {
        manifest::decode(&map, &root, &mut sink);
    }
    // Keys are marked alike in every syntax; an empty value has no place of its own in KDL.
    let about_keys = ["PV0101", "PV0105", "PV0108", "PV0115"];
    let show = |d: &Diagnostic| {
        let marked = d.primary.as_ref().map_or("", |label| map.snippet(label.span));
        let marked = if about_keys.contains(&d.code.id()) { marked.trim_matches('"') } else { "" };
        format!("{} {} {marked}", d.code.id(), d.message)
    };
    let mut all: Vec<String> = sink.found().iter().filter(|d| d.severity == Severity::Error).map(show).collect();
    all.sort();
    all
}

/// The same in KDL, with every list and map marked as such.
fn kdl(map: &Map<String, Json>, depth: usize) -> String {
    map.iter().map(|(key, value)| node(&json!(key).to_string(), value, depth)).collect()
}

fn node(name: &str, value: &Json, depth: usize) -> String {
    let indent = "    ".repeat(depth);
    match value {
        Json::Null => format!("{indent}{name} #null\n"),
        Json::Bool(value) => format!("{indent}{name} #{value}\n"),
        Json::Number(_) | Json::String(_) => format!("{indent}{name} {value}\n"),
        Json::Array(items) if items.is_empty() => format!("{indent}(array){name}\n"),
        Json::Array(items) => {
            let items: String = items.iter().map(|item| node("-", item, depth + 1)).collect();
            format!("{indent}(array){name} {{\n{items}{indent}}}\n")
        }
        Json::Object(map) => format!("{indent}(object){name} {{\n{}{indent}}}\n", kdl(map, depth + 1)),
    }
}

/// One step from a value to one inside it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    Key(&'static str),
    Entry,
    Item,
    Arm(usize),
}

/// Every place of a shape, as a way from its root.
fn places_of(shape: &Shape, way: &mut Vec<Step>, out: &mut Vec<Vec<Step>>) {
    out.push(way.clone());
    let mut go = |step: Step, shape: &Shape, out: &mut Vec<Vec<Step>>| {
        way.push(step);
        places_of(shape, way, out);
        way.pop();
    };
    match shape {
        Shape::Leaf(_) | Shape::Data => {}
        Shape::List { item, .. } => go(Step::Item, item, out),
        Shape::Map { value, .. } => go(Step::Entry, value, out),
        Shape::OneOf(one) => one.arms.iter().enumerate().for_each(|(i, arm)| go(Step::Arm(i), arm, out)),
        Shape::Record(record) => {
            for field in belonging(record) {
                go(Step::Key(field.key), &field.shape, out);
            }
        }
    }
}

fn at<'s>(shape: &'s Shape, way: &[Step]) -> &'s Shape {
    let Some((step, rest)) = way.split_first() else {
        return shape;
    };
    match (shape, step) {
        (Shape::List { item, .. }, Step::Item) => at(item, rest),
        (Shape::Map { value, .. }, Step::Entry) => at(value, rest),
        (Shape::OneOf(one), Step::Arm(i)) => at(&one.arms[*i], rest),
        (Shape::Record(record), Step::Key(key)) => at(&field(record, key).shape, rest),
        _ => panic!("{step:?} leads nowhere"),
    }
}

fn field<'s>(record: &'s RecordShape, key: &str) -> &'s FieldShape {
    record.fields.iter().find(|f| f.key == key).expect("a field")
}

fn belonging(record: &RecordShape) -> impl Iterator<Item = &FieldShape> {
    record.fields.iter().filter(|f| !record.refused.iter().any(|(key, _)| *key == f.key))
}

/// A smallest sound value, with one key in it where it is wanted.
fn sample(shape: &Shape, want: Option<&str>) -> Json {
    match shape {
        Shape::Leaf(leaf) => match leaf.choices.first() {
            Some((word, _)) => json!(word),
            None => candidate(&leaf.schema),
        },
        Shape::Data => json!("text"),
        Shape::List { item, .. } => json!([sample(item, None)]),
        Shape::Map { key, value } => {
            json!({ candidate(&key.schema).as_str().expect("a name"): sample(value, None) })
        }
        Shape::OneOf(one) => sample(&one.arms[0], None),
        Shape::Record(record) => {
            let mut keys: Vec<&str> = belonging(record).filter(|f| f.required).map(|f| f.key).collect();
            keys.extend(want.filter(|key| !keys.contains(key)));
            for rule in record.rules {
                match *rule {
                    Rule::ExactlyOne(group) | Rule::AtLeastOne(group) => {
                        if !group.iter().any(|key| keys.contains(key)) {
                            keys.push(group[0]);
                        }
                    }
                    Rule::Needs(first, second) => {
                        if keys.contains(&first) && !keys.contains(&second) {
                            keys.push(second);
                        }
                    }
                    Rule::AtMostOne(_) | Rule::NeedsIf(..) => {}
                }
            }
            let mut out: Map<String, Json> =
                keys.iter().map(|key| ((*key).to_owned(), sample(&field(record, key).shape, None))).collect();
            for rule in record.rules {
                if let Rule::NeedsIf(first, word, third) = *rule
                    && out.get(first) == Some(&json!(word))
                {
                    out.entry(third).or_insert_with(|| sample(&field(record, third).shape, None));
                }
            }
            Json::Object(out)
        }
    }
}

/// A value that fits a scalar's schema.
fn candidate(schema: &Json) -> Json {
    thread_local! {
        static KNOWN: std::cell::RefCell<BTreeMap<String, Json>> = const { std::cell::RefCell::new(BTreeMap::new()) };
    }
    let text = schema.to_string();
    if let Some(known) = KNOWN.with_borrow(|known| known.get(&text).cloned()) {
        return known;
    }
    let digest = "0123456789abcdef".repeat(4);
    let texts = [
        "api",
        "A",
        "/x",
        "10.0.0.0/8",
        "127.0.0.1",
        "3d",
        "512Mi",
        "20000-29999",
        "0 6 * * *",
        "250m",
        &digest,
        "eu-west-1",
        "subnet-0a1b2c3d",
        "arn:aws:iam::123456789012:policy/x",
        "Z0123456789ABC",
        "db.t4g.micro",
        "cache.t4g.micro",
    ];
    let judge = jsonschema::validator_for(schema).expect("a schema");
    let numbers = [1, 8, 16, 100].map(Json::from);
    let all = texts.map(Json::from).into_iter().chain(numbers).chain([json!(true)]);
    let found = all.into_iter().find(|value| judge.is_valid(value));
    let found = found.unwrap_or_else(|| panic!("nothing fits {schema}"));
    KNOWN.with_borrow_mut(|known| known.insert(text, found.clone()));
    found
}

/// A manifest that holds a value in one place and is smallest otherwise.
fn build(shape: &Shape, way: &[Step], value: Json) -> Json {
    let Some((step, rest)) = way.split_first() else {
        return value;
    };
    match (shape, step) {
        (Shape::List { item, .. }, Step::Item) => json!([build(item, rest, value)]),
        (Shape::Map { key, value: inner }, Step::Entry) => {
            json!({ candidate(&key.schema).as_str().expect("a name"): build(inner, rest, value) })
        }
        (Shape::OneOf(one), Step::Arm(i)) => build(&one.arms[*i], rest, value),
        (Shape::Record(record), Step::Key(key)) => {
            let mut out = sample(shape, Some(key));
            out[*key] = build(&field(record, key).shape, rest, value);
            out
        }
        _ => panic!("{step:?} leads nowhere"),
    }
}

/// Other values for a place, most of them wrong.
fn variants(shape: &Shape) -> Vec<Json> {
    let mut out = vec![
        json!(null),
        json!([]),
        json!({}),
        json!([[]]),
        json!([null]),
        json!({ "zzz": 1 }),
        json!(true),
        json!(-1),
        json!(0),
        json!(70000),
        json!(99_999_999_999_u64),
        json!(1.5),
        json!(""),
        json!("text"),
        json!("Not a name!"),
        json!("two words"),
        json!("a/b/c"),
        json!("/"),
        json!("-"),
        json!("1"),
        json!("${a.b}"),
        json!("${a}"),
        json!("$${a"),
        json!("${a.b"),
        json!("a\nb"),
        json!("x".repeat(64)),
        json!("x".repeat(300)),
    ];
    if let Shape::Map { key, value } = shape {
        for name in ["", "A", "a b", "a-b", "a--b", "a_b", "1", "${x}", "a.b/c", &"a".repeat(31), &"a".repeat(64)] {
            out.push(json!({ name: sample(value, None) }));
        }
        let name = candidate(&key.schema);
        out.push(json!({ name.as_str().expect("a name"): null }));
    }
    if let Shape::Record(record) = shape {
        out.extend(spoilt_records(shape, record));
    }
    out
}

/// A record with each key taken away, each added, and each pair that a rule speaks of.
fn spoilt_records(shape: &Shape, record: &RecordShape) -> Vec<Json> {
    let base = sample(shape, None);
    let mut out = Vec::new();
    for key in base.as_object().expect("a record").keys() {
        let mut without = base.clone();
        without.as_object_mut().expect("a record").remove(key);
        out.push(without);
    }
    let mut add = base.clone();
    add["zzz_unknown"] = json!("x");
    out.push(add);
    for field in &record.fields {
        let mut with = base.clone();
        with[field.key] = sample(&field.shape, None);
        out.push(with);
    }
    for rule in record.rules {
        let (Rule::ExactlyOne(group) | Rule::AtMostOne(group) | Rule::AtLeastOne(group)) = rule else {
            continue;
        };
        let all: BTreeMap<&str, Json> =
            group.iter().map(|key| (*key, sample(&field(record, key).shape, None))).collect();
        let mut every = base.clone();
        every.as_object_mut().expect("a record").extend(all.into_iter().map(|(key, value)| (key.to_owned(), value)));
        out.push(every);
    }
    out
}

/// The examples of the record or alternatives that a place holds, or holds by name or in a list.
fn record_examples(shape: &Shape) -> Vec<Json> {
    match shape {
        Shape::Record(record) => record.doc.examples.clone(),
        Shape::OneOf(one) => one.arms.iter().flat_map(record_examples).chain(one.doc.examples.clone()).collect(),
        Shape::List { item, .. } => record_examples(item),
        Shape::Map { key, value } => {
            let name = candidate(&key.schema);
            let name = name.as_str().expect("a name");
            record_examples(value).into_iter().map(|example| json!({ name: example })).collect()
        }
        Shape::Leaf(_) | Shape::Data => Vec::new(),
    }
}
