//! JSON answers in the two wrappings that callers may ask for: indented (`pretty`) and as a script (`jsonp`).

use super::answer::{Answer, Fault};
use super::params::Params;
use plumbago_protocol::encode::Indent;
use plumbago_protocol::limits;
use serde::Serialize;

/// `value` as JSON, wrapped as the parameters ask for.
///
/// # Errors
/// As [`wrap`].
pub(super) fn json(params: &Params, value: &impl Serialize) -> Result<Answer, Fault> {
    let pretty = params.is_set("pretty");
    let text = if pretty { serde_json::to_vec_pretty(value) } else { serde_json::to_vec(value) };
    in_callback(params, text.map_err(unwritable)?)
}

/// The JSON `text`, wrapped as the parameters ask for.
///
/// # Errors
/// A callback's name that is none.
pub(super) fn wrap(params: &Params, text: Vec<u8>) -> Result<Answer, Fault> {
    if !params.is_set("pretty") {
        return in_callback(params, text);
    }
    let mut lines = Vec::new();
    Indent::default().write(&text, &mut lines);
    in_callback(params, lines)
}

fn in_callback(params: &Params, text: Vec<u8>) -> Result<Answer, Fault> {
    let Some(callback) = callback(params)? else {
        return Ok(Answer::json(text));
    };
    let script = [callback.as_bytes(), b"(", &text, b")"].concat();
    Ok(Answer::new("text/javascript; charset=utf-8", script))
}

pub(super) fn unwritable(error: serde_json::Error) -> Fault {
    Fault::internal(format!("the answer cannot be written: {error}"))
}

/// The callback that `jsonp` names.
///
/// # Errors
/// It is no name of a function.
pub(super) fn callback(params: &Params) -> Result<Option<&str>, Fault> {
    let Some(name) = params.last_filled("jsonp") else {
        return Ok(None);
    };
    let sound = |(position, byte): (usize, u8)| {
        byte.is_ascii_alphabetic()
            || matches!(byte, b'_' | b'$')
            || (position > 0 && (byte.is_ascii_digit() || byte == b'.'))
    };
    if name.len() <= limits::CALLBACK_BYTES_MAX && name.bytes().enumerate().all(sound) {
        Ok(Some(name))
    } else {
        let expected = "the name of a function, of at most 64 letters, digits, dots, _ and $";
        Err(Fault::bad_request(format!("jsonp: expected {expected}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(query: &str) -> Result<Answer, Fault> {
        json(&Params::parse(query, b"").unwrap(), &[1, 2])
    }

    #[test]
    fn plain_pretty_and_wrapped() {
        assert_eq!(answer("").unwrap().body, "[1,2]");
        assert_eq!(answer("pretty=1").unwrap().body, "[\n  1,\n  2\n]");
        let wrapped = answer("jsonp=a.b_c$1").unwrap();
        assert_eq!(wrapped.body, "a.b_c$1([1,2])");
        assert_eq!(wrapped.content_type, "text/javascript; charset=utf-8");
    }

    #[test]
    fn a_callback_is_a_name_and_nothing_more() {
        for bad in ["1a", "alert(1)//", ".a", "a%0Ab", "a%20b"] {
            assert!(answer(&format!("jsonp={bad}")).is_err(), "{bad}");
        }
        assert!(answer(&format!("jsonp={}", "a".repeat(65))).is_err());
    }
}
