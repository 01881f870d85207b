//! What may stand behind a request's `?`: what the description says, and nothing else. A key that is not known is refused by
//! name, so that nobody takes all rows for the few that a misspelt filter was to choose; and so is one that does not say
//! what is wanted, a number or `true` or `false`.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use picket_common::config::nearest;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::schema::{ArrayItems, SchemaType, Type};
use utoipa::openapi::{OpenApi, PathItem, RefOr, Schema};

use super::Refusal;

/// The keys of each path that is described.
#[derive(Clone)]
pub(super) struct Keys(Arc<BTreeMap<String, Vec<Key>>>);

#[derive(Clone)]
struct Key {
    name: String,
    wanted: Wanted,
}

/// What a key may say.
#[derive(Clone, Copy)]
enum Wanted {
    Text,
    Number,
    Truth,
}

impl Keys {
    /// As `description` has them.
    pub(super) fn of(description: &OpenApi) -> Keys {
        let keys = |item: &PathItem| {
            let operations: [&Option<Operation>; 5] = [&item.get, &item.put, &item.post, &item.delete, &item.patch];
            let operations = operations.into_iter().flatten();
            let named = operations.flat_map(|operation| operation.parameters.iter().flatten());
            named.filter(|named| named.parameter_in == ParameterIn::Query).map(Key::of).collect()
        };
        Keys(Arc::new(description.paths.paths.iter().map(|(path, item)| (path.clone(), keys(item))).collect()))
    }

    /// Lets a request pass, if all of its keys are known.
    pub(super) async fn check(self, request: Request, next: Next) -> Response {
        match self.wrong(&request) {
            Some(refusal) => refusal.into_response(),
            None => next.run(request).await,
        }
    }

    fn wrong(&self, request: &Request) -> Option<Refusal> {
        let matched = request.extensions().get::<MatchedPath>()?.as_str();
        // A file and what is told of it share a route.
        let file = format!("{matched}.jpg");
        let path = if request.uri().path().ends_with(".jpg") && self.0.contains_key(&file) { &file } else { matched };
        let known = self.0.get(path)?;
        let asked: Vec<(String, String)> = serde_html_form::from_str(request.uri().query()?).ok()?;
        asked.iter().find_map(|(name, value)| match known.iter().find(|key| key.name == *name) {
            None => Some(unknown(name, known, path)),
            Some(key) => key.wanted.wrong(value).map(|wrong| Refusal::wrong(format!("`{name}` {wrong}"))),
        })
    }
}

impl Key {
    fn of(parameter: &Parameter) -> Key {
        Key { name: parameter.name.clone(), wanted: parameter.schema.as_ref().map_or(Wanted::Text, Wanted::of) }
    }
}

impl Wanted {
    fn of(schema: &RefOr<Schema>) -> Wanted {
        match schema {
            RefOr::T(Schema::Object(value)) => match &value.schema_type {
                SchemaType::Type(kind) => Wanted::of_types(std::slice::from_ref(kind)),
                SchemaType::Array(kinds) => Wanted::of_types(kinds),
                SchemaType::AnyValue => Wanted::Text,
            },
            RefOr::T(Schema::Array(list)) => match &list.items {
                ArrayItems::RefOrSchema(one) => Wanted::of(one),
                ArrayItems::False => Wanted::Text,
            },
            _ => Wanted::Text,
        }
    }

    fn of_types(kinds: &[Type]) -> Wanted {
        match kinds {
            kinds if kinds.contains(&Type::String) => Wanted::Text,
            kinds if kinds.contains(&Type::Boolean) => Wanted::Truth,
            kinds if kinds.contains(&Type::Integer) => Wanted::Number,
            _ => Wanted::Text,
        }
    }

    /// What is wrong with a value.
    fn wrong(self, value: &str) -> Option<String> {
        match self {
            Wanted::Text => None,
            _ if value.is_empty() => Some("says nothing: give it a value, or leave it out".to_owned()),
            Wanted::Number => {
                value.parse::<i128>().is_err().then(|| format!("is to be a whole number, and is `{value}`"))
            }
            Wanted::Truth => {
                (!["true", "false"].contains(&value)).then(|| format!("is `true` or `false`, and here `{value}`"))
            }
        }
    }
}

fn unknown(name: &str, known: &[Key], path: &str) -> Refusal {
    let known: Vec<&str> = known.iter().map(|key| key.name.as_str()).collect();
    let near = nearest(name, &known).map(|near| format!("; did you mean `{near}`?"));
    let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let there = if list.is_empty() { "it has none".to_owned() } else { format!("there are {list}") };
    Refusal::wrong(format!("`{name}` is no key of {path}: {there}{}", near.unwrap_or_default()))
}
