//! Powers as Python computes them: by the C library's `pow`, whatever the exponent.
//!
//! Invariant: the exponent is opaque to the compiler. It would otherwise make a product of `x ** 2` and a square root of
//! `x ** 0.5`, which round differently in the last digit.

use std::hint::black_box;

/// `base ** exponent`; infinite where Python raises an error for what a double cannot hold.
pub(crate) fn raise(base: f64, exponent: f64) -> f64 {
    base.powf(black_box(exponent))
}

/// `value ** 2`.
pub(crate) fn square(value: f64) -> f64 {
    raise(value, 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_digit_is_that_of_pow() {
        assert_eq!((raise(667.78, 0.5), 667.78_f64.sqrt()), (25.84143958838207, 25.841439588382066));
        assert_eq!((square(803.779), 803.779 * 803.779), (646060.6808409999, 646060.680841));
        assert_eq!(square(-3.0), 9.0);
        assert_eq!(square(1e200), f64::INFINITY);
        assert!(raise(-8.0, 1.0 / 3.0).is_nan());
    }
}
