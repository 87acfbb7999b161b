//! Owns where a line is drawn through and where it breaks.
//!
//! Invariant: a missing point is a gap, never a zero and never bridged. A metric that is simply reported less often
//! than the store keeps points is no row of gaps: the line's own usual distance decides.

/// The runs of neighbouring known points, in the order of time. A run of one point is a dot.
pub(crate) fn segments(points: &[(i64, Option<f64>)]) -> Vec<Vec<(i64, f64)>> {
    let known: Vec<(i64, f64)> = points
        .iter()
        .filter_map(|(at, value)| value.filter(|value| value.is_finite()).map(|value| (*at, value)))
        .collect();
    let reach = usual_distance(&known).saturating_mul(3) / 2;
    let mut segments: Vec<Vec<(i64, f64)>> = Vec::new();
    let mut last_at = None;
    for point in known {
        match segments.last_mut() {
            Some(segment) if last_at.is_some_and(|last: i64| last.abs_diff(point.0) <= reach) => {
                segment.push(point)
            }
            _ => segments.push(vec![point]),
        }
        last_at = Some(point.0);
    }
    segments
}

/// The median distance of neighbours in seconds; of two in the middle the smaller, in doubt a gap is shown.
fn usual_distance(known: &[(i64, f64)]) -> u64 {
    let mut distances: Vec<u64> = known.windows(2).map(|pair| pair[0].0.abs_diff(pair[1].0)).collect();
    distances.sort_unstable();
    distances.get(distances.len().saturating_sub(1) / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(points: &[(i64, Option<f64>)]) -> Vec<Vec<i64>> {
        segments(points).iter().map(|segment| segment.iter().map(|(at, _)| *at).collect()).collect()
    }

    #[test]
    fn one_missing_point_breaks_the_line() {
        let points = [(10, Some(1.0)), (20, Some(2.0)), (30, None), (40, Some(3.0)), (50, Some(4.0))];
        assert_eq!(times(&points), [vec![10, 20], vec![40, 50]]);
    }

    #[test]
    fn a_metric_slower_than_the_store_is_one_line() {
        let points: Vec<(i64, Option<f64>)> = (0..60).map(|at| (at, (at % 10 == 0).then_some(1.0))).collect();
        assert_eq!(times(&points), [vec![0, 10, 20, 30, 40, 50]]);
    }

    #[test]
    fn what_is_not_a_number_is_missing() {
        let points = [
            (10, Some(1.0)),
            (20, Some(1.0)),
            (30, Some(f64::NAN)),
            (40, Some(f64::INFINITY)),
            (50, Some(1.0)),
        ];
        assert_eq!(times(&points), [vec![10, 20], vec![50]]);
    }

    #[test]
    fn nothing_known_is_nothing_drawn() {
        assert!(segments(&[]).is_empty());
        assert!(segments(&[(1, None), (2, None)]).is_empty());
        assert_eq!(times(&[(1, None), (2, Some(0.0))]), [vec![2]]);
    }
}
