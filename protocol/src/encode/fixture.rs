//! Series for the tests of formats.

use super::{Interval, Layout, Pieces, SeriesList, SeriesView, Target};

/// A few series with their tags.
pub(super) struct Fixture<'a>(pub(super) Vec<(SeriesView<'a>, Vec<(&'a str, &'a str)>)>);

impl SeriesList for Fixture<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn series(&self, number: usize) -> SeriesView<'_> {
        self.0[number].0
    }

    fn tags(&self, number: usize) -> Vec<(&str, &str)> {
        self.0[number].1.clone()
    }
}

/// A series of one minute's steps.
pub(super) fn minutes<'a>(name: &'a str, start: i64, values: &'a [f64]) -> SeriesView<'a> {
    SeriesView {
        target: Target::Text(name),
        path_expression: "a.*",
        start,
        end: start + 60 * i64::try_from(values.len()).expect("a short series"),
        step: 60,
        values,
        consolidation: "average",
        x_files_factor: 0.5,
        asked: Interval { start: start - 60, end: start + 600 },
    }
}

/// What a layout makes of series without tags, the same whether it is written at once or a value at a time.
pub(super) fn written<Made: Layout + 'static>(
    layout: impl Fn() -> Made,
    series: &[SeriesView<'_>],
) -> Vec<u8> {
    let list = Fixture(series.iter().map(|one| (*one, Vec::new())).collect());
    let all_of = |bytes_at_once| {
        let mut pieces = Pieces::new(Box::new(layout()));
        let (mut out, mut has_more) = (Vec::new(), true);
        while has_more {
            let mut piece = Vec::new();
            has_more = pieces.write(&list, &mut piece, bytes_at_once);
            out.extend_from_slice(&piece);
        }
        out
    };
    let whole = all_of(usize::MAX);
    assert_eq!(all_of(1), whole, "the pieces make up another answer");
    whole
}

/// The same as text.
pub(super) fn written_text<Made: Layout + 'static>(
    layout: impl Fn() -> Made,
    series: &[SeriesView<'_>],
) -> String {
    String::from_utf8(written(layout, series)).expect("text")
}
