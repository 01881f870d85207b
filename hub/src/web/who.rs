//! Who asks: found out before any route of the interface is asked, so that none answers a stranger. Knows no route but the two
//! that strangers may use.
//!
//! A handler takes [`Who`] as an argument, like any other extractor, and
//! - where it lists what is of some node or view: gives `who.sight` to the question, as
//!   [`Sought::sight`](crate::index::Sought::sight) or [`Wanted::sight`](crate::index::Wanted::sight), so that what is hidden
//!   does not count for limits and cursors either;
//! - where it has found one thing by its number or name: asks [`Sight::has`](crate::access::Sight::has), and says of what is
//!   hidden that it is not there;
//! - where it changes something: calls [`Who::may`] first, and then does the same for each thing that is to be changed;
//! - where it answers with what is of the whole hub: calls [`Who::sees_everything`];
//! - where it goes on for long: asks [`Access::still_knows`] now and then.
//!
//! `hub/tests/it/access.rs` asks every route of the description as somebody who may see one view only: a new route that
//! forgets this is found there.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::serve::Caller;
use super::{Hub, Refusal};
use crate::access::{Denied, Right, Who};

/// Stands before all routes of the interface.
pub(super) async fn know(State(hub): State<Arc<Hub>>, mut request: Request, next: Next) -> Response {
    let is_encrypted = request.extensions().get::<Caller>().is_some_and(|caller| caller.is_encrypted);
    let known = identify(&hub, request.headers(), is_encrypted);
    let is_open = is_for_strangers(request.method(), request.uri().path());
    let mut response = match known {
        Ok(who) => {
            request.extensions_mut().insert(who);
            next.run(request).await
        }
        Err(_) if is_open => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    // What is for one person is not kept for another one.
    response.headers_mut().entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("private, no-store"));
    response
}

fn is_for_strangers(method: &Method, path: &str) -> bool {
    matches!((method.as_str(), path), ("POST", "/api/session") | ("GET" | "HEAD", "/healthz"))
}

fn identify(hub: &Hub, headers: &HeaderMap, is_encrypted: bool) -> Result<Who, Refusal> {
    let access = &hub.around.access;
    let denied = match access.anybody() {
        Ok(everybody) => return Ok(everybody),
        Err(denied) => denied,
    };
    if denied == Denied::NoUsers {
        return Err(Refusal::stranger("there are no users; add one on the hub's machine: picket-hub user add NAME"));
    }
    // Whatever else is said there is for a proxy that asks for a password of its own.
    let given = headers.get(header::AUTHORIZATION).and_then(|given| given.to_str().ok()?.split_once(' '));
    if let Some((_, token)) = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        let who = access.by_token(token.trim());
        return who.ok_or_else(|| Refusal::stranger("this token is unknown, or was revoked"));
    }
    let who = hub.cookies.ids(headers, is_encrypted).into_iter().find_map(|id| access.by_session(id));
    who.ok_or_else(|| Refusal::stranger("log in first, or give a token (Authorization: Bearer ...)"))
}

impl<S: Send + Sync> FromRequestParts<S> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Who, Response> {
        parts.extensions.get().cloned().ok_or_else(|| Refusal::stranger("log in first").into_response())
    }
}

impl Who {
    /// Refuses whoever has not this right.
    pub(in crate::web) fn may(&self, right: Right) -> Result<(), Refusal> {
        if self.role.may(right) {
            return Ok(());
        }
        let name = self.name.as_deref().unwrap_or_default();
        let (role, least) = (self.role, right.least());
        Err(Refusal::forbidden(format!("{name} is logged in as a {role} only; this is for the role {least}")))
    }

    /// Refuses whoever may see some views only.
    pub(in crate::web) fn sees_everything(&self) -> Result<(), Refusal> {
        if self.sight.is_everything() {
            return Ok(());
        }
        Err(Refusal::forbidden("this is of the whole hub, and for those who may see all of it"))
    }
}
