//! The behaviour of the query package, seen from outside: golden files, properties, and real answers of graphite-web.

mod arguments;
mod conformance;
mod coverage;
mod dataset;
mod golden;
mod memory;
mod parallel;
mod properties;
mod reference;
mod rules;
mod times;
mod totals;
