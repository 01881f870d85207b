//! The log, as it can be read in its files too.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use picket_common::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Who;
use crate::logbook::{self, Cursor, Wanted};
use crate::web::asked::{self, Asked};
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};
use crate::when::Edge;

/// Which lines are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Lines {
    /// With this in them, in whatever case.
    search: Option<String>,
    /// Of this node, in whatever case; several times for several.
    #[serde(default)]
    node: Vec<String>,
    /// From then on: RFC 3339, or a day in the hub's zone.
    since: Option<String>,
    /// Before then; of a day, until its end.
    until: Option<String>,
    /// At most so many, 1 to 500; 50 where it is not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// Lines of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Log {
    /// The newest first. There may be fewer than were wanted, also none, and more behind `next`: one question reads a
    /// bounded part of the files.
    lines: Vec<Line>,
    /// Where to go on; none where there is no more.
    next: Option<String>,
}

/// One line, with those behind it that have no time of their own.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Line {
    /// Its time as in the file, in the hub's zone.
    #[schema(example = "2026-11-20 12:34:56,789")]
    at: String,
    /// The same.
    #[schema(value_type = Option<String>, format = DateTime)]
    time: Option<Timestamp>,
    /// The node, where its text begins with one.
    node: Option<String>,
    /// What it says.
    text: String,
}

/// The lines of the log, the newest first.
#[utoipa::path(get, path = "/api/log", tag = "log", params(Lines),
    responses((status = 200, body = Log), (status = 400, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn log(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Asked(asked): Asked<Lines>,
) -> Result<Json<Log>, Refusal> {
    let cursor = asked.cursor.map(|cursor| cursor.parse::<Cursor>());
    let cursor = cursor.transpose().map_err(|error| Refusal::wrong(format!("cursor: {error}")))?;
    let wanted = Wanted {
        search: asked.search,
        nodes: asked.node,
        since: hub.time("since", asked.since.as_deref(), Edge::Since)?,
        until: hub.time("until", asked.until.as_deref(), Edge::Until)?,
        limit: asked::limit(asked.limit)?,
        sight: who.sight,
    };
    let log_day: Option<Date> = hub.readers.ask(|index| index.log_day()).await?;
    let (data, zone) = (hub.around.data.clone(), hub.around.zone.clone());
    let read = hub.readers.work(move || logbook::read(&data, (&zone, log_day), &wanted, cursor)).await?;
    let (lines, next) = read.map_err(|error| Refusal::broken(&format!("the log cannot be read: {error}")))?;
    let line = |logbook::Line { at, time, node, text }| Line { at, time, node, text };
    Ok(Json(Log { lines: lines.into_iter().map(line).collect(), next: next.map(|next| next.to_string()) }))
}
