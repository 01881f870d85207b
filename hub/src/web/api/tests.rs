//! Requests through the real router, over data that the real shelver has made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use axum::body::Body;
use axum::http::{Method, Request};
use jiff::tz::TimeZone;
use picket_common::log::sim::SimDisk;
use picket_common::log::{self, Options};
use picket_common::pulse::Pulse;
use picket_common::time::{SimClock, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

use crate::access::secret::{self, Digest};
use crate::access::users::{Token, User, Users};
use crate::access::{Access, Role};
use crate::config::{Labels, WebConfig};
use crate::entry::Entry;
use crate::index::Index;
use crate::live::Live;
use crate::sample::{self, event, image};
use crate::shelver::Shelver;
use crate::store::Store;
use crate::web::guard::Guard;
use crate::web::{Surroundings, router};

/// A hub over some data, with a shelver that carries out orders.
struct Site {
    data: TempDir,
    router: axum::Router,
    access: Arc<Access>,
    /// What each request shows; nothing where there are no users.
    token: Option<String>,
    runtime: tokio::runtime::Runtime,
    stop: Arc<AtomicBool>,
    shelver: Option<JoinHandle<()>>,
}

impl Site {
    fn over(entries: Vec<Entry>) -> Site {
        let data = sample::folder();
        let options = Options { segment_bytes: 1 << 20, spare_segments: 1, max_bytes: u64::MAX, indexed: false };
        let (mut writer, reader, _) = log::open(SimDisk::new().life(), options, 0).unwrap();
        for entry in entries {
            let record = entry.record(0, b"jpeg");
            writer.append(record.key, &[&record.payload]).unwrap();
        }
        writer.sync().unwrap();
        let (store, index) = (Store::open(data.path()).unwrap(), Index::open(data.path()).unwrap());
        let clock = Arc::new(SimClock::new("2026-11-21T12:00:00Z".parse().unwrap()));
        let mut shelver = Shelver::open(store, index, reader, Arc::default(), clock.clone()).unwrap();
        shelver.step().unwrap();
        let labels: Labels = serde_json::from_value(json!({"Barn Door": {"moving": "Coyote"}})).unwrap();
        let access = Arc::new(Access::open(data.path(), &WebConfig::default(), clock.clone()).unwrap());
        let around = Surroundings {
            name: "hub".into(),
            address: "tcp://127.0.0.1:5555".to_owned(),
            data: data.path().to_owned(),
            zone: TimeZone::get("Europe/Berlin").unwrap(),
            access: access.clone(),
            clock: clock.clone(),
            progress: shelver.progress(),
            marks: shelver.marks(),
            orders: shelver.orders(),
            live: Live::default(),
            gauge: shelver.gauge(),
            pulse: Pulse::new(clock),
            labels,
            album: None,
        };
        let (_, stopping) = tokio::sync::watch::channel(false);
        let router = router(around, Guard::new(&[]), stopping);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, _journal) = (stop.clone(), writer);
        let shelver = std::thread::spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                shelver.tend();
                std::thread::yield_now();
            }
        });
        Site { data, router, access, token: None, runtime, stop, shelver: Some(shelver) }
    }

    /// The same, asked as an admin who may see these views.
    fn for_admin_of(mut self, views: &[&str]) -> Site {
        let (secret, since) = (secret::make().unwrap(), Timestamp::UNIX_EPOCH);
        let token = Token { name: "test".into(), role: Role::Admin, since, digest: Digest::of(&secret) };
        let user = User {
            name: "ann".into(),
            role: Role::Admin,
            views: views.iter().map(|text| text.parse().unwrap()).collect(),
            password: String::new(),
            generation: String::new(),
            since,
            tokens: vec![token],
        };
        Users::change(self.data.path(), |users| {
            users.add(user);
            Ok(())
        })
        .unwrap();
        self.access.refresh();
        self.token = Some(secret);
        self
    }

    fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let request = Request::builder().method(method).uri(path).header("host", "localhost");
        let request = request.header("content-type", "application/json");
        let request = self
            .token
            .iter()
            .fold(request, |request, token| request.header("authorization", format!("Bearer {token}")));
        let request = request.body(Body::from(text)).unwrap();
        self.runtime.block_on(async {
            let response = self.router.clone().oneshot(request).await.unwrap();
            let status = response.status().as_u16();
            let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
            (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
        })
    }

    fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask(Method::GET, path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    /// What is refused, and why.
    fn refused(&self, method: Method, path: &str, body: Option<Value>, expected: u16, why: &str) {
        let (status, body) = self.ask(method, path, body);
        let error = body["error"].as_str().unwrap_or_default();
        assert!(status == expected && error.contains(why), "{path}: {status} {body}");
    }

    /// The numbers of a list.
    fn numbers(&self, path: &str, list: &str) -> Vec<u64> {
        let body = self.get(path);
        body[list].as_array().unwrap().iter().map(|row| row["number"].as_u64().unwrap()).collect()
    }

    fn records(&self) -> String {
        let files = std::fs::read_dir(self.data.path().join("records")).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.shelver.take().map(JoinHandle::join);
    }
}

