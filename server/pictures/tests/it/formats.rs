//! SVG, PNG and PDF of one picture.

use plumbago_pictures::Format;

use crate::request::picture;

const QUERY: &str = "target=web.*.requests&target=alpha(drawAsInfinite(deploys),0.4)&title=a&width=321&height=123&areaMode=first";

#[test]
fn a_png_has_the_size_that_was_asked_for() {
    let png = picture(QUERY).unwrap().encode(Format::Png).unwrap();
    let pixels = resvg::tiny_skia::Pixmap::decode_png(&png).unwrap();
    assert_eq!((pixels.width(), pixels.height()), (321, 123));
    let colors: std::collections::BTreeSet<u32> = pixels
        .pixels()
        .iter()
        .map(|pixel| u32::from_be_bytes([pixel.red(), pixel.green(), pixel.blue(), 0]))
        .collect();
    assert!(colors.len() > 20, "{} colours: nothing is drawn", colors.len());
}

#[test]
fn an_svg_is_well_formed_and_names_its_size() {
    let svg = picture(QUERY).unwrap().encode(Format::Svg).unwrap();
    let svg = String::from_utf8(svg).unwrap();
    let tree = resvg::usvg::roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(tree.root_element().attribute("width"), Some("321"));
    assert_eq!(tree.root_element().attribute("height"), Some("123"));
}

#[test]
fn a_pdf_is_whole_and_says_where_its_objects_are() {
    let pdf = picture(QUERY).unwrap().encode(Format::Pdf).unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    let text = String::from_utf8_lossy(&pdf).into_owned();
    assert!(text.trim_end().ends_with("%%EOF"));
    assert!(text.contains("/MediaBox [0 0 240.75 92.25]"), "{text}");
    let table = text.rsplit("startxref").next().unwrap().split_whitespace().next().unwrap();
    assert!(pdf[table.parse::<usize>().unwrap()..].starts_with(b"xref"));
}

#[test]
fn equal_requests_are_equal_bytes() {
    for format in [Format::Svg, Format::Png, Format::Pdf] {
        let draw = || picture(QUERY).unwrap().encode(format).unwrap();
        assert!(draw() == draw(), "{format:?}");
    }
}

#[test]
fn formats_have_names_and_media_types() {
    for (name, content_type) in [("svg", "image/svg+xml"), ("png", "image/png"), ("pdf", "application/x-pdf")]
    {
        assert_eq!(Format::parse(name).unwrap().content_type(), content_type);
    }
    assert_eq!(Format::parse("json"), None);
}
