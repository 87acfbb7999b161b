//! The output of an aggregation rule: a name with `<field>`s in it.
//!
//! Invariant: a template names only fields that its input pattern has, so that filling it in cannot fail.

use fancy_regex::Captures;
use plumbago_protocol::limits::CARBON_TEMPLATE_BYTES_MAX;

use super::input::InputPattern;

/// What Python writes for a group that took no part in a match.
const NO_PART: &str = "None";

/// An output name, cut into its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OutputTemplate {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(String),
}

impl OutputTemplate {
    /// Reads `text`, whose fields are those of `input`.
    ///
    /// # Errors
    /// A sentence that says which field or bracket is wrong.
    pub(super) fn parse(text: &str, input: &InputPattern) -> Result<Self, String> {
        if text.len() > CARBON_TEMPLATE_BYTES_MAX {
            return Err(format!("the output is longer than {CARBON_TEMPLATE_BYTES_MAX} bytes"));
        }
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('<') {
            let Some((name, after)) = after.split_once('>') else {
                return Err("a `<` in the output is not followed by `>`".to_owned());
            };
            if !input.has_field(name) {
                return Err(format!("the output names the field `{name}`, which the input pattern lacks"));
            }
            pieces.extend(text_piece(before));
            pieces.push(Piece::Field(name.to_owned()));
            rest = after;
        }
        pieces.extend(text_piece(rest));
        Ok(Self { pieces })
    }

    /// The name for these fields.
    pub(super) fn fill(&self, fields: &Captures<'_, str>) -> String {
        let mut name = String::new();
        for piece in &self.pieces {
            name.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Field(field) => fields.name(field).map_or(NO_PART, |found| found.as_str()),
            });
        }
        name
    }
}

fn text_piece(text: &str) -> Option<Piece> {
    (!text.is_empty()).then(|| Piece::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(input: &str, template: &str, name: &str) -> Result<String, String> {
        let input = InputPattern::parse(input)?;
        let template = OutputTemplate::parse(template, &input)?;
        let fields = input.fields(name).expect("a search").expect("a match");
        Ok(template.fill(&fields))
    }

    #[test]
    fn fields_are_filled_in() {
        for (input, template, name, expected) in [
            ("<env>.app.*.rps", "<env>.app.all.rps", "prod.app.web1.rps", "prod.app.all.rps"),
            ("<a>.<b>", "<b>.<a>.<b>", "x.y", "y.x.y"),
            ("a.<<rest>>", "all.<rest>", "a.b.c", "all.b.c"),
            ("(<x>-)?b", "<x>!", "b", "None!"),
            ("a", "100%", "a", "100%"),
        ] {
            assert_eq!(output(input, template, name).as_deref(), Ok(expected), "{input}");
        }
    }

    #[test]
    fn unknown_fields_and_open_brackets_are_refused() {
        for (template, part) in [
            ("<b>.x", "the field `b`"),
            ("<<a>>.x", "the field `<a`"),
            ("<a", "not followed by `>`"),
            (&"x".repeat(CARBON_TEMPLATE_BYTES_MAX + 1), "longer"),
        ] {
            let error = output("<a>.y", template, "x.y").expect_err(template);
            assert!(error.contains(part), "{error}");
        }
    }
}
