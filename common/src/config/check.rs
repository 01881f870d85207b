//! Walks tree and schema together and complains of everything that does not fit, each with its place, its
//! path, and what to try. The schema is the contract: what is not in it is unknown.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use super::problem::Complaints;
use super::scalar::Format;
use super::schema;
use super::tree::{Content, Entry, Meaning, Tree, glued};

mod word;

/// Checks `tree` against a schema without references. `formats` checks the words of its own formats.
pub(super) fn check(tree: &Tree, schema: &Value, formats: &[Format], complaints: &mut Complaints<'_>) {
    Walk { formats, complaints }.visit(tree, schema, "");
}

struct Walk<'w, 't> {
    formats: &'w [Format],
    complaints: &'w mut Complaints<'t>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, tree: &Tree, schema: &Value, path: &str) {
        let nothing = tree.meaning() == Some(Meaning::Nothing);
        if nothing && schema::allows(schema, "null") {
            return;
        }
        match &tree.content {
            _ if nothing => self.nothing(tree, schema, path),
            Content::Word { .. } if takes_words(schema) => self.word(tree, schema, path),
            Content::Map(entries) if schema::allows(schema, "object") => {
                if let Some(branch) = self.branch(tree, entries, schema, path) {
                    self.map(tree, entries, branch, path);
                }
            }
            Content::List(items) if schema::allows(schema, "array") => self.list(tree, items, schema, path),
            _ => self.misfit(tree, schema, path),
        }
    }

    /// The alternative that the keys of a block mean: by its `kind`, else the one with most of the keys.
    fn branch<'s>(&mut self, tree: &Tree, entries: &[Entry], schema: &'s Value, path: &str) -> Option<&'s Value> {
        let blocks: Vec<&Value> = schema::branches(schema).filter(|branch| schema::allows(branch, "object")).collect();
        if blocks.iter().any(|block| schema::kind(block).is_some()) {
            return self.branch_of_kind(tree, entries, (schema, &blocks), path);
        }
        let fit = |block: &Value| {
            let keys: Vec<&str> = schema::keys(block).collect();
            let complete = schema::required(block).all(|key| entries.iter().any(|entry| entry.key == key));
            (entries.iter().filter(|entry| near(&entry.key, &keys).is_some()).count(), complete)
        };
        // The first of the best: `max_by_key` gives the last. A schema without alternatives is its own.
        Some(blocks.into_iter().rev().max_by_key(|block| fit(block)).unwrap_or(schema))
    }

    fn branch_of_kind<'s>(
        &mut self,
        tree: &Tree,
        entries: &[Entry],
        (schema, blocks): (&'s Value, &[&'s Value]),
        path: &str,
    ) -> Option<&'s Value> {
        let kinds: Vec<&str> = blocks.iter().filter_map(|block| schema::kind(block)).collect();
        let all = schema::or(&kinds);
        let Some(entry) = entries.iter().find(|entry| entry.key == "kind") else {
            match entries.iter().find(|entry| near(&entry.key, &["kind"]).is_some()) {
                Some(typo) => self.unknown_key(typo, Some("kind"), &["kind"], path),
                None => self.complain(tree, path, format!("the key `kind` is missing; write `kind:` with {all}")),
            }
            return None;
        };
        let kind = match &entry.value.content {
            Content::Word { text, .. } => text.as_str(),
            _ => "",
        };
        let found = blocks.iter().copied().find(|block| schema::kind(block) == Some(kind));
        if found.is_none() {
            let meant = schema::instead(schema, kind).or_else(|| near(kind, &kinds));
            let hint = meant.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            let message = format!("`{}` is not a kind; write {all}{hint}", shortened(kind));
            self.complain(&entry.value, &join(path, "kind"), message);
        }
        found
    }

    fn map(&mut self, tree: &Tree, entries: &[Entry], schema: &Value, path: &str) {
        let keys: Vec<&str> = schema::keys(schema).collect();
        let mut seen: HashMap<&str, &Entry> = HashMap::new();
        let mut mistaken: Vec<&str> = vec![];
        for (index, entry) in entries.iter().enumerate() {
            if let Some(first) = seen.insert(&entry.key, entry) {
                let message = format!("this key is here already, on line {}; keep one of them", first.at.line);
                self.complaints.at(entry.at, join(path, &entry.key), message);
            } else if let Some(value) = schema.pointer(&format!("/properties/{}", escaped(&entry.key))) {
                self.visit(&entry.value, value, &join(path, &entry.key));
            } else if let Some(any) = schema.get("additionalProperties").filter(|any| any.is_object()) {
                self.visit(&entry.value, any, &join(path, &shortened(&entry.key)));
            } else if let Some(size) = entries[..index].last().and_then(|before| cut_size(before, &entry.key)) {
                // A comma ends a value between `{` and `}`.
                self.complaints.at(entry.at, path, format!("this belongs to the value before it; write {size}"));
            } else {
                let meant = schema::instead(schema, &entry.key).or_else(|| near(&entry.key, &keys));
                mistaken.extend(meant);
                self.unknown_key(entry, meant, &keys, path);
            }
        }
        // A key that was only misspelt is not called missing as well.
        for key in schema::required(schema).filter(|key| !seen.contains_key(key) && !mistaken.contains(key)) {
            let expected = schema.pointer(&format!("/properties/{key}")).map_or_else(String::new, schema::expected);
            self.complain(tree, path, format!("the key `{key}` is missing; write `{key}:` with {expected}"));
        }
    }

    fn unknown_key(&mut self, entry: &Entry, meant: Option<&str>, keys: &[&str], path: &str) {
        let message = match meant {
            Some(meant) => format!("unknown key; did you mean `{meant}`?"),
            None if entry.key == "<<" => {
                "this takes up the keys of a block; write `<<: *name`, and `&name` there".to_owned()
            }
            None => format!("unknown key; known here: {}", keys.join(", ")),
        };
        self.complaints.at(entry.at, join(path, &shortened(&entry.key)), message);
    }

    fn list(&mut self, tree: &Tree, items: &[Rc<Tree>], schema: &Value, path: &str) {
        let schema = list_in(schema);
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        let wrong = match (bound("minItems"), bound("maxItems")) {
            (Some(least), Some(most)) if least == most && count != least => Some(least.to_string()),
            (Some(least), _) if count < least => Some(format!("at least {least}")),
            (_, Some(most)) if count > most => Some(format!("at most {most}")),
            _ => None,
        };
        if let Some(right) = wrong {
            let expected = schema::expected(schema);
            return self.complain(tree, path, format!("{count} entries where {right} belong; write {expected}"));
        }
        if let Some(inside) = schema.get("items") {
            for (index, item) in items.iter().enumerate() {
                self.visit(item, inside, &format!("{path}[{index}]"));
            }
        }
    }

    fn nothing(&mut self, tree: &Tree, schema: &Value, path: &str) {
        let expected = schema::expected(schema);
        let message = match &tree.content {
            Content::Word { text, .. } if !text.is_empty() => {
                format!("`{text}` is YAML's word for nothing; write {expected}, or leave the key out")
            }
            _ => format!("nothing is written here; write {expected}, or leave the key out"),
        };
        self.complain(tree, path, message);
    }

    /// A word where a block or a list belongs, or the other way round.
    fn misfit(&mut self, tree: &Tree, schema: &Value, path: &str) {
        let expected = schema::expected(schema);
        let message = match &tree.content {
            Content::Word { text, quoted: false } if glued(text) => {
                format!("expected {expected}; is a space missing after the colon in `{}`?", shortened(text))
            }
            Content::Word { text, .. } if lists_words(schema) && !text.contains(char::is_whitespace) => {
                format!("expected {expected}; write [{}]", shortened(text))
            }
            Content::Word { text, .. } => format!("expected {expected}, not `{}`", shortened(text)),
            Content::Map(_) if schema::allows(schema, "array") => {
                format!("expected {expected}; begin each entry with `- `")
            }
            Content::Map(_) => format!("expected {expected}, not a block of keys"),
            Content::List(_) => format!("expected {expected}, not a list"),
        };
        self.complain(tree, path, message);
    }

    fn complain(&mut self, tree: &Tree, path: &str, message: String) {
        self.complaints.at(tree.at, path, message);
    }
}

