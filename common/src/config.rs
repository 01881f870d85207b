//! Configuration loading for both programs (being written).

mod units;

pub use self::units::{Duration, Percent, Size};
