//! From the URL of a picture to the picture, over the made-up store.

use jiff::tz::TimeZone;
use percent_encoding::percent_decode_str;
use plumbago_pictures::{Parameters, Picture, Series, Slice};
use plumbago_protocol::at_time;
use plumbago_query::{RenderRequest, evaluate};

use crate::store::{Made, NOW};

/// Draws what a query string asks for.
pub(crate) fn picture(query: &str) -> Result<Picture, String> {
    let decoded = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned();
    let pairs: Vec<(String, String)> = query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect();
    let get = |name: &str| pairs.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let parameters = Parameters::read(&get).map_err(|error| error.to_string())?;
    let zone = TimeZone::get(get("tz").unwrap_or("UTC")).unwrap();
    let time = |name: &str| get(name).map(|text| at_time::parse(text, NOW, &zone).unwrap());
    let (from, until) = (time("from").unwrap_or(NOW - 86_400), time("until").unwrap_or(NOW));
    let targets = pairs.iter().filter(|(name, _)| name == "target").map(|(_, value)| value.clone()).collect();
    let request = RenderRequest { time_zone: zone.clone(), ..RenderRequest::new(targets, from, until, NOW) };
    let series = evaluate(&Made, &request).map_err(|error| error.to_string())?;
    let series: Vec<Series> = series.into_iter().map(Series::from).collect();
    let picture = if parameters.is_pie() {
        let slices: Vec<Slice> = series.iter().map(|one| Slice::of(&parameters, one)).collect();
        Picture::of_slices(&parameters, &slices)
    } else {
        Picture::of_series(&parameters, &series, (from, until), &zone)
    };
    picture.map_err(|error| error.to_string())
}
