//! What is answered to whoever comes without TLS where the hub speaks it, as people do who type an address by hand: the address
//! that begins with `https`. A program is not led there: it would come this way again each time, with a token that could be
//! read along.

use axum::Router;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Refusal;

/// Where programs ask.
const PROGRAMS: [&str; 3] = ["/api", "/metrics", "/healthz"];

pub(super) fn routes() -> Router {
    Router::new().fallback(lead)
}

async fn lead(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
    let is_page = method == Method::GET && !PROGRAMS.iter().any(|path| uri.path().starts_with(path));
    match (host, uri.path_and_query()) {
        (Some(host), Some(path)) if is_page && !headers.contains_key(header::AUTHORIZATION) => {
            Redirect::temporary(&format!("https://{host}{path}")).into_response()
        }
        _ => Refusal::wrong("this hub speaks TLS: the address begins with https://").into_response(),
    }
}
