//! Small files that are written whole or not at all, and durably. Knows nothing of what they say.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

/// Writes `value` as JSON into the file `name` of `folder`, in place of what was there. By way of `NAME.new`, which may stay
/// behind after an error.
pub fn write(folder: &Path, name: &str, value: &impl Serialize) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    let mut file = File::create(&new)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(name))?;
    File::open(folder)?.sync_all()
}
