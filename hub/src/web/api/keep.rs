//! What people decide: what stays, what they have reviewed, and what goes. All of it is the shelver's to do; the answer
//! comes when it is done and durable.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::access::{Right, Who};
use crate::line::amendment::What;
use crate::shelver::{Done, Order};
use crate::web::asked::{self, Asked, Path};
use crate::web::readers::in_turn;
use crate::web::refusal::Reason;
use crate::web::{Hub, Refusal};

/// The shelver finishes the batch at hand within this, unless the disk is very slow.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many images are deleted with one order, so that intake goes on in between.
const AT_ONCE: usize = 500;

/// Whether it is to stay.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Pin {
    /// Whether.
    pinned: bool,
}

/// Which events are reviewed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::web) struct Review {
    /// Their numbers, 500 at most.
    #[schema(max_items = 500)]
    events: Vec<u64>,
    /// Whether they are reviewed, or not any more.
    reviewed: bool,
}

/// What has come of it.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Changed {
    /// So many are so now that were not before.
    changed: u64,
    /// These numbers are of nothing.
    unknown: Vec<u64>,
}

/// What was deleted.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::web) struct Deleted {
    /// So many images.
    images: u64,
}

/// That it is meant.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in crate::web) struct Confirm {
    /// How many images the event has: nothing is deleted where it is another number.
    confirm: usize,
}

/// An event stays, with all of its images, or the rules of retention hold for it again.
#[utoipa::path(put, path = "/api/events/{number}/pin", tag = "events", request_body = Pin,
    params(("number" = u64, Path, description = "The number of its first message.")),
    responses((status = 200, body = Changed), (status = 400, body = Reason), (status = 404, body = Reason),
        (status = 500, body = Reason), (status = 503, body = Reason)))]
pub(super) async fn pin_event(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
    body: Result<Json<Pin>, JsonRejection>,
) -> Result<Json<Changed>, Refusal> {
    hub.pin(&who, number, What::Event, read(body)?.pinned).await
}

/// An image stays, or the rules of retention hold for it again.
#[utoipa::path(put, path = "/api/images/{number}/pin", tag = "images", request_body = Pin,
    params(("number" = u64, Path, description = "Its journal number.")),
    responses((status = 200, body = Changed), (status = 400, body = Reason), (status = 404, body = Reason),
        (status = 500, body = Reason), (status = 503, body = Reason)))]
pub(super) async fn pin_image(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
    body: Result<Json<Pin>, JsonRejection>,
) -> Result<Json<Changed>, Refusal> {
    hub.pin(&who, number, What::Image, read(body)?.pinned).await
}

/// Whoever asks has reviewed events, or has not.
#[utoipa::path(put, path = "/api/reviewed", tag = "events", request_body = Review,
    responses((status = 200, body = Changed), (status = 400, body = Reason), (status = 500, body = Reason),
        (status = 503, body = Reason)))]
pub(super) async fn review(
    State(hub): State<Arc<Hub>>,
    who: Who,
    body: Result<Json<Review>, JsonRejection>,
) -> Result<Json<Changed>, Refusal> {
    who.may(Right::Review)?;
    let Review { events, reviewed } = read(body)?;
    if events.len() > asked::MOST {
        return Err(Refusal::wrong(format!("events: at most {} at once", asked::MOST)));
    }
    // What is hidden is unknown.
    let sight = who.sight;
    let sorted = hub.readers.ask(move |index| {
        let (mut seen, mut hidden) = (Vec::new(), Vec::new());
        for number in events {
            let found = if sight.is_everything() { None } else { index.pinnable(number)? };
            let is_hidden = found.is_some_and(|found| !sight.has(&found.node, found.view.as_deref()));
            if is_hidden { hidden.push(number) } else { seen.push(number) }
        }
        Ok((seen, hidden))
    });
    let (events, hidden) = sorted.await?;
    match hub.order(Order::Review { events, reviewed, user: who.name }).await? {
        Done::Reviews { changed, mut unknown } => {
            unknown.extend(hidden);
            Ok(Json(Changed { changed, unknown }))
        }
        other => Err(odd(&other)),
    }
}

/// Deletes all images of an event, for good. What happened stays known.
#[utoipa::path(delete, path = "/api/events/{number}/images", tag = "events",
    params(("number" = u64, Path, description = "The number of its first message."), Confirm),
    responses((status = 200, body = Deleted), (status = 400, body = Reason),
        (status = 403, description = "They may not delete, or some of its images are hidden from them.", body = Reason),
        (status = 404, body = Reason),
        (status = 409, description = "There are more or fewer images, or some are pinned.", body = Reason),
        (status = 500, body = Reason), (status = 503, body = Reason)))]
