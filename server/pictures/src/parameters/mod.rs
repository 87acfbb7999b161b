//! The parameters of a picture: what a URL says, checked once.
//!
//! Invariant: every number in here is within the bounds of [`limits`]; who draws need not check again. Names, defaults
//! and the meaning of values are graphite-web's; what it would ignore or fail on is refused here by name.

mod reader;
mod side;
#[cfg(test)]
mod tests;

use plumbago_protocol::limits;

use crate::color::Color;
use crate::error::PictureError;
use crate::template::Look;
use reader::Reader;
pub(crate) use side::{Side, Top};

/// What is drawn, and how: everything about a picture but its series.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameters {
    pub(crate) is_pie: bool,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) margin: f64,
    pub(crate) look: Look,
    pub(crate) font: FontStyle,
    pub(crate) title: Vec<String>,
    pub(crate) vertical_title: Vec<String>,
    pub(crate) vertical_title_right: Vec<String>,
    pub(crate) lines: Lines,
    pub(crate) shown: Shown,
    pub(crate) pie: Pie,
    /// The scale where there is only one, and those where there are two.
    pub(crate) only: Side,
    pub(crate) left: Side,
    pub(crate) right: Side,
    pub(crate) unit: UnitSystem,
    /// Into how many parts a scale may be divided.
    pub(crate) divisors: Vec<u32>,
    pub(crate) log_base: Option<f64>,
    /// Lines of the grid between two labels.
    pub(crate) minor_lines: u32,
    /// Whether the only scale is on the right.
    pub(crate) scale_on_right: bool,
    pub(crate) time_format: Option<String>,
}

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FontStyle {
    pub(crate) bold: bool,
    pub(crate) italic: bool,
    /// In pixels.
    pub(crate) size: f64,
}

/// How series look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Lines {
    pub(crate) mode: LineMode,
    /// Over how many missing values [`LineMode::Connected`] goes on.
    pub(crate) connected_limit: usize,
    /// In pixels.
    pub(crate) width: f64,
    pub(crate) area: AreaMode,
    pub(crate) area_alpha: Option<f64>,
    pub(crate) null_as_zero: bool,
    /// Least distance of two points in pixels; closer ones are joined.
    pub(crate) step_min: f64,
}

/// How one point leads to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineMode {
    /// Straight.
    Slope,
    /// Level until the next one begins.
    Staircase,
    /// Straight, and over missing ones, too.
    Connected,
}

/// Which series are filled down to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AreaMode {
    None,
    First,
    All,
    /// Each on top of those before it.
    Stacked,
}

/// Which parts of a picture are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    /// `None`: if there are few enough series.
    pub(crate) legend: Option<bool>,
    pub(crate) empty_in_legend: bool,
    pub(crate) repeated_in_legend: bool,
    pub(crate) times: bool,
    pub(crate) values: bool,
    pub(crate) grid: bool,
}

/// How a pie looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pie {
    pub(crate) mode: PieMode,
    pub(crate) labels: PieLabels,
    /// Slices of less than this (per cent, or their value) have no label.
    pub(crate) labels_min: f64,
    pub(crate) labels_color: Color,
    pub(crate) labels_rotated: bool,
}

/// Which value of a series its slice stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieMode {
    Average,
    Maximum,
    Minimum,
}

/// What is written on slices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PieLabels {
    None,
    Number,
    Percent,
}

/// How values are shortened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UnitSystem {
    /// Thousands.
    Si,
    /// Powers of 1024.
    Binary,
    /// Seconds, minutes, hours, …
    Seconds,
    /// The same in milliseconds.
    Milliseconds,
    /// Not at all.
    None,
}

impl Parameters {
    /// Reads the parameters of a picture; `get` answers the last value of a name.
    ///
    /// # Errors
    /// The first parameter that is wrong, with what it may be.
    pub fn read<'a>(get: &'a dyn Fn(&str) -> Option<&'a str>) -> Result<Parameters, PictureError> {
        let reader = &Reader::new(get);
        let (width, height) = size(reader)?;
        let (only, left, right) = sides(reader)?;
        let mut parameters = Parameters {
            is_pie: reader.choice("graphType", &[("line", false), ("pie", true)])?.unwrap_or(false),
            width,
            height,
            margin: margin(reader)?,
            look: look(reader)?,
            font: font(reader)?,
            title: reader.title("title")?,
            vertical_title: reader.title("vtitle")?,
            vertical_title_right: reader.title("vtitleRight")?,
            lines: lines(reader)?,
            shown: shown(reader)?,
            pie: pie(reader)?,
            only,
            left,
            right,
            unit: unit(reader),
            divisors: divisors(reader)?,
            log_base: log_base(reader)?,
            minor_lines: reader.whole("minorY", 0..=limits::PICTURE_MINOR_LINES_MAX)?.unwrap_or(1),
            scale_on_right: reader.choice("yAxisSide", &[("left", false), ("right", true)])?.unwrap_or(false),
            time_format: time_format(reader)?,
        };
        if reader.flag("graphOnly")?.unwrap_or(false) {
            parameters.strip();
        }
        Ok(parameters)
    }

    /// Leaves nothing but the series.
    fn strip(&mut self) {
        self.margin = 0.0;
        self.title.clear();
        self.vertical_title.clear();
        self.vertical_title_right.clear();
        self.shown = Shown { legend: Some(false), times: false, values: false, grid: false, ..self.shown };
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Whether it is a pie.
    pub fn is_pie(&self) -> bool {
        self.is_pie
    }
}

