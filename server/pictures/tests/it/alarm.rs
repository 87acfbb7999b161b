//! The picture of an alarm.

use std::sync::Arc;

use jiff::tz::TimeZone;
use plumbago_pictures::{AlarmPicture, Format, Picture, Series, Threshold, alarm_picture};
use plumbago_query::{Consolidation, Drawing};

use crate::store::NOW;

fn series(values: Vec<f64>) -> Series {
    Series {
        name: Arc::from("web.01.errors"),
        start: NOW - 60 * values.len() as i64,
        step: 60,
        values,
        consolidation: Consolidation::Average,
        x_files_factor: 0.0,
        drawing: Drawing::default(),
    }
}

/// Errors that rise above their thresholds.
pub(crate) fn example() -> Picture {
    let rising = |at: i32| if at < 75 { 2 + at * 7 % 5 } else { 6 + (at - 75) / 2 + at * 7 % 6 };
    let errors = series((0..120).map(|at| f64::from(rising(at))).collect());
    let thresholds = [
        Threshold { value: 10.0, label: "warning: above 10".to_owned() },
        Threshold { value: 20.0, label: "critical: above 20".to_owned() },
    ];
    alarm_picture(&AlarmPicture {
        title: "web.01: errors per minute",
        series: &[errors],
        thresholds: &thresholds,
        firing: Some((NOW - 60 * 28, NOW)),
        range: (NOW - 7200, NOW),
        zone: &TimeZone::UTC,
        width: 480,
        height: 220,
    })
    .unwrap()
}

#[test]
fn an_alarm_without_values_has_a_picture_and_a_wrong_size_has_none() {
    let silent = series(vec![f64::NAN; 10]);
    let odd = Threshold { value: f64::NAN, label: "<none>".to_owned() };
    let zone = TimeZone::UTC;
    let alarm = |width: u32| AlarmPicture {
        title: "",
        series: std::slice::from_ref(&silent),
        thresholds: std::slice::from_ref(&odd),
        firing: Some((NOW, NOW - 60)),
        range: (NOW - 600, NOW),
        zone: &zone,
        width,
        height: 200,
    };
    let picture = alarm_picture(&alarm(400)).unwrap();
    assert!(picture.encode(Format::Png).unwrap().starts_with(b"\x89PNG"));
    let error = alarm_picture(&alarm(0)).unwrap_err();
    assert_eq!(error.to_string(), "width: expected a whole number from 1 to 8192, found \"0\"");
}
