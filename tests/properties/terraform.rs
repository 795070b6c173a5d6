//! What Terraform would read, by another reader of HCL.

use std::collections::{BTreeMap, BTreeSet};

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::template::Element;
use previewc::bundle::Bundle;
use proptest::test_runner::TestCaseError;
use serde_json::Value;
use unicode_normalization::is_nfc;

use super::random::Stack;
use super::{Done, OrNothing, ensure, files, is_label, listed};

/// Whether Terraform would carry every text of a stack as it is.
pub fn keeps(stack: &Stack) -> bool {
    let plain = stack.plain.iter().map(|(_, _, value)| value);
    let tainted = stack.tainted.iter().flat_map(|(_, _, before, behind)| [before, behind]);
    plain.chain(tainted).chain(stack.args.iter().flat_map(|(_, args)| args)).all(|text| is_nfc(text))
}

/// A module as Terraform sees it.
struct Module {
    blocks: Vec<Block>,
    secrets: BTreeMap<String, String>,
}

impl Module {
    fn of(bundle: &Bundle) -> Result<Module, TestCaseError> {
        let mut blocks = Vec::new();
        for (path, (bytes, _)) in files(bundle).into_iter().filter(|(path, _)| path.ends_with(".tf")) {
            let text = String::from_utf8(bytes).unwrap();
            let body: Body =
                text.parse().map_err(|error| TestCaseError::fail(format!("{path} cannot be read: {error}\n{text}")))?;
            blocks.extend(body.into_blocks());
        }
        let (values, _) = files(bundle).remove("secrets.auto.tfvars.json").unwrap_or_default_mode();
        let values: Value = serde_json::from_slice(&values).unwrap_or_default();
        let values = values["secrets"].as_object().cloned().unwrap_or_default();
        let secrets = values.into_iter().map(|(key, value)| (key, value.as_str().unwrap().to_owned())).collect();
        Ok(Module { blocks, secrets })
    }

    /// The resources of a type, by label.
    fn resources(&self, kind: &str) -> BTreeMap<&str, &Block> {
        let labelled = self.blocks.iter().filter(|block| block.has_ident("resource"));
        labelled.filter(|b| b.labels[0].as_str() == kind).map(|b| (b.labels[1].as_str(), b)).collect()
    }

    /// The text that an expression is.
    fn text(&self, expression: &Expression) -> Result<String, TestCaseError> {
        match expression {
            Expression::String(text) => Ok(text.value().to_string()),
            Expression::StringTemplate(parts) => {
                let mut out = String::new();
                for part in parts {
                    match part {
                        Element::Literal(text) => out.push_str(text.value()),
                        Element::Interpolation(inner) => out.push_str(&self.text(&inner.expr)?),
                        Element::Directive(_) => return Err(TestCaseError::fail("a directive")),
                    }
                }
                Ok(out)
            }
            Expression::Traversal(traversal) => self.secret(traversal),
            other => Err(TestCaseError::fail(format!("{other:?} is no text"))),
        }
    }

    /// `var.secrets["KEY"]`, and `count.index` for the first copy.
    fn secret(&self, traversal: &Traversal) -> Result<String, TestCaseError> {
        if traversal.expr.as_variable().is_some_and(|name| name.as_str() == "count") {
            return Ok("0".to_owned());
        }
        let key = traversal.operators.iter().find_map(|operator| match operator.value() {
            TraversalOperator::Index(Expression::String(key)) => Some(key.value().to_string()),
            _ => None,
        });
        let value = key.as_ref().and_then(|key| self.secrets.get(key)).cloned();
        value.ok_or_else(|| TestCaseError::fail(format!("no secret stands under {key:?}")))
    }

    fn attribute(&self, block: &Block, name: &str) -> Result<Option<String>, TestCaseError> {
        block.body.get_attribute(name).map(|attribute| self.text(&attribute.value)).transpose()
    }

    fn list(&self, block: &Block, name: &str) -> Result<Vec<String>, TestCaseError> {
        match block.body.get_attribute(name).map(|attribute| &attribute.value) {
            Some(Expression::Array(items)) => items.iter().map(|item| self.text(item)).collect(),
            _ => Ok(Vec::new()),
        }
    }

