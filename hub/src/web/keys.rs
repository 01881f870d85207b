//! What may stand behind a request's `?`: what the description says, and nothing else. A key that is not known is refused by
//! name, so that nobody takes all rows for the few that a misspelt filter was to choose; and so is one that says nothing
//! where a number or `true` or `false` is wanted.

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
    /// Whether it may say nothing.
    is_text: bool,
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
            Some(key) if value.is_empty() && !key.is_text => {
                Some(Refusal::wrong(format!("`{name}` says nothing: give it a value, or leave it out")))
            }
            Some(_) => None,
        })
    }
}

impl Key {
    fn of(parameter: &Parameter) -> Key {
        Key { name: parameter.name.clone(), is_text: parameter.schema.as_ref().is_none_or(is_text) }
    }
}

fn is_text(schema: &RefOr<Schema>) -> bool {
    match schema {
        RefOr::T(Schema::Object(value)) => match &value.schema_type {
            SchemaType::Type(kind) => *kind == Type::String,
            SchemaType::Array(kinds) => kinds.contains(&Type::String),
            SchemaType::AnyValue => true,
        },
        RefOr::T(Schema::Array(list)) => match &list.items {
            ArrayItems::RefOrSchema(one) => is_text(one),
            ArrayItems::False => true,
        },
        _ => true,
    }
}

fn unknown(name: &str, known: &[Key], path: &str) -> Refusal {
    let known: Vec<&str> = known.iter().map(|key| key.name.as_str()).collect();
    let near = nearest(name, &known).map(|near| format!("; did you mean `{near}`?"));
    let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
    let there = if list.is_empty() { "it has none".to_owned() } else { format!("there are {list}") };
    Refusal::wrong(format!("`{name}` is no key of {path}: {there}{}", near.unwrap_or_default()))
}
