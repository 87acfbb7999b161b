//! What may be said of one vertical scale: of the only one, or of the left and the right one.

use super::reader::Reader;
use crate::color::Color;
use crate::error::PictureError;
use plumbago_protocol::limits;

/// One vertical scale and the series that are drawn against it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Side {
    /// Where the scale begins.
    pub(crate) min: Option<f64>,
    /// Where it ends.
    pub(crate) max: Option<Top>,
    /// Where it ends at most.
    pub(crate) limit: Option<f64>,
    /// Distance of labels.
    pub(crate) step: Option<f64>,
    /// Colour of the series.
    pub(crate) color: Option<Color>,
    /// Width of their lines in pixels.
    pub(crate) width: Option<f64>,
    /// Length of their dashes in pixels.
    pub(crate) dash: Option<f64>,
}

/// Where a scale ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Top {
    /// At a value.
    At(f64),
    /// At the largest value there is, without rounding.
    Largest,
}

/// The names of the parameters of one scale.
pub(super) struct Names {
    pub(super) min: &'static str,
    pub(super) max: &'static str,
    pub(super) limit: &'static str,
    pub(super) step: &'static str,
    /// Colour, width and dashes.
    pub(super) style: Option<[&'static str; 3]>,
}

/// Of the only scale.
pub(super) const ONLY: Names =
    Names { min: "yMin", max: "yMax", limit: "yLimit", step: "yStep", style: None };

/// Of the left one of two.
pub(super) const LEFT: Names = Names {
    min: "yMinLeft",
    max: "yMaxLeft",
    limit: "yLimitLeft",
    step: "yStepLeft",
    style: Some(["leftColor", "leftWidth", "leftDashed"]),
};

/// Of the right one of two.
pub(super) const RIGHT: Names = Names {
    min: "yMinRight",
    max: "yMaxRight",
    limit: "yLimitRight",
    step: "yStepRight",
    style: Some(["rightColor", "rightWidth", "rightDashed"]),
};

impl Side {
    /// Reads the parameters of one scale.
    ///
    /// # Errors
    /// The first wrong one.
    pub(super) fn read(reader: &Reader<'_>, names: &Names) -> Result<Side, PictureError> {
        let min = reader.number(names.min)?;
        let max = top(reader, names.max)?;
        if let (Some(bottom), Some(Top::At(top))) = (min, max)
            && bottom >= top
        {
            let expected = format!("more than {}, which is {bottom}", names.min);
            return Err(PictureError::parameter(names.max, expected, &top.to_string()));
        }
        let positive = f64::MIN_POSITIVE..=limits::PICTURE_VALUE_MAX;
        let mut side = Side {
            min,
            max,
            limit: reader.number(names.limit)?,
            step: reader.number_within(names.step, positive, "a number above 0")?,
            ..Side::default()
        };
        if let Some([color, width, dash]) = names.style {
            let wide = 0.0..=limits::PICTURE_LINE_PIXELS_MAX;
            side.color = reader.color(color)?;
            side.width = reader.number_within(width, wide, "a width in pixels")?;
            side.dash = reader.dash(dash)?;
        }
        Ok(side)
    }
}

/// Where a scale ends, by the parameter of this name.
pub(super) fn top(reader: &Reader<'_>, name: &'static str) -> Result<Option<Top>, PictureError> {
    if reader.text(name).is_some_and(|text| text.eq_ignore_ascii_case("max")) {
        return Ok(Some(Top::Largest));
    }
    Ok(reader.number(name)?.map(Top::At))
}
