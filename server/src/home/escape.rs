//! Owns how foreign text gets into HTML: by escaping, everywhere, without exception.

use std::fmt;

/// Text that is written so that HTML shows it as it is, in an element or in a quoted attribute.
pub(crate) struct Escaped<'a>(pub(crate) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (plain, special) = rest.split_at(at);
            formatter.write_str(plain)?;
            formatter.write_str(match special.as_bytes()[0] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            })?;
            rest = &special[1..];
        }
        formatter.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        let text = Escaped("<b a=\"x\" b='y'>Müller & Söhne</b>").to_string();
        assert_eq!(text, "&lt;b a=&quot;x&quot; b=&#39;y&#39;&gt;Müller &amp; Söhne&lt;/b&gt;");
    }

    #[test]
    fn plain_text_stays() {
        assert_eq!(Escaped("hosts.web1.cpu – ü").to_string(), "hosts.web1.cpu – ü");
        assert_eq!(Escaped("").to_string(), "");
    }
}
