//! Figures for Prometheus, in its text format (OpenMetrics): of the hub, its nodes and their views, as they are when asked.
//! deploy/grafana has a dashboard of all of them.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use picket_common::event::HealthData;
use picket_common::time::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::refusal::Reason;
use super::{Hub, Refusal, health};
use crate::access::{Sight, Who};
use crate::disk;
use crate::index::{Index, NodeRow, ViewRow, Wanted};

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;

/// Figures for Prometheus.
#[utoipa::path(get, path = "/metrics", tag = "hub",
    responses((status = 200, body = String, content_type = "application/openmetrics-text"), (status = 500, body = Reason)))]
pub(super) async fn metrics(State(hub): State<Arc<Hub>>, who: Who) -> Result<Response, Refusal> {
    who.sees_everything()?;
    let mut page = Page(Registry::default());
    let ask = |index: &Index| {
        Ok((index.nodes(&Wanted::default())?, index.kept_views(&Sight::everything())?, index.rejected()?))
    };
    let (nodes, views, rejected) = hub.readers.ask(ask).await?;
    let report = health::look(&hub).await?;
    let healthy = report.checks().map(|(check, ok)| (vec![("check", check.to_owned())], f64::from(u8::from(ok))));
    page.gauge("picket_hub_healthy", "Whether a part of the hub is well, as /healthz tells", healthy);
    page.hub(&hub, rejected);
    page.nodes(&nodes);
    page.views(&views);
    let mut text = String::new();
    encode(&mut text, &page.0).map_err(|error| Refusal::broken(&error))?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], text).into_response())
}

struct Page(Registry);

impl Page {
    /// Help ends without a full stop: the library adds it.
    fn gauge(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = (Labels, f64)>) {
        let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
        rows.into_iter().for_each(|(labels, value)| _ = family.get_or_create(&labels).set(value));
        self.0.register(name, help, family);
    }

    /// The name is told with `_total` behind it.
    fn counter(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = (Labels, u64)>) {
        let family = Family::<Labels, Counter>::default();
        rows.into_iter().for_each(|(labels, value)| _ = family.get_or_create(&labels).inc_by(value));
        self.0.register(name, help, family);
    }

    fn hub(&mut self, hub: &Hub, rejected: u64) {
        let gauge = &hub.around.gauge;
        let one = |value: f64| [(Labels::new(), value)];
        let build = vec![("version", env!("CARGO_PKG_VERSION").to_owned()), ("hub", hub.around.name.clone())];
        self.gauge("picket_hub_build_info", "The hub's version and name", [(build, 1.0)]);
        self.gauge("picket_hub_journal_records", "Acknowledged and not shelved yet", one(gauge.depth() as f64));
        self.gauge("picket_hub_journal_bytes", "The files of the journal", one(gauge.journal_bytes() as f64));
        let records = [(Labels::new(), gauge.reached())];
        self.counter("picket_hub_shelved_records", "Shelved since the data directory was made", records);
        let records = [(Labels::new(), rejected)];
        self.counter("picket_hub_rejected_records", "Put aside because they could not be shelved", records);
        if let Some(disk) = disk::look(&hub.around.data)() {
            self.gauge("picket_hub_disk_free_bytes", "Free on the fuller disk", one(disk.free_bytes as f64));
            self.gauge("picket_hub_disk_size_bytes", "The size of that disk", one(disk.total_bytes as f64));
        }
        if let Some(bytes) = own_memory() {
            self.gauge("process_resident_memory_bytes", "What the hub has in memory", one(bytes as f64));
        }
    }

    fn nodes(&mut self, nodes: &[NodeRow]) {
        let label = |node: &NodeRow| vec![("node", node.node.clone())];
        let gauge = |value: &dyn Fn(&NodeRow, &HealthData) -> Option<f64>| {
            let told = |node: &NodeRow| Some((label(node), value(node, &HealthData::read(&node.health)?)?));
            nodes.iter().filter_map(told).collect::<Vec<_>>()
        };
        let counter = |value: fn(&HealthData) -> u64| {
            let told = |node: &NodeRow| Some((label(node), value(&HealthData::read(&node.health)?)));
            nodes.iter().filter_map(told).collect::<Vec<_>>()
        };
        let seen = nodes.iter().map(|node| (label(node), seconds(node.last_seen)));
        self.gauge("picket_node_last_seen_timestamp_seconds", "When the hub last heard it", seen);
        let silent = nodes.iter().map(|node| (label(node), f64::from(u8::from(node.silent))));
        self.gauge("picket_node_silent", "Whether the hub misses it", silent);
        let rows = gauge(&|_, health| Some(health.waiting_messages as f64));
        self.gauge("picket_node_spool_messages", "Not acknowledged yet", rows);
        let rows = gauge(&|_, health| Some(health.waiting_bytes as f64));
        self.gauge("picket_node_spool_bytes", "Bytes not acknowledged yet", rows);
        let rows = gauge(&|_, health| health.waiting_oldest_s.map(|seconds| seconds as f64));
        self.gauge("picket_node_spool_oldest_seconds", "How long the oldest of them has waited", rows);
        let rows = gauge(&|_, health| health.temperature_c);
        self.gauge("picket_node_temperature_celsius", "Its processor's temperature", rows);
        let rows = gauge(&|_, health| Some(health.disk?.free_bytes as f64));
        self.gauge("picket_node_disk_free_bytes", "Free on its disk", rows);
        let rows = counter(|health| health.dropped_events);
        self.counter("picket_node_dropped_events", "Dropped for want of room, since its start", rows);
        let rows = counter(|health| health.dropped_images);
        self.counter("picket_node_dropped_images", "Dropped for want of room, since its start", rows);
        let rows = counter(|health| health.refused);
        self.counter("picket_node_refused_messages", "Refused by the hub for good, since its start", rows);
    }

    fn views(&mut self, views: &[ViewRow]) {
        let label = |view: &ViewRow| vec![("node", view.node.clone()), ("view", view.view.clone().unwrap_or_default())];
        let images = views.iter().map(|view| (label(view), view.images as f64));
        self.gauge("picket_view_images", "Images that are kept", images);
        let bytes = views.iter().map(|view| (label(view), view.bytes as f64));
        self.gauge("picket_view_image_bytes", "Bytes of the images that are kept", bytes);
        let latest = views.iter().filter_map(|view| Some((label(view), seconds(view.latest.as_ref()?.at))));
        self.gauge("picket_view_latest_image_timestamp_seconds", "When its latest image was taken", latest);
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// What this process has in memory, in bytes.
fn own_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}
