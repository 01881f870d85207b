//! What a request asks for behind its `?`: read as a whole, each key several times where that has a meaning. And the names
//! and numbers in its path.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use picket_common::time::Timestamp;
use serde::de::DeserializeOwned;

use super::{Hub, Refusal};
use crate::when::{self, Edge};

/// So many rows are answered where nobody says how many, and at most.
pub(super) const USUAL: usize = 50;
pub(super) const MOST: usize = 500;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asked<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Asked<T>, Refusal> {
        let asked = serde_html_form::from_str(parts.uri.query().unwrap_or_default());
        asked.map(Asked).map_err(|error| Refusal::wrong(format!("what is asked for cannot be read: {error}")))
    }
}

/// What stands in the path.
#[derive(Debug)]
pub(super) struct Path<T>(pub(super) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, Refusal> {
        let found = axum::extract::Path::from_request_parts(parts, state).await;
        let found = found.map_err(|error| Refusal::wrong(format!("the path cannot be read: {}", error.body_text())));
        found.map(|axum::extract::Path(found)| Path(found))
    }
}

impl Hub {
    /// The time that `text` means, the value of `key`; a date is a day in the hub's zone.
    pub(super) fn time(&self, key: &str, text: Option<&str>, edge: Edge) -> Result<Option<Timestamp>, Refusal> {
        let now = self.around.clock.now().to_zoned(self.around.zone.clone());
        let parse =
            |text: &str| when::parse(text, &now, edge).map_err(|error| Refusal::wrong(format!("{key}: {error}")));
        text.map(parse).transpose()
    }
}

/// How many rows are wanted.
pub(super) fn limit(wanted: Option<usize>) -> Result<usize, Refusal> {
    match wanted.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit),
        other => Err(Refusal::wrong(format!("limit: {other} is not between 1 and {MOST}"))),
    }
}
