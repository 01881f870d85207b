//! Files that are another program's: known by keys that only it has, so that one line can say what makes a configuration
//! of them. Knows no program.

use super::tree::{Content, Tree};

/// How another program's file is known.
pub struct Foreign {
    /// The program that reads it: `imagenode`.
    pub program: &'static str,
    /// Keys that only it has: `hub_address`, or `node.print_settings`.
    pub keys: &'static [&'static str],
    /// What makes a configuration of it: `picket-node migrate`.
    pub instead: &'static str,
}

impl Foreign {
    /// What to say of `tree` from the file `name`, if it is such a file.
    pub(super) fn told(&self, tree: &Tree, name: &str) -> Option<String> {
        let Foreign { program, keys, instead } = self;
        let key = keys.iter().find(|key| has(tree, key))?;
        Some(format!(
            "`{key}` is a key of {program}'s file; `{instead} {name}` turns that into a configuration of Picket"
        ))
    }
}

fn has(tree: &Tree, path: &str) -> bool {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let Content::Map(entries) = &tree.content else { return false };
    let found = entries.iter().find(|entry| entry.key == key);
    found.is_some_and(|entry| rest.is_none_or(|rest| has(&entry.value, rest)))
}