fn site() -> Site {
    let told = |id: &str, text: &str, time: &str| {
        let (what, state) = text.split_once('|').unwrap().1.split_once('|').unwrap();
        event(text, time).of_event(id, json!({"phase": "start", "what": what, "state": state}))
    };
    Site::over(vec![
        told("a", "Barn Door|motion|moving", "2026-11-20T05:30:00Z"),
        told("b", "Yard Gate|motion|moving", "2026-11-20T23:30:00Z"),
        image("Barn Door|jpg", "2026-11-20T05:30:01Z").of_event("a", json!({"role": "trigger"})),
        image("Barn Door|jpg", "2026-11-20T05:30:02Z").of_event("a", json!({"role": "best"})),
        image("Yard Gate|jpg", "2026-11-20T23:30:01Z").of_event("b", json!({"role": "trigger"})),
    ])
}

#[test]
fn lists_are_filtered_and_paged() {
    let site = site();
    let check = |query: &str, expected: &[u64]| {
        assert_eq!(site.numbers(&format!("/api/events{query}"), "events"), expected, "{query}")
    };
    check("", &[2, 1]);
    check("?node=barn&node=Nobody", &[1]);
    check("?label=coyote", &[1]);
    check("?state=moving&view=GATE", &[2]);
    check("?time_from=00:00&time_to=01:00", &[2]);
    check("?until=2026-11-20", &[1]);
    check("?number=2&number=7&kind=light", &[2]);
    check("?reviewed=true", &[]);
    let first = site.get("/api/events?limit=1");
    let event = &first["events"][0];
    assert_eq!(
        (event["number"].as_u64(), event["best_image"].as_u64(), event["reviewed"].as_bool()),
        (Some(2), Some(5), Some(false))
    );
    check(&format!("?limit=1&cursor={}", first["next"].as_str().unwrap()), &[1]);
    assert_eq!(site.get("/api/events/1")["label"], "Coyote");
    assert_eq!(site.numbers("/api/events/1/images", "images"), [3, 4]);
    assert_eq!(site.numbers("/api/images?event=a", "images"), [4, 3]);
    assert_eq!(site.numbers("/api/images?view=gate", "images"), [5]);
    assert_eq!(site.get("/api/images/4")["role"], "best");
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let site = site();
    let check = |path: &str, expected: u16, why: &str| site.refused(Method::GET, path, None, expected, why);
    check("/api/events?nod=Barn", 400, "nod");
    check("/api/events?limit=501", 400, "between 1 and 500");
    check("/api/events?cursor=%00", 400, "cursor");
    check("/api/events?time_from=25:00", 400, "time_from");
    check("/api/events?since=soon", 400, "since");
    check("/api/days?from=monday", 400, "from");
    check("/api", 404, "nothing like that");
    check("/api/", 404, "nothing like that");
    check("/api/event", 404, "nothing like that");
    check("/api/events/9", 404, "no event 9");
    check("/api/events/3", 404, "no event 3");
    check("/api/events/9/images", 404, "no event 9");
    check("/api/images/1", 404, "no image 1");
    let wrong = |method, path, body: Value, expected, why| site.refused(method, path, Some(body), expected, why);
    wrong(Method::PUT, "/api/events/1/pin", json!({"pinned": true, "by": 1}), 400, "by");
    wrong(Method::PUT, "/api/events/3/pin", json!({"pinned": true}), 404, "no event 3");
    wrong(Method::PUT, "/api/images/1/pin", json!({"pinned": true}), 404, "no image 1");
    wrong(Method::PUT, "/api/reviewed", json!({"events": vec![1; 501], "reviewed": true}), 400, "500");
    wrong(Method::DELETE, "/api/events/1/images", Value::Null, 400, "confirm");
    wrong(Method::DELETE, "/api/events/1/images?confirm=1", Value::Null, 409, "2 images");
    wrong(Method::DELETE, "/api/images/9", Value::Null, 404, "no image 9");
}

