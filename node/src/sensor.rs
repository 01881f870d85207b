//! What a node feels besides what it sees: inputs, readings, the clock.

pub mod input;
