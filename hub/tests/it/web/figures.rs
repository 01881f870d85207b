//! Readings and health over time, and what Prometheus gets; and that the hub does not say that it is well when it is not.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use picket_common::pulse::Pulse;
use serde_json::{Value, json};

use super::{Site, grey, measure, push};
use crate::world::World;

#[test]
fn a_reading_is_drawn_by_its_mean_and_its_extremes() {
    let mut world = World::new(1, 0);
    for minute in 0..120 {
        measure(&world, 0, "temperature", f64::from(minute % 60), "°C");
        world.advance(Duration::from_secs(60));
    }
    world.settle();
    let site = Site::over(&world);
    let latest = site.json("/api/readings");
    let row = &latest[0];
    assert_eq!((&row["node"], &row["view"], &row["name"]), (&json!("Node0"), &json!("Door"), &json!("temperature")));
    assert_eq!((&row["value"], &row["unit"], &row["at"]), (&json!(59.0), &json!("°C"), &json!("2026-11-20T13:59:00Z")));
    let span = "since=2026-11-20T12:00:00Z&until=2026-11-20T14:00:00Z";
    let of = "/api/readings/series?node=NODE0&view=door&name=Temperature";
    let series = site.json(&format!("{of}&{span}&points=2"));
    let hour = 1_763_640_000_000_i64;
    let start = "2026-11-20T12:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!(hour < start);
    let expected = json!([[start, 29.5, 0.0, 59.0], [start + 3_600_000, 29.5, 0.0, 59.0]]);
    assert_eq!(series, json!({"unit": "°C", "points": expected}));
    let fine = site.json(&format!("{of}&{span}"));
    assert_eq!(fine["points"].as_array().unwrap().len(), 120, "no point is made up, and none is lost");
    let none = site.json(&format!("{of}&since=2026-11-19&until=2026-11-19"));
    assert_eq!(none["points"], json!([]));
    let unknown = site.get("/api/readings/series?node=Node0&view=Door&name=humidity");
    assert_eq!(unknown.status, 404);
    assert!(unknown.error().contains("Node0 has no reading called humidity"), "{}", unknown.error());
}

#[test]
fn how_a_node_was_is_kept_and_thinned() {
    let mut world = World::new(1, 0);
    // Heartbeats come every ten seconds.
    for _ in 0..20 * 6 {
        world.advance(Duration::from_secs(10));
        world.step_all();
        world.shelve();
    }
    let site = Site::over(&world);
    let health = site.json("/api/nodes/node0/health?since=2026-11-20&until=2026-11-20");
    let waiting = |health: &Value| {
        let series = health["series"].as_array().unwrap();
        let found = series.iter().find(|figure| figure["name"] == "waiting_messages").expect("every node tells it");
        assert_eq!(found["unit"], "");
        found["points"].as_array().unwrap().len()
    };
    assert!((4..=6).contains(&waiting(&health)), "one point in five minutes, of twenty minutes: {health}");
    let coarse = site.json("/api/nodes/node0/health?since=2026-11-20&until=2026-11-20&points=1");
    assert_eq!(waiting(&coarse), 1);
    assert_eq!(site.get("/api/nodes/nobody/health").status, 404);
}

/// The names of metrics in a text, without what stands behind them.
fn names(text: &str) -> BTreeSet<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_word(c)).filter(|word| word.starts_with("picket_") || word.starts_with("process_"));
    words.map(str::to_owned).collect()
}

#[test]
fn prometheus_gets_figures_of_hub_nodes_and_views_and_the_dashboard_shows_them() {
    let mut world = World::new(1, 0);
    push(&mut world, 0, None, grey(16, 8, 90));
    world.nodes[0].push_event();
    world.settle();
    // A heartbeat comes, and is committed.
    for _ in 0..6 {
        world.advance(Duration::from_secs(10));
        world.step_all();
        world.shelve();
    }
    let site = Site::over(&world);
    let answer = site.get("/metrics");
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text();
    let check = |line: &str| assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    check("picket_view_images{node=\"Node0\",view=\"Door\"} 1.0");
    check(&format!("picket_view_image_bytes{{node=\"Node0\",view=\"Door\"}} {:.1}", grey(16, 8, 90).len() as f64));
    check("picket_node_silent{node=\"Node0\"} 0.0");
    check("picket_node_dropped_images_total{node=\"Node0\"} 0");
    check("picket_hub_journal_records{} 0.0");
    check("picket_hub_healthy{check=\"index\"} 1.0");
    let reached = world.hub.as_ref().unwrap().1.reached();
    check(&format!("picket_hub_shelved_records_total{{}} {reached}"));
    assert!(text.ends_with("# EOF\n"));
    let samples = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    let dashboard = fs::read_to_string("../deploy/grafana/picket.json").unwrap();
    serde_json::from_str::<Value>(&dashboard).expect("a dashboard is JSON");
    // A node in memory has no machine whose temperature, disk or waiting it could tell.
    let of_machines =
        ["picket_node_disk_free_bytes", "picket_node_spool_oldest_seconds", "picket_node_temperature_celsius"];
    let told: BTreeSet<String> = names(&samples).into_iter().chain(of_machines.map(str::to_owned)).collect();
    assert_eq!(names(&dashboard), told, "what the dashboard asks for, and what there is");
}

#[test]
fn a_hub_is_well_only_while_it_takes_shelves_and_can_write() {
    let mut world = World::new(1, 0);
    world.settle();
    let pulse = Pulse::new(Arc::new(world.clock.clone()));
    let beat = pulse.thread("ingest", Duration::from_secs(120));
    let site = Site::with_pulse(&world, pulse);
    let fresh = |world: &World| world.advance(Duration::from_secs(3));
    let check = |status: u16, part: &str, words: &str| {
        let answer = site.get("/healthz");
        let report: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &report["ok"]), (status, &json!(status == 200)), "{report}");
        let check = &report["checks"][part];
        assert_eq!(check["ok"], status == 200, "{report}");
        assert!(check["told"].as_str().unwrap().contains(words), "{words} in {report}");
    };
    check(200, "ingest", "takes what is sent");
    check(200, "shelver", "0 records wait");
    check(200, "disk", "% free");
    // The index can be locked by somebody else: then nothing is shelved.
    let lock = world.lock_index();
    world.nodes[0].push_event();
    world.step_all();
    world.hub.as_mut().unwrap().1.step().expect_err("the index is locked");
    fresh(&world);
    beat.beat();
    check(503, "shelver", "cannot shelve, ");
    drop(lock);
    world.shelve();
    fresh(&world);
    beat.beat();
    check(200, "shelver", "0 records wait");
    // A folder in place of the images: nothing can be written below it.
    let images = world.data.path().join("images");
    fs::rename(&images, world.data.path().join("away")).unwrap();
    fs::write(&images, "no folder").unwrap();
    fresh(&world);
    beat.beat();
    check(503, "disk", "cannot be written");
    fs::remove_file(&images).unwrap();
    fs::rename(world.data.path().join("away"), &images).unwrap();
    // Ingest hangs.
    world.clock.advance(Duration::from_secs(121));
    check(503, "ingest", "no sign of life for 121 s");
    beat.beat();
    fresh(&world);
    check(200, "ingest", "");
    fs::write(world.data.path().join("picket.db"), "damaged").unwrap();
    fs::remove_file(world.data.path().join("picket.db-wal")).ok();
    fresh(&world);
    beat.beat();
    check(503, "index", "");
}
