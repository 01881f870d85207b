//! One word against its schema: enumerations, texts, numbers, `true` and `false`, and Picket's own formats.

use serde_json::Value;

use super::super::schema;
use super::super::tree::{Content, Meaning, Tree, glued, meaning};
use super::{Walk, near, shortened};

/// No name, address or value is longer; messages repeat it.
const LONGEST: usize = 300;

impl Walk<'_, '_> {
    pub(super) fn word(&mut self, tree: &Tree, schema: &Value, path: &str) {
        let Content::Word { text, quoted } = &tree.content else { return };
        let is = tree.meaning().unwrap_or(Meaning::Text);
        if let Err(message) = self.judge(text, *quoted, is, schema) {
            self.complain(tree, path, message);
        }
    }

    fn judge(&self, text: &str, quoted: bool, is: Meaning, schema: &Value) -> Result<(), String> {
        let format = schema.get("format").and_then(Value::as_str);
        if let Some(format) = self.formats.iter().find(|known| Some(known.name) == format) {
            if text.chars().count() > LONGEST {
                return Err(format!("expected {}, not `{}`", schema::expected(schema), shortened(text)));
            }
            (format.check)(text)?;
            let fits = format.own_type || fits(is, schema);
            return if fits { Ok(()) } else { Err(misfit(text, quoted, is, schema)) };
        }
        if let Some(words) = schema::words(schema) {
            one_of(text, &words, schema)?;
            return if fits(is, schema) { Ok(()) } else { Err(misfit(text, quoted, is, schema)) };
        }
        if schema::branches(schema).next().is_some() {
            return self.alternatives(text, quoted, is, schema);
        }
        match is {
            _ if !fits(is, schema) => Err(misfit(text, quoted, is, schema)),
            Meaning::Whole(whole) => within(whole as f64, text, schema),
            Meaning::Number(number) => within(number, text, schema),
            Meaning::Bool(_) | Meaning::Text | Meaning::Nothing => Ok(()),
        }
    }

    /// Words beside blocks (`none` or `{every: 10m}`), or a value that may be left empty.
    fn alternatives(&self, text: &str, quoted: bool, is: Meaning, schema: &Value) -> Result<(), String> {
        let fitting: Vec<&Value> =
            schema::branches(schema).filter(|branch| !schema::is_null(branch) && super::takes_words(branch)).collect();
        match fitting.as_slice() {
            [one] => self.judge(text, quoted, is, one).map_err(|message| match schema::words(one) {
                // The other alternatives are worth naming too.
                Some(words) if near(text, &words).is_none() => {
                    format!("expected {}, not `{}`", schema::expected(schema), shortened(text))
                }
                _ => message,
            }),
            several if several.iter().any(|branch| self.judge(text, quoted, is, branch).is_ok()) => Ok(()),
            _ => Err(format!("expected {}, not `{}`", schema::expected(schema), shortened(text))),
        }
    }
}

fn one_of(text: &str, words: &[String], schema: &Value) -> Result<(), String> {
    if words.iter().any(|word| word == text) {
        return Ok(());
    }
    let hint = near(text, words).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(format!("expected {}, not `{}`{hint}", schema::expected(schema), shortened(text)))
}

/// Whether a number is in its range.
fn within(number: f64, text: &str, schema: &Value) -> Result<(), String> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let widest = match schema.get("format").and_then(Value::as_str) {
        Some("uint32") => Some(f64::from(u32::MAX)),
        // Beyond here a float is not exact; nobody needs the rest.
        Some("uint64") => Some(9_007_199_254_740_992.0),
        _ => None,
    };
    let (least, above) = (bound("minimum"), bound("exclusiveMinimum"));
    let greatest = bound("maximum").or(widest);
    let inside = least.is_none_or(|least| least <= number)
        && above.is_none_or(|above| above < number)
        && greatest.is_none_or(|greatest| number <= greatest);
    if inside {
        return Ok(());
    }
    let range = match (least, above, greatest) {
        (Some(least), _, Some(greatest)) => format!("between {least} and {greatest}"),
        (_, Some(above), Some(greatest)) => format!("more than {above} and at most {greatest}"),
        (Some(least), ..) => format!("at least {least}"),
        (_, Some(above), _) => format!("more than {above}"),
        (.., Some(greatest)) => format!("at most {greatest}"),
        _ => return Ok(()),
    };
    Err(format!("{text} is out of range; write a number {range}"))
}

/// Why a word of another type does not do, and how it is written.
fn misfit(text: &str, quoted: bool, is: Meaning, schema: &Value) -> String {
    let expected = schema::expected(schema);
    let shown = shortened(text);
    let inside = meaning(text);
    let wants = |kind: &str| schema::allows(schema, kind);
    let numeric = wants("number") || wants("integer");
    match is {
        Meaning::Text if quoted && fits(inside, schema) => {
            format!("expected {expected}; write {shown} without its quotes")
        }
        Meaning::Text if wants("boolean") => match text.to_lowercase().as_str() {
            "yes" | "y" | "on" => format!("write `true` instead of `{shown}`"),
            "no" | "n" | "off" => format!("write `false` instead of `{shown}`"),
            _ => format!("expected {expected}, not `{shown}`"),
        },
        Meaning::Text if numeric && text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit()) => {
            let plain = text.trim_start_matches('0');
            let plain = if plain.is_empty() { "0" } else { plain };
            format!("`{shown}` begins with a 0, which programs read differently; write {plain}")
        }
        Meaning::Text if numeric && text.split(',').count() == 2 && fits(meaning(&text.replace(',', ".")), schema) => {
            format!("`{shown}` has a comma; write {}", text.replace(',', "."))
        }
        Meaning::Bool(_) | Meaning::Whole(_) | Meaning::Number(_) if wants("string") => {
            format!("expected {expected}; put `{shown}` in quotes")
        }
        Meaning::Text if glued(text) => {
            format!("expected {expected}; is a space missing after the colon in `{shown}`?")
        }
        _ => format!("expected {expected}, not `{shown}`"),
    }
}

/// Whether a word of this meaning has the right type.
fn fits(is: Meaning, schema: &Value) -> bool {
    match is {
        Meaning::Bool(_) => schema::allows(schema, "boolean"),
        Meaning::Whole(_) => schema::allows(schema, "integer") || schema::allows(schema, "number"),
        Meaning::Number(_) => schema::allows(schema, "number"),
        Meaning::Text => schema::allows(schema, "string"),
        Meaning::Nothing => schema::allows(schema, "null"),
    }
}