/// Whether anything but a list or a block may be written.
fn takes_words(schema: &Value) -> bool {
    ["string", "boolean", "integer", "number"].iter().any(|kind| schema::allows(schema, kind))
        || schema::words(schema).is_some()
}

/// The alternative that is a list, also among alternatives of an alternative.
fn list_in(schema: &Value) -> &Value {
    let list = schema::branches(schema).find(|branch| schema::allows(branch, "array"));
    list.map_or(schema, list_in)
}

/// Whether a list of words may be written, of which somebody may have written the only one as it is.
fn lists_words(schema: &Value) -> bool {
    schema::branches(schema).any(lists_words) || schema.get("items").is_some_and(takes_words)
}

/// What `(320, 240)` is to be, of which a comma made a value and a key.
fn cut_size(before: &Entry, key: &str) -> Option<String> {
    let Content::Word { text, quoted: false } = &before.value.content else { return None };
    let (width, height) = (text.strip_prefix('(')?.trim(), key.strip_suffix(')')?.trim());
    let is_number = |text: &str| (1..=5).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    (is_number(width) && is_number(height)).then(|| format!("`{}: {width}x{height}`", before.key))
}

/// The one of `known` that was probably meant.
pub fn near<'k>(word: &str, known: &'k [impl AsRef<str>]) -> Option<&'k str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', ' '], "_");
    let word = plain(&shortened(word));
    let distance = |known: &str| strsim::damerau_levenshtein(&word, known);
    let best = known.iter().map(AsRef::as_ref).min_by_key(|known| distance(&plain(known)))?;
    // A third of the letters may be wrong: `roi` is no `rate`.
    (distance(&plain(best)) <= word.chars().count().max(best.len()) / 3).then_some(best)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A text fit for a message.
pub(super) fn shortened(text: &str) -> String {
    let line = text.replace('\n', " ");
    if line.chars().count() <= 60 { line } else { line.chars().take(57).chain("...".chars()).collect() }
}

/// A key as a step of a JSON pointer.
fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
