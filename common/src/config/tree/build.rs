//! From text to tree. The one file that names the parser.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use super::super::problem::Position;
use super::{Content, Entry, Tree, glued};

/// Deeper than any configuration, and no strain on the stack.
const DEEPEST: usize = 64;
/// More values than any configuration has, aliases written out: a few lines of aliases can stand for billions.
const MOST: usize = 20_000;

/// What is wrong, and where.
type Failure = (Position, String);

/// The tree of the one document in `text`; nothing but comments gives a word without text.
pub(in super::super) fn build(text: &str) -> Result<Rc<Tree>, Failure> {
    let mut builder = Builder::default();
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| explain(&error, text))?;
        let at = position(span.start);
        if let Event::DocumentStart(_) = event {
            documents += 1;
            if documents == 2 {
                return Err((at, "a second document begins here (`---`); put everything into one".to_owned()));
            }
        }
        builder.take(event, at)?;
    }
    let nothing =
        || Tree { at: Position { line: 1, column: 1 }, content: Content::Word { text: String::new(), quoted: false } };
    Ok(builder.root.unwrap_or_else(|| Rc::new(nothing())))
}

/// A finished value with what it weighs, aliases written out.
#[derive(Clone)]
struct Built {
    tree: Rc<Tree>,
    depth: usize,
    count: usize,
}

/// A list or map that is not closed yet.
struct Open {
    at: Position,
    anchor: usize,
    content: Content,
    /// In a map, the key whose value comes next, and whether it is in quotes.
    key: Option<(String, bool, Position)>,
    is_map: bool,
    depth: usize,
    count: usize,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    root: Option<Rc<Tree>>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, at: Position) -> Result<(), Failure> {
        match event {
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), at),
            Event::Alias(anchor) => {
                let alias = self.anchors.get(&anchor).cloned();
                let built = alias.ok_or((at, "the alias stands inside what it refers to".to_owned()))?;
                self.put(built, at)
            }
            Event::SequenceStart(anchor, tag) => self.open(Content::List(vec![]), anchor, tag, at),
            Event::MappingStart(anchor, tag) => self.open(Content::Map(vec![]), anchor, tag, at),
            Event::SequenceEnd | Event::MappingEnd => self.close(),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        at: Position,
    ) -> Result<(), Failure> {
        let text_tag = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        if let Some(tag) = tag.filter(|_| !text_tag) {
            return Err(tagged(tag, at));
        }
        let quoted = text_tag || style != ScalarStyle::Plain;
        // A value that is not written has no place of its own: its key has.
        let missing = text.is_empty() && !quoted;
        let key = self.open.last().and_then(|open| open.key.as_ref()).map(|(_, _, at)| *at);
        let at = key.filter(|_| missing).unwrap_or(at);
        let tree = Rc::new(Tree { at, content: Content::Word { text: text.to_owned(), quoted } });
        let built = Built { tree, depth: 1, count: 1 };
        self.remember(anchor, &built);
        self.put(built, at)
    }

    fn open(
        &mut self,
        content: Content,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        at: Position,
    ) -> Result<(), Failure> {
        if let Some(tag) = tag {
            return Err(tagged(&tag, at));
        }
        if self.open.len() >= DEEPEST {
            return Err((at, format!("lists and keys are nested more than {DEEPEST} deep here")));
        }
        let is_map = matches!(content, Content::Map(_));
        self.open.push(Open { at, anchor, content, key: None, is_map, depth: 0, count: 1 });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Failure> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        if let Content::Map(entries) = &mut open.content {
            merge(entries);
        }
        let tree = Rc::new(Tree { at: open.at, content: open.content });
        let built = Built { tree, depth: open.depth + 1, count: open.count };
        self.remember(open.anchor, &built);
        self.put(built, open.at)
    }

    fn remember(&mut self, anchor: usize, built: &Built) {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
    }

    /// Puts a finished value where it belongs: under its key, into its list, or at the root.
    fn put(&mut self, built: Built, at: Position) -> Result<(), Failure> {
        let level = self.open.len();
        let Some(open) = self.open.last_mut() else {
            self.root = Some(built.tree);
            return Ok(());
        };
        if open.is_map && open.key.is_none() {
            let Content::Word { text, quoted } = &built.tree.content else {
                return Err((at, "a key is one word; is a quote missing around `{`, `[` or `*`?".to_owned()));
            };
            open.key = Some((text.clone(), *quoted, at));
            return Ok(());
        }
        open.count += built.count;
        open.depth = open.depth.max(built.depth);
        if open.count > MOST {
            return Err((at, format!("the file has more than {MOST} values, those counted that aliases stand for")));
        }
        if level + open.depth > DEEPEST {
            return Err((at, format!("lists and keys are nested more than {DEEPEST} deep here")));
        }
        match (&mut open.content, open.key.take()) {
            (Content::Map(entries), Some((key, quoted, at))) => {
                entries.push(Entry { key, quoted, at, value: built.tree });
            }
            (Content::List(items), _) => items.push(built.tree),
            _ => {}
        }
        Ok(())
    }
}

