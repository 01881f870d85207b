//! Values written as one word with a meaning of its own, such as `10s` or `1280x720`: what such a type
//! has to say of itself, and the check of one word that its schema names under `format`. Knows no tree
//! and no file.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::Schema;
use serde::de::{self, Visitor};
use serde::{Deserializer, Serializer};
use serde_json::{Value, json};

/// A value written as one word. [`scalar!`](crate::scalar) gives such a type serde's traits and its schema.
/// `FromStr` says in words what is wrong and what to write; `Display` gives the short form back.
pub trait Scalar: FromStr<Err = String> + fmt::Display {
    /// The word under `format` in the schema.
    const FORMAT: &'static str;
    /// What editors hold the text against.
    const PATTERN: &'static str;
    /// What editors offer, and what messages name.
    const EXAMPLES: &'static [&'static str];
    /// The least and the greatest plain number, where a number without a unit has a meaning.
    const NUMBERS: Option<(f64, f64)> = None;
}

/// How one word is checked: by the name its schema has under `format`.
#[derive(Clone, Copy)]
pub struct Format {
    /// The word under `format`.
    pub name: &'static str,
    /// Says what is wrong with a text and what to write.
    pub check: fn(&str) -> Result<(), String>,
    /// The value has a type of its own, which reads what passes the check, a number or a text.
    pub own_type: bool,
}

impl Format {
    /// The check that belongs to a type.
    pub const fn of<T: Scalar>() -> Format {
        Format { name: T::FORMAT, check: |text| text.parse::<T>().map(drop), own_type: true }
    }

    /// A check beyond the type of a field that has none of its own.
    pub const fn rule(name: &'static str, check: fn(&str) -> Result<(), String>) -> Format {
        Format { name, check, own_type: false }
    }
}

/// The schema of a scalar type.
pub fn schema<T: Scalar>() -> Schema {
    let examples: Vec<Value> = T::EXAMPLES.iter().map(|text| plain(text)).collect();
    let mut schema = json!({"type": "string", "format": T::FORMAT, "pattern": T::PATTERN, "examples": examples});
    if let Some((least, greatest)) = T::NUMBERS {
        schema["type"] = json!(["number", "string"]);
        schema["minimum"] = plain(&least.to_string());
        schema["maximum"] = plain(&greatest.to_string());
    }
    Schema::try_from(schema).unwrap_or_default()
}

/// A number where the text is one, and may be; whole where it is whole.
fn plain(text: &str) -> Value {
    serde_json::from_str(text).ok().filter(Value::is_number).unwrap_or_else(|| text.into())
}

/// Writes the short form: a number where a plain number means the same.
pub fn serialize<T: Scalar, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let text = value.to_string();
    if T::NUMBERS.is_none() {
        return serializer.serialize_str(&text);
    }
    match (text.parse::<i64>(), text.parse::<f64>()) {
        (Ok(whole), _) => serializer.serialize_i64(whole),
        (_, Ok(number)) => serializer.serialize_f64(number),
        _ => serializer.serialize_str(&text),
    }
}

/// Reads a value from a text, or from a number as it would be written.
pub fn deserialize<'de, T: Scalar, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Word(PhantomData))
}

struct Word<T>(PhantomData<T>);

impl<T: Scalar> Visitor<'_> for Word<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value such as {}", T::EXAMPLES.join(" or "))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }
}

/// Gives types that are [`Scalar`](crate::config::Scalar) serde's traits and a schema.
#[macro_export]
macro_rules! scalar {
    ($($type:ident),+ $(,)?) => { $(
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::config::scalar::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::config::scalar::deserialize(deserializer)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                $crate::config::scalar::schema::<Self>()
            }
        }
    )+ };
}
