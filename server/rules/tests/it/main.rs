//! Rules as a whole: sets of them over a store in memory.

mod alarm_reference;
mod alarms;
mod live;
mod random;
mod rules;
mod sameness;
mod scenario;
mod stretches;
