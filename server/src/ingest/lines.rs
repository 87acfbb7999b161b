//! Cuts a stream of bytes into lines, in bounded memory.
//!
//! A line that lies whole in a chunk is handed on without a copy; only the unfinished end of a chunk is kept. A line
//! longer than the cap is reported once with its beginning and skipped to its newline, whatever its length. What a
//! line means is not decided here.

/// What the splitter found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    /// A line without its newline; a carriage return is still there.
    Whole(&'a [u8]),
    /// A line over the cap: its first bytes. The rest of it is skipped.
    TooLong(&'a [u8]),
}

/// The state of one stream between two chunks.
#[derive(Debug)]
pub(crate) struct LineSplitter {
    line_bytes_max: usize,
    carry: Vec<u8>,
    skipping: bool,
}

impl LineSplitter {
    /// A splitter for lines of up to `line_bytes_max` bytes, newline not counted.
    pub(crate) fn new(line_bytes_max: usize) -> LineSplitter {
        LineSplitter { line_bytes_max, carry: Vec::new(), skipping: false }
    }

    /// Hands every line that `chunk` completes to `take`, in order.
    pub(crate) fn feed(&mut self, chunk: &[u8], mut take: impl FnMut(Line<'_>)) {
        let mut rest = chunk;
        while let Some(end) = memchr::memchr(b'\n', rest) {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.skipping {
                self.skipping = false;
            } else if self.carry.is_empty() {
                take(self.judge(line));
            } else {
                self.finish_carried(line, &mut take);
            }
        }
        self.keep(rest, &mut take);
    }

    /// The stream has ended: a last line without a newline counts.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(Line<'_>)) {
        if !self.carry.is_empty() {
            take(Line::Whole(&self.carry));
        }
        self.carry = Vec::new();
        self.skipping = false;
    }

    fn judge<'a>(&self, line: &'a [u8]) -> Line<'a> {
        if line.len() > self.line_bytes_max {
            Line::TooLong(&line[..self.line_bytes_max])
        } else {
            Line::Whole(line)
        }
    }

    fn finish_carried(&mut self, end: &[u8], take: &mut impl FnMut(Line<'_>)) {
        let mut line = std::mem::take(&mut self.carry);
        // Never more than the cap and one chunk, for `keep` bounds what is carried.
        line.extend_from_slice(end);
        take(self.judge(&line));
        line.clear();
        self.carry = line;
    }

    fn keep(&mut self, rest: &[u8], take: &mut impl FnMut(Line<'_>)) {
        if self.skipping || rest.is_empty() {
            return;
        }
        if self.carry.len() + rest.len() <= self.line_bytes_max {
            self.carry.extend_from_slice(rest);
            return;
        }
        let mut line = std::mem::take(&mut self.carry);
        let room = self.line_bytes_max - line.len();
        line.extend_from_slice(&rest[..room]);
        take(Line::TooLong(&line));
        self.skipping = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line_bytes_max: usize, chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = LineSplitter::new(line_bytes_max);
        let mut out = Vec::new();
        let mut take = |line: Line<'_>| {
            out.push(match line {
                Line::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Line::TooLong(bytes) => format!("long:{}", String::from_utf8_lossy(bytes)),
            });
        };
        for chunk in chunks {
            splitter.feed(chunk, &mut take);
        }
        splitter.finish(&mut take);
        out
    }

    #[test]
    fn lines_are_the_same_however_the_stream_is_cut() {
        let stream = b"one 1 1\ntwo 2 2\r\n\nthree 3 3";
        let whole = split(64, &[stream]);
        assert_eq!(whole, ["one 1 1", "two 2 2\r", "", "three 3 3"]);
        for cut in 0..=stream.len() {
            assert_eq!(split(64, &[&stream[..cut], &stream[cut..]]), whole, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(split(64, &bytes), whole);
    }

    #[test]
    fn an_oversized_line_is_reported_once_and_skipped() {
        let stream = b"ok\n0123456789abcdef\nafter\n";
        for cut in 0..=stream.len() {
            assert_eq!(
                split(8, &[&stream[..cut], &stream[cut..]]),
                ["ok", "long:01234567", "after"],
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn an_oversized_last_line_does_not_come_back_at_the_end() {
        assert_eq!(split(4, &[b"0123456", b"789", b"x"]), ["long:0123"]);
    }

    #[test]
    fn memory_stays_within_the_cap_while_skipping() {
        let mut splitter = LineSplitter::new(8);
        for _ in 0..1000 {
            splitter.feed(&[b'x'; 512], |_| ());
        }
        assert!(splitter.carry.capacity() <= 64);
    }
}
