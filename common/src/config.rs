//! Configuration loading for both programs. The schema that a type's derive gives is the contract: the file
//! becomes a tree whose keys know their places, tree and schema are walked together, and everything that
//! does not fit is reported at once, with place, key and what to try. Knows neither node nor hub.

mod check;
mod find;
mod foreign;
mod formats;
mod hostname;
pub mod migrate;
mod min_free;
mod problem;
pub mod scalar;
mod schema;
mod text;
mod tree;
mod units;
mod yaml;

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::check::near as nearest;
pub use self::find::{FOLDERS, NotFound, find, find_in};
pub use self::foreign::Foreign;
pub use self::hostname::hostname;
pub use self::min_free::MinFree;
pub use self::problem::{Complaints, ConfigError, Position, Problem};
pub use self::scalar::{Format, Scalar};
pub use self::units::{Duration, Percent, Size};

/// What a configuration checks beyond its schema.
pub trait Validate {
    /// The formats its schema uses beside the common ones (units, names, addresses).
    fn formats() -> Vec<Format> {
        vec![]
    }

    /// The other program whose file is given for ours now and then.
    fn foreign() -> Option<Foreign> {
        None
    }

    /// Rules that look at several keys, such as two cameras with one view.
    fn validate(&self, _complaints: &mut Complaints<'_>) {}
}

/// Larger files are not configurations.
const MOST_BYTES: u64 = 1 << 20;

/// Reads the file at `path`.
pub fn load<T: DeserializeOwned + JsonSchema + Validate>(path: &Path) -> Result<T, ConfigError> {
    let name = path.display().to_string();
    let bytes = read(path).map_err(|message| ConfigError::one(&name, "", None, message))?;
    parse(&name, &bytes)
}

/// Reads a file's bytes; `name` is what messages call it.
pub fn parse<T: DeserializeOwned + JsonSchema + Validate>(name: &str, bytes: &[u8]) -> Result<T, ConfigError> {
    let text = text::decode(bytes).map_err(|(position, message)| {
        let shown = String::from_utf8_lossy(bytes);
        ConfigError::one(name, &shown, position, message)
    })?;
    let one = |(position, message)| ConfigError::one(name, &text, Some(position), message);
    let tree = tree::build(&text).map_err(one)?;
    if tree.meaning() == Some(tree::Meaning::Nothing) {
        let what = if text.trim().is_empty() { "the file is empty" } else { "the file has nothing but comments" };
        return Err(one((tree.at, format!("{what}; was it cut off when it was saved?"))));
    }
    let mut complaints = Complaints::new(&tree);
    let schema = schema::inline(&schema::of::<T>());
    check::check(&tree, &schema, &formats::<T>(), &mut complaints);
    if complaints.problems.is_empty() {
        let value: T = yaml::typed(&tree, &text).map_err(one)?;
        value.validate(&mut complaints);
        if complaints.problems.is_empty() {
            return Ok(value);
        }
    }
    // Without a place it comes first.
    let foreign = T::foreign().and_then(|foreign| foreign.told(&tree, name));
    let mut problems = complaints.problems;
    problems.extend(foreign.map(|message| Problem { position: None, path: String::new(), message }));
    Err(ConfigError::new(name, &text, problems))
}

/// An error of loading, for a terminal: with the file's lines where it is about some.
pub fn explain(error: &anyhow::Error) -> String {
    match error.downcast_ref::<ConfigError>() {
        Some(error) => format!("the configuration cannot be used\n{error:#}"),
        None => format!("{error:#}"),
    }
}

/// The JSON Schema of a configuration, draft 2020-12, from which editors complete keys.
pub fn schema<T: JsonSchema>() -> String {
    // A JSON value always has a text form; `{:#}` is the indented one.
    format!("{:#}\n", schema::of::<T>())
}

/// A configuration as YAML with all its defaults filled in.
pub fn show<T: Serialize>(config: &T) -> String {
    yaml::written(config)
}

/// All formats that a configuration's schema may use: its own and the common ones.
pub fn formats<T: Validate>() -> Vec<Format> {
    [T::formats(), formats::COMMON.to_vec()].concat()
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = vec![];
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(read) if read as u64 > MOST_BYTES => Err("the file is larger than 1 MiB; is it the right one?".to_owned()),
        Ok(_) => Ok(bytes),
        Err(error) => Err(match error.kind() {
            ErrorKind::NotFound => missing(path),
            ErrorKind::IsADirectory => "this is a folder; name the file in it".to_owned(),
            ErrorKind::PermissionDenied => {
                "no permission to read this file; try `sudo`, or let this user read it (`chmod a+r`)".to_owned()
            }
            _ => error.to_string(),
        }),
    }
}

fn missing(path: &Path) -> String {
    let similar: Vec<String> = find::similar(path).iter().map(|path| path.display().to_string()).collect();
    match similar.is_empty() {
        true => "there is no such file".to_owned(),
        false => format!("there is no such file; rename {}?", schema::or(&similar)),
    }
}

#[cfg(test)]
mod tests;
