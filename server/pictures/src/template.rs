//! Templates: what a picture looks like where its parameters say nothing.
//!
//! Owns the colours. The first ones have the names and colours that graphite-web comes with; `plumbago` and
//! `plumbago-dark` are our own, in an order of colours that those who see no red or green can tell apart.

use crate::color::Color;

/// The colours of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Look {
    /// Behind everything.
    pub(crate) background: Color,
    /// Of text.
    pub(crate) foreground: Color,
    /// Of the lines of the grid at labels.
    pub(crate) major_line: Color,
    /// Of those between.
    pub(crate) minor_line: Color,
    /// Of series, one after the other, then again from the first.
    pub(crate) series: Vec<Color>,
}

/// A template as it is written here: name, background, foreground, major line, minor line, series.
type Written = (&'static str, [&'static str; 4], &'static str);

const BASIC: &str = "blue,green,red,purple,brown,yellow,aqua,grey,magenta,pink,gold,rose";
const SOLARIZED: &str = "268bd2aa,859900aa,dc322faa,d33682aa,db4b16aa,b58900aa,2aa198aa,6c71c4aa";
const GRAFANA: &str = "7eb26d,eab839,6ed0e0,ef843c,e24d42,1f78c1,ba43a9,705da0,508642,cca300,447ebc";
const OURS: &str = "0072b2,e69f00,009e73,cc79a7,56b4e9,d55e00,7a6fc0,8c8c00,5a6b7b,a4527a";
const OURS_ON_DARK: &str = "56b4e9,e69f00,2fc596,e08fc0,f0e442,f27a3c,a79bf0,b9c46a,a8b6c4,d98ab0";

const TEMPLATES: &[Written] = &[
    ("default", ["white", "black", "rose", "grey"], BASIC),
    ("classic", ["black", "white", "white", "grey"], BASIC),
    (
        "noc",
        ["black", "white", "white", "grey"],
        "blue,green,red,yellow,purple,brown,aqua,grey,magenta,pink,gold,rose",
    ),
    ("summary", ["black", "white", "rose", "grey"], "6666ff,66ff66,ff6666"),
    ("alphas", ["white", "black", "grey", "rose"], "00ff00aa,ff000077,00337799"),
    ("solarized-light", ["fdf6e3", "657b83", "073642", "586e75"], SOLARIZED),
    ("solarized-dark", ["002b36", "839496", "fdf6e3", "eee8d5"], SOLARIZED),
    ("grafana", ["white", "black", "rose", "grey"], GRAFANA),
    ("plumbago", ["fcfcfb", "33393f", "d9dcdf", "eceeef"], OURS),
    ("plumbago-dark", ["15191d", "c9d1d9", "3a424a", "252b31"], OURS_ON_DARK),
];

impl Look {
    /// The template of this name; one that is not known is the default one, as graphite-web has it.
    pub(crate) fn named(name: &str) -> Look {
        let written = TEMPLATES.iter().find(|(known, _, _)| *known == name);
        let (_, [background, foreground, major_line, minor_line], series) = written.unwrap_or(&TEMPLATES[0]);
        Look {
            background: known(background),
            foreground: known(foreground),
            major_line: known(major_line),
            minor_line: known(minor_line),
            series: series.split(',').map(known).collect(),
        }
    }
}

/// A colour of the table above; a test holds all of them to be colours.
fn known(text: &str) -> Color {
    Color::parse(text).unwrap_or(Color::rgb(0, 0, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_of_every_template_is_one() {
        for (name, colors, series) in TEMPLATES {
            for text in colors.iter().copied().chain(series.split(',')) {
                assert!(Color::parse(text).is_some(), "{name}: {text}");
            }
        }
        assert_eq!(Look::named("no such"), Look::named("default"));
    }
}
