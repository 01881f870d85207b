//! Logging in and out. What a browser gets is a cookie; its session outlives the hub's restarts.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::access::sessions::LONGEST;
use crate::access::{Denied, Who};
use crate::web::readers::in_turn;
use crate::web::refusal::Reason;
use crate::web::serve::Caller;
use crate::web::{Hub, Refusal};

/// Who wants to log in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct LogIn {
    /// The name, in whatever case.
    #[schema(example = "ann")]
    user: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// Logs in: gives a cookie.
#[utoipa::path(post, path = "/api/session", tag = "session", security(()), request_body = LogIn,
    responses((status = 204, description = "Logged in; the cookie is the session."), (status = 400, body = Reason),
        (status = 401, description = "Name or password are wrong.", body = Reason),
        (status = 409, description = "There are no users.", body = Reason),
        (status = 429, description = "Too many have failed; Retry-After tells how many seconds to wait.", body = Reason)))]
pub(super) async fn log_in(
    State(hub): State<Arc<Hub>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    given: Result<Json<LogIn>, JsonRejection>,
) -> Result<Response, Refusal> {
    let Json(LogIn { user, password }) = given.map_err(|error| Refusal::wrong(error.body_text()))?;
    let (access, from) = (hub.around.access.clone(), caller.sender(&headers));
    let let_in = in_turn(&hub.log_ins, move || access.log_in(&user, &password, from)).await?;
    let id = let_in.map_err(|denied| match denied {
        Denied::Wrong => Refusal::stranger("name or password are wrong"),
        Denied::Wait(wait) => Refusal::later("too many wrong passwords", wait),
        Denied::NoUsers => Refusal::conflict("there are no users on this hub, so there is nobody to log in as"),
        Denied::Broken => Refusal::broken(&"a session could not be begun"),
    })?;
    // A proxy before the hub may encrypt; browsers say so.
    let origin = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
    let is_encrypted = caller.is_encrypted || origin.is_some_and(|origin| origin.starts_with("https://"));
    let cookie = hub.cookies.keep(&id, LONGEST.as_secs(), is_encrypted);
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// Logs out: ends the session, and makes the browser forget the images that it has kept.
#[utoipa::path(delete, path = "/api/session", tag = "session",
    responses((status = 204, description = "Logged out."), (status = 401, body = Reason)))]
pub(super) async fn log_out(State(hub): State<Arc<Hub>>, who: Who) -> Result<Response, Refusal> {
    let access = hub.around.access.clone();
    hub.readers.work(move || access.log_out(&who)).await?;
    let forget = hub.cookies.forget().map(|cookie| (header::SET_COOKIE, cookie));
    let cache = [("clear-site-data", "\"cache\"")];
    Ok((StatusCode::NO_CONTENT, AppendHeaders(forget), cache).into_response())
}
