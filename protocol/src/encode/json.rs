//! The parts of JSON: strings and numbers.
//!
//! Owns their spelling. Floats are written with the fewest digits that read back to the same float, whole ones with
//! `.0` as Graphite does; NaN and the infinities, which JSON has not, are `null`.

/// Integers up to here are written digit by digit, which is faster than finding the shortest decimal.
const WHOLE_MAX: f64 = 1e15;

const DIGIT_PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut number = 0;
    while number < 100 {
        pairs[number] = [b'0' + (number / 10) as u8, b'0' + (number % 10) as u8];
        number += 1;
    }
    pairs
};

/// Appends a text as a JSON string.
pub fn push_json_string(out: &mut Vec<u8>, text: &str) {
    out.reserve(text.len() + 2);
    out.push(b'"');
    push_json_text(out, text);
    out.push(b'"');
}

/// Appends a text as part of a JSON string.
pub(super) fn push_json_text(out: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, after) = rest.split_at(at);
        out.extend_from_slice(plain);
        if let Some((&special, after)) = after.split_first() {
            push_escape(out, special);
            rest = after;
        }
    }
    out.extend_from_slice(rest);
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        _ => {
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 0x0f)]);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
        }
    }
}

/// Appends a number, or `null` for one that JSON cannot hold.
#[inline]
pub fn push_json_number(out: &mut Vec<u8>, value: f64) {
    if value.abs() < WHOLE_MAX && value == value.trunc() && (value != 0.0 || value.is_sign_positive()) {
        push_integer(out, value as i64);
        out.extend_from_slice(b".0");
    } else if value.is_finite() {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        out.extend_from_slice(b"null");
    }
}

/// Appends an integer.
#[inline]
pub(super) fn push_integer(out: &mut Vec<u8>, number: i64) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    let mut rest = number.unsigned_abs();
    while rest >= 10 {
        start -= 2;
        digits[start..start + 2].copy_from_slice(&DIGIT_PAIRS[(rest % 100) as usize]);
        rest /= 100;
    }
    if rest > 0 || start == digits.len() {
        start -= 1;
        digits[start] = b'0' + rest as u8;
    }
    if number < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(push: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        push(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_as_graphite_spells_them() {
        for (value, text) in [
            (5.0, "5.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (-1234567.0, "-1234567.0"),
            (0.1, "0.1"),
            (1.5, "1.5"),
            (999_999_999_999_999.0, "999999999999999.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e16"),
            (1e300, "1e300"),
            (0.30000000000000004, "0.30000000000000004"),
            (5e-324, "5e-324"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
            (f64::NEG_INFINITY, "null"),
        ] {
            assert_eq!(written(|out| push_json_number(out, value)), text);
        }
    }

    #[test]
    fn strings_are_escaped() {
        let text = "a\"b\\c\n\r\t\u{1}\u{1f}é€😀/\u{7f}";
        let json = written(|out| push_json_string(out, text));
        assert_eq!(json, "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001fé€😀/\u{7f}\"");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    proptest! {
        #[test]
        fn integers_read_back(number: i64, shift in 0u32..63) {
            let number = number >> shift;
            prop_assert_eq!(written(|out| push_integer(out, number)), number.to_string());
        }

        #[test]
        fn numbers_read_back(bits: u64, whole in -1_000_000i64..1_000_000) {
            for value in [f64::from_bits(bits), whole as f64, whole as f64 / 100.0] {
                let json = written(|out| push_json_number(out, value));
                let expected = value.is_finite().then_some(value.to_bits());
                let read = if json == "null" { None } else { json.parse::<f64>().ok().map(f64::to_bits) };
                prop_assert_eq!(read, expected);
            }
        }

        #[test]
        fn strings_read_back(text: String) {
            let json = written(|out| push_json_string(out, &text));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
