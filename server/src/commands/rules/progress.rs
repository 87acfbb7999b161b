//! How far history was gone through, on standard error: one line that is written over.

use std::io::{IsTerminal, Write};

/// Columns of the bar.
const COLUMNS: usize = 40;

/// A bar from the beginning to the end of a span.
pub(super) struct Progress<'w> {
    err: &'w mut dyn Write,
    /// Nobody looks at a bar in a file.
    is_shown: bool,
    from_secs: i64,
    until_secs: i64,
    percent: i64,
}

impl<'w> Progress<'w> {
    pub(super) fn new(err: &'w mut dyn Write, from_secs: i64, until_secs: i64) -> Progress<'w> {
        Progress { err, is_shown: std::io::stderr().is_terminal(), from_secs, until_secs, percent: -1 }
    }

    /// Everything up to this moment is done.
    pub(super) fn at(&mut self, at_secs: i64) {
        let length = self.until_secs.saturating_sub(self.from_secs).max(1);
        let percent = at_secs.saturating_sub(self.from_secs).clamp(0, length).saturating_mul(100) / length;
        if percent == self.percent || !self.is_shown {
            return;
        }
        self.percent = percent;
        let done = COLUMNS * usize::try_from(percent).unwrap_or(0) / 100;
        let bar = format!("{}{}", "#".repeat(done), " ".repeat(COLUMNS.saturating_sub(done)));
        // The work is worth more than its bar.
        let _ = write!(self.err, "\r[{bar}] {percent:3} %  {}", super::time(at_secs));
        let _ = self.err.flush();
    }

    /// Leaves the line.
    pub(super) fn end(self) {
        if self.is_shown && self.percent >= 0 {
            let _ = writeln!(self.err);
        }
    }
}