/// Carries out `<<: *other` and `<<: [*one, *two]`: their entries are added, and those written out win.
fn merge(entries: &mut Vec<Entry>) {
    let Some(index) = entries.iter().position(|entry| entry.key == "<<") else { return };
    let sources = match &entries[index].value.content {
        Content::Map(_) => vec![Rc::clone(&entries[index].value)],
        Content::List(items) if items.iter().all(|item| matches!(item.content, Content::Map(_))) => items.clone(),
        // Left in place: `<<` will be an unknown key.
        _ => return,
    };
    entries.remove(index);
    for source in &sources {
        let Content::Map(others) = &source.content else { continue };
        for other in others {
            if !entries.iter().any(|entry| entry.key == other.key) {
                entries.push(other.clone());
            }
        }
    }
}

fn tagged(tag: &Tag, at: Position) -> Failure {
    (at, format!("`{}{}` is a YAML tag, which has no meaning here; leave it out", tag.handle, tag.suffix))
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

/// The parser's complaint, with what people have mostly done when it comes.
fn explain(error: &ScanError, text: &str) -> Failure {
    let at = position(*error.marker());
    let info = error.info();
    let has = |words: &str| info.contains(words);
    // The parser notices on the next line that a key had no value.
    let before: Vec<(usize, &str)> = text.lines().enumerate().take(at.line).collect();
    let written =
        before.iter().rev().filter(|(_, line)| !line.trim_start().starts_with('#') && !line.trim().is_empty());
    for (index, line) in written.take(2) {
        let words = line.trim_start_matches(['-', ' ']);
        if glued(words) && !words.contains(": ") {
            let place = Position { line: index + 1, column: 1 + line.chars().count() - words.chars().count() };
            return (place, format!("this is not YAML: is a space missing after the colon in `{}`?", words.trim_end()));
        }
    }
    let hint = if has("unknown anchor") {
        "`*` takes up what an `&` before it named; a text that begins with `*` needs quotes"
    } else if has("mapping values are not allowed") {
        "is this line indented too far, or does a text with `: ` in it need quotes?"
    } else if has("escape") {
        "`\\` has a meaning in double quotes; use single quotes"
    } else if has("simple key") || has("expected ':'") {
        "is a `: ` missing after a key (with its space), or a quote at the end?"
    } else if has("quoted scalar") {
        "is a quote missing at its end?"
    } else if has("flow") || has("']'") || has("'}'") {
        "is a comma or a closing bracket missing?"
    } else if has("recursion limit") {
        "lists and keys are nested too deep here"
    } else if has("unexpected character") {
        "a text that begins with this sign needs quotes"
    } else {
        "is the line indented like its neighbours?"
    };
    (at, format!("this is not YAML: {hint} ({info})"))
}
