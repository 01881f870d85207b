//! What a schema says, in the terms in which a file is checked: references put in place, branches and
//! words found, expectations in words. Knows no file.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

/// The JSON Schema of a type, draft 2020-12, for editors.
pub(super) fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}

/// The schema with every `$ref` put in place.
pub(super) fn inline(root: &Value) -> Value {
    inline_below(root, root, 0)
}

fn inline_below(schema: &Value, root: &Value, depth: usize) -> Value {
    match schema {
        Value::Array(items) => items.iter().map(|item| inline_below(item, root, depth)).collect(),
        Value::Object(object) => {
            let target = object.get("$ref").and_then(Value::as_str).and_then(|at| root.pointer(at.strip_prefix('#')?));
            let mut whole = match target {
                // Our types do not contain themselves; should one ever, its inside goes unchecked here.
                Some(target) if depth < 32 => inline_below(target, root, depth + 1),
                _ => Value::Object(Map::new()),
            };
            for (key, value) in object.iter().filter(|(key, _)| !matches!(key.as_str(), "$ref" | "$defs")) {
                overlay(&mut whole, key, inline_below(value, root, depth));
            }
            whole
        }
        plain => plain.clone(),
    }
}

/// What stands beside a `$ref` is added to what it refers to.
fn overlay(whole: &mut Value, key: &str, value: Value) {
    match (key, whole.get_mut(key), value) {
        ("properties", Some(Value::Object(there)), Value::Object(more)) => there.extend(more),
        ("required", Some(Value::Array(there)), Value::Array(more)) => there.extend(more),
        (_, _, value) => {
            if let Value::Object(object) = whole {
                object.insert(key.to_owned(), value);
            }
        }
    }
}

/// Whether the schema allows a type: `object`, `array`, `string`, `boolean`, `integer`, `number`, `null`.
pub(super) fn allows(schema: &Value, kind: &str) -> bool {
    match schema.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one == kind),
        _ => branches(schema).any(|branch| allows(branch, kind)),
    }
}

/// The alternatives, if there are any.
pub(super) fn branches(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten()
}

/// The words or numbers of which one must be written, if that is all there is to write.
pub(super) fn words(schema: &Value) -> Option<Vec<String>> {
    let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if let Some(word_only) = schema.get("const") {
        return Some(vec![word(word_only)]);
    }
    if let Some(several) = schema.get("enum").and_then(Value::as_array) {
        return Some(several.iter().filter(|value| !value.is_null()).map(word).collect());
    }
    let mut all = vec![];
    for branch in branches(schema).filter(|branch| !is_null(branch)) {
        all.extend(words(branch)?);
    }
    (!all.is_empty()).then_some(all)
}

/// Whether the schema is that of nothing at all.
pub(super) fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
}

/// The keys that may be written.
pub(super) fn keys(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("properties").and_then(Value::as_object).into_iter().flat_map(|keys| keys.keys().map(String::as_str))
}

/// The key or `kind` that is meant by another word which people write for it, as the schema says under `x-instead`.
pub(super) fn instead<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    schema.get("x-instead")?.get(key)?.as_str()
}

/// The keys that must be written.
pub(super) fn required(schema: &Value) -> impl Iterator<Item = &str> {
    schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The word that `kind:` has in a branch.
pub(super) fn kind(schema: &Value) -> Option<&str> {
    schema.pointer("/properties/kind/const")?.as_str()
}

/// What may be written, in words.
pub(super) fn expected(schema: &Value) -> String {
    or(&choices(schema))
}

fn choices(schema: &Value) -> Vec<String> {
    if let Some(words) = words(schema) {
        return words;
    }
    let kinds: Vec<&str> = branches(schema).filter_map(kind).collect();
    if !kinds.is_empty() {
        return vec![format!("a block with `kind:` {}", or(&kinds))];
    }
    let several: Vec<String> = branches(schema).filter(|branch| !is_null(branch)).flat_map(choices).collect();
    if several.is_empty() { vec![one_choice(schema)] } else { several }
}

fn one_choice(schema: &Value) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| spaced(value), str::to_owned);
    let examples = schema.get("examples").and_then(Value::as_array).into_iter().flatten();
    let examples: Vec<String> = examples.map(word).collect();
    let what = match schema {
        _ if schema.get("format").is_some_and(is_ours) && !examples.is_empty() => "a value",
        _ if allows(schema, "object") => return block(schema),
        _ if allows(schema, "array") => "a list",
        _ if allows(schema, "boolean") => "`true` or `false`",
        _ if allows(schema, "integer") => "a whole number",
        _ if allows(schema, "number") => "a number",
        _ => "a text",
    };
    match examples.as_slice() {
        [] => what.to_owned(),
        examples => format!("{what} such as {}", or(examples)),
    }
}

/// A value as one writes it in YAML, on one line.
fn spaced(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(spaced).collect::<Vec<_>>().join(", ")),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Whether a format is one that Picket checks itself.
pub(super) fn is_ours(format: &Value) -> bool {
    format.as_str().is_some_and(|name| name.starts_with("picket-"))
}

fn block(schema: &Value) -> String {
    let keys: Vec<String> = keys(schema).map(|key| format!("`{key}:`")).collect();
    if keys.is_empty() {
        return "a block of names and values".to_owned();
    }
    format!("a block with {}", keys.join(", "))
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn or(words: &[impl AsRef<str>]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}
