//! A part of the day by the clock on the wall.

use jiff::civil::Time;

/// Whether a time of day lies from one on and before another, over midnight where the second comes first; the same twice
/// is the whole day.
///
/// Only the time that the clock shows counts. So a night's missing hour is in no window, one that begins in it begins
/// with the next time there is, and a repeated hour is twice in every window that it lies in.
pub(super) fn is_within(time: Time, from: Time, to: Time) -> bool {
    if from < to { from <= time && time < to } else { from <= time || time < to }
}

#[cfg(test)]
mod tests;
