//! Why a request was not answered, as the programs that ask get it: a status and `{"error": "..."}`.

use std::fmt::Display;
use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tracing::error;
use utoipa::ToSchema;

use crate::index::IndexError;

/// A request that was refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: String,
    /// When it may be tried again.
    wait: Option<Duration>,
}

/// Why, in words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Reason {
    /// What is wrong, and what to try.
    error: String,
}

impl Refusal {
    fn new(status: StatusCode, error: impl Display) -> Refusal {
        Refusal { status, error: error.to_string(), wait: None }
    }

    /// It asks for what cannot be.
    pub(super) fn wrong(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::BAD_REQUEST, error)
    }

    /// Nobody knows who asks.
    pub(super) fn stranger(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::UNAUTHORIZED, error)
    }

    /// It is not as whoever asks thinks.
    pub(super) fn conflict(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::CONFLICT, error)
    }

    /// It comes too soon.
    pub(super) fn later(error: impl Display, wait: Duration) -> Refusal {
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        let unit = if seconds < 2.0 { "second" } else { "seconds" };
        let error = format!("{error}; try again in {seconds} {unit}");
        Refusal { wait: Some(wait), ..Refusal::new(StatusCode::TOO_MANY_REQUESTS, error) }
    }

    /// What was asked for did not come to its end.
    pub(super) fn slow(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::REQUEST_TIMEOUT, error)
    }

    /// It brings too much.
    pub(super) fn large(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, error)
    }

    /// There is no such thing, or no longer.
    pub(super) fn missing(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::NOT_FOUND, error)
    }

    /// There is such a thing, and this cannot be done with it.
    pub(super) fn impossible(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::METHOD_NOT_ALLOWED, error)
    }

    /// It is forbidden.
    pub(super) fn forbidden(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::FORBIDDEN, error)
    }

    /// Too many want it at the same time.
    pub(super) fn busy(error: impl Display) -> Refusal {
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }

    /// The hub has failed; its log tells more.
    pub(super) fn broken(error: &dyn Display) -> Refusal {
        error!("a request was not answered: {error}");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the hub could not answer; its log tells why")
    }
}

impl From<IndexError> for Refusal {
    fn from(error: IndexError) -> Refusal {
        Refusal::broken(&error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Reason { error: self.error })).into_response();
        let headers = response.headers_mut();
        if let Some(wait) = self.wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs_f64().ceil() as u64));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"picket\""));
        }
        response
    }
}
