//! `printf`: a value under a format such as `%.2f`, as the pipe `value | printf("%.2f")`.
//!
//! Invariant: widths and precisions are small, so that a format cannot ask for a long output.

use minijinja::formatting::{FormatStyle, format};
use minijinja::value::Rest;
use minijinja::{Error, ErrorKind, Value};
use plumbago_protocol::limits::TEMPLATE_WIDTH_DIGITS_MAX;

/// Formats `arguments`, and the piped value after them as Go's pipes do. `%v` is whatever the value looks like, and null is
/// a word in every format.
pub(super) fn printf(piped: Value, format_text: &str, arguments: Rest<Value>) -> Result<String, Error> {
    let arguments: Vec<Value> = arguments.0.into_iter().chain([piped]).collect();
    let format_text = adapted(format_text, &arguments)?;
    let shown = |value: Value| if value.is_none() { Value::from("null") } else { value };
    let arguments: Vec<Value> = arguments.into_iter().map(shown).collect();
    format(FormatStyle::Printf, &format_text, &arguments)
}

/// The format with `%s` for `%v` and for nulls, if its widths are small.
fn adapted(text: &str, arguments: &[Value]) -> Result<String, Error> {
    let mut arguments = arguments.iter();
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        output.push_str(before);
        let length =
            after.bytes().take_while(|b| matches!(b, b'0'..=b'9' | b'.' | b'-' | b'+' | b' ' | b'#')).count();
        let (flags, verb) = after.split_at(length);
        if flags.split(|c: char| !c.is_ascii_digit()).any(|run| run.len() > TEMPLATE_WIDTH_DIGITS_MAX) {
            return Err(fault(format!(
                "printf: a width in {text:?} has more than {TEMPLATE_WIDTH_DIGITS_MAX} digits"
            )));
        }
        let verb = verb.chars().next().ok_or_else(|| fault(format!("printf: {text:?} ends after a %")))?;
        let known = matches!(verb, 'v' | 's' | 'd' | 'f' | 'F' | 'e' | 'E' | 'g' | 'G' | 'x' | 'X');
        match verb {
            '%' => output.push_str("%%"),
            _ if !known => return Err(fault(format!("printf: unknown verb %{verb}"))),
            // A precision would cut the word short.
            _ if arguments.next().is_some_and(Value::is_none) => output.push_str("%s"),
            'v' => output.push_str(&format!("%{flags}s")),
            _ => output.push_str(&format!("%{flags}{verb}")),
        }
        rest = &after[length + verb.len_utf8()..];
    }
    output.push_str(rest);
    Ok(output)
}

fn fault(message: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, message)
}
