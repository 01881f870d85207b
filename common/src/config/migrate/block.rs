//! The old file's values and where they stand. A block's keys are taken out one by one; what is left over was never
//! read by the old program, and is told.

use std::rc::Rc;

use super::super::check::{near, shortened};
use super::super::problem::Position;
use super::super::tree::{Content, Tree};
use super::{Literal, Plain, Report, yaml11};

/// A value of the old file.
#[derive(Debug, Clone)]
pub struct Old {
    /// Its key with those above it: `cameras.P1.vflip`.
    pub path: String,
    /// Where its key stands.
    pub at: Position,
    tree: Rc<Tree>,
}

impl Old {
    pub(super) fn root(tree: Rc<Tree>) -> Old {
        Old { path: String::new(), at: tree.at, tree }
    }

    /// Its own key.
    pub fn key(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// What it means.
    pub fn value(&self) -> Plain {
        match &self.tree.content {
            Content::Word { text, quoted: true } => Plain::Text(text.clone()),
            Content::Word { text, quoted: false } => yaml11::plain(text),
            Content::List(_) | Content::Map(_) => Plain::Several,
        }
    }

    /// Whether Python's `if` takes it for true.
    pub fn is_true(&self) -> bool {
        match self.value() {
            Plain::Nothing => false,
            Plain::Bool(bool) => bool,
            Plain::Number(number) => number != 0.0,
            Plain::Text(text) => !text.is_empty(),
            Plain::Several => !matches!(&self.tree.content, Content::List(items) if items.is_empty()),
        }
    }

    /// The number, if it is a finite one.
    pub fn number(&self) -> Option<f64> {
        match self.value() {
            Plain::Number(number) if number.is_finite() => Some(number),
            _ => None,
        }
    }

    /// What it is as one word, number or not.
    pub fn word(&self) -> Option<&str> {
        match &self.tree.content {
            Content::Word { text, .. } => Some(text.trim()).filter(|_| self.value() != Plain::Nothing),
            _ => None,
        }
    }

    /// The Python value that its text holds; a YAML list is as good.
    pub fn literal(&self) -> Option<Literal> {
        fn of(tree: &Tree) -> Option<Literal> {
            match &tree.content {
                Content::Word { text, .. } => Literal::read(text),
                Content::List(items) => items.iter().map(|item| of(item)).collect::<Option<_>>().map(Literal::List),
                Content::Map(_) => None,
            }
        }
        of(&self.tree)
    }

    /// As a message repeats it.
    pub fn shown(&self) -> String {
        match &self.tree.content {
            Content::Word { text, .. } => shortened(text),
            Content::List(_) => "a list".to_owned(),
            Content::Map(_) => "a block".to_owned(),
        }
    }

    /// The entries of a list, each with the path of the list; none where it is no list.
    pub fn items(&self) -> Option<Vec<Old>> {
        let Content::List(items) = &self.tree.content else { return None };
        Some(items.iter().map(|tree| Old { path: self.path.clone(), at: tree.at, tree: Rc::clone(tree) }).collect())
    }

    /// All keys below it, in their order.
    pub fn keys_below(&self) -> Vec<String> {
        fn gather(tree: &Tree, keys: &mut Vec<String>) {
            match &tree.content {
                Content::Map(entries) => entries.iter().for_each(|entry| {
                    keys.push(shortened(&entry.key));
                    gather(&entry.value, keys);
                }),
                Content::List(items) => items.iter().for_each(|item| gather(item, keys)),
                Content::Word { .. } => {}
            }
        }
        let mut keys = Vec::new();
        gather(&self.tree, &mut keys);
        keys
    }

    /// ` (with a, b)`, the keys below it, for the end of a message; nothing where there are none.
    pub fn with_keys(&self) -> String {
        let keys = self.keys_below();
        if keys.is_empty() { String::new() } else { format!(" (with {})", keys.join(", ")) }
    }
}

/// A block whose keys are taken out.
#[derive(Debug)]
pub struct Block {
    /// Its own key with those above it.
    pub path: String,
    /// Where it stands.
    pub at: Position,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    key: String,
    quoted: bool,
    old: Old,
}

impl Block {
    /// A block with its keys; nothing is as good as an empty one, and of keys that are there twice the last counts, as
    /// in PyYAML, which is told at `place` in the new file. Anything else is refused.
    pub fn of(old: &Old, place: &str, report: &mut Report) -> Option<Block> {
        let entries: &[_] = match &old.tree.content {
            Content::Map(entries) => entries,
            _ if old.value() == Plain::Nothing => &[],
            _ => {
                let message = format!("expected keys with values below it, not `{}`", old.shown());
                report.refuse(old.at, &old.path, &message);
                return None;
            }
        };
        let step = |key: &str| if old.path.is_empty() { key.to_owned() } else { format!("{}.{key}", old.path) };
        let entries = entries.iter().map(|entry| Entry {
            key: entry.key.clone(),
            quoted: entry.quoted,
            old: Old { path: step(&shortened(&entry.key)), at: entry.at, tree: Rc::clone(&entry.value) },
        });
        let mut block = Block { path: old.path.clone(), at: old.at, entries: Vec::new() };
        for entry in entries {
            if let Some(first) = block.take(&entry.key) {
                let keys = first.with_keys();
                let message = format!(
                    "the key is here again on line {}, and only the last one was ever read{keys}",
                    entry.old.at.line
                );
                report.note(&first, place, &message);
            }
            block.entries.push(entry);
        }
        Some(block)
    }

    /// A key that is left in.
    pub fn get(&self, key: &str) -> Option<&Old> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.old)
    }

    /// Takes a key out.
    pub fn take(&mut self, key: &str) -> Option<Old> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index).old)
    }

    /// Takes out the key that is written `key` without quotes, in any spelling of a YAML 1.1 `on`.
    pub fn take_switch(&mut self, key: &str) -> Option<Old> {
        let is_it = |entry: &Entry| !entry.quoted && entry.key.eq_ignore_ascii_case(key);
        let index = self.entries.iter().position(is_it)?;
        Some(self.entries.remove(index).old)
    }

    /// The key that was probably meant by `key`, of those that are there.
    pub fn like(&self, key: &str) -> Option<Position> {
        let keys: Vec<&str> = self.entries.iter().map(|entry| entry.key.as_str()).collect();
        let found = near(key, &keys)?;
        self.entries.iter().find(|entry| entry.key == found).map(|entry| entry.old.at)
    }

    /// All that is left, with its keys.
    pub fn rest(self) -> Vec<(String, Old)> {
        self.entries.into_iter().map(|entry| (entry.key, entry.old)).collect()
    }
}
