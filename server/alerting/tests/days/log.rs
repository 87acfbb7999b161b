//! What happened, for those who read one day.

/// Takes notes if somebody wants them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Log {
    pub(crate) is_on: bool,
    pub(crate) start_ms: i64,
}

impl Log {
    pub(crate) fn note(&self, now_ms: i64, text: impl FnOnce() -> String) {
        if self.is_on {
            let since = now_ms - self.start_ms;
            let (seconds, rest) = (since.div_euclid(1000), since.rem_euclid(1000));
            let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
            println!("{hours:02}:{minutes:02}:{:02}.{rest:03} {}", seconds % 60, text());
        }
    }
}
