//! Random templates: none makes compiling or rendering panic, and what renders stays within its bounds.

use plumbago_protocol::limits::TEMPLATE_OUTPUT_BYTES_MAX;
use proptest::prelude::*;

use super::{Subject, Template};

fn fragment() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "{{",
        "}}",
        "{%",
        "%}",
        "{#",
        "#}",
        "-",
        "|",
        ".",
        ",",
        "(",
        ")",
        "[",
        "]",
        "~",
        "*",
        "+",
        "==",
        "$labels.x",
        "$value",
        ".Value",
        ".Labels.y",
        "printf",
        "\"%.1f\"",
        "'%9d'",
        "`%s`",
        "humanize",
        "humanizeDuration",
        "upper",
        "join",
        "range",
        "1",
        "2.5",
        "99999999",
        "if",
        "else",
        "endif",
        "for",
        "in",
        "endfor",
        "set",
        "=",
        "raw",
        "endraw",
        "node",
        "tag",
        "series",
        "value",
        "last",
        "labels",
        "x",
        "\"name\"",
        "'",
        "\"",
        "\\",
        "\n",
        "ä",
        "text",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_template_is_answered(fragments in proptest::collection::vec(fragment(), 0..16), inside in any::<bool>()) {
        let code = fragments.join(" ");
        let text = if inside { format!("a {{{{ {code} }}}} b") } else { code };
        match Template::compile(&text) {
            Err(error) => {
                prop_assert!(error.line >= 1 && error.line <= text.lines().count().max(1) && error.column >= 1);
            }
            Ok(template) => {
                let render = |value| template.render(&Subject { series: "a.b.c", value, last: value, ..Subject::default() });
                let (one, other) = (render(Some(1.5)), render(None));
                prop_assert!(one.iter().chain(&other).all(|text| text.len() <= TEMPLATE_OUTPUT_BYTES_MAX));
                prop_assert!(template.uses_value() || one == other, "{text}");
            }
        }
    }
}
