//! The discrete Fourier transform.
//!
//! Invariant: the forward transform is not scaled and the backward one is divided by the number of values; any number of
//! values is transformed in n log n steps, by Bluestein's method where it is no power of two.

/// A complex number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complex {
    pub(super) re: f64,
    pub(super) im: f64,
}

impl Complex {
    const ZERO: Complex = Complex { re: 0.0, im: 0.0 };

    /// A real number; zero for a missing one.
    pub(super) fn real(value: f64) -> Complex {
        Complex { re: if value.is_nan() { 0.0 } else { value }, im: 0.0 }
    }

    /// A point of the unit circle, `turns` times around.
    fn turned(turns: f64) -> Complex {
        let (im, re) = (turns * std::f64::consts::TAU).sin_cos();
        Complex { re, im }
    }

    pub(super) fn times(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn plus(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    fn scaled(self, factor: f64) -> Complex {
        Complex { re: self.re * factor, im: self.im * factor }
    }

    fn mirrored(self) -> Complex {
        Complex { im: -self.im, ..self }
    }

    pub(super) fn strength(self) -> f64 {
        self.re.hypot(self.im)
    }
}

/// Which way to transform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Backward,
}

/// The transform of any number of values.
pub(super) fn transformed(mut values: Vec<Complex>, direction: Direction) -> Vec<Complex> {
    let count = values.len();
    if count < 2 {
        return values;
    }
    // Backward is forward over mirrored values, mirrored again.
    let is_backward = direction == Direction::Backward;
    if is_backward {
        values.iter_mut().for_each(|value| *value = value.mirrored());
    }
    if count.is_power_of_two() {
        by_halves(&mut values)
    } else {
        values = by_convolution(&values)
    }
    if is_backward {
        values.iter_mut().for_each(|value| *value = value.mirrored().scaled(1.0 / count as f64));
    }
    values
}

/// The transform of a power of two of values, in place.
fn by_halves(values: &mut [Complex]) {
    let count = values.len();
    let shift = usize::BITS - count.trailing_zeros();
    for at in 0..count {
        let reversed = at.reverse_bits() >> shift;
        if at < reversed {
            values.swap(at, reversed);
        }
    }
    let mut half = 1;
    while half < count {
        let turns: Vec<Complex> =
            (0..half).map(|at| Complex::turned(-(at as f64) / (2 * half) as f64)).collect();
        for block in values.chunks_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((low, high), turn) in low.iter_mut().zip(high).zip(&turns) {
                let turned = high.times(*turn);
                (*low, *high) = (low.plus(turned), low.plus(turned.scaled(-1.0)));
            }
        }
        half *= 2;
    }
}

/// Bluestein's method: a transform of any length as a convolution, which powers of two can do.
fn by_convolution(values: &[Complex]) -> Vec<Complex> {
    let count = values.len();
    // The square of a position, modulo 2·count, so that the angle stays exact.
    let square = |at: usize| (at as u128 * at as u128 % (2 * count as u128)) as f64;
    let chirp: Vec<Complex> =
        (0..count).map(|at| Complex::turned(-square(at) / (2 * count) as f64)).collect();
    let length = (2 * count - 1).next_power_of_two();
    let mut left = vec![Complex::ZERO; length];
    let mut right = vec![Complex::ZERO; length];
    for (at, (value, turn)) in values.iter().zip(&chirp).enumerate() {
        left[at] = value.times(*turn);
        right[at] = turn.mirrored();
        right[(length - at) % length] = turn.mirrored();
    }
    by_halves(&mut left);
    by_halves(&mut right);
    let product = left.iter().zip(&right).map(|(a, b)| a.times(*b)).collect();
    let convolved = transformed(product, Direction::Backward);
    convolved.iter().zip(&chirp).map(|(value, turn)| value.times(*turn)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition itself.
    fn slow(values: &[f64]) -> Vec<Complex> {
        let count = values.len();
        let wave = |k: usize| {
            let term = |(at, value): (usize, &f64)| {
                Complex::turned(-((k * at % count) as f64) / count as f64).scaled(*value)
            };
            values.iter().enumerate().map(term).fold(Complex::ZERO, Complex::plus)
        };
        (0..count).map(wave).collect()
    }

    #[test]
    fn every_length_is_transformed_as_defined_and_back() {
        for count in 1..40_usize {
            let values: Vec<f64> = (0..count).map(|at| ((at * at + 3) % 11) as f64 - 4.0).collect();
            let complex = values.iter().map(|value| Complex::real(*value)).collect();
            let waves = transformed(complex, Direction::Forward);
            for (fast, slow) in waves.iter().zip(slow(&values)) {
                assert!(fast.plus(slow.scaled(-1.0)).strength() < 1e-9, "{count}");
            }
            for (again, value) in transformed(waves, Direction::Backward).iter().zip(&values) {
                assert!((again.re - value).abs() < 1e-9 && again.im.abs() < 1e-9, "{count}");
            }
        }
    }
}
