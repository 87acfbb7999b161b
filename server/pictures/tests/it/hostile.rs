//! What nobody would draw: odd values, odd names, odd sizes. Each is a picture, or an error in one line.

use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_pictures::{Format, Parameters, Picture, Series, Slice};
use plumbago_query::{Consolidation, Drawing, Fill};

use crate::request::picture;
use crate::store::NOW;

fn parameters(pairs: &[(&str, &str)]) -> Parameters {
    let get = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    Parameters::read(&get).unwrap()
}

fn series(name: &str, values: Vec<f64>) -> Series {
    Series {
        name: Arc::from(name),
        start: NOW,
        step: 60,
        values,
        consolidation: Consolidation::Average,
        x_files_factor: 0.0,
        drawing: Drawing::default(),
    }
}

fn svg(pairs: &[(&str, &str)], all: &[Series]) -> String {
    let picture = Picture::of_series(&parameters(pairs), all, (NOW, NOW + 60), &TimeZone::UTC).unwrap();
    assert!(picture.encode(Format::Png).unwrap().starts_with(b"\x89PNG"));
    assert!(picture.encode(Format::Pdf).unwrap().starts_with(b"%PDF"));
    String::from_utf8(picture.encode(Format::Svg).unwrap()).unwrap()
}

const INFINITE: f64 = f64::INFINITY;
const GAP: f64 = f64::NAN;

#[test]
fn any_values_make_a_picture() {
    let columns: [&[f64]; 14] = [
        &[],
        &[GAP],
        &[5.0],
        &[GAP, GAP, GAP],
        &[INFINITE, -INFINITE],
        &[1.0, INFINITE, 2.0],
        &[1e308, -1e308],
        &[1e300, 1e-300, 0.0],
        &[5e-324, 0.0],
        &[7.0, 7.0, 7.0],
        &[0.0, 0.0],
        &[-3.0, -1.0],
        &[1e15, 1e15 + 0.125],
        &[GAP, 1.0, GAP, 2.0, GAP],
    ];
    let options: [&[(&str, &str)]; 12] = [
        &[],
        &[("logBase", "10")],
        &[("areaMode", "stacked")],
        &[("areaMode", "all"), ("areaAlpha", "0.5")],
        &[("lineMode", "staircase")],
        &[("lineMode", "connected")],
        &[("drawNullAsZero", "true")],
        &[("yMin", "5"), ("yStep", "0.000001")],
        &[("yMax", "max"), ("yUnitSystem", "binary")],
        &[("yUnitSystem", "sec"), ("minorY", "20")],
        &[("yLimit", "-1"), ("lineWidth", "200")],
        &[("graphOnly", "true"), ("minXStep", "1000")],
    ];
    for values in columns {
        for pairs in options {
            for side in [false, true] {
                let mut other = series("b", values.to_vec());
                other.drawing.second_y_axis = side;
                let text = svg(pairs, &[series("a", values.to_vec()), other]);
                assert!(!text.contains("NaN") && !text.contains("inf"), "{values:?} {pairs:?}: {text}");
            }
        }
    }
}

#[test]
fn no_series_is_told_as_such() {
    assert!(svg(&[], &[]).contains("No Data"));
    assert!(svg(&[], &[series("a", vec![])]).contains("No Data"));
    let pie = Picture::of_slices(&parameters(&[("graphType", "pie")]), &[]).unwrap();
    assert!(String::from_utf8(pie.encode(Format::Svg).unwrap()).unwrap().contains("No Data"));
}

#[test]
fn any_size_makes_a_picture() {
    let values: Vec<f64> = (0..500).map(f64::from).collect();
    for (width, height) in
        [("1", "1"), ("3", "200"), ("200", "3"), ("20", "20"), ("60", "40"), ("8192", "10"), ("10", "8192")]
    {
        for margin in ["0", "10", "8192"] {
            let titles = [
                ("width", width),
                ("height", height),
                ("margin", margin),
                ("title", "a\nb"),
                ("vtitle", "c"),
                ("fontSize", "40"),
            ];
            svg(&titles, &[series("a", values.clone()), series("b", values.clone())]);
            let pie = [
                ("graphType", "pie"),
                ("width", width),
                ("height", height),
                ("margin", margin),
                ("title", "a"),
            ];
            let slices =
                [Slice { name: Arc::from("a"), value: 1.0 }, Slice { name: Arc::from("b"), value: 2.0 }];
            let pie = Picture::of_slices(&parameters(&pie), &slices).unwrap();
            assert!(pie.encode(Format::Png).unwrap().starts_with(b"\x89PNG"));
        }
    }
}

#[test]
fn names_and_titles_are_text_and_nothing_else() {
    let name = "</text><script>alert(1)</script>\u{0}\u{1b}<image href=\"file:///etc/passwd\"/>&amp;";
    let text = svg(&[("title", name), ("vtitle", name)], &[series(name, vec![1.0, 2.0])]);
    let document = resvg::usvg::roxmltree::Document::parse(&text).unwrap();
    let elements: Vec<&str> = document.descendants().map(|node| node.tag_name().name()).collect();
    assert!(!elements.contains(&"script") && !elements.contains(&"image"), "{text}");
}

