//! Answers Graphite expressions from any store that implements `Source`.
