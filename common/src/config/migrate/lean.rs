//! A configuration without what need not be written: each key is left out without which it is read as the same value.

use std::collections::BTreeSet;
use std::rc::Rc;

use serde::de::DeserializeOwned;

use super::super::tree::{Content, Entry, Tree};
use super::super::yaml;

/// A step from a value to one inside.
#[derive(Debug, Clone)]
enum Step {
    Key(String),
    Index(usize),
}

/// The tree of `value` without the keys that it does not need; what `kept` names stays.
pub(super) fn lean<T: DeserializeOwned + PartialEq>(tree: Rc<Tree>, value: &T, kept: &BTreeSet<String>) -> Rc<Tree> {
    let mut paths = Vec::new();
    gather(&tree, &mut Vec::new(), &mut paths);
    paths.into_iter().fold(tree, |tree, steps| {
        let path = written(&steps);
        if kept.iter().any(|kept| is_in(kept, &path)) {
            return tree;
        }
        // A key whose block has gone already is not found.
        let Some(less) = without(&tree, &steps) else { return tree };
        let same = yaml::typed::<T>(&less, "").is_ok_and(|less| less == *value);
        if same { less } else { tree }
    })
}

/// Whether `path` is `whole` or inside of it.
pub(super) fn is_in(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || whole.is_empty() || rest.starts_with(['.', '[']))
}

/// The paths of all keys, blocks before what is in them.
fn gather(tree: &Tree, steps: &mut Vec<Step>, paths: &mut Vec<Vec<Step>>) {
    let mut inside = |step: Step, tree: &Tree, is_key: bool| {
        steps.push(step);
        if is_key {
            paths.push(steps.clone());
        }
        gather(tree, steps, paths);
        steps.pop();
    };
    match &tree.content {
        Content::Map(entries) => {
            entries.iter().for_each(|entry| inside(Step::Key(entry.key.clone()), &entry.value, true));
        }
        Content::List(items) => {
            items.iter().enumerate().for_each(|(index, item)| inside(Step::Index(index), item, false));
        }
        Content::Word { .. } => {}
    }
}

fn written(steps: &[Step]) -> String {
    steps.iter().fold(String::new(), |path, step| match step {
        Step::Key(key) => super::page::join(&path, key),
        Step::Index(index) => format!("{path}[{index}]"),
    })
}

/// The tree without the key at the end of `steps`; none where it is not there.
fn without(tree: &Rc<Tree>, steps: &[Step]) -> Option<Rc<Tree>> {
    let (step, rest) = steps.split_first()?;
    let content = match (&tree.content, step) {
        (Content::Map(entries), Step::Key(key)) => {
            let index = entries.iter().position(|entry| entry.key == *key)?;
            let mut entries = entries.clone();
            if rest.is_empty() {
                entries.remove(index);
            } else {
                let entry = entries.get_mut(index)?;
                *entry = Entry { value: without(&entry.value, rest)?, ..entry.clone() };
            }
            Content::Map(entries)
        }
        (Content::List(items), Step::Index(index)) => {
            let mut items = items.clone();
            let item = items.get_mut(*index)?;
            *item = without(item, rest)?;
            Content::List(items)
        }
        _ => return None,
    };
    Some(Rc::new(Tree { at: tree.at, content }))
}
