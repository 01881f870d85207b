//! A configuration as a page that people read: what differs from the defaults, with the report's notes beside the
//! keys that they are about. What is printed is read by the real loader first.

use std::fmt::Write;
use std::rc::Rc;

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::tree::{self, Content, Entry, Tree};
use super::super::{Validate, parse, show};
use super::lean::{is_in, lean};
use super::report::{Note, Report};

/// Comments are broken before this column.
const WIDTH: usize = 110;

/// The page of a configuration that is read as `config`, under `head`, whose lines become comments.
///
/// # Errors
/// What the loader would say of the page, which is then a mistake of the migration.
pub(super) fn page<T>(config: &T, report: &Report, head: &str) -> Result<String, String>
where
    T: Serialize + DeserializeOwned + JsonSchema + Validate + PartialEq,
{
    let tree = tree::build(&show(config)).map_err(|(_, message)| message)?;
    let tree = lean(tree, config, &report.kept);
    let mut page = String::new();
    for line in head.lines() {
        page.push_str(format!("# {line}").trim_end());
        page.push('\n');
    }
    page.push('\n');
    let notes = Notes::placed(&report.notes, &tree);
    notes.comments("", 0).iter().for_each(|line| page.push_str(line));
    Writer { notes: &notes }.map(&tree, "", 0, &mut page);
    match parse::<T>("the new configuration", page.as_bytes()) {
        Ok(read) if read == *config => Ok(page),
        Ok(_) => Err("the new configuration is not read as what was meant".to_owned()),
        Err(error) => Err(format!("{error:#}")),
    }
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// The notes, each at a place that is on the page.
struct Notes<'r>(Vec<(String, &'r Note)>);

impl<'r> Notes<'r> {
    fn placed(notes: &'r [Note], tree: &Tree) -> Notes<'r> {
        let nearest = |place: &str| {
            let mut place = place;
            while !place.is_empty() && !is_there(tree, place) {
                place = place.rfind(['.', '[']).map_or("", |at| &place[..at]);
            }
            place.to_owned()
        };
        let mut notes: Vec<_> = notes.iter().map(|note| (nearest(&note.place), note)).collect();
        notes.sort_by_key(|(_, note)| note.at());
        Notes(notes)
    }

    fn of(&self, path: &str) -> impl Iterator<Item = &'r Note> {
        self.0.iter().filter(move |(place, _)| place == path).map(|(_, note)| *note)
    }

    /// Whether anything inside `path` has notes.
    fn inside(&self, path: &str) -> bool {
        self.0.iter().any(|(place, _)| place != path && is_in(place, path))
    }

    /// The comments at `path`, as lines.
    fn comments(&self, path: &str, indent: usize) -> Vec<String> {
        self.of(path).flat_map(|note| wrapped(&note.comment(), indent)).collect()
    }
}

fn is_there(tree: &Tree, place: &str) -> bool {
    let mut tree = tree;
    for step in place.split(['.', '[']).filter(|step| !step.is_empty()) {
        let next = match &tree.content {
            Content::Map(entries) => entries.iter().find(|entry| entry.key == step).map(|entry| &entry.value),
            Content::List(items) => step.strip_suffix(']').and_then(|index| items.get(index.parse::<usize>().ok()?)),
            Content::Word { .. } => None,
        };
        let Some(next) = next else { return false };
        tree = next;
    }
    true
}

/// A comment in lines.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    let (mut lines, mut line) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && indent + 3 + line.chars().count() + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    let lines = lines.into_iter().enumerate();
    lines.map(|(index, line)| format!("{:indent$}# {}{line}\n", "", if index == 0 { "" } else { "  " })).collect()
}

struct Writer<'n> {
    notes: &'n Notes<'n>,
}

