//! The arguments of protocol 0: numbers and texts written as Python would.
//!
//! Owns the reading of decimal integers and floats, of quoted strings with their escapes, and of raw Unicode with
//! its own. Texts without escapes, which is nearly all of them, are not copied.

use super::error::Fault;
use super::value::Value;
use crate::limits::PICKLE_NUMBER_BYTES_MAX;

/// An integer, as `INT` and `LONG` write it; `00` and `01` are truth values.
pub(super) fn integer(line: &[u8]) -> Result<Value, Fault> {
    let digits = line.strip_suffix(b"L").unwrap_or(line);
    let text = number_text(digits)?;
    let is_integer = digits.strip_prefix(b"-").unwrap_or(digits).iter().all(u8::is_ascii_digit);
    match text.parse() {
        Ok(integer) => Ok(Value::Integer(integer)),
        // Too large for an integer: as a value, the nearest float does.
        Err(_) if is_integer => float(digits),
        Err(_) => Err(Fault::malformed("an integer", format!("{text:?}"))),
    }
}

/// A float, as `FLOAT` writes it; `nan` and `inf` too.
pub(super) fn float(line: &[u8]) -> Result<Value, Fault> {
    let text = number_text(line)?;
    text.parse().map(Value::Float).map_err(|_| Fault::malformed("a float", format!("{text:?}")))
}

fn number_text(line: &[u8]) -> Result<&str, Fault> {
    if line.is_empty() || line.len() > PICKLE_NUMBER_BYTES_MAX {
        let expected = format!("a number of 1 to {PICKLE_NUMBER_BYTES_MAX} characters");
        return Err(Fault::malformed(expected, format!("{} characters", line.len())));
    }
    std::str::from_utf8(line).map_err(|_| Fault::malformed("a number", "bytes that are not UTF-8"))
}

/// A number in two's complement, least byte first, as `LONG1` and `LONG4` write it.
pub(super) fn binary_integer(bytes: &[u8]) -> Value {
    let fill = if bytes.last().is_some_and(|byte| byte & 0x80 != 0) { 0xff } else { 0 };
    let mut wide = [fill; 16];
    let Some(room) = wide.get_mut(..bytes.len()) else {
        return Value::TooLarge;
    };
    room.copy_from_slice(bytes);
    let number = i128::from_le_bytes(wide);
    i64::try_from(number).map_or(Value::Float(number as f64), Value::Integer)
}

/// What stands between the quotes of a string, as `STRING` writes it.
pub(super) fn unquote(line: &[u8]) -> Result<&[u8], Fault> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line {
        [first @ (b'\'' | b'"'), inside @ .., last] if first == last => Ok(inside),
        _ => Err(Fault::malformed("a quoted string", format!("{:?}", String::from_utf8_lossy(line)))),
    }
}

/// Resolves the escapes of a quoted string: `\\ \' \" \n \r \t \a \b \f \v`, `\xhh` and octal ones.
pub(super) fn resolve_string(inside: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut resolved = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'\\' {
            resolved.push(*first);
            continue;
        }
        let [escape, after @ ..] = rest else {
            return Err(Fault::malformed("a character after '\\'", "the end of the string"));
        };
        rest = after;
        let byte = match escape {
            b'\\' | b'\'' | b'"' => *escape,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'a' => 0x07,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'v' => 0x0b,
            b'x' => take_code(&mut rest, 2, 16, 2)? as u8,
            b'0'..=b'7' => {
                let mut digits = rest_from(inside, rest, 1);
                let code = take_code(&mut digits, 3, 8, 1)?;
                rest = digits;
                code as u8
            }
            // As in Python, an unknown escape stands for itself.
            other => {
                resolved.push(b'\\');
                *other
            }
        };
        resolved.push(byte);
    }
    Ok(resolved)
}

/// The tail of `whole` that is `back` bytes longer than `tail`.
fn rest_from<'a>(whole: &'a [u8], tail: &[u8], back: usize) -> &'a [u8] {
    whole.get(whole.len().saturating_sub(tail.len() + back)..).unwrap_or_default()
}

/// Resolves raw Unicode, as `UNICODE` writes it: Latin-1 with `\uhhhh` and `\Uhhhhhhhh`.
pub(super) fn resolve_unicode(line: &[u8]) -> Result<Vec<u8>, Fault> {
    let mut resolved = String::with_capacity(line.len());
    let mut rest = line;
    while let [first, after @ ..] = rest {
        rest = after;
        let digits = match (*first, rest.first()) {
            (b'\\', Some(b'u')) => 4,
            (b'\\', Some(b'U')) => 8,
            _ => {
                resolved.push(char::from(*first));
                continue;
            }
        };
        rest = rest.get(1..).unwrap_or_default();
        let code = take_code(&mut rest, digits, 16, digits)?;
        let character = char::from_u32(code)
            .ok_or_else(|| Fault::malformed("the code of a character", format!("{code:#x}")))?;
        resolved.push(character);
    }
    Ok(resolved.into_bytes())
}

/// Takes up to `most` digits, at least `least`, off the front.
fn take_code(rest: &mut &[u8], most: usize, radix: u32, least: usize) -> Result<u32, Fault> {
    let mut code: u32 = 0;
    let mut taken = 0;
    while let Some(digit) =
        rest.get(taken).filter(|_| taken < most).and_then(|byte| char::from(*byte).to_digit(radix))
    {
        code = code.wrapping_mul(radix).wrapping_add(digit);
        taken += 1;
    }
    if taken < least {
        return Err(Fault::malformed(format!("{least} digits of an escape"), format!("{taken}")));
    }
    *rest = rest.get(taken..).unwrap_or_default();
    Ok(code)
}
