//! The file as a tree in which every key and value knows its place. Aliases are shared, merge keys (`<<`)
//! are carried out, and nothing can grow or nest without bound. Knows no schema.

use std::rc::Rc;

use super::problem::Position;

mod build;
pub(super) use self::build::build;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    pub(super) at: Position,
    pub(super) content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// One word or text; `quoted` says that it cannot be a number, `true`, `false` or nothing.
    Word {
        text: String,
        quoted: bool,
    },
    List(Vec<Rc<Tree>>),
    Map(Vec<Entry>),
}

/// A key with its value. A key that is written twice has two entries.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) key: String,
    /// The key is in quotes.
    pub(super) quoted: bool,
    pub(super) at: Position,
    pub(super) value: Rc<Tree>,
}

/// What a plain word means, by YAML 1.2; numbers that others read differently are texts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Meaning {
    Nothing,
    Bool(bool),
    Whole(i128),
    Number(f64),
    Text,
}

impl Tree {
    /// The place of the key at `path`, or of the nearest one above it.
    pub(super) fn place(&self, path: &str) -> Position {
        let (mut tree, mut at) = (self, self.at);
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let next = match &tree.content {
                Content::Map(entries) => entries.iter().find(|entry| entry.key == step).map(|e| (e.at, &e.value)),
                Content::List(items) => step.strip_suffix(']').and_then(|index| {
                    let item = items.get(index.parse::<usize>().ok()?)?;
                    Some((item.at, item))
                }),
                Content::Word { .. } => None,
            };
            let Some((place, value)) = next else { break };
            (at, tree) = (place, value);
        }
        at
    }

    /// What it means as one word, if it is one.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        match &self.content {
            Content::Word { quoted: true, .. } => Some(Meaning::Text),
            Content::Word { text, quoted: false } => Some(meaning(text)),
            _ => None,
        }
    }
}

/// What a plain word means.
pub(super) fn meaning(text: &str) -> Meaning {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Meaning::Nothing,
        "true" | "True" | "TRUE" => return Meaning::Bool(true),
        "false" | "False" | "FALSE" => return Meaning::Bool(false),
        _ => {}
    }
    let digits = text.trim_start_matches(['+', '-']);
    let octal = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if octal || !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return Meaning::Text;
    }
    match (text.parse(), text.parse::<f64>()) {
        (Ok(whole), _) => Meaning::Whole(whole),
        (_, Ok(number)) if number.is_finite() => Meaning::Number(number),
        _ => Meaning::Text,
    }
}

/// `framerate:10`, which is one word in YAML.
pub(super) fn glued(text: &str) -> bool {
    let Some((key, value)) = text.split_once(':') else { return false };
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    plain && !value.is_empty() && !value.starts_with([' ', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_word_means_what_yaml_1_2_says() {
        let check = |text: &str, expected: Meaning| assert_eq!(meaning(text), expected, "{text}");
        check("", Meaning::Nothing);
        check("~", Meaning::Nothing);
        check("True", Meaning::Bool(true));
        check("yes", Meaning::Text);
        check("12", Meaning::Whole(12));
        check("-3", Meaning::Whole(-3));
        check("0", Meaning::Whole(0));
        check("0.5", Meaning::Number(0.5));
        check("1e3", Meaning::Number(1000.0));
        check("012", Meaning::Text);
        check("0x10", Meaning::Text);
        check("1_000", Meaning::Text);
        check("12:30", Meaning::Text);
        check(".inf", Meaning::Text);
        check("nan", Meaning::Text);
        check("1e999", Meaning::Text);
        check("--1", Meaning::Text);
    }

    #[test]
    fn a_path_leads_to_its_key_or_to_the_nearest_above() {
        let tree = build("a:\n  - b: 1\n    c: {d: 2}\n").unwrap();
        let check = |path: &str, line, column| assert_eq!(tree.place(path), Position { line, column }, "{path}");
        check("", 1, 1);
        check("a", 1, 1);
        check("a[0]", 2, 5);
        check("a[0].b", 2, 5);
        check("a[0].c.d", 3, 9);
        check("a[0].c.e", 3, 5);
        check("a[7].b", 1, 1);
        check("z", 1, 1);
    }
}
