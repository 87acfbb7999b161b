//! The gallery: every picture of `cases.txt` is what it was when somebody last looked at it.
//!
//! `PLUMBAGO_RENEW=1 cargo test -p plumbago-pictures golden` writes the SVGs anew, and docs/pictures/ with them. Look at
//! those before you commit them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use plumbago_pictures::Format;

use crate::alarm;
use crate::request::picture;

/// Blocks of three lines: a name, what it shows, and the query string; a blank line between two.
const CASES: &str = include_str!("../cases.txt");

struct Case {
    name: &'static str,
    shows: &'static str,
    query: &'static str,
}

fn cases() -> Vec<Case> {
    let blocks = CASES.split("\n\n").map(|block| block.trim().lines().collect::<Vec<_>>());
    let blocks = blocks.filter(|block| !block.is_empty());
    blocks
        .map(|block| match block.as_slice() {
            [name, shows, query] => Case { name, shows, query },
            other => panic!("a case has three lines: {other:?}"),
        })
        .collect()
}

fn renews() -> bool {
    std::env::var_os("PLUMBAGO_RENEW").is_some()
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(format!("{name}.svg"))
}

fn gallery() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/pictures")
}

/// The page that shows all pictures.
fn page(cases: &[Case]) -> String {
    let mut page = String::from(PREFACE);
    for Case { name, shows, query } in cases {
        let _ =
            write!(page, "\n## {shows}\n\n```\n/render?format=png&{query}\n```\n\n![{shows}]({name}.png)\n");
    }
    let _ = write!(
        page,
        "\n## An alarm's message: its threshold, and since when it has been firing\n\n![An alarm](alarm.png)\n"
    );
    page
}

const PREFACE: &str = "\
# Pictures

What `/render` draws, each with the request that made it. The series are made up; the present is noon of 2026-11-23 (UTC).
With `format=svg` or `format=pdf` instead of `format=png` the same picture comes as SVG or PDF.

This page and its pictures are made by a test: `PLUMBAGO_RENEW=1 cargo test -p plumbago-pictures golden`.
";

#[test]
fn every_picture_is_what_it_was() {
    let cases = cases();
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let alarm = alarm::example();
    let mut drawn: Vec<(&str, _)> =
        cases.iter().map(|case| (case.name, picture(case.query).unwrap())).collect();
    drawn.push(("alarm", alarm));
    let mut wrong = Vec::new();
    for (name, picture) in &drawn {
        let svg = picture.encode(Format::Svg).unwrap();
        if renews() {
            fs::write(golden(name), &svg).unwrap();
            fs::write(gallery().join(format!("{name}.png")), picture.encode(Format::Png).unwrap()).unwrap();
        }
        if fs::read(golden(name)).ok().as_ref() != Some(&svg) {
            wrong.push(*name);
        }
    }
    assert!(wrong.is_empty(), "these pictures have changed: {}", wrong.join(", "));
}

#[test]
fn every_picture_is_on_its_page() {
    let page = page(&cases());
    let path = gallery().join("README.md");
    if renews() {
        fs::write(&path, &page).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), page, "docs/pictures/README.md is stale");
    for file in fs::read_dir(gallery()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(name == "README.md" || page.contains(&format!("({name})")), "{name} is on no page");
    }
}
