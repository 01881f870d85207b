//! Retention: what may be forgotten.

mod rule;

pub use self::rule::Rule;