impl Writer<'_> {
    fn map(&self, tree: &Tree, path: &str, indent: usize, page: &mut String) {
        let Content::Map(entries) = &tree.content else { return };
        for entry in entries {
            let (above, lines) = self.entry(entry, path, indent);
            page.push_str(&above);
            page.push_str(&lines);
            if indent == 0 {
                page.push('\n');
            }
        }
        if indent == 0 {
            page.truncate(page.trim_end().len());
            page.push('\n');
        }
    }

    /// The comments above an entry, and its own lines.
    fn entry(&self, entry: &Entry, path: &str, indent: usize) -> (String, String) {
        let path = join(path, &entry.key);
        let key = format!("{:indent$}{}:", "", entry.key);
        let comments = self.notes.comments(&path, indent);
        if indent > 0
            && let Some(flow) = self.flow(&entry.value, &path)
        {
            let line = format!("{key} {flow}");
            // A single short comment stands beside.
            if let [comment] = comments.as_slice() {
                let comment = comment.trim();
                if line.chars().count() + 3 + comment.chars().count() <= WIDTH {
                    return (String::new(), format!("{line}   {comment}\n"));
                }
            }
            return (comments.concat(), format!("{line}\n"));
        }
        let mut lines = format!("{key}\n");
        match &entry.value.content {
            // What is told of a whole section stands in it.
            Content::Map(_) => {
                let inner = self.notes.comments(&path, indent + 2).concat();
                lines.push_str(&inner);
                self.map_below(&entry.value, &path, indent + 2, &mut lines);
                (String::new(), lines)
            }
            Content::List(items) => {
                self.list(items, &path, indent + 2, &mut lines);
                (comments.concat(), lines)
            }
            Content::Word { .. } => (comments.concat(), lines),
        }
    }

    fn map_below(&self, tree: &Tree, path: &str, indent: usize, page: &mut String) {
        let Content::Map(entries) = &tree.content else { return };
        for entry in entries {
            let (above, lines) = self.entry(entry, path, indent);
            page.push_str(&above);
            page.push_str(&lines);
        }
    }

    fn list(&self, items: &[Rc<Tree>], path: &str, indent: usize, page: &mut String) {
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let flow = self.flow(item, &path);
            if index > 0 && flow.is_none() {
                page.push('\n');
            }
            page.push_str(&self.notes.comments(&path, indent).concat());
            if let Some(flow) = flow {
                // Writing to a text cannot fail.
                let _ = writeln!(page, "{:indent$}- {flow}", "");
                continue;
            }
            let Content::Map(entries) = &item.content else { continue };
            for (index, entry) in entries.iter().enumerate() {
                let (above, lines) = self.entry(entry, &path, indent + 2);
                if index > 0 {
                    page.push_str(&above);
                    page.push_str(&lines);
                    continue;
                }
                // Its comment stands before the dash, and so goes two steps to the left.
                for line in above.lines() {
                    let _ = writeln!(page, "{}", line.get(2..).unwrap_or(line));
                }
                let _ = write!(page, "{:indent$}- {}", "", lines.trim_start());
            }
        }
    }

    /// A value on one line, if it has few parts and no notes inside.
    fn flow(&self, tree: &Tree, path: &str) -> Option<String> {
        match &tree.content {
            Content::Word { text, quoted } => Some(word(text, *quoted)),
            _ if self.notes.inside(path) => None,
            _ => inner(tree).filter(|flow| flow.chars().count() <= 70),
        }
    }
}

/// A value inside of brackets.
fn inner(tree: &Tree) -> Option<String> {
    match &tree.content {
        Content::Word { text, quoted } => Some(word(text, *quoted || text.contains([',', '[', ']', '{', '}', ':']))),
        Content::List(items) => {
            // Blocks in a list have lines of their own.
            let plain = items.iter().all(|item| !matches!(item.content, Content::Map(_)));
            let items: Option<Vec<String>> = items.iter().map(|item| inner(item)).collect();
            plain.then_some(items?).map(|items| format!("[{}]", items.join(", ")))
        }
        Content::Map(entries) => {
            let entries = entries.iter().map(|entry| Some(format!("{}: {}", entry.key, inner(&entry.value)?)));
            Some(format!("{{{}}}", entries.collect::<Option<Vec<String>>>()?.join(", ")))
        }
    }
}

fn word(text: &str, quoted: bool) -> String {
    if quoted {
        // A JSON text is a YAML text in double quotes.
        return serde_json::Value::from(text).to_string();
    }
    let whole =
        text.strip_suffix(".0").filter(|whole| whole.trim_start_matches('-').bytes().all(|c| c.is_ascii_digit()));
    whole.unwrap_or(text).to_owned()
}
