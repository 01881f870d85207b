//! Between trees and typed values. The one file that names serde_yaml.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

use super::problem::Position;
use super::tree::{Content, Meaning, Tree, meaning};

/// The typed value of a tree that fits its schema. What is still wrong then is a rule of a type that its
/// schema does not tell; its block is found by reading the text once more, with places.
pub(super) fn typed<T: DeserializeOwned>(tree: &Tree, text: &str) -> Result<T, (Position, String)> {
    serde_yaml::from_value(value(tree)).map_err(|error| {
        let message = error.to_string();
        let again = serde_yaml::from_str::<T>(text).err();
        // Another complaint (of a merge key, say) would lead astray.
        let again = again.filter(|again| again.to_string().contains(&message));
        let place = again.and_then(|again| again.location());
        (place.map_or(tree.at, |place| Position { line: place.line(), column: place.column() }), message)
    })
}

/// A value as YAML, in its short forms.
pub(super) fn written(value: &impl Serialize) -> String {
    // Configurations have text keys and plain values, which always have a YAML form.
    serde_yaml::to_string(value).unwrap_or_else(|error| format!("# {error}\n"))
}

fn value(tree: &Tree) -> Value {
    match &tree.content {
        Content::List(items) => Value::Sequence(items.iter().map(|item| value(item)).collect()),
        Content::Map(entries) => {
            let pairs = entries.iter().map(|entry| (Value::String(entry.key.clone()), value(&entry.value)));
            Value::Mapping(pairs.collect::<Mapping>())
        }
        Content::Word { text, quoted: true } => Value::String(text.clone()),
        Content::Word { text, quoted: false } => match meaning(text) {
            Meaning::Nothing => Value::Null,
            Meaning::Bool(bool) => Value::Bool(bool),
            Meaning::Whole(whole) => number(whole),
            Meaning::Number(number) => Value::Number(number.into()),
            Meaning::Text => Value::String(text.clone()),
        },
    }
}

fn number(whole: i128) -> Value {
    match (u64::try_from(whole), i64::try_from(whole)) {
        (Ok(whole), _) => Value::Number(whole.into()),
        (_, Ok(whole)) => Value::Number(whole.into()),
        _ => Value::Number((whole as f64).into()),
    }
}
