//! Parameters from text: what is taken, what is refused and in which words.

use super::*;

fn read(query: &str) -> Result<Parameters, String> {
    let pairs: Vec<(&str, &str)> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let get = |name: &str| pairs.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value);
    Parameters::read(&get).map_err(|error| error.to_string())
}

#[test]
fn nothing_said_is_what_graphite_web_takes() {
    let parameters = read("").unwrap();
    assert_eq!(parameters.size(), (330, 250));
    assert_eq!((parameters.margin, parameters.lines.width, parameters.minor_lines), (10.0, 1.2, 1));
    assert_eq!(parameters.divisors, [4, 5, 6]);
    assert_eq!(read("width=default&title=&bgcolor=default").unwrap(), parameters);
    assert_eq!(read("margin=-3").unwrap(), parameters);
    assert_eq!(read("yUnitSystem=no-such&template=no-such").unwrap(), parameters);
}

#[test]
fn older_names_count_where_the_newer_ones_say_nothing() {
    let parameters = read("min=1&max=2&thickness=3").unwrap();
    assert_eq!((parameters.only.min, parameters.only.max), (Some(1.0), Some(Top::At(2.0))));
    assert_eq!(parameters.lines.width, 3.0);
    let parameters = read("min=1&yMin=0.5&max=2&yMax=max&thickness=3&lineWidth=4").unwrap();
    assert_eq!((parameters.only.min, parameters.only.max), (Some(0.5), Some(Top::Largest)));
    assert_eq!(parameters.lines.width, 4.0);
}

#[test]
fn graph_only_leaves_nothing_else() {
    let parameters = read("graphOnly=true&title=a&vtitle=b&margin=7&hideLegend=false").unwrap();
    assert!(parameters.title.is_empty() && parameters.vertical_title.is_empty());
    assert_eq!(parameters.margin, 0.0);
    let shown = parameters.shown;
    assert_eq!((shown.legend, shown.times, shown.values, shown.grid), (Some(false), false, false, false));
}

#[test]
fn what_is_wrong_is_named_in_one_line() {
    for (query, message) in [
        ("width=0", r#"width: expected a whole number from 1 to 8192, found "0""#),
        ("width=8193", r#"width: expected a whole number from 1 to 8192, found "8193""#),
        ("height=1e3", r#"height: expected a whole number from 1 to 8192, found "1e3""#),
        (
            "width=8000&height=8000",
            r#"height: expected at most 2097, as wide as the picture is, found "8000""#,
        ),
        (
            "bgcolor=nope",
            "bgcolor: expected a colour: a name such as blue, or six or eight hexadecimal digits, found \"nope\"",
        ),
        (
            "colorList=red,,blue",
            "colorList: expected a colour: a name such as blue, or six or eight hexadecimal digits, found \"\"",
        ),
        ("yMin=NaN", r#"yMin: expected a number, found "NaN""#),
        ("yMax=inf", r#"yMax: expected a number, found "inf""#),
        ("yMaxRight=1e308", r#"yMaxRight: expected a number, found "1e308""#),
        ("yMin=5&yMax=5", r#"yMax: expected more than yMin, which is 5, found "5""#),
        ("yMin=5&max=4", r#"max: expected more than min, which is 5, found "4""#),
        ("yStep=0", r#"yStep: expected a number above 0, found "0""#),
        ("logBase=1", r#"logBase: expected e, or a number above 1, found "1""#),
        ("logBase=-2", r#"logBase: expected e, or a number above 1, found "-2""#),
        ("lineMode=curve", r#"lineMode: expected one of slope, staircase, connected, found "curve""#),
        ("areaAlpha=2", r#"areaAlpha: expected a number from 0 to 1, found "2""#),
        ("hideGrid=perhaps", r#"hideGrid: expected true or false, found "perhaps""#),
        (
            "yDivisors=4,0",
            r#"yDivisors: expected whole numbers from 1 to 100 with commas between them, found "4,0""#,
        ),
        ("leftDashed=-1", r#"leftDashed: expected true, or the length of dashes in pixels, found "-1""#),
        ("title=a\nb&fontSize=0", r#"fontSize: expected a size in pixels from 1 to 200, found "0""#),
        ("minorY=21", r#"minorY: expected a whole number from 0 to 20, found "21""#),
        ("graphType=bars", r#"graphType: expected one of line, pie, found "bars""#),
    ] {
        let found = read(query).unwrap_err();
        assert_eq!(found, message, "{query}");
        assert_eq!(found.lines().count(), 1);
    }
    let long = read(&format!("title={}", "x".repeat(1001))).unwrap_err();
    assert_eq!(long, format!("title: expected at most 1000 characters, found {:?}", "x".repeat(80)));
}

#[test]
fn dashes_have_a_length_or_the_usual_one() {
    assert_eq!(read("leftDashed=true").unwrap().left.dash, Some(5.0));
    assert_eq!(read("leftDashed=9").unwrap().left.dash, Some(9.0));
    assert_eq!(read("leftDashed=false").unwrap().left.dash, None);
    assert_eq!(read("leftDashed=0").unwrap().left.dash, None);
}
