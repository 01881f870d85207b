//! Images, as rows; their files are another matter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::Who;
use crate::index::{ImageRow, Page, Sought};
use crate::web::asked::{self, Asked, Path};
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};
use crate::when::Edge;

/// Which images are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Asking {
    /// Of this node, in whatever case; several times for several.
    #[serde(default)]
    node: Vec<String>,
    /// Of this view, in whatever case; several times for several.
    #[serde(default)]
    view: Vec<String>,
    /// Kept for this: `trigger`, `best`, `before`.
    kind: Option<String>,
    /// Taken from then on: RFC 3339, or a day in the hub's zone.
    since: Option<String>,
    /// Taken before then; of a day, until its end.
    until: Option<String>,
    /// Of the event with this id.
    event: Option<String>,
    /// At most so many, 1 to 500; 50 where it is not said.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before.
    cursor: Option<String>,
}

/// Images.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Images {
    /// In the order of the list. There may be fewer than were wanted, also none, and more behind `next`.
    images: Vec<ImageRow>,
    /// Where to go on; none where there is no more.
    next: Option<String>,
}

impl From<Page<ImageRow>> for Images {
    fn from(page: Page<ImageRow>) -> Images {
        Images { images: page.rows, next: page.next.map(|next| next.to_string()) }
    }
}

/// What was stored, the newest first.
#[utoipa::path(get, path = "/api/images", tag = "images", params(Asking),
    responses((status = 200, body = Images), (status = 400, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn images(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Asked(asked): Asked<Asking>,
) -> Result<Json<Images>, Refusal> {
    let (limit, cursor) = (asked::limit(asked.limit)?, super::cursor(asked.cursor.as_deref())?);
    let since = hub.time("since", asked.since.as_deref(), Edge::Since)?;
    let until = hub.time("until", asked.until.as_deref(), Edge::Until)?;
    let event = asked.event;
    let sought = Sought { nodes: asked.node, views: asked.view, kind: asked.kind, since, until, sight: who.sight };
    let page = hub.readers.ask(move |index| index.page_of_images(&sought, event.as_deref(), cursor, limit));
    Ok(Json(page.await?.into()))
}

/// One image.
#[utoipa::path(get, path = "/api/images/{number}", tag = "images",
    params(("number" = u64, Path, description = "Its journal number.")),
    responses((status = 200, body = ImageRow), (status = 404, body = Reason), (status = 500, body = Reason)))]
pub(super) async fn image(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
) -> Result<Json<ImageRow>, Refusal> {
    let found = hub.readers.ask(move |index| index.image(number)).await?;
    let seen = found.filter(|row| who.sight.has(&row.node, row.view.as_deref()));
    seen.map(Json).ok_or_else(|| super::no_image(number))
}
