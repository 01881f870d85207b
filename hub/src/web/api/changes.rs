//! What is new, as it comes: server-sent events. Each stream looks now and then how far the shelver has come, and asks the
//! index only when that is further than what it has told, or when somebody has marked something.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use futures_util::stream;
use picket_common::time::Timestamp;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::access::Who;
use crate::index::{Change, Changed, Index};
use crate::shelver::Mark;
use crate::web::refusal::Reason;
use crate::web::serve::Caller;
use crate::web::share::Share;
use crate::web::{Hub, Refusal};

/// So often it is looked how far the shelver has come.
const LOOK: Duration = Duration::from_millis(250);
/// So often it is looked whom the hub has heard: heartbeats have no numbers.
const LOOK_AT_NODES: Duration = Duration::from_secs(2);
/// A sign of life, where nothing is new.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A browser that is cut off comes back after so long.
const RETRY: Duration = Duration::from_secs(2);
/// Whoever was away for longer than so many journal numbers looks at everything anew.
const MOST_MISSED: u64 = 10_000;
/// So much is asked for at once.
const AT_ONCE: usize = 500;

/// What is new, as server-sent events, each with the journal number as its `id`: `event`, `image` and `reading` with
/// `{"number", "node", "view"}`, an image also with its event's id, a reading with its `name`; `node` with `{"node"}`, when
/// its state or its health is another; `log`, when there are new lines. An `event` without an `id` was pinned, reviewed, or
/// has lost images. `Last-Event-ID` takes up where a stream was cut off; `missed` says that it was too long ago.
#[utoipa::path(get, path = "/api/changes", tag = "changes",
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 503, body = Reason)))]
pub(super) async fn changes(
    State(hub): State<Arc<Hub>>,
    who: Who,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Refusal> {
    let too_many = || Refusal::busy("too many watch already; try again later");
    let whose = super::whose(Some(&who), Some(&caller), &headers);
    let own = hub.own_streams.take(whose).ok_or_else(too_many)?;
    let place = hub.streams.clone().try_acquire_owned().map_err(|_| too_many())?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.trim().parse().ok());
    let watcher = Watcher::new(hub, who, last, (place, own));
    let events = stream::unfold(watcher, |mut watcher| async move { Some((Ok(watcher.next().await?), watcher)) });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// One of all streams, and one of a person's.
type Place = (OwnedSemaphorePermit, Share<String>);

/// One stream.
struct Watcher {
    hub: Arc<Hub>,
    who: Who,
    stopping: watch::Receiver<bool>,
    /// What was told so far: the journal number, and the place of the next mark.
    told: u64,
    marked: u64,
    /// On its way.
    queue: VecDeque<Event>,
    /// When each node was last heard, and when that was looked up; none before the first time.
    seen: Option<(BTreeMap<String, Timestamp>, Instant)>,
    _place: Place,
}

#[derive(Serialize)]
struct Node<'n> {
    node: &'n str,
}

#[derive(Serialize)]
struct Nothing {}

impl Watcher {
    fn new(hub: Arc<Hub>, who: Who, last: Option<u64>, place: Place) -> Watcher {
        let reached = hub.around.progress.load(Ordering::Acquire);
        let last_known = last.filter(|last| *last <= reached && reached - *last <= MOST_MISSED);
        let marks = &hub.around.marks;
        let taken_up = last_known.and_then(|last| Some((last, marks.place_after(last)?)));
        let (told, marked) = taken_up.unwrap_or_else(|| (reached, marks.end()));
        let mut queue = VecDeque::from([Event::default().retry(RETRY)]);
        if last.is_some() && taken_up.is_none() {
            queue.extend(event("missed", &Nothing {}).map(|event| event.id(reached.to_string())));
        }
        Watcher { stopping: hub.stopping.clone(), hub, who, told, marked, queue, seen: None, _place: place }
    }

