//! Days: how much happened on each.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Who;
use crate::index::{DayRow, Sought};
use crate::web::asked::Asked;
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};

/// Which days are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Asking {
    /// What this node did, in whatever case; several times for several.
    #[serde(default)]
    node: Vec<String>,
    /// What this view saw, in whatever case; several times for several.
    #[serde(default)]
    view: Vec<String>,
    /// The first: `2026-11-20`.
    from: Option<String>,
    /// The last.
    to: Option<String>,
}

/// Days.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Days {
    /// Those on which anything happened, the oldest first.
    days: Vec<DayRow>,
}

/// How much happened on each day, in the hub's zone.
#[utoipa::path(get, path = "/api/days", tag = "days", params(Asking),
    responses((status = 200, body = Days), (status = 400, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn days(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Asked(asked): Asked<Asking>,
) -> Result<Json<Days>, Refusal> {
    let span = (day("from", asked.from.as_deref())?, day("to", asked.to.as_deref())?);
    let sought = Sought { nodes: asked.node, views: asked.view, sight: who.sight, ..Sought::default() };
    let days = hub.readers.ask(move |index| index.days(&sought, span, who.name.as_deref())).await?;
    Ok(Json(Days { days }))
}

fn day(key: &str, text: Option<&str>) -> Result<Option<Date>, Refusal> {
    let parse = |text: &str| {
        let day = text.parse::<Date>();
        day.map_err(|_| Refusal::wrong(format!("{key}: {text:?} is no day; write one such as 2026-11-20")))
    };
    text.map(parse).transpose()
}