fn size(reader: &Reader<'_>) -> Result<(u32, u32), PictureError> {
    let range = 1..=limits::PICTURE_SIDE_PIXELS_MAX;
    let width = reader.whole("width", range.clone())?.unwrap_or(330);
    let height = reader.whole("height", range)?.unwrap_or(250);
    if width.saturating_mul(height) > limits::PICTURE_AREA_PIXELS_MAX {
        let most = limits::PICTURE_AREA_PIXELS_MAX / width.max(1);
        let expected = format!("at most {most}, as wide as the picture is");
        return Err(PictureError::parameter("height", expected, &height.to_string()));
    }
    Ok((width, height))
}

fn margin(reader: &Reader<'_>) -> Result<f64, PictureError> {
    const MARGIN_DEFAULT: f64 = 10.0;
    let most = f64::from(limits::PICTURE_SIDE_PIXELS_MAX);
    let margin = reader.number_within("margin", -most..=most, "a number of pixels")?;
    // graphite-web takes a negative one for none.
    Ok(margin.filter(|margin| *margin >= 0.0).unwrap_or(MARGIN_DEFAULT))
}

fn look(reader: &Reader<'_>) -> Result<Look, PictureError> {
    let mut look = Look::named(reader.text("template").unwrap_or("default"));
    let named: [(&'static str, &mut Color); 4] = [
        ("bgcolor", &mut look.background),
        ("fgcolor", &mut look.foreground),
        ("majorGridLineColor", &mut look.major_line),
        ("minorGridLineColor", &mut look.minor_line),
    ];
    for (name, color) in named {
        *color = reader.color(name)?.unwrap_or(*color);
    }
    look.series = reader.colors("colorList")?.unwrap_or(look.series);
    Ok(look)
}

fn font(reader: &Reader<'_>) -> Result<FontStyle, PictureError> {
    const SIZE_DEFAULT: f64 = 10.0;
    let range = 1.0..=f64::from(limits::PICTURE_FONT_PIXELS_MAX);
    let expected = format!("a size in pixels from 1 to {}", limits::PICTURE_FONT_PIXELS_MAX);
    Ok(FontStyle {
        bold: reader.flag("fontBold")?.unwrap_or(false),
        italic: reader.flag("fontItalic")?.unwrap_or(false),
        size: reader.number_within("fontSize", range, &expected)?.unwrap_or(SIZE_DEFAULT),
    })
}

fn lines(reader: &Reader<'_>) -> Result<Lines, PictureError> {
    const WIDTH_DEFAULT: f64 = 1.2;
    let modes =
        [("slope", LineMode::Slope), ("staircase", LineMode::Staircase), ("connected", LineMode::Connected)];
    let areas = [
        ("none", AreaMode::None),
        ("first", AreaMode::First),
        ("all", AreaMode::All),
        ("stacked", AreaMode::Stacked),
    ];
    let widths = 0.0..=limits::PICTURE_LINE_PIXELS_MAX;
    let width = match reader.number_within("lineWidth", widths.clone(), "a width in pixels")? {
        Some(width) => Some(width),
        None => reader.number_within("thickness", widths, "a width in pixels")?,
    };
    let limit = reader.whole("connectedLimit", 0..=u32::MAX)?;
    let wide = f64::from(limits::PICTURE_SIDE_PIXELS_MAX);
    Ok(Lines {
        mode: reader.choice("lineMode", &modes)?.unwrap_or(LineMode::Slope),
        connected_limit: limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX),
        width: width.unwrap_or(WIDTH_DEFAULT),
        area: reader.choice("areaMode", &areas)?.unwrap_or(AreaMode::None),
        area_alpha: reader.number_within("areaAlpha", 0.0..=1.0, "a number from 0 to 1")?,
        null_as_zero: reader.flag("drawNullAsZero")?.unwrap_or(false),
        step_min: reader.number_within("minXStep", 0.0..=wide, "a number of pixels")?.unwrap_or(1.0),
    })
}

