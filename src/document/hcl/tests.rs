//! The writer against another reader of HCL (`hcl-edit`), and against what `terraform fmt` is known to do.

use hcl_edit::expr::Expression;
use hcl_edit::structure::Structure;
use proptest::prelude::*;

use super::*;

fn read(body: &Body) -> hcl_edit::structure::Body {
    body.to_string().parse().unwrap_or_else(|error| panic!("{error}\n{body}"))
}

/// The texts that attributes of a file are, escapes undone; a template's parts joined.
fn texts(body: &Body) -> Vec<String> {
    read(body)
        .iter()
        .filter_map(|structure| match structure {
            Structure::Attribute(attribute) => Some(match &attribute.value {
                Expression::String(text) => text.value().to_string(),
                Expression::StringTemplate(parts) => parts
                    .iter()
                    .map(|part| match part {
                        hcl_edit::template::Element::Literal(text) => text.value().to_string(),
                        other => panic!("{other:?}"),
                    })
                    .collect(),
                other => panic!("{other:?}"),
            }),
            Structure::Block(_) => None,
        })
        .collect()
}

proptest! {
    #[test]
    fn text_stays_what_it_is(text in r#"([a-z]|\$|\{|\}|%|"|\\|\n|\r|\t|\PC|\u{1}|\u{7f}|\u{2028}){0,40}"#) {
        let body = Body::new().with("value", text.as_str());
        prop_assert_eq!(texts(&body), [text]);
    }
}

#[test]
fn nothing_in_a_text_is_evaluated_and_a_dollar_before_a_reference_stays_one() {
    let part = Expr::reference(&["var", "x"]);
    let mut body = Body::new();
    body.set("a", "${var.x} %{ if true } $${ $ %");
    body.set("b", Expr::Template(vec!["cost: $".into(), part.clone(), "%".into(), part.clone().key("a\"b")]));
    body.set("c", Expr::Template(vec![part]));
    assert_eq!(
        body.to_string(),
        "a = \"$${var.x} %%{ if true } $$${ $ %\"\nb = \"cost: \\u0024${var.x}%${var.x[\"a\\\"b\"]}\"\nc = var.x\n"
    );
}

#[test]
fn it_reads_as_terraform_fmt_writes_it() {
    let body = Body::new().with_block(
        "resource",
        &["docker_container", "api"],
        Body::new()
            .with("name", "shop-pr-142-api")
            .with("image", Expr::reference(&["docker_image", "api", "image_id"]))
            .with("env", vec!["A=1", "B=2"])
            .with("must_run", true)
            .with("command", vec!["sleep"])
            .with("for", Expr::texts([("for", "x"), ("a.b/c", "y"), ("plain", "z")]))
            .with("ok", Expr::Call("alltrue", vec![Expr::List(vec![Expr::Bool(true)])]))
            .with_block("ports", &[], Body::new().with("internal", 80_u16))
            .with_block("lifecycle", &[], Body::new()),
    );
    insta::assert_snapshot!(body, @r#"
    resource "docker_container" "api" {
      name  = "shop-pr-142-api"
      image = docker_image.api.image_id
      env = [
        "A=1",
        "B=2",
      ]
      must_run = true
      command  = ["sleep"]
      for = {
        "for"   = "x"
        "a.b/c" = "y"
        plain   = "z"
      }
      ok = alltrue([true])

      ports {
        internal = 80
      }

      lifecycle {}
    }
    "#);
    read(&body);
}

#[test]
fn text_that_terraform_would_compose_is_told() {
    assert!(is_kept("é\n"));
    assert!(!is_kept("e\u{301}"));
}