pub(super) async fn delete_images_of_event(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
    Asked(asked): Asked<Confirm>,
) -> Result<Json<Deleted>, Refusal> {
    who.may(Right::Delete)?;
    let sight = who.sight.clone();
    let found = hub.readers.ask(move |index| {
        if index.event(number, None, &sight)?.is_none() {
            return Ok(None);
        }
        let Some(numbers) = index.numbers_of_event(number)? else { return Ok(None) };
        let (mut pinned, mut hidden) = (0, 0);
        for image in &numbers {
            let Some((image, node, view)) = index.candidate(*image)? else { continue };
            pinned += usize::from(image.pinned);
            hidden += usize::from(!sight.has(&node, view.as_deref()));
        }
        Ok(Some((numbers, pinned, hidden)))
    });
    let (numbers, pinned, hidden) = found.await?.ok_or_else(|| super::no_event(number))?;
    // Other views saw it too.
    if hidden > 0 {
        return Err(Refusal::forbidden(
            "some of its images are of views that you may not see: nothing was deleted; delete yours one by one",
        ));
    }
    if numbers.len() != asked.confirm {
        let (there, told) = (numbers.len(), asked.confirm);
        return Err(Refusal::conflict(format!(
            "there are {there} images, not {told}: nothing was deleted; look again"
        )));
    }
    if pinned > 0 {
        return Err(is_pinned(pinned));
    }
    let mut deleted = 0;
    for images in numbers.chunks(AT_ONCE) {
        deleted += match hub.delete(images.to_vec(), who.name.clone()).await {
            Ok(more) => more,
            Err(refusal) if deleted == 0 => return Err(refusal),
            Err(_) => {
                return Err(Refusal::conflict(format!(
                    "{deleted} images were deleted and the others were not, as if some were pinned just now; look again"
                )));
            }
        };
    }
    Ok(Json(Deleted { images: deleted }))
}

/// Deletes an image, for good.
#[utoipa::path(delete, path = "/api/images/{number}", tag = "images",
    params(("number" = u64, Path, description = "Its journal number.")),
    responses((status = 200, body = Deleted), (status = 404, body = Reason),
        (status = 409, description = "It is pinned.", body = Reason), (status = 500, body = Reason),
        (status = 503, body = Reason)))]
pub(super) async fn delete_image(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Path(number): Path<u64>,
) -> Result<Json<Deleted>, Refusal> {
    who.may(Right::Delete)?;
    let found = hub.readers.ask(move |index| index.image(number)).await?;
    if !found.is_some_and(|row| who.sight.has(&row.node, row.view.as_deref())) {
        return Err(super::no_image(number));
    }
    match hub.delete(vec![number], who.name).await? {
        0 => Err(super::no_image(number)),
        images => Ok(Json(Deleted { images })),
    }
}

impl Hub {
    /// Gives an order, and waits until it is carried out.
    async fn order(&self, order: Order) -> Result<Done, Refusal> {
        let orders = self.around.orders.clone();
        in_turn(&self.orders, move || match orders.give(order).recv_timeout(PATIENCE) {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(why)) => Err(Refusal::broken(&why)),
            Err(_) => Err(Refusal::busy("the hub is busy, as with a slow disk; it will do it when it can")),
        })
        .await?
    }

    async fn pin(&self, who: &Who, number: u64, what: What, pinned: bool) -> Result<Json<Changed>, Refusal> {
        who.may(Right::Review)?;
        let found = self.readers.ask(move |index| index.pinnable(number)).await?;
        let seen = found.filter(|found| who.sight.has(&found.node, found.view.as_deref()));
        if seen.is_none_or(|found| found.what != what) {
            return Err(if what == What::Event { super::no_event(number) } else { super::no_image(number) });
        }
        match self.order(if pinned { Order::Pin(vec![number]) } else { Order::Unpin(vec![number]) }).await? {
            Done::Pins { changed, unknown } => Ok(Json(Changed { changed, unknown })),
            other => Err(odd(&other)),
        }
    }

    async fn delete(&self, images: Vec<u64>, user: Option<String>) -> Result<u64, Refusal> {
        match self.order(Order::Delete { images, user }).await? {
            Done::Deleted { images, pinned, .. } if pinned.is_empty() => Ok(images),
            Done::Deleted { pinned, .. } => Err(is_pinned(pinned.len())),
            other => Err(odd(&other)),
        }
    }
}

fn read<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, Refusal> {
    body.map(|Json(body)| body).map_err(|error| Refusal::wrong(error.body_text()))
}

fn is_pinned(images: usize) -> Refusal {
    let are = if images == 1 { "1 image is".to_owned() } else { format!("{images} images are") };
    Refusal::conflict(format!("{are} pinned, by itself or with an event: unpin first; nothing was deleted"))
}

/// The shelver has answered something else.
fn odd(done: &Done) -> Refusal {
    Refusal::broken(&format!("an order was answered with {done:?}"))
}
