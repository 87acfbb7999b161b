//! A finished picture, and the formats it can be had in.

use jiff::tz::TimeZone;

use crate::error::PictureError;
use crate::parameters::Parameters;
use crate::pie::{self, Slice};
use crate::series::{Marks, Series};
use crate::{graph, pdf, raster};

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    svg: String,
}

/// A format of pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Text that browsers draw.
    Svg,
    /// Pixels.
    Png,
    /// A page.
    Pdf,
}

impl Format {
    /// The format of a name as `format=` takes it.
    pub fn parse(name: &str) -> Option<Format> {
        match name {
            "svg" => Some(Format::Svg),
            "png" => Some(Format::Png),
            "pdf" => Some(Format::Pdf),
            _ => None,
        }
    }

    /// Its media type, as graphite-web has it.
    pub fn content_type(self) -> &'static str {
        match self {
            Format::Svg => "image/svg+xml",
            Format::Png => "image/png",
            Format::Pdf => "application/x-pdf",
        }
    }
}

impl Picture {
    pub(crate) fn new(svg: String) -> Picture {
        Picture { svg }
    }

    /// A graph of series. `range`, in seconds since the epoch, is what is shown where the series do not say it; `zone` is
    /// that of the labels.
    ///
    /// # Errors
    /// A colour or a format of times that is none, or too many series.
    pub fn of_series(
        parameters: &Parameters,
        series: &[Series],
        range: (i64, i64),
        zone: &TimeZone,
    ) -> Result<Picture, PictureError> {
        graph::draw(parameters, series, &Marks::default(), range, zone).map(Picture::new)
    }

    /// A pie of slices.
    ///
    /// # Errors
    /// Too many slices.
    pub fn of_slices(parameters: &Parameters, slices: &[Slice]) -> Result<Picture, PictureError> {
        pie::draw(parameters, slices).map(Picture::new)
    }

    /// The drawing, which decides every other format of it.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The picture in a format; equal pictures are equal bytes.
    ///
    /// # Errors
    /// The drawing cannot be brought into the format, which is no fault of the caller's.
    pub fn encode(&self, format: Format) -> Result<Vec<u8>, PictureError> {
        match format {
            Format::Svg => Ok(self.svg.clone().into_bytes()),
            Format::Png => raster::png(&self.svg),
            Format::Pdf => pdf::pdf(&self.svg),
        }
    }
}
