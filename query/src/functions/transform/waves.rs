//! fft, ifft and lowPass: series as sums of waves. A missing value counts as 0.

use crate::functions::shared::{Outcome, SERIES_LIST};
use crate::functions::{Default, Descriptor, Group, Kind, Origin, Parameter};
use crate::python::general;
use crate::run::Invocation;
use crate::series::Series;

use super::fourier::{Complex, Direction, transformed};

pub(super) static TABLE: &[Descriptor] = &[
    Descriptor::new(
        "fft",
        Group::Transform,
        &[
            SERIES_LIST,
            Parameter::optional("mode", Kind::Text, Default::Text("both"))
                .one_of(&["both", "abs", "phase"])
                .or(&["", "all"]),
        ],
        forward,
    )
    .from(Origin::Carbonapi)
    .help(
        "Shows the strengths (abs) and phases of the waves that make up a series.",
        r#"wave: 1 0 -1 0 @60
         > fft(wave, "abs")
         fft(wave,abs): 0 2 0 2 @60"#,
    ),
    Descriptor::new(
        "ifft",
        Group::Transform,
        &[SERIES_LIST, Parameter::optional("phaseSeriesList", Kind::SeriesList, Default::Absent)],
        backward,
    )
    .from(Origin::Carbonapi)
    .help(
        "Makes series from the strengths and phases of their waves: the way back from fft.",
        "strength: 0 2 0 2 @60
         phase: 0 0 0 0 @60
         > ifft(strength, phase)
         ifft(strength,phase): 1 0 1 0 @60",
    ),
    Descriptor::new(
        "lowPass",
        Group::Transform,
        &[SERIES_LIST, Parameter::required("cutPercent", Kind::Float)],
        low_pass,
    )
    .from(Origin::Carbonapi)
    .known_to_carbonapi_as(&["lpf"])
    .help(
        "Keeps a percentage of the values, half of it at each end: over strengths from fft, the slow waves.",
        "wave: 0 1 2 3 4 5 6 7 8 9 @60
         > lowPass(wave, 40)
         lowPass(wave,40): 0 1 - - - - - - 8 9 @60",
    ),
];

fn forward(call: &mut Invocation<'_, '_>) -> Outcome {
    let mode = call.arguments().text("mode")?;
    let (with_strength, with_phase) = (mode != "phase", mode != "abs");
    let mut results = Vec::new();
    for one in call.take_series() {
        let waves =
            transformed(one.values.iter().map(|value| Complex::real(*value)).collect(), Direction::Forward);
        let made = |part: &str, values| one.clone().derived(format!("fft({},{part})", one.name), values);
        if with_strength {
            results.push(made("abs", waves.iter().map(|wave| wave.strength()).collect()));
        }
        if with_phase {
            results.push(made("phase", waves.iter().map(|wave| wave.im.atan2(wave.re)).collect()));
        }
    }
    Ok(results.into())
}

fn backward(call: &mut Invocation<'_, '_>) -> Outcome {
    let strengths = call.take_series();
    let phases = call.take_named("phaseSeriesList").unwrap_or_default();
    let mut results = Vec::new();
    for (at, one) in strengths.into_iter().enumerate() {
        let phase = phases.get(at);
        let name = match phase {
            Some(phase) => format!("ifft({},{})", one.name, phase.name),
            None => format!("ifft({})", one.name),
        };
        let waves = transformed(waves_of(&one, phase), Direction::Backward);
        results.push(one.derived(name, waves.iter().map(|wave| wave.strength()).collect()));
    }
    Ok(results.into())
}

fn waves_of(strengths: &Series, phases: Option<&Series>) -> Vec<Complex> {
    let phase =
        |at: usize| phases.and_then(|one| one.values.get(at).copied()).filter(|phase| !phase.is_nan());
    let wave = |(at, strength): (usize, &f64)| {
        let (sine, cosine) = phase(at).unwrap_or(0.0).sin_cos();
        Complex::real(*strength).times(Complex { re: cosine, im: sine })
    };
    strengths.values.iter().enumerate().map(wave).collect()
}

fn low_pass(call: &mut Invocation<'_, '_>) -> Outcome {
    let percent = call.arguments().float("cutPercent")?;
    let mut series = call.take_series();
    for one in &mut series {
        one.rename(format!("lowPass({},{})", one.name, general(percent)));
        let count = one.values.len();
        let kept = ((percent / 200.0 * count as f64) as usize).min(count);
        let end = count.saturating_sub(kept);
        one.values.get_mut(kept..end).unwrap_or_default().fill(f64::NAN);
    }
    Ok(series.into())
}
