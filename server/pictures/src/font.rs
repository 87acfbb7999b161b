//! The fonts that come along, and how wide text is in them.
//!
//! Invariant: these are the only fonts there are; a picture is the same on every machine. Which glyphs they have is
//! written in `fonts/README.md`; any other character is shown as a box.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

use crate::parameters::FontStyle;

/// The family, and those that come close to it where an SVG is shown without it.
pub(crate) const FAMILY: &str = "DejaVu Sans";
pub(crate) const FAMILIES: &str = "DejaVu Sans, Verdana, Geneva, sans-serif";

const REGULAR: &[u8] = include_bytes!("../fonts/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../fonts/DejaVuSans-Bold.ttf");
const OBLIQUE: &[u8] = include_bytes!("../fonts/DejaVuSans-Oblique.ttf");
const BOLD_OBLIQUE: &[u8] = include_bytes!("../fonts/DejaVuSans-BoldOblique.ttf");

/// Height of a line above and below its base line, as shares of the size.
const ASCENT: f64 = 0.76;
const DESCENT: f64 = 0.24;

/// Width of a character that the font does not know, as a share of the size.
const UNKNOWN_WIDTH: f64 = 0.6;

/// All four, as the rasteriser looks them up.
static DATABASE: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut database = fontdb::Database::new();
    for data in [REGULAR, BOLD, OBLIQUE, BOLD_OBLIQUE] {
        database.load_font_source(fontdb::Source::Binary(Arc::new(data)));
    }
    database.set_sans_serif_family(FAMILY);
    Arc::new(database)
});

/// The widths of the Latin letters, Greek, Cyrillic and signs of each font, as shares of its size.
static WIDTHS: LazyLock<[Vec<f32>; 4]> =
    LazyLock::new(|| [REGULAR, BOLD, OBLIQUE, BOLD_OBLIQUE].map(|data| widths(data).unwrap_or_default()));

/// Characters whose widths are kept.
const KNOWN: usize = 0x2800;

/// The fonts for the rasteriser.
pub(crate) fn database() -> Arc<fontdb::Database> {
    Arc::clone(&DATABASE)
}

fn widths(data: &[u8]) -> Option<Vec<f32>> {
    let font = FontRef::new(data).ok()?;
    let units = f32::from(font.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
    let (charmap, glyphs) = (font.charmap(), font.glyph_metrics(Size::unscaled(), LocationRef::default()));
    let width = |code: u32| charmap.map(code).and_then(|glyph| glyphs.advance_width(glyph));
    Some(
        (0..KNOWN as u32)
            .map(|code| width(code).map_or(UNKNOWN_WIDTH as f32, |width| width / units))
            .collect(),
    )
}

/// One of the fonts in a size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Font {
    pub(crate) style: FontStyle,
}

impl Font {
    /// The font of a style.
    pub(crate) fn new(style: FontStyle) -> Font {
        Font { style }
    }

    /// The same in another size.
    pub(crate) fn sized(self, size: f64) -> Font {
        Font { style: FontStyle { size, ..self.style } }
    }

    /// How wide `text` is, in pixels.
    pub(crate) fn width(self, text: &str) -> f64 {
        let widths = &WIDTHS[usize::from(self.style.bold) + 2 * usize::from(self.style.italic)];
        let width = |character: char| {
            let known = widths.get(character as usize).copied();
            known.map_or(UNKNOWN_WIDTH, f64::from)
        };
        text.chars().map(width).sum::<f64>() * self.style.size
    }

    /// Distance of two lines in pixels.
    pub(crate) fn line_height(self) -> f64 {
        (self.style.size * 1.25).ceil()
    }

    /// How far capital letters and signs reach above the base line.
    pub(crate) fn ascent(self) -> f64 {
        self.style.size * ASCENT
    }

    /// How far letters reach below the base line.
    pub(crate) fn descent(self) -> f64 {
        self.style.size * DESCENT
    }

    /// `text` as far as it fits into `width`; what is too much is taken out of its middle, since the ends of a name tell
    /// most.
    pub(crate) fn fit(self, text: &str, width: f64) -> String {
        if self.width(text) <= width {
            return text.to_owned();
        }
        let characters: Vec<char> = text.chars().collect();
        let shortened = |kept: usize| {
            let head = kept.div_ceil(2);
            let tail = characters.len() - (kept - head);
            let parts = characters[..head].iter().chain(&['…']).chain(&characters[tail..]);
            parts.collect::<String>()
        };
        let (mut fits, mut too_much) = (0, characters.len());
        while too_much - fits > 1 {
            let middle = fits.midpoint(too_much);
            if self.width(&shortened(middle)) <= width { fits = middle } else { too_much = middle }
        }
        if fits == 0 { String::new() } else { shortened(fits) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn font(bold: bool, italic: bool) -> Font {
        Font::new(FontStyle { bold, italic, size: 10.0 })
    }

    #[test]
    fn letters_have_their_own_widths() {
        let plain = font(false, false);
        assert!(plain.width("iii") < plain.width("mmm"));
        assert!(font(true, false).width("mmm") > plain.width("mmm"));
        assert!(plain.width("Größe · Ελλάδα · Жизнь") > 0.0);
        assert_eq!(plain.width("漢"), 6.0);
        assert_eq!(plain.width(""), 0.0);
        assert!((plain.sized(20.0).width("m") - 2.0 * plain.width("m")).abs() < 1e-9);
    }

    #[test]
    fn what_does_not_fit_loses_its_middle() {
        let plain = font(false, false);
        assert_eq!(plain.fit("short", 100.0), "short");
        let name = "servers.frankfurt.web01.requests.count";
        for width in [100.0, 50.0, 20.0] {
            let shown = plain.fit(name, width);
            assert!(plain.width(&shown) <= width, "{shown}");
            assert!(shown.contains('…') && shown.starts_with("s"), "{shown}");
        }
        assert_eq!(plain.fit(name, 3.0), "");
        assert_eq!(plain.fit("", 3.0), "");
    }

    #[test]
    fn the_rasteriser_knows_all_four() {
        let found: Vec<(String, u16, bool)> = database()
            .faces()
            .map(|face| (face.families[0].0.clone(), face.weight.0, face.style != fontdb::Style::Normal))
            .collect();
        let family = FAMILY.to_owned();
        let all = [(400, false), (700, false), (400, true), (700, true)];
        assert_eq!(found, all.map(|(weight, slanted)| (family.clone(), weight, slanted)));
    }
}
