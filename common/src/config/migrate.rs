//! Moving in: from another program's settings file to a configuration of ours. The old file is read as its own
//! program read it (YAML 1.1), its keys are taken out one by one, and what has to be told of them goes into a report,
//! of which both the comments in the new file and the list on standard error are made. What comes out is read by the
//! real loader before anybody sees it. Knows no key of any program.

mod block;
mod lean;
mod literal;
mod page;
mod report;
mod take;
mod yaml11;

use std::io::Write;
use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::block::{Block, Old};
pub use self::literal::Literal;
pub use self::report::Report;
pub use self::take::{called, left_over, named, tidy, time, unique, whole, within};
pub use self::yaml11::Plain;
use super::{ConfigError, Validate, text, tree};
use crate::exit::BadConfig;

/// A move from one program's file to a configuration `T`.
pub struct Move<T> {
    /// The program that read the old file: `imagenode`.
    pub program: &'static str,
    /// The program that reads the new one: `picket-node`.
    pub new: &'static str,
    /// What the old file becomes.
    pub config: fn(&Old, &mut Report) -> T,
}

/// A new configuration, and what is told of the old one.
#[derive(Debug)]
pub struct Moved {
    /// The configuration, with comments.
    pub page: String,
    /// What has changed: one line for each old key, with its place.
    pub list: String,
    /// How many lines these are.
    pub count: usize,
}

impl<T: Serialize + DeserializeOwned + JsonSchema + Validate + PartialEq> Move<T> {
    /// Prints the configuration to `out`, and what has changed to standard error.
    ///
    /// # Errors
    /// The file cannot be read, or is not the program's.
    pub fn run(&self, file: &Path, out: &mut impl Write) -> anyhow::Result<()> {
        let name = file.display().to_string();
        let bytes =
            super::read(file).map_err(|message| BadConfig(ConfigError::one(&name, "", None, message).into()))?;
        let moved = self.bytes(&name, &bytes)?;
        write!(out, "{}", moved.page)?;
        out.flush()?;
        eprint!("{}", moved.list);
        match moved.count {
            0 => eprintln!("{name}: everything is as it was"),
            1 => eprintln!("{name}: 1 thing to know, which is a comment in the new file too"),
            count => eprintln!("{name}: {count} things to know, which are comments in the new file too"),
        }
        Ok(())
    }

    /// What becomes of a file's bytes; `name` is what messages call it.
    ///
    /// # Errors
    /// It is not the program's file.
    pub fn bytes(&self, name: &str, bytes: &[u8]) -> anyhow::Result<Moved> {
        let bad = |error: ConfigError| BadConfig(error.into());
        let (mut report, old) = read(name, bytes, self.program).map_err(bad)?;
        let config = (self.config)(&old, &mut report);
        if let Some(refusal) = report.refusal() {
            return Err(bad(refusal).into());
        }
        let page = page::page(&config, &report, &self.head(name)).map_err(|why| {
            anyhow::anyhow!(
                "{name}: Picket would not take what came out of it; this is a mistake of `migrate`, please report it\n{why}"
            )
        })?;
        Ok(Moved { page, list: report.to_string(), count: report.count() })
    }

    fn head(&self, name: &str) -> String {
        let file = Path::new(name).file_name().map_or_else(|| name.into(), |file| file.to_string_lossy());
        let file = file.replace(char::is_control, " ");
        let Move { program, new, .. } = self;
        format!(
            "yaml-language-server: $schema={new}.schema.json\n\n\
             What {file} made {program} do, for Picket. Save it as {new}.yaml in the folder where it is started,\n\
             or in /etc/picket/, and try `{new} check`. The comments tell what has changed, by the old keys\n\
             and their lines."
        )
    }
}

/// Reads the bytes of an old file of `program`; `name` is what messages call it.
fn read(name: &str, bytes: &[u8], program: &'static str) -> Result<(Report, Old), ConfigError> {
    let text = text::decode(bytes).map_err(|(position, message)| {
        let shown = String::from_utf8_lossy(bytes);
        ConfigError::one(name, &shown, position, message)
    })?;
    let tree =
        tree::build(&text).map_err(|(position, message)| ConfigError::one(name, &text, Some(position), message))?;
    if tree.meaning() == Some(tree::Meaning::Nothing) {
        let what = if text.trim().is_empty() { "the file is empty" } else { "the file has nothing but comments" };
        return Err(ConfigError::one(name, &text, Some(tree.at), format!("{what}; is it the right one?")));
    }
    Ok((Report::new(name, &text, program), Old::root(tree)))
}

#[cfg(test)]
mod tests;
