//! What was measured: the latest, and over time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use picket_common::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Who;
use crate::index::{Index, LatestReading, Topic, Vitals};
use crate::vitals;
use crate::web::asked::{Asked, Path};
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};
use crate::when::Edge;

/// So many points are drawn where nobody says how many, and at most.
const USUAL: usize = 500;
const USUAL_OF_HEALTH: usize = 300;
const MOST: usize = 2000;

/// Which readings are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Which {
    /// The node, in whatever case.
    node: String,
    /// The view, in whatever case; none is the node as a whole.
    view: Option<String>,
    /// What is measured, in whatever case.
    name: String,
    /// From then on: RFC 3339, or a day in the hub's zone. A day before `until` where it is not said.
    since: Option<String>,
    /// Before then; of a day, until its end. Now where it is not said.
    until: Option<String>,
    /// In at most so many points, 1 to 2000; 500 where it is not said.
    #[param(minimum = 1, maximum = 2000)]
    points: Option<usize>,
}

/// Readings over time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Series {
    /// Their unit; empty where they have none, or where there are none.
    unit: String,
    /// Milliseconds since 1970, the mean, the lowest, the highest; the oldest first.
    points: Vec<(i64, f64, f64, f64)>,
}

/// The span that is wanted of a node's health.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Span {
    /// From then on: RFC 3339, or a day in the hub's zone. A day before `until` where it is not said.
    since: Option<String>,
    /// Before then; of a day, until its end. Now where it is not said.
    until: Option<String>,
    /// In at most so many points, 1 to 2000; 300 where it is not said.
    #[param(minimum = 1, maximum = 2000)]
    points: Option<usize>,
}

/// How a node was.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Health {
    /// One for each figure that the node tells, by name.
    series: Vec<Figure>,
}

/// One figure of a node's health over time.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Figure {
    /// What it is; of a camera's frames with its view behind it.
    #[schema(example = "cpu_temperature")]
    name: String,
    /// Its unit; empty where it has none.
    #[schema(example = "°C")]
    unit: String,
    /// Milliseconds since 1970, and the value; the oldest first.
    points: Vec<(i64, f64)>,
}

/// The latest of each reading, by node, view and name.
#[utoipa::path(get, path = "/api/readings", tag = "readings",
    responses((status = 200, body = [LatestReading]), (status = 500, body = Reason)))]
pub(super) async fn readings(State(hub): State<Arc<Hub>>, who: Who) -> Result<Json<Vec<LatestReading>>, Refusal> {
    hub.readers.ask(move |index| index.latest_readings(&who.sight)).await.map(Json)
}

/// One reading over time, thinned to points: of a long span a sample, spread evenly.
#[utoipa::path(get, path = "/api/readings/series", tag = "readings", params(Which),
    responses((status = 200, body = Series), (status = 400, body = Reason), (status = 404, body = Reason)))]
pub(super) async fn series(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Asked(asked): Asked<Which>,
) -> Result<Json<Series>, Refusal> {
    let span = hub.span(asked.since.as_deref(), asked.until.as_deref())?;
    let points = points(asked.points, USUAL)?;
    let Which { node, view, name, .. } = asked;
    let (of, what) = (node.clone(), name.clone());
    let ask = move |index: &Index| {
        let Some((node, view)) = index.view_called(&node, view.as_deref())? else { return Ok(None) };
        if !who.sight.has(&node, view.as_deref()) {
            return Ok(None);
        }
        let topic = Topic { node: &node, view: view.as_deref(), what: &name, detector: None };
        index.series(&topic, span, points)
    };
    let (unit, buckets) = hub.readers.ask(ask).await?.ok_or_else(|| {
        Refusal::missing(format!("{of} has no reading called {what}; /api/readings lists what there is"))
    })?;
    let points = buckets.iter().map(|bucket| (bucket.at.as_millisecond(), bucket.mean, bucket.lowest, bucket.highest));
    Ok(Json(Series { unit, points: points.collect() }))
}

/// How a node was: the figures of its heartbeats, kept every five minutes for a week and every hour for half a year.
#[utoipa::path(get, path = "/api/nodes/{node}/health", tag = "nodes",
    params(("node" = String, Path, description = "The node's name, in whatever case."), Span),
    responses((status = 200, body = Health), (status = 400, body = Reason), (status = 404, body = Reason)))]
pub(super) async fn health(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(node): Path<String>,
    Asked(asked): Asked<Span>,
) -> Result<Json<Health>, Refusal> {
    let span = hub.span(asked.since.as_deref(), asked.until.as_deref())?;
    let points = points(asked.points, USUAL_OF_HEALTH)?;
    let name = node.clone();
    let ask = move |index: &Index| {
        let node = index.node_called(&name)?.filter(|node| who.sight.has(node, None));
        node.map(|node| index.vitals(&node, span, points)).transpose()
    };
    let vitals: Vitals =
        hub.readers.ask(ask).await?.ok_or_else(|| Refusal::missing(format!("there is no node {node}")))?;
    let figure = |(name, points): (String, Vec<(Timestamp, f64)>)| {
        let points = points.into_iter().map(|(at, value)| (at.as_millisecond(), value)).collect();
        Figure { unit: vitals::unit(&name).to_owned(), name, points }
    };
    Ok(Json(Health { series: vitals.into_iter().map(figure).collect() }))
}

impl Hub {
    fn span(&self, since: Option<&str>, until: Option<&str>) -> Result<(Timestamp, Timestamp), Refusal> {
        let until = self.time("until", until, Edge::Until)?.unwrap_or_else(|| self.around.clock.now());
        let day_before = until.checked_sub(jiff::SignedDuration::from_hours(24)).unwrap_or(Timestamp::MIN);
        let since = self.time("since", since, Edge::Since)?.unwrap_or(day_before);
        Ok((since, until))
    }
}

fn points(wanted: Option<usize>, usual: usize) -> Result<usize, Refusal> {
    match wanted.unwrap_or(usual) {
        points @ 1..=MOST => Ok(points),
        other => Err(Refusal::wrong(format!("points: {other} is not between 1 and {MOST}"))),
    }
}
