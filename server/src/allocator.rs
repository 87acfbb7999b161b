//! The allocator of the whole program, and how long it keeps what is free again.
//!
//! Invariant: memory that is free goes back to the system, at the latest [`KEPT_MS`] times ten after it was needed last.
//! Who allocates what, and how much a query may, is not its business.

use libmimalloc_sys::{mi_option_set_default, mi_option_t};
use mimalloc::MiMalloc;

/// Gives memory back that is free again. With the C library's allocator what each thread once needed for a query or a
/// merge stayed with that thread, and a server that ran for an hour held three times what it needed.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Milliseconds for which free memory is kept for whoever needs it next; mimalloc keeps whole areas ten times as long.
/// Its own 10 ms are shorter than the time between two queries of a dashboard, each of which then has the system map and
/// clear anew what the one before had: a seventh of the CPU of a wide one (`docs/performance.md`).
const KEPT_MS: i32 = 100;

/// `mi_option_purge_delay` of mimalloc.h, which the package of its declarations has no name for.
const PURGE_DELAY: mi_option_t = 15;

/// Sets the allocator's options; those that the environment names (`MIMALLOC_PURGE_DELAY`) stay as they are.
pub(crate) fn set_up() {
    // SAFETY: sets one number of a table within its bounds, which mimalloc asks to be done before threads are started:
    // this is called first in `main`.
    unsafe { mi_option_set_default(PURGE_DELAY, KEPT_MS.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// The number of an option is not checked by any compiler: that it is still the delay shows in what mimalloc reads
    /// from the environment.
    #[test]
    fn the_number_is_that_of_the_delay() {
        const NAME: &str = "PLUMBAGO_TEST_SHOWS_DELAY";
        if std::env::var_os(NAME).is_some() {
            // SAFETY: reads one number of a table within its bounds.
            println!("delay {}", unsafe { libmimalloc_sys::mi_option_get(PURGE_DELAY) });
            return;
        }
        let test = concat!(module_path!(), "::the_number_is_that_of_the_delay");
        let test = test.split_once("::").map_or(test, |(_, rest)| rest);
        let shown = Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--nocapture"])
            .env(NAME, "1")
            .env("MIMALLOC_PURGE_DELAY", "4321")
            .output()
            .unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert!(shown.contains("delay 4321"), "{shown}");
    }
}
