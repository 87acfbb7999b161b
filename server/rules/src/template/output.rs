//! A place to render to that takes no more than its limit.

use std::io;

use plumbago_protocol::limits::TEMPLATE_OUTPUT_BYTES_MAX;

use super::RenderError;

/// Bytes up to the limit.
#[derive(Default)]
pub(super) struct Bounded {
    bytes: Vec<u8>,
    is_over: bool,
}

impl Bounded {
    /// Whether more was written than fits.
    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// The text.
    pub(super) fn into_text(self) -> Result<String, RenderError> {
        String::from_utf8(self.bytes)
            .map_err(|_| RenderError { line: None, message: "its output is no text".to_owned() })
    }
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > TEMPLATE_OUTPUT_BYTES_MAX {
            self.is_over = true;
            return Err(io::Error::other("the output is too long"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
