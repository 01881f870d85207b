//! Events, as people review them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::images::Images;
use crate::access::Who;
use crate::config::{Labels, people};
use crate::index::{Index, IndexError, Neighbour, Page, Reviewable, Sought, SoughtEvents};
use crate::web::asked::{self, Asked, Path};
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};
use crate::when::Edge;

/// Which events are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Asking {
    /// Of this node, in whatever case; several times for several.
    node: Vec<String>,
    /// Of this view, in whatever case; several times for several.
    view: Vec<String>,
    /// About this: `motion`, `light`, `input`.
    kind: Option<String>,
    /// In a state for which this is people's own word (`labels:` in the hub's configuration).
    label: Option<String>,
    /// In this state: `moving`, `lighted`.
    state: Option<String>,
    /// From then on, and what went on then: RFC 3339, or a day in the hub's zone.
    since: Option<String>,
    /// Begun before then; of a day, until its end.
    until: Option<String>,
    /// Begun at this time of the day or later, in the hub's zone: `22:00`. With `time_to`, which may be on the next day.
    time_from: Option<String>,
    /// Begun before this time of the day: `06:00`.
    time_to: Option<String>,
    /// Whether whoever asks has reviewed it.
    reviewed: Option<bool>,
    /// Whether it is pinned.
    pinned: Option<bool>,
    /// Those with these numbers, as far as they are there, whatever else is asked; several times for several.
    #[param(max_items = 500)]
    number: Vec<u64>,
    /// At most so many, 1 to 500; 50 where it is not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// Events.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Events {
    /// The newest first. There may be fewer than were wanted, also none, and more behind `next`: one question looks at a
    /// bounded number of them.
    events: Vec<Reviewable>,
    /// Where to go on; none where there is no more.
    next: Option<String>,
}

/// One event, with what other cameras saw.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct OneEvent {
    #[serde(flatten)]
    event: Reviewable,
    /// The image nearest in time of each other view, within a minute of its beginning.
    neighbours: Vec<Neighbour>,
}

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Part {
    /// At most so many, 1 to 500; 50 where it is not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// What happened, the newest first.
#[utoipa::path(get, path = "/api/events", tag = "events", params(Asking),
    responses((status = 200, body = Events), (status = 400, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn events(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Asked(asked): Asked<Asking>,
) -> Result<Json<Events>, Refusal> {
    let (limit, cursor) = (asked::limit(asked.limit)?, super::cursor(asked.cursor.as_deref())?);
    let (numbers, label) = (asked.number.clone(), asked.label.clone());
    if numbers.len() > asked::MOST {
        return Err(Refusal::wrong(format!("number: at most {} at once", asked::MOST)));
    }
    let mut sought = hub.sought(asked, who)?;
    let labels = hub.around.labels.clone();
    let page = hub.readers.ask(move |index| {
        if !numbers.is_empty() {
            return by_number(index, numbers, &sought, &labels);
        }
        if let Some(label) = label {
            let states = |(node, view): (String, Option<String>)| {
                let states = people::states(&labels, &node, view.as_deref(), &label);
                states.into_iter().map(move |state| (node.clone(), view.clone(), state.to_owned())).collect::<Vec<_>>()
            };
            sought.labelled = Some(index.sources()?.into_iter().flat_map(states).collect());
        }
        let mut page = index.page_of_events(&sought, cursor, limit)?;
        page.rows.iter_mut().for_each(|row| label_it(row, &labels));
        Ok(page)
    });
    let Page { rows, next } = page.await?;
    Ok(Json(Events { events: rows, next: next.map(|next| next.to_string()) }))
}

/// One event.
#[utoipa::path(get, path = "/api/events/{number}", tag = "events",
    params(("number" = u64, Path, description = "The number of its first message.")),
    responses((status = 200, body = OneEvent), (status = 404, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn event(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
) -> Result<Json<OneEvent>, Refusal> {
    let labels = hub.around.labels.clone();
    let found = hub.readers.ask(move |index| {
        let Some(mut event) = index.event(number, who.name.as_deref(), &who.sight)? else { return Ok(None) };
        label_it(&mut event, &labels);
        let mut neighbours = index.neighbours(number)?;
        neighbours.retain(|near| who.sight.has(&near.node, near.view.as_deref()));
        Ok(Some(OneEvent { event, neighbours }))
    });
    found.await?.map(Json).ok_or_else(|| super::no_event(number))
}

/// The images of an event, the oldest first.
#[utoipa::path(get, path = "/api/events/{number}/images", tag = "events",
    params(("number" = u64, Path, description = "The number of its first message."), Part),
    responses((status = 200, body = Images), (status = 400, body = Reason), (status = 404, body = Reason),
        (status = 500, body = Reason)))]
pub(super) async fn images_of_event(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
    Asked(asked): Asked<Part>,
) -> Result<Json<Images>, Refusal> {
    let (limit, cursor) = (asked::limit(asked.limit)?, super::cursor(asked.cursor.as_deref())?);
    let found = hub.readers.ask(move |index| index.images_of_event(number, &who.sight, cursor, limit)).await?;
    found.map(|page| Json(page.into())).ok_or_else(|| super::no_event(number))
}

fn by_number(
    index: &Index,
    mut numbers: Vec<u64>,
    sought: &SoughtEvents,
    labels: &Labels,
) -> Result<Page<Reviewable>, IndexError> {
    numbers.sort_unstable();
    numbers.dedup();
    let mut rows = Vec::new();
    for number in numbers {
        if let Some(mut row) = index.event(number, sought.user.as_deref(), &sought.common.sight)? {
            label_it(&mut row, labels);
            rows.push(row);
        }
    }
    rows.sort_by_key(|row| std::cmp::Reverse((row.event.start, row.event.number)));
    Ok(Page { rows, next: None })
}

/// Adds people's word for the state.
fn label_it(row: &mut Reviewable, labels: &Labels) {
    let event = &row.event;
    row.label = people::word(labels, &event.node, event.view.as_deref(), &event.state).map(str::to_owned);
}

impl Hub {
    /// What is asked for, without the label.
    fn sought(&self, asked: Asking, who: Who) -> Result<SoughtEvents, Refusal> {
        let times = match (&asked.time_from, &asked.time_to) {
            (None, None) => None,
            (from, to) => {
                let from = time_of_day("time_from", from.as_deref())?;
                Some((from, time_of_day("time_to", to.as_deref())?, self.around.zone.clone()))
            }
        };
        let (since, until) = (
            self.time("since", asked.since.as_deref(), Edge::Since)?,
            self.time("until", asked.until.as_deref(), Edge::Until)?,
        );
        let common = Sought { nodes: asked.node, views: asked.view, kind: asked.kind, since, until, sight: who.sight };
        let Asking { state, reviewed, pinned, .. } = asked;
        Ok(SoughtEvents { common, state, labelled: None, times, reviewed, pinned, user: who.name })
    }
}

/// A time of the day; midnight where none is told.
fn time_of_day(key: &str, text: Option<&str>) -> Result<Time, Refusal> {
    let Some(text) = text else { return Ok(Time::midnight()) };
    let wrong = || Refusal::wrong(format!("{key}: {text:?} is no time of the day; write one such as 06:30"));
    if text == "24:00" {
        return Ok(Time::midnight());
    }
    let time = Time::strptime("%H:%M", text).or_else(|_| Time::strptime("%H:%M:%S", text));
    time.map_err(|_| wrong())
}
