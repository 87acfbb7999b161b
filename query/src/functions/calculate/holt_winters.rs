//! The Holt-Winters analysis: level, slope and season of a series, and how far off their prediction was.
//!
//! Invariant: one pass in time order with fixed smoothing factors; a missing value forgets the level, not the season.

const ALPHA: f64 = 0.1;
const BETA: f64 = 0.0035;
const GAMMA: f64 = 0.1;

/// What the analysis knows of each value.
pub(super) struct Analysis {
    pub(super) predictions: Vec<f64>,
    pub(super) deviations: Vec<f64>,
}

/// Analyses `values` with a season of `season` values.
pub(super) fn analyse(values: &[f64], season: usize) -> Analysis {
    let season = season.max(2);
    let count = values.len();
    let mut seasonals: Vec<f64> = Vec::with_capacity(count);
    let mut predictions = Vec::with_capacity(count);
    let mut deviations: Vec<f64> = Vec::with_capacity(count);
    let (mut level, mut slope, mut next_prediction) = (f64::NAN, 0.0, f64::NAN);
    let last = |history: &[f64], at: usize| {
        at.checked_sub(season).and_then(|at| history.get(at)).copied().unwrap_or(0.0)
    };
    for (at, &actual) in values.iter().enumerate() {
        if actual.is_nan() {
            predictions.push(next_prediction);
            seasonals.push(0.0);
            deviations.push(0.0);
            (level, slope, next_prediction) = (f64::NAN, 0.0, f64::NAN);
            continue;
        }
        let last_level = if level.is_nan() { actual } else { level };
        let prediction = if at == 0 { actual } else { next_prediction };
        let last_seasonal = last(&seasonals, at);
        let next_seasonal = last(&seasonals, at + 1);
        let last_deviation = last(&deviations, at);
        level = ALPHA * (actual - last_seasonal) + (1.0 - ALPHA) * (last_level + slope);
        slope = BETA * (level - last_level) + (1.0 - BETA) * slope;
        seasonals.push(GAMMA * (actual - level) + (1.0 - GAMMA) * last_seasonal);
        next_prediction = level + slope + next_seasonal;
        let expected = if prediction.is_nan() { 0.0 } else { prediction };
        deviations.push(GAMMA * (actual - expected).abs() + (1.0 - GAMMA) * last_deviation);
        predictions.push(prediction);
    }
    Analysis { predictions, deviations }
}