    /// The next event; none when the hub stops, or cannot tell: then the browser comes back.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return Some(event);
            }
            // Whoever has logged out, or has lost a right, comes back as who they are now.
            if *self.stopping.borrow() || !self.hub.around.access.still_knows(&self.who) {
                return None;
            }
            self.look().await.ok()?;
            if self.queue.is_empty() {
                // Either ends the wait.
                _ = tokio::time::timeout(LOOK, self.stopping.changed()).await;
            }
        }
    }

    async fn look(&mut self) -> Result<(), Refusal> {
        let mut nodes = self.heard().await?;
        let mut new = Vec::new();
        if self.told < self.hub.around.progress.load(Ordering::Acquire) {
            let told = self.told;
            let (mut changes, reached) = self.hub.readers.ask(move |index| index.changes_after(told, AT_ONCE)).await?;
            changes.retain(|change| self.who.sight.has(&change.node, change.view.as_deref()));
            new.extend(tell(&changes));
            nodes.extend(changes.iter().filter(|change| change.what == Changed::Event).map(|new| new.node.clone()));
            if changes.iter().any(|change| change.what != Changed::Image) {
                new.extend(event("log", &Nothing {}));
            }
            self.told = reached;
        }
        // Looked for last and told first: a mark is never told behind what was shelved later than it was made.
        self.look_at_marks().await?;
        self.queue.extend(new);
        self.queue.extend(nodes.iter().filter_map(|node| event("node", &Node { node })));
        Ok(())
    }

    async fn look_at_marks(&mut self) -> Result<(), Refusal> {
        let Some((marks, next)) = self.hub.around.marks.after(self.marked) else {
            self.marked = self.hub.around.marks.end();
            self.queue.extend(event("missed", &Nothing {}));
            return Ok(());
        };
        self.marked = next;
        let own = |mark| match mark {
            Mark::Kept(event) => Some(event),
            Mark::Reviewed(event, user) => (user == self.who.name).then_some(event),
        };
        let numbers: BTreeSet<u64> = marks.into_iter().filter_map(own).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let marked = move |index: &Index| numbers.into_iter().map(|number| index.marked(number)).collect();
        let found: Vec<Option<Change>> = self.hub.readers.ask(marked).await?;
        let seen = found.into_iter().flatten().filter(|of| self.who.sight.has(&of.node, of.view.as_deref()));
        self.queue.extend(seen.filter_map(|change| event("event", &change)));
        Ok(())
    }

    /// Whom the hub has heard since the last look, now and then.
    async fn heard(&mut self) -> Result<BTreeSet<String>, Refusal> {
        let now = Instant::now();
        if self.seen.as_ref().is_some_and(|(_, looked)| now < *looked + LOOK_AT_NODES) {
            return Ok(BTreeSet::new());
        }
        let sight = self.who.sight.clone();
        let heard = self.hub.readers.ask(move |index| index.last_seen(&sight)).await?;
        let heard: BTreeMap<String, Timestamp> = heard.into_iter().collect();
        let new = self.seen.as_ref().map(|(before, _)| {
            heard.iter().filter(|(node, at)| before.get(*node) != Some(at)).map(|(node, _)| node.clone()).collect()
        });
        self.seen = Some((heard, now));
        Ok(new.unwrap_or_default())
    }
}

/// The last of what one record brought has its number: a stream that is cut off before that tells it again.
fn tell(changes: &[Change]) -> Vec<Event> {
    let each = changes.iter().enumerate().filter_map(|(place, change)| {
        let name = match change.what {
            Changed::Image => "image",
            Changed::Event => "event",
            Changed::Reading => "reading",
        };
        let event = event(name, change)?;
        let is_last = changes.get(place + 1).is_none_or(|next| next.by != change.by);
        Some(if is_last { event.id(change.by.to_string()) } else { event })
    });
    each.collect()
}

/// JSON has no line's end that a name could break out with.
fn event(name: &str, data: &impl Serialize) -> Option<Event> {
    Event::default().event(name).json_data(data).ok()
}