#[test]
fn notes_of_series_are_brought_within_bounds_or_refused_by_name() {
    let drawn = |drawing: Drawing| {
        let one = Series { drawing, ..series("a", vec![1.0, 2.0, 3.0]) };
        let picture = Picture::of_series(&parameters(&[]), &[one], (NOW, NOW + 60), &TimeZone::UTC);
        picture.map(|picture| picture.encode(Format::Png).unwrap().len()).map_err(|error| error.to_string())
    };
    for number in [GAP, INFINITE, -INFINITE, -1.0, 0.0, 1e-300, 1e300] {
        let number = Some(number);
        for fill in [Fill::Nothing, Fill::Stack, Fill::Band, Fill::BandEdge] {
            let drawing = Drawing {
                alpha: number,
                line_width: number,
                dash_length: number,
                fill,
                ..Drawing::default()
            };
            assert!(drawn(drawing).is_ok());
        }
    }
    let error = drawn(Drawing { color: Some(Arc::from("url(#x)\"")), ..Drawing::default() }).unwrap_err();
    assert_eq!(
        error,
        "color: expected a colour: a name such as blue, or six or eight hexadecimal digits, found \"url(#x)\\\"\""
    );
}

#[test]
fn what_is_too_much_is_refused() {
    let many = vec![series("a", vec![1.0]); 2001];
    let error = Picture::of_series(&parameters(&[]), &many, (NOW, NOW + 60), &TimeZone::UTC).unwrap_err();
    assert_eq!(error.to_string(), "2001 series exceed the limit of 2000 for one picture");
    let slices = vec![Slice { name: Arc::from("a"), value: 1.0 }; 2001];
    let error = Picture::of_slices(&parameters(&[]), &slices).unwrap_err();
    assert_eq!(error.to_string(), "2001 slices exceed the limit of 2000 for one picture");
}

#[test]
fn more_points_than_pixels_are_joined() {
    let values: Vec<f64> = (0..1_000_000).map(|at| f64::from(at % 1000)).collect();
    let text = svg(&[("width", "400")], &[series("a", values)]);
    assert!(text.len() < 20_000, "{} bytes", text.len());
}

#[test]
fn any_slices_make_a_pie() {
    let values = [GAP, INFINITE, -1.0, 0.0, 1e308, 1e308, 5e-324];
    let slices: Vec<Slice> =
        values.iter().map(|value| Slice { name: Arc::from("a"), value: *value }).collect();
    for labels in ["none", "number", "percent"] {
        for pie in ["horizontal", "rotated"] {
            let parameters =
                parameters(&[("valueLabels", labels), ("pieLabels", pie), ("valueLabelsMin", "0")]);
            let picture = Picture::of_slices(&parameters, &slices).unwrap();
            let text = String::from_utf8(picture.encode(Format::Svg).unwrap()).unwrap();
            assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
            assert!(picture.encode(Format::Png).unwrap().starts_with(b"\x89PNG"));
        }
    }
}

#[test]
fn wrong_parameters_are_named() {
    let error = picture("target=web.01.requests&xFormat=%25").unwrap_err();
    assert_eq!(error, "xFormat: expected a format of times as strftime takes it, such as %H:%M, found \"%\"");
    let error = picture("target=color(web.01.requests,'nope')").unwrap_err();
    assert!(error.starts_with("color: expected a colour"), "{error}");
}

/// Many series that go up and down with every point.
fn noise(count: u32, points: u32, dash_length: Option<f64>) -> Vec<Series> {
    let value = |n: u32, at: u32| f64::from((at * 7919 + n * 31) % 1000);
    let one = |n| {
        let mut one = series("abc.def.ghi", (0..points).map(|at| value(n, at)).collect());
        one.drawing.dash_length = dash_length;
        one
    };
    (0..count).map(one).collect()
}

fn drawn(size: (&str, &str), all: &[Series]) -> String {
    let parameters = parameters(&[("width", size.0), ("height", size.1)]);
    let picture = Picture::of_series(&parameters, all, (NOW, NOW + 60), &TimeZone::UTC).unwrap();
    picture.svg().to_owned()
}

/// What it takes to draw it grows with the length of lines, which is bounded; nothing is left out because of that.
#[test]
fn lines_that_would_run_over_too_many_pixels_have_fewer_points() {
    for (count, points, size) in [(2000, 200, ("1600", "1000")), (200, 8000, ("8192", "1000"))] {
        let svg = drawn(size, &noise(count, points, None));
        assert!(svg.len() < 1 << 20, "{} bytes", svg.len());
        assert!(svg.matches("<path").count() >= count as usize, "every series is there");
        assert_eq!(svg, drawn(size, &noise(count, points, Some(1.0))), "dashes are the first to go");
    }
}

#[test]
fn ordinary_lines_keep_all_points_and_their_dashes() {
    let (solid, dashed) = (drawn(("600", "600"), &noise(10, 300, None)), noise(10, 300, Some(1.0)));
    assert_eq!(drawn(("600", "600"), &dashed).matches("stroke-dasharray").count(), 10);
    let turns = solid.matches(['L', 'l']).count();
    assert!(turns >= 10 * 250, "{turns}");
}
