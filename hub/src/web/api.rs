//! The interface for programs, and of the page: `/api`. Each file below holds what is asked about one thing; the description
//! (`/api/openapi.json`) is made from the same functions. Times are RFC 3339, in UTC; what fails answers with a status and
//! `{"error": "..."}`.

mod changes;
mod days;
mod events;
mod files;
mod hub;
mod images;
mod keep;
mod log;
mod nodes;
mod readings;
mod refusals;
mod session;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cookies::Cookies;
use super::keys::Keys;
use super::serve::Caller;
use super::{Hub, Refusal, health, metrics};
use crate::access::{Who, network};
use crate::index::Cursor;

#[derive(OpenApi)]
#[openapi(
    // A route's last part is a number or a name, never both; `files::or_picture` tells them apart.
    paths(files::picture, images::image),
    info(title = "Picket hub", description = "What a Picket hub has stored: nodes, events, images, readings."),
)]
struct Description;

/// Describes how a request shows whose it is, where the hub has users.
fn describe_proofs(api: &mut utoipa::openapi::OpenApi, cookies: &Cookies) {
    let cookie = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(&cookies.plain)));
    let safe = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
        cookies.safe.as_str(),
        "The same where the hub, or a proxy before it, encrypts.",
    )));
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    let components = api.components.get_or_insert_default();
    components.security_schemes.extend([
        ("session".to_owned(), cookie),
        ("safe_session".to_owned(), safe),
        ("token".to_owned(), token),
    ]);
    let needs = |name| SecurityRequirement::new::<&str, [String; 0], String>(name, []);
    api.security = Some(["session", "safe_session", "token"].map(needs).into());
}

/// All of it, shut to whoever is not known.
pub(super) fn routes(hub: Arc<Hub>) -> Router {
    let api = OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(session::log_in, session::log_out))
        .routes(routes!(hub::hub))
        .routes(routes!(nodes::nodes))
        .routes(routes!(nodes::views))
        .routes(routes!(files::thumb))
        .routes(routes!(changes::changes))
        .routes(routes!(log::log))
        .routes(routes!(readings::readings))
        .routes(routes!(readings::series))
        .routes(routes!(readings::health))
        .routes(routes!(metrics::metrics))
        .routes(routes!(events::events))
        .routes(routes!(events::event))
        .routes(routes!(events::images_of_event, keep::delete_images_of_event))
        .routes(routes!(keep::pin_event))
        .routes(routes!(keep::review))
        .routes(routes!(images::images))
        .routes(routes!(images::image, keep::delete_image))
        .routes(routes!(keep::pin_image))
        .routes(routes!(days::days))
        .route_layer(middleware::from_fn_with_state(hub.clone(), answers))
        // Whoever looks whether the hub is well waits for nobody.
        .routes(routes!(health::healthz));
    let (routes, mut description) = api.split_for_parts();
    describe_proofs(&mut description, &hub.cookies);
    refusals::describe(&mut description);
    let keys = Keys::of(&description);
    let unknown = || async { Refusal::missing("there is nothing like that; /api/openapi.json tells what there is") };
    let impossible = || async { Refusal::impossible("this cannot be done with it; the header Allow tells what can") };
    routes
        .method_not_allowed_fallback(impossible)
        .route_layer(middleware::from_fn_with_state(hub.clone(), files::or_picture))
        .route_layer(middleware::from_fn(move |request, next| keys.clone().check(request, next)))
        .with_state(hub.clone())
        .route("/api/openapi.json", get(move || async move { Json(description) }))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .layer(middleware::from_fn_with_state(hub.clone(), super::who::know))
}

/// Each has a few requests answered at a time; their others wait, and so do not keep anybody else waiting.
async fn answers(State(hub): State<Arc<Hub>>, request: Request, next: Next) -> Response {
    let of = request.extensions();
    let whose = whose(of.get(), of.get(), request.headers());
    match hub.answers.take(whose).await {
        Ok(_turn) => next.run(request).await,
        Err(error) => Refusal::broken(&error).into_response(),
    }
}

/// Whose a request is: a person's, or an address's where there are no users.
fn whose(who: Option<&Who>, caller: Option<&Caller>, headers: &HeaderMap) -> String {
    let name = who.and_then(|who| who.name.clone());
    name.or_else(|| Some(network(caller?.sender(headers)).to_string())).unwrap_or_default()
}

/// Where a list goes on.
fn cursor(text: Option<&str>) -> Result<Option<Cursor>, Refusal> {
    let cursor = text.map(str::parse::<Cursor>).transpose();
    cursor.map_err(|error| Refusal::wrong(format!("cursor: {error}")))
}

fn no_event(number: u64) -> Refusal {
    Refusal::missing(format!("there is no event {number}"))
}

fn no_image(number: u64) -> Refusal {
    Refusal::missing(format!("there is no image {number}, or no longer"))
}

#[cfg(test)]
mod tests;