    /// Everything that the module makes on the engine.
    fn created(&self) -> Result<BTreeSet<(String, String)>, TestCaseError> {
        let mut out = BTreeSet::new();
        for (kind, word) in
            [("docker_network", "network"), ("docker_volume", "volume"), ("docker_container", "container")]
        {
            for block in self.resources(kind).values() {
                let name = self.attribute(block, "name")?.unwrap_or_default();
                let copies = match block.body.get_attribute("count").map(|attribute| &attribute.value) {
                    Some(Expression::Number(number)) => number.as_u64().unwrap(),
                    _ => 1,
                };
                match name.strip_suffix("_0").filter(|_| copies > 1) {
                    Some(head) => out.extend((0..copies).map(|copy| (word.to_owned(), format!("{head}_{copy}")))),
                    None => _ = out.insert((word.to_owned(), name)),
                }
            }
        }
        // What up.sh makes beside them.
        let networks: Vec<String> =
            out.iter().filter(|(kind, _)| kind == "network").map(|(_, name)| name.clone()).collect();
        for id in networks.iter().filter_map(|name| name.strip_suffix("_default")) {
            out.insert(("volume".to_owned(), format!("{id}_pushed--at")));
        }
        for block in self.resources("docker_image").values().filter(|block| block.body.has_blocks("build")) {
            out.insert(("image".to_owned(), self.attribute(block, "name")?.unwrap_or_default()));
        }
        Ok(out)
    }

    fn port(&self) -> Option<u64> {
        let containers = self.resources("docker_container");
        let mut ports = containers.values().flat_map(|block| block.body.get_blocks("ports"));
        let port = ports.next()?.body.get_attribute("external")?;
        port.value.as_number()?.as_u64()
    }
}

pub fn holds(stack: &Stack, one: &Bundle, other: &Bundle) -> Done {
    let (mine, theirs) = (Module::of(one)?, Module::of(other)?);
    let created = mine.created()?;
    listed(one, created.clone())?;
    let shared: Vec<_> =
        created.intersection(&theirs.created()?).filter(|(kind, _)| kind != "image").cloned().collect();
    ensure!(shared.is_empty(), "two pull requests share {shared:?}");
    let ports = (mine.port(), theirs.port());
    ensure!(ports.0.is_some() && ports.0 != ports.1, "ports {ports:?} of {} and {}", stack.number, stack.other);
    let labels: Vec<&str> = mine.blocks.iter().filter(|b| b.labels.len() == 2).map(|b| b.labels[1].as_str()).collect();
    let valid = |label: &&str| {
        label.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
            && label.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    ensure!(labels.iter().all(valid), "{labels:?}");
    let containers = mine.resources("docker_container");
    for block in containers.values() {
        let aliases = block.body.get_blocks("networks_advanced").next().map(|network| mine.list(network, "aliases"));
        let aliases = aliases.transpose()?.unwrap_or_default();
        ensure!(aliases.iter().all(|name| is_label(name)) && aliases.len() == 1, "{aliases:?}");
        for waits in block.body.get_attribute("depends_on").iter().flat_map(|list| list.value.as_array().unwrap()) {
            let Expression::Traversal(traversal) = waits else { continue };
            let TraversalOperator::GetAttr(label) = traversal.operators[0].value() else { continue };
            ensure!(containers.contains_key(label.as_str()), "nothing is {}", label.as_str());
        }
    }
    let of = |node: &str| {
        let block = containers.get(node.replace('-', "_").as_str()).copied();
        block.ok_or_else(|| TestCaseError::fail(format!("{node} has no container")))
    };
    for (node, name, value) in &stack.plain {
        let env = mine.list(of(node)?, "env")?;
        ensure!(env.contains(&format!("{name}={value}")), "{node}: {name} is not {value:?}: {env:?}");
    }
    let masks = files(one).remove("secrets/masks").unwrap_or_default_mode().0;
    let masks = String::from_utf8(masks).unwrap();
    for (node, name, before, behind) in &stack.tainted {
        let env = mine.list(of(node)?, "env")?;
        let whole = masks.lines().any(|mask| env.contains(&format!("{name}={before}{mask}{behind}")));
        ensure!(whole, "{node}: {name} is in {env:?}");
    }
    for (node, args) in &stack.args {
        let words = [mine.list(of(node)?, "entrypoint")?, mine.list(of(node)?, "command")?].concat();
        let wanted: Vec<String> = std::iter::once("serve".to_owned()).chain(args.iter().cloned()).collect();
        ensure!(words.ends_with(&wanted), "{node} runs {words:?}, not {wanted:?}");
    }
    Ok(())
}
