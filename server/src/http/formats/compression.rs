//! Compression of answers, by what a client takes.
//!
//! Owns the reading of `Accept-Encoding` and the three codings. Levels are those at which an answer costs about as much
//! to compress as to write.

use bytes::Bytes;
use flate2::write::GzEncoder;
use std::fmt;
use std::io::{self, Write};

const GZIP_LEVEL: u32 = 4;
const ZSTD_LEVEL: i32 = 3;
const BROTLI_QUALITY: u32 = 4;
/// Log2 of the window that brotli looks back over.
const BROTLI_WINDOW: u32 = 20;
const BROTLI_BUFFER_BYTES: usize = 4096;

/// A way to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    /// The best one of those that a client takes most gladly.
    pub(super) fn accepted(header: &str) -> Option<Coding> {
        // At the same weight the faster one comes first.
        let codings = [Coding::Zstd, Coding::Brotli, Coding::Gzip];
        let weighed = codings.map(|coding| (coding, weight(header, coding.name())));
        let best = weighed.iter().map(|(_, weight)| *weight).max().filter(|weight| *weight > 0)?;
        weighed.into_iter().find(|(_, weight)| *weight == best).map(|(coding, _)| coding)
    }

    /// The value of `Content-Encoding`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Coding::Zstd => "zstd",
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }
}

/// How gladly a coding is taken, in thousandths; 0 means not at all.
fn weight(header: &str, name: &str) -> u16 {
    let mut any = 0;
    for item in header.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(1000, |text| match text.trim().parse::<f64>() {
            Ok(weight) if (0.0..=1.0).contains(&weight) => (weight * 1000.0) as u16,
            _ => 0,
        });
        if coding.eq_ignore_ascii_case(name) || (name == "gzip" && coding.eq_ignore_ascii_case("x-gzip")) {
            return weight;
        }
        if coding == "*" {
            any = weight;
        }
    }
    any
}

/// A body on its way through a coding.
pub(super) enum Compressor {
    Gzip(GzEncoder<Vec<u8>>),
    Zstd(zstd::stream::write::Encoder<'static, Vec<u8>>),
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Compressor::Gzip(_) => "gzip",
            Compressor::Zstd(_) => "zstd",
            Compressor::Brotli(_) => "br",
        })
    }
}

impl Compressor {
    pub(super) fn new(coding: Coding) -> io::Result<Compressor> {
        Ok(match coding {
            Coding::Gzip => {
                Compressor::Gzip(GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL)))
            }
            Coding::Zstd => Compressor::Zstd(zstd::stream::write::Encoder::new(Vec::new(), ZSTD_LEVEL)?),
            Coding::Brotli => Compressor::Brotli(Box::new(brotli::CompressorWriter::new(
                Vec::new(),
                BROTLI_BUFFER_BYTES,
                BROTLI_QUALITY,
                BROTLI_WINDOW,
            ))),
        })
    }

    /// Takes these bytes, and gives what there is to send.
    pub(super) fn write(&mut self, plain: &[u8]) -> io::Result<Bytes> {
        let out = match self {
            Compressor::Gzip(encoder) => {
                encoder.write_all(plain)?;
                encoder.get_mut()
            }
            Compressor::Zstd(encoder) => {
                encoder.write_all(plain)?;
                encoder.get_mut()
            }
            Compressor::Brotli(encoder) => {
                encoder.write_all(plain)?;
                encoder.get_mut()
            }
        };
        Ok(Bytes::from(std::mem::take(out)))
    }

    /// What is left to send.
    pub(super) fn finish(self) -> io::Result<Bytes> {
        Ok(Bytes::from(match self {
            Compressor::Gzip(encoder) => encoder.finish()?,
            Compressor::Zstd(encoder) => encoder.finish()?,
            Compressor::Brotli(encoder) => encoder.into_inner(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn the_client_decides_and_among_equals_the_fastest() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip, br", Some(Coding::Brotli)),
            ("br;q=0.5, gzip;q=0.8", Some(Coding::Gzip)),
            ("GZIP ; Q=0.1", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("*;q=0.5, zstd;q=0", Some(Coding::Brotli)),
            ("gzip;q=0", None),
            ("gzip;q=zero", None),
            ("deflate, identity", None),
            ("", None),
        ] {
            assert_eq!(Coding::accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn what_goes_in_comes_out() {
        let plain: Vec<u8> =
            (0..100_000_u32).flat_map(|number| (number / 7).to_string().into_bytes()).collect();
        for coding in [Coding::Zstd, Coding::Brotli, Coding::Gzip] {
            let mut compressor = Compressor::new(coding).unwrap();
            let mut bytes = Vec::new();
            for piece in plain.chunks(10_000) {
                bytes.extend_from_slice(&compressor.write(piece).unwrap());
            }
            bytes.extend_from_slice(&compressor.finish().unwrap());
            assert!(bytes.len() < plain.len() / 2, "{coding:?}: {}", bytes.len());
            let mut read = Vec::new();
            match coding {
                Coding::Zstd => zstd::stream::read::Decoder::new(&bytes[..]).unwrap().read_to_end(&mut read),
                Coding::Brotli => brotli::Decompressor::new(&bytes[..], 4096).read_to_end(&mut read),
                Coding::Gzip => flate2::read::GzDecoder::new(&bytes[..]).read_to_end(&mut read),
            }
            .unwrap();
            assert!(read == plain, "{coding:?}");
        }
    }
}
