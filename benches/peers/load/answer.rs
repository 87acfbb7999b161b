//! What a server says it has stored, read from its JSON: names and their known points.
//!
//! Values are read from their digits by the standard library, which is exact: a value that differs in its last bit was
//! stored or written differently.

use std::collections::BTreeMap;
use std::io;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::arguments::{Dialect, Names};
use crate::http::post;

/// A series by name, with its known points as (timestamp, value).
pub(crate) type Stored = (String, Vec<(i64, f64)>);

#[derive(Deserialize)]
struct Rendered<'a> {
    target: String,
    #[serde(borrow)]
    datapoints: Vec<(&'a RawValue, i64)>,
}

#[derive(Deserialize)]
struct Exported<'a> {
    metric: BTreeMap<String, String>,
    #[serde(borrow)]
    values: Vec<&'a RawValue>,
    timestamps: Vec<i64>,
}

/// Every series of one rack, with its points from `from` to `until`, both included.
pub(crate) fn rack(
    server: &str,
    dialect: Dialect,
    names: Names,
    rack: (usize, usize),
    (from, until): (i64, i64),
) -> io::Result<Vec<Stored>> {
    let (centre, rack) = rack;
    let path = format!("dc{centre}.rack{rack:02}.*.*.*.*");
    let tag = format!("{rack:02}");
    match dialect {
        Dialect::Graphite => {
            let target = match names {
                Names::Paths => path,
                Names::Tagged => format!("seriesByTag('rack={tag}')"),
            };
            let (from, until) = ((from - 1).to_string(), until.to_string());
            let form = [
                ("target", target.as_str()),
                ("from", &from),
                ("until", &until),
                ("format", "json"),
                ("noCache", "1"),
            ];
            rendered(&post(server, "/render", &form)?)
        }
        Dialect::Victoria => {
            let matching = match names {
                Names::Paths => format!("{{__graphite__=\"{path}\"}}"),
                Names::Tagged => format!("{{rack=\"{tag}\"}}"),
            };
            let (from, until) = (from.to_string(), until.to_string());
            let form = [("match[]", matching.as_str()), ("start", &from), ("end", &until)];
            exported(&post(server, "/api/v1/export", &form)?)
        }
    }
}

fn rendered(body: &[u8]) -> io::Result<Vec<Stored>> {
    let all: Vec<Rendered> = serde_json::from_slice(body)?;
    let stored = |series: Rendered| {
        let known = series.datapoints.iter().filter(|(value, _)| value.get() != "null");
        let points: io::Result<Vec<_>> = known.map(|(value, time)| Ok((*time, number(value)?))).collect();
        Ok((series.target, points?))
    };
    all.into_iter().map(stored).collect()
}

/// One object a line; a series may have several.
fn exported(body: &[u8]) -> io::Result<Vec<Stored>> {
    let mut series: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    for line in body.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let part: Exported = serde_json::from_slice(line)?;
        let points = series.entry(name_from_labels(part.metric)).or_default();
        for (time, value) in part.timestamps.iter().zip(&part.values) {
            points.push((time.div_euclid(1000), number(value)?));
        }
    }
    Ok(series.into_iter().collect())
}

fn name_from_labels(mut labels: BTreeMap<String, String>) -> String {
    let mut name = labels.remove("__name__").unwrap_or_default();
    for (tag, value) in labels {
        name = format!("{name};{tag}={value}");
    }
    name
}

fn number(raw: &RawValue) -> io::Result<f64> {
    raw.get().parse().map_err(|_| io::Error::other(format!("{raw} is answered as a value")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_points_of_a_render_are_left_out() {
        let body =
            br#"[{"target":"a.b","tags":{"name":"a.b"},"datapoints":[[null,10],[0.30000000000000004,20]]}]"#;
        assert_eq!(rendered(body).unwrap(), [("a.b".to_owned(), vec![(20, 0.1 + 0.2)])]);
        assert!(rendered(br#"[{"target":"a","datapoints":[["x",1]]}]"#).is_err());
    }

    #[test]
    fn lines_of_an_export_are_joined_and_labels_become_tags() {
        let body = br#"{"metric":{"__name__":"a","z":"1","b":"2"},"values":[1,2.5],"timestamps":[1000,2000]}
{"metric":{"__name__":"a","b":"2","z":"1"},"values":[3],"timestamps":[3000]}
"#;
        assert_eq!(exported(body).unwrap(), [("a;b=2;z=1".to_owned(), vec![(1, 1.0), (2, 2.5), (3, 3.0)])]);
    }
}
