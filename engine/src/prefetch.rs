//! Owns the hint to the processor that some memory will be needed soon.
//!
//! Invariant: a hint only. It changes no value, cannot fault, and where a processor has none it is nothing. It pays
//! where many independent places are about to be read that are in no cache: their waits are then one.

/// Asks for the memory at `place`, which is not read by this.
#[inline(always)]
pub(crate) fn prefetch<T>(place: &T) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: every x86-64 has SSE, to which the instruction belongs; it does not access memory as far as the
        // program can tell, and the address is that of a live reference at any rate.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(place).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
