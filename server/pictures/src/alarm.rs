//! The small graph that goes with the message of an alarm: its series, its thresholds and the time it has been firing.

use jiff::tz::TimeZone;

use crate::error::PictureError;
use crate::graph;
use crate::parameters::Parameters;
use crate::picture::Picture;
use crate::series::{Marks, Series, Threshold};

/// What the message of an alarm shows.
#[derive(Clone, Debug)]
pub struct AlarmPicture<'a> {
    /// What stands above the graph.
    pub title: &'a str,
    /// The series that the alarm watches.
    pub series: &'a [Series],
    /// The values it compares them with.
    pub thresholds: &'a [Threshold],
    /// Since when it has been firing, and until when, in seconds since the epoch.
    pub firing: Option<(i64, i64)>,
    /// What is shown where the series do not say it: from and until, in seconds since the epoch.
    pub range: (i64, i64),
    /// The zone of the labels below it.
    pub zone: &'a TimeZone,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
}

/// Draws the graph of an alarm.
///
/// # Errors
/// A size beyond the limits, or too many series.
pub fn alarm_picture(alarm: &AlarmPicture<'_>) -> Result<Picture, PictureError> {
    let (width, height) = (alarm.width.to_string(), alarm.height.to_string());
    // A message shows the beginning of a long title, too.
    let title: String = alarm.title.chars().take(200).collect();
    let get = |name: &str| match name {
        "width" => Some(width.as_str()),
        "height" => Some(height.as_str()),
        "title" => Some(title.as_str()),
        "template" => Some("plumbago"),
        "fontSize" => Some("11"),
        "lineWidth" => Some("1.5"),
        _ => None,
    };
    let parameters = Parameters::read(&get)?;
    let marks = Marks { thresholds: alarm.thresholds.to_vec(), shaded: alarm.firing.into_iter().collect() };
    graph::draw(&parameters, alarm.series, &marks, alarm.range, alarm.zone).map(Picture::new)
}