#[test]
fn days_are_the_hubs_and_follow_what_people_do() {
    let site = site();
    let days = |query: &str| {
        let days = site.get(&format!("/api/days{query}"))["days"].as_array().unwrap().clone();
        let line = |day: &Value| {
            format!("{} {} {} {}", day["day"].as_str().unwrap(), day["events"], day["images"], day["unreviewed"])
        };
        days.iter().map(line).collect::<Vec<_>>()
    };
    let all = days("");
    assert_eq!(days("?node=barn"), ["2026-11-20 1 2 1"]);
    assert_eq!(days("?to=2026-11-19"), [] as [&str; 0]);
    assert_eq!(days("?from=2026-11-20&to=2026-12-31"), all);
    let review =
        |reviewed: bool| site.ask(Method::PUT, "/api/reviewed", Some(json!({"events": [1, 9], "reviewed": reviewed})));
    assert_eq!(review(true), (200, json!({"changed": 1, "unknown": [9]})));
    assert_eq!(review(true), (200, json!({"changed": 0, "unknown": [9]})));
    assert_eq!(
        (days("?node=barn"), site.numbers("/api/events?reviewed=false", "events")),
        (vec!["2026-11-20 1 2 0".to_owned()], vec![2])
    );
    assert_eq!(review(false), (200, json!({"changed": 1, "unknown": [9]})));
    assert_eq!(days(""), all);
    assert_eq!(site.ask(Method::DELETE, "/api/images/3", None), (200, json!({"images": 1})));
    assert_eq!(days("?node=barn"), ["2026-11-20 1 1 1"]);
}

#[test]
fn what_is_pinned_is_not_deleted_and_what_is_deleted_is_recorded() {
    let site = site();
    let pin = |pinned: bool| site.ask(Method::PUT, "/api/events/1/pin", Some(json!({"pinned": pinned})));
    assert_eq!(pin(true), (200, json!({"changed": 1, "unknown": []})));
    assert_eq!(site.numbers("/api/events?pinned=true", "events"), [1]);
    site.refused(Method::DELETE, "/api/events/1/images?confirm=2", None, 409, "pinned");
    site.refused(Method::DELETE, "/api/images/3", None, 409, "pinned");
    assert_eq!(pin(false).0, 200);
    let file = site.get("/api/images/3")["file"].as_str().unwrap().to_owned();
    assert!(site.data.path().join(&file).exists());
    assert_eq!(site.ask(Method::DELETE, "/api/events/1/images?confirm=2", None), (200, json!({"images": 2})));
    assert!(!site.data.path().join(&file).exists());
    let event = site.get("/api/events/1");
    assert_eq!((event["gone"].as_u64(), event["best_image"].as_u64()), (Some(2), None));
    let records = site.records();
    let lines: Vec<_> = records.lines().filter(|line| line.contains(r#""rule":"person""#)).collect();
    assert!(lines.len() == 2 && lines[0].contains(&file), "{records}");
}

#[test]
fn nobody_deletes_what_is_hidden_from_them() {
    let of = |text: &str| image(text, "2026-11-20T05:30:01Z").of_event("a", json!({"role": "trigger"}));
    let told = event("Barn Door|motion|moving", "2026-11-20T05:30:00Z");
    let told = told.of_event("a", json!({"phase": "start", "what": "motion", "state": "moving"}));
    let site = Site::over(vec![told, of("Barn Door|jpg"), of("Barn Yard|jpg")]).for_admin_of(&["Barn Door"]);
    assert_eq!(site.numbers("/api/events/1/images", "images"), [2]);
    site.refused(Method::DELETE, "/api/events/1/images?confirm=2", None, 403, "you may not see");
    site.refused(Method::DELETE, "/api/images/3", None, 404, "no image 3");
    assert_eq!(site.ask(Method::DELETE, "/api/images/2", None), (200, json!({"images": 1})));
    assert!(site.records().contains(r#""user":"ann""#), "{}", site.records());
}
