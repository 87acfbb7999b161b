//! Cuts a stream of bytes into length-prefixed pickle frames, in bounded memory.
//!
//! A frame is a 4-byte big-endian length and that many bytes. One that lies whole in a chunk is handed on without a
//! copy. One over the cap is reported and its bytes are skipped without being kept. The buffer grows with the bytes
//! that arrived, never with the length a peer claims. What a frame holds is not decided here.

use plumbago_protocol::limits::REFUSED_TEXT_BYTES_MAX;

const HEADER_BYTES: usize = 4;

/// What the splitter found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Frame<'a> {
    /// The bytes of one frame, header not included.
    Whole(&'a [u8]),
    /// A frame of this claimed length is over the cap; it is skipped.
    TooLong(u32),
    /// The stream ended `missing` bytes short of a frame's end.
    Truncated {
        /// The beginning of what came of it, header included.
        received: &'a [u8],
        /// Bytes that were still to come.
        missing: usize,
    },
}

#[derive(Debug, Clone, Copy)]
enum Awaiting {
    Header,
    Body(usize),
    Skip(usize),
}

/// The state of one stream between two chunks.
#[derive(Debug)]
pub(crate) struct FrameSplitter {
    frame_bytes_max: usize,
    awaiting: Awaiting,
    carry: Vec<u8>,
}

impl FrameSplitter {
    /// A splitter for frames of up to `frame_bytes_max` bytes.
    pub(crate) fn new(frame_bytes_max: usize) -> FrameSplitter {
        FrameSplitter { frame_bytes_max, awaiting: Awaiting::Header, carry: Vec::new() }
    }

    /// Hands every frame that `chunk` completes to `take`, in order.
    pub(crate) fn feed(&mut self, chunk: &[u8], mut take: impl FnMut(Frame<'_>)) {
        let mut rest = chunk;
        loop {
            rest = match self.awaiting {
                Awaiting::Skip(missing) => {
                    let skipped = missing.min(rest.len());
                    self.awaiting = match missing - skipped {
                        0 => Awaiting::Header,
                        still => Awaiting::Skip(still),
                    };
                    &rest[skipped..]
                }
                Awaiting::Header => match self.gather(HEADER_BYTES, rest) {
                    Gathered::Carried(after) => {
                        self.begin_frame(&mut take);
                        after
                    }
                    Gathered::InPlace(header, after) => {
                        self.carry.extend_from_slice(header);
                        self.begin_frame(&mut take);
                        after
                    }
                    Gathered::Short => return,
                },
                Awaiting::Body(length) => match self.gather(length, rest) {
                    Gathered::Carried(after) => {
                        take(Frame::Whole(&self.carry));
                        self.end_frame();
                        after
                    }
                    Gathered::InPlace(body, after) => {
                        take(Frame::Whole(body));
                        self.end_frame();
                        after
                    }
                    Gathered::Short => return,
                },
            };
            if rest.is_empty() && !matches!(self.awaiting, Awaiting::Body(0)) {
                return;
            }
        }
    }

    /// The stream has ended: what is missing of a begun frame is reported.
    pub(crate) fn finish(&mut self, mut take: impl FnMut(Frame<'_>)) {
        match self.awaiting {
            Awaiting::Header if self.carry.is_empty() => {}
            Awaiting::Header => {
                take(Frame::Truncated { received: &self.carry, missing: HEADER_BYTES - self.carry.len() });
            }
            Awaiting::Body(length) => {
                // The length fits, for that is how it came.
                let mut received = (length as u32).to_be_bytes().to_vec();
                received.extend(self.carry.iter().take(REFUSED_TEXT_BYTES_MAX));
                take(Frame::Truncated { received: &received, missing: length - self.carry.len() });
            }
            // Reported as too long when its header was read.
            Awaiting::Skip(_) => {}
        }
        self.end_frame();
    }

    fn gather<'a>(&mut self, wanted: usize, rest: &'a [u8]) -> Gathered<'a> {
        if self.carry.is_empty() && rest.len() >= wanted {
            return Gathered::InPlace(&rest[..wanted], &rest[wanted..]);
        }
        let missing = wanted - self.carry.len();
        let taken = missing.min(rest.len());
        self.carry.extend_from_slice(&rest[..taken]);
        if taken == missing { Gathered::Carried(&rest[taken..]) } else { Gathered::Short }
    }

    fn begin_frame(&mut self, take: &mut impl FnMut(Frame<'_>)) {
        let mut header = [0; HEADER_BYTES];
        header.copy_from_slice(&self.carry);
        self.carry.clear();
        let claimed = u32::from_be_bytes(header);
        let length = claimed as usize;
        self.awaiting = if length <= self.frame_bytes_max {
            Awaiting::Body(length)
        } else {
            take(Frame::TooLong(claimed));
            Awaiting::Skip(length)
        };
    }

    fn end_frame(&mut self) {
        // One large frame must not hold its memory for the rest of a quiet connection.
        self.carry = Vec::new();
        self.awaiting = Awaiting::Header;
    }
}

enum Gathered<'a> {
    /// All wanted bytes are in the carry; these follow them.
    Carried(&'a [u8]),
    /// All wanted bytes lie in the chunk; the second part follows them.
    InPlace(&'a [u8], &'a [u8]),
    /// More bytes are needed.
    Short,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: &[u8]) -> Vec<u8> {
        let mut out = (body.len() as u32).to_be_bytes().to_vec();
        out.extend_from_slice(body);
        out
    }

    fn split(chunks: &[&[u8]]) -> Vec<String> {
        let mut splitter = FrameSplitter::new(8);
        let mut out = Vec::new();
        let mut take = |frame: Frame<'_>| {
            out.push(match frame {
                Frame::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Frame::TooLong(length) => format!("long:{length}"),
                Frame::Truncated { received, missing } => {
                    format!("{} missing:{missing}", received.escape_ascii())
                }
            });
        };
        for chunk in chunks {
            splitter.feed(chunk, &mut take);
        }
        splitter.finish(&mut take);
        out
    }

    #[test]
    fn frames_are_the_same_however_the_stream_is_cut() {
        let stream = [frame(b"one"), frame(b""), frame(b"0123456789"), frame(b"twelve"), frame(b"")].concat();
        let expected = ["one", "", "long:10", "twelve", ""];
        assert_eq!(split(&[&stream]), expected);
        for cut in 0..=stream.len() {
            assert_eq!(split(&[&stream[..cut], &stream[cut..]]), expected, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.chunks(1).collect();
        assert_eq!(split(&bytes), expected);
    }

    #[test]
    fn a_truncated_stream_says_what_is_missing() {
        assert_eq!(split(&[b"\0\0"]), [r"\x00\x00 missing:2"]);
        assert_eq!(split(&[b"\0\0\0\x05ab"]), [r"\x00\x00\x00\x05ab missing:3"]);
        assert_eq!(split(&[b"\0\0\0\x05"]), [r"\x00\x00\x00\x05 missing:5"]);
        assert_eq!(split(&[b"\0\0\0\x50ab"]), ["long:80"]);
        assert!(split(&[]).is_empty());
    }

    #[test]
    fn a_claimed_length_reserves_nothing() {
        let mut splitter = FrameSplitter::new(1 << 20);
        splitter.feed(&[0, 15, 0, 0, 1, 2, 3], |_| ());
        assert!(splitter.carry.capacity() < 1024);
    }
}
