//! fsck.

mod journal;
mod numbers;
mod rebuild;
mod records;

use std::path::Path;

/// Whether the records of `data` tell of anything.
pub(crate) fn has_records(data: &Path) -> bool {
    records::days(data).is_ok_and(|days| days.iter().any(|(_, size)| *size > 0))
}
