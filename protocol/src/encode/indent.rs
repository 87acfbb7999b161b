//! Compact JSON, given a line for every value.
//!
//! Invariant: the text is the same JSON, in pieces of any length. It is told apart by its signs alone and never parsed,
//! so that what is no JSON comes out as some text, too.

/// The way through a JSON text.
#[derive(Debug, Default)]
pub struct Indent {
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    /// A bracket was opened, and nothing has followed it yet.
    is_fresh: bool,
}

impl Indent {
    /// Writes the next piece of the compact text.
    pub fn write(&mut self, compact: &[u8], out: &mut Vec<u8>) {
        for &byte in compact {
            if self.in_string {
                self.in_string = byte != b'"' || self.is_escaped;
                self.is_escaped = byte == b'\\' && !self.is_escaped;
                out.push(byte);
                continue;
            }
            match byte {
                b'[' | b'{' => {
                    self.begin_value(out);
                    out.push(byte);
                    self.depth += 1;
                    self.is_fresh = true;
                }
                b']' | b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    if !std::mem::take(&mut self.is_fresh) {
                        self.new_line(out);
                    }
                    out.push(byte);
                }
                b',' => {
                    out.push(byte);
                    self.new_line(out);
                }
                b':' => out.extend_from_slice(b": "),
                b' ' | b'\n' | b'\r' | b'\t' => {}
                _ => {
                    self.begin_value(out);
                    self.in_string = byte == b'"';
                    out.push(byte);
                }
            }
        }
    }

    fn begin_value(&mut self, out: &mut Vec<u8>) {
        if std::mem::take(&mut self.is_fresh) {
            self.new_line(out);
        }
    }

    fn new_line(&self, out: &mut Vec<u8>) {
        out.push(b'\n');
        out.resize(out.len() + 2 * self.depth, b' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_line() {
        let compact = br#"{"a":[1,{"b":"c, [\\\"]{"},[],{}], "d" : null}"#;
        let expected = "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"c, [\\\\\\\"]{\"\n    },\n    [],\n    {}\n  ],\n  \"d\": null\n}";
        for size in [1, 3, compact.len()] {
            let (mut indent, mut out) = (Indent::default(), Vec::new());
            compact.chunks(size).for_each(|piece| indent.write(piece, &mut out));
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }

    #[test]
    fn the_same_as_the_common_library_writes() {
        let value = serde_json::json!([{"x": [[1.5, null], [], {"y": {}}]}, "\u{1}\"", true]);
        let (mut indent, mut out) = (Indent::default(), Vec::new());
        indent.write(&serde_json::to_vec(&value).unwrap(), &mut out);
        assert_eq!(out, serde_json::to_vec_pretty(&value).unwrap());
    }
}
