//! What is answered to whoever comes without TLS where the hub speaks it, as people do who type an address by hand: the address
//! that begins with `https`. A program is not led there: what it has sent, a token perhaps, could be read along.

use axum::Router;
use axum::http::{HeaderMap, Method, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};

use super::Refusal;

pub(super) fn routes() -> Router {
    Router::new().fallback(lead)
}

async fn lead(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let there = format!("https://{host}{path}");
    match method.is_safe() && !path.starts_with("/api/") {
        true => Redirect::temporary(&there).into_response(),
        false => Refusal::wrong(format!("this hub speaks TLS: ask for {there}")).into_response(),
    }
}
