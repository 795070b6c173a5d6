//! JSON Schema (draft 2020-12) from a shape.

use serde_json::{Map, Value as Json, json};

use super::model::{Doc, FieldShape, LeafShape, RecordShape, Rule, Shape};
use super::template;

/// The schema of a file whose root has this shape. Records and alternatives become definitions, each once.
pub fn schema(root: &Shape, id: &str, title: &str) -> Json {
    let mut defs = Map::new();
    let body = of(root, &mut defs);
    let mut out = Map::new();
    out.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
    out.insert("$id".into(), json!(id));
    out.insert("title".into(), json!(title));
    if let Json::Object(body) = body {
        out.extend(body);
    }
    out.insert("$defs".into(), Json::Object(defs));
    let mut out = Json::Object(out);
    out.sort_all_objects();
    out
}

fn of(shape: &Shape, defs: &mut Map<String, Json>) -> Json {
    match shape {
        Shape::Leaf(leaf) => scalar(leaf),
        Shape::List { item, min } => {
            let item = of(item, defs);
            let mut list = json!({ "type": "array", "items": item.clone() });
            if let (true, Some(list)) = (*min > 0, list.as_object_mut()) {
                list.insert("minItems".into(), json!(min));
            }
            json!({ "anyOf": [item, list] })
        }
        Shape::Map { key, value } => {
            let names = scalar(key);
            json!({ "type": "object", "propertyNames": names, "additionalProperties": of(value, defs) })
        }
        Shape::Record(shape) => {
            if !defs.contains_key(shape.name) {
                defs.insert(shape.name.to_owned(), Json::Null);
                let body = record(shape, defs);
                defs.insert(shape.name.to_owned(), body);
            }
            reference(shape.name)
        }
        Shape::OneOf(one) => {
            if !defs.contains_key(one.name) {
                defs.insert(one.name.to_owned(), Json::Null);
                let arms: Vec<Json> = one.arms.iter().map(|arm| of(arm, defs)).collect();
                let mut body = Map::new();
                describe(&one.doc, &mut body);
                body.insert("anyOf".into(), Json::Array(arms));
                defs.insert(one.name.to_owned(), Json::Object(body));
            }
            reference(one.name)
        }
        Shape::Data => {
            defs.entry("Data").or_insert_with(|| {
                let text = template::pattern(2, 3);
                json!({
                    "description": "Any value but null; its texts may hold references.",
                    "type": ["string", "number", "boolean", "array", "object"],
                    "pattern": text,
                    "items": reference("Data"),
                    "additionalProperties": reference("Data"),
                })
            });
            reference("Data")
        }
    }
}

fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A scalar; words with meanings become one `const` each, so that editors show the meanings.
fn scalar(leaf: &LeafShape) -> Json {
    if leaf.choices.len() < 2 {
        let mut out = leaf.schema.clone();
        if let (Some((_, doc)), Some(map)) = (leaf.choices.first(), out.as_object_mut()) {
            describe(doc, map);
        }
        return out;
    }
    let word = |(word, doc): &(&str, Doc)| {
        let mut out = Map::new();
        out.insert("const".into(), json!(word));
        describe(doc, &mut out);
        Json::Object(out)
    };
    json!({ "oneOf": leaf.choices.iter().map(word).collect::<Vec<_>>() })
}

fn record(shape: &RecordShape, defs: &mut Map<String, Json>) -> Json {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in &shape.fields {
        if let Some((_, home)) = shape.refused.iter().find(|(key, _)| *key == field.key) {
            properties.insert(field.key.into(), json!({ "not": {}, "description": format!("{home} only") }));
            continue;
        }
        if field.required {
            required.push(field.key);
        }
        let property = property(field, defs);
        properties.insert(field.key.into(), property);
    }
    let mut out = Map::new();
    out.insert("type".into(), json!("object"));
    describe(&shape.doc, &mut out);
    out.insert("properties".into(), Json::Object(properties));
    if !required.is_empty() {
        out.insert("required".into(), json!(required));
    }
    let rest = if shape.open { of(&Shape::Data, defs) } else { json!(false) };
    out.insert("additionalProperties".into(), rest);
    let rules: Vec<Json> = shape.rules.iter().flat_map(rule).collect();
    if !rules.is_empty() {
        out.insert("allOf".into(), Json::Array(rules));
    }
    let Some(short) = shape.short.and_then(|key| shape.fields.iter().find(|f| f.key == key)) else {
        return Json::Object(out);
    };
    let mut both = Map::new();
    describe(&shape.doc, &mut both);
    both.insert("anyOf".into(), json!([of(&short.shape, defs), out]));
    Json::Object(both)
}

fn property(field: &FieldShape, defs: &mut Map<String, Json>) -> Json {
    let mut out = match of(&field.shape, defs) {
        Json::Object(map) => map,
        _ => Map::new(),
    };
    describe(&field.doc, &mut out);
    Json::Object(out)
}

fn describe(doc: &Doc, out: &mut Map<String, Json>) {
    if !doc.text.is_empty() {
        out.insert("description".into(), json!(doc.text));
    }
    if let Some(default) = &doc.default {
        out.insert("default".into(), default.clone());
    }
    if !doc.examples.is_empty() {
        out.insert("examples".into(), json!(doc.examples));
    }
}

fn rule(rule: &Rule) -> Vec<Json> {
    let any =
        |keys: &[&str]| json!({ "anyOf": keys.iter().map(|key| json!({ "required": [key] })).collect::<Vec<_>>() });
    let never_two = |keys: &[&str]| {
        let mut out = Vec::new();
        for (i, first) in keys.iter().enumerate() {
            for second in keys.iter().skip(i + 1) {
                out.push(json!({ "not": { "required": [first, second] } }));
            }
        }
        out
    };
    match *rule {
        Rule::ExactlyOne(keys) => {
            let mut out = never_two(keys);
            out.push(any(keys));
            out
        }
        Rule::AtMostOne(keys) => never_two(keys),
        Rule::AtLeastOne(keys) => vec![any(keys)],
        Rule::Needs(first, second) => vec![json!({ "dependentRequired": { first: [second] } })],
        Rule::NeedsIf(first, word, third) => vec![json!({
            "if": { "required": [first], "properties": { first: { "const": word } } },
            "then": { "required": [third] },
        })],
    }
}
