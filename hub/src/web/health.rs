//! Whether the hub does what it is for: it takes what is sent, shelves it, and can go on doing so. Looked at where it would
//! fail, not where it is easy to look; not more often than somebody could change it by asking.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use picket_common::pulse::Stalled;
use serde::Serialize;
use tokio::sync::Semaphore;
use utoipa::ToSchema;

use super::readers::apart;
use super::{Hub, Refusal, Surroundings};
use crate::access::Who;
use crate::condition::room;
use crate::index::Index;
use crate::{app, disk};

/// What was found is told for so long.
const FRESH: Duration = Duration::from_secs(2);

/// How the hub was when it was looked at.
pub(super) struct Health {
    /// What was found last, and when, in uptime.
    last: Mutex<Option<(Duration, Report)>>,
    /// Whose turn it is to look.
    turn: Arc<Semaphore>,
}

impl Default for Health {
    fn default() -> Health {
        Health { last: Mutex::default(), turn: Arc::new(Semaphore::new(1)) }
    }
}

/// How the hub is.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Report {
    /// Whether all is well.
    ok: bool,
    /// What was looked at: `ingest`, `shelver`, `disk`, `index`.
    checks: BTreeMap<&'static str, Check>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct Check {
    /// Whether it is well.
    ok: bool,
    /// How it is, in words; empty for strangers.
    told: String,
}

impl Report {
    /// What was looked at, and whether it was well.
    pub(super) fn checks(&self) -> impl Iterator<Item = (&'static str, bool)> {
        self.checks.iter().map(|(name, check)| (*name, check.ok))
    }
}

/// Whether the hub is well: 200 if it is, 503 if anything is not. Where it has users, the words are for those who may see
/// all of it.
#[utoipa::path(get, path = "/healthz", tag = "hub", security(()),
    responses((status = 200, body = Report), (status = 503, body = Report)))]
pub(super) async fn healthz(State(hub): State<Arc<Hub>>, who: Option<Extension<Who>>) -> Result<Response, Refusal> {
    let mut report = look(&hub).await?;
    if who.is_none_or(|who| who.sees_everything().is_err()) {
        report.checks.values_mut().for_each(|check| check.told.clear());
    }
    let status = if report.ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((status, [(header::CACHE_CONTROL, "no-store")], Json(report)).into_response())
}

/// How the hub is now, or was a moment ago. Also a hub that has much to answer can tell.
pub(super) async fn look(hub: &Arc<Hub>) -> Result<Report, Refusal> {
    let looked = hub.clone();
    // Whoever asks meanwhile waits for the same.
    apart(&hub.health.turn, move || {
        let hub = looked;
        let mut last = hub.health.last.lock().unwrap_or_else(PoisonError::into_inner);
        let now = hub.around.clock.uptime();
        match &*last {
            Some((looked, report)) if now.saturating_sub(*looked) < FRESH => report.clone(),
            _ => last.insert((now, examine(&hub.around))).1.clone(),
        }
    })
    .await
}

fn examine(around: &Surroundings) -> Report {
    let checks = [
        ("ingest", thread(around, "ingest", "takes what is sent")),
        ("shelver", shelver(around)),
        ("disk", storage(&around.data)),
        ("index", index(&around.data)),
    ];
    let checks = checks.map(|(name, told)| {
        let ok = told.is_ok();
        (name, Check { ok, told: told.unwrap_or_else(|problem| problem) })
    });
    Report { ok: checks.iter().all(|(_, check)| check.ok), checks: checks.into() }
}

fn thread(around: &Surroundings, name: &str, well: &str) -> Result<String, String> {
    match around.pulse.stalled().into_iter().find(|stalled| stalled.thread == name) {
        Some(Stalled { silence, .. }) => Err(format!("has given no sign of life for {} s", silence.as_secs())),
        None => Ok(well.to_owned()),
    }
}

fn shelver(around: &Surroundings) -> Result<String, String> {
    thread(around, "shelver", "")?;
    let depth = around.gauge.depth();
    match around.gauge.failing() {
        Some(why) => Err(format!("cannot shelve, {depth} records wait: {why}")),
        None => Ok(format!("{depth} records wait for it")),
    }
}

fn storage(data: &Path) -> Result<String, String> {
    for folder in [data.to_owned(), data.join("images")] {
        disk::try_write(&folder).map_err(|error| format!("{} cannot be written: {error}", folder.display()))?;
    }
    let found = disk::look(data)().ok_or_else(|| format!("{} cannot be looked at", data.display()))?;
    match found.free_bytes {
        0..=app::RESERVE => Err(format!("only {}: nothing more is taken", room(found))),
        _ => Ok(room(found)),
    }
}

fn index(data: &Path) -> Result<String, String> {
    let reached = Index::read(data).and_then(|index| index.reached()).map_err(|error| error.to_string())?;
    Index::try_write(data).map_err(|error| format!("cannot be written: {error}"))?;
    Ok(format!("has come to record {reached}"))
}