fn shown(reader: &Reader<'_>) -> Result<Shown, PictureError> {
    let hidden = |name| reader.flag(name).map(Option::unwrap_or_default);
    let axes = !hidden("hideAxes")?;
    Ok(Shown {
        legend: reader.flag("hideLegend")?.map(|hide| !hide),
        empty_in_legend: !hidden("hideNullFromLegend")?,
        repeated_in_legend: !hidden("uniqueLegend")?,
        times: !hidden("hideXAxis")? && axes,
        values: !hidden("hideYAxis")? && axes,
        grid: !hidden("hideGrid")? && axes,
    })
}

fn pie(reader: &Reader<'_>) -> Result<Pie, PictureError> {
    const MIN_DEFAULT: f64 = 5.0;
    let modes = [("average", PieMode::Average), ("maximum", PieMode::Maximum), ("minimum", PieMode::Minimum)];
    let labels = [("none", PieLabels::None), ("number", PieLabels::Number), ("percent", PieLabels::Percent)];
    let turned = [("horizontal", false), ("rotated", true)];
    Ok(Pie {
        mode: reader.choice("pieMode", &modes)?.unwrap_or(PieMode::Average),
        labels: reader.choice("valueLabels", &labels)?.unwrap_or(PieLabels::Percent),
        labels_min: reader.number("valueLabelsMin")?.unwrap_or(MIN_DEFAULT),
        labels_color: reader.color("valueLabelsColor")?.unwrap_or(Color::rgb(0, 0, 0)),
        labels_rotated: reader.choice("pieLabels", &turned)?.unwrap_or(false),
    })
}

fn sides(reader: &Reader<'_>) -> Result<(Side, Side, Side), PictureError> {
    let mut only = Side::read(reader, &side::ONLY)?;
    // The older names of the same.
    only.min = only.min.or(reader.number("min")?);
    only.max = only.max.or(side::top(reader, "max")?);
    if let (Some(bottom), Some(Top::At(top))) = (only.min, only.max)
        && bottom >= top
    {
        let expected = format!("more than min, which is {bottom}");
        return Err(PictureError::parameter("max", expected, &top.to_string()));
    }
    Ok((only, Side::read(reader, &side::LEFT)?, Side::read(reader, &side::RIGHT)?))
}

/// What is no system of units is the usual one, as in graphite-web.
fn unit(reader: &Reader<'_>) -> UnitSystem {
    match reader.text("yUnitSystem").map(str::to_ascii_lowercase).as_deref() {
        Some("binary") => UnitSystem::Binary,
        Some("sec") => UnitSystem::Seconds,
        Some("msec") => UnitSystem::Milliseconds,
        Some("none") => UnitSystem::None,
        _ => UnitSystem::Si,
    }
}

fn divisors(reader: &Reader<'_>) -> Result<Vec<u32>, PictureError> {
    const LARGEST: u32 = 100;
    let Some(text) = reader.text("yDivisors") else { return Ok(vec![4, 5, 6]) };
    let parsed = text.split(',').map(|part| part.trim().parse::<u32>().ok());
    let divisors: Option<Vec<u32>> = parsed.map(|part| part.filter(|n| (1..=LARGEST).contains(n))).collect();
    match divisors {
        Some(divisors) if divisors.len() <= 100 => Ok(divisors),
        _ => {
            let expected = format!("whole numbers from 1 to {LARGEST} with commas between them");
            Err(PictureError::parameter("yDivisors", expected, text))
        }
    }
}

fn log_base(reader: &Reader<'_>) -> Result<Option<f64>, PictureError> {
    match reader.text("logBase") {
        Some("e") => Ok(Some(std::f64::consts::E)),
        // No logarithm at all.
        Some("0" | "false") => Ok(None),
        _ => reader.number_within("logBase", 1.001..=1e12, "e, or a number above 1"),
    }
}

fn time_format(reader: &Reader<'_>) -> Result<Option<String>, PictureError> {
    match reader.text("xFormat") {
        Some(text) if text.len() > limits::PICTURE_FORMAT_BYTES_MAX => {
            let expected = format!("at most {} bytes", limits::PICTURE_FORMAT_BYTES_MAX);
            Err(PictureError::parameter("xFormat", expected, text))
        }
        text => Ok(text.map(str::to_owned)),
    }
}
