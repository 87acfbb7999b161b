//! Alarms in the server: what was decided is stored, then sent.

#[cfg_attr(not(test), expect(dead_code))]
pub(crate) mod sending;
