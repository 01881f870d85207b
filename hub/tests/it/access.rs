//! Who may see and do what, asked of a real server over data of two nodes: every route of the description as nobody, as
//! somebody who may see one of them, and as an admin; logging in and out; TLS; and the command line.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use picket_common::event::{EventData, ImageData, Phase, Role as Kept};
use picket_common::pulse::Pulse;
use picket_hub::access::secret::{self, Digest};
use picket_hub::access::users::{Token, User, Users};
use picket_hub::access::{Role, password};
use picket_hub::certificate::Certificate;
use picket_hub::config::{SelfMade, Tls, WebConfig};
use picket_node::author::Author;
use picket_node::spool::Class;
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::web::{Answer, Site, grey, head, measure, push};
use crate::world::World;

/// Of this node nothing may be seen by those who may see the other only.
const HIDDEN: &str = "Node1";

/// Two nodes, each with a view `Door`, an event, an image and a reading.
fn world() -> World {
    let mut world = World::new(2, 0);
    for node in 0..2 {
        push(&mut world, node, Some(&format!("Node{node} event 0")), grey(64, 48, 90));
        world.nodes[node].push_event();
        measure(&world, node, "temperature", 21.5, "°C");
    }
    world.settle();
    world
}

/// Adds a user, and gives a token of theirs that may do all that they may.
fn add(data: &Path, name: &str, role: Role, views: &[&str]) -> String {
    let token = secret::make().unwrap();
    let since = "2026-11-20T12:00:00Z".parse().unwrap();
    let user = User {
        name: name.to_owned(),
        role,
        views: views.iter().map(|text| text.parse().unwrap()).collect(),
        password: password::hash("correct horse").unwrap(),
        generation: secret::make().unwrap(),
        since,
        tokens: vec![Token { name: "test".into(), role: Role::Admin, since, digest: Digest::of(&token) }],
    };
    Users::change(data, |users| {
        users.add(user);
        Ok(())
    })
    .unwrap();
    format!("Bearer {token}")
}

fn json_as(site: &Site, token: &str, path: &str) -> Value {
    let answer = site.ask("GET", path, &[("Authorization", token)]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}

/// What is known to fill a path with, of one node.
fn known(site: &Site, admin: &str, node: &str) -> BTreeMap<&'static str, String> {
    let number = |path: &str, list: &str| {
        let rows = json_as(site, admin, &format!("{path}?node={node}"));
        rows[list][0]["number"].as_u64().expect("there is one").to_string()
    };
    let (event, image) = (number("/api/events", "events"), number("/api/images", "images"));
    let fixed = [("node", node), ("name", "temperature"), ("view", "Door"), ("confirm", "1")];
    let fixed = fixed.map(|(name, value)| (name, value.to_owned()));
    fixed.into_iter().chain([("event", event), ("image", image)]).collect()
}

/// A path as it can be asked for, and whether it is of one thing.
fn filled(path: &str, operation: &Value, known: &BTreeMap<&str, String>) -> (String, bool) {
    let number = if path.starts_with("/api/images/") { "image" } else { "event" };
    let mut address = path.replace("{number}", &known[number]).replace("{node}", &known["node"]);
    assert!(!address.contains('{'), "nothing is known to fill {path} with: say what in this test");
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let needed = |parameter: &&Value| parameter["in"] == "query" && parameter["required"] == true;
    let mut keys: Vec<&str> = parameters.iter().filter(needed).filter_map(|found| found["name"].as_str()).collect();
    if path == "/api/readings/series" {
        keys.push("view");
    }
    for (place, key) in keys.iter().enumerate() {
        address += &format!("{}{key}={}", if place == 0 { '?' } else { '&' }, known[key]);
    }
    (address, path.contains('{') || keys.contains(&"node"))
}

fn body(path: &str, event: &str) -> String {
    if path.ends_with("/pin") {
        return json!({"pinned": true}).to_string();
    }
    match path {
        "/api/reviewed" => format!("{{\"events\": [{event}], \"reviewed\": true}}"),
        "/api/session" => json!({"user": "nobody", "password": "wrong password"}).to_string(),
        _ => String::new(),
    }
}

#[test]
fn every_route_is_shut_to_strangers_and_shows_and_does_no_more_than_somebody_may() {
    let world = world();
    let admin = add(world.data.path(), "ann", Role::Admin, &[]);
    let viewers =
        ["Node0 Door", "Node0"].map(|views| add(world.data.path(), &views.replace(' ', "-"), Role::Viewer, &[views]));
    let site = Site::over(&world);
    let description = json_as(&site, &admin, "/api/openapi.json");
    let (own, hidden) = (known(&site, &admin, "Node0"), known(&site, &admin, HIDDEN));
    let (mut asked, mut shown) = (0, 0);
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            let body = body(path, &hidden["event"]);
            let (address, is_one) = filled(path, operation, &hidden);
            let ask = |address: &str, headers: &[(&str, &str)]| site.tell(&method, address, headers, &body);
            asked += 1;
            if path != "/healthz" {
                let stranger = ask(&address, &[]);
                assert_eq!(stranger.status, 401, "{method} {address} as nobody: {}", stranger.text());
                assert_eq!(ask(&address, &[("Authorization", "Bearer wrong")]).status, 401, "{method} {address}");
            }
            // A stream has no end, and is looked at below.
            if path == "/api/changes" || path == "/api/session" {
                continue;
            }
            for viewer in &viewers {
                let answer = ask(&address, &[("Authorization", viewer)]);
                let told = format!("{method} {address} as a viewer of Node0: {} {}", answer.status, answer.text());
                assert!(!answer.text().contains(HIDDEN) || answer.status == 404, "{told}");
                match (method.as_str(), is_one) {
                    ("GET", true) => assert_eq!(answer.status, 404, "{told}"),
                    ("GET", false) => assert!(matches!(answer.status, 200 | 403), "{told}"),
                    _ => assert_eq!(answer.status, 403, "{told}"),
                }
            }
            if method == "GET" {
                let all = ask(&address, &[("Authorization", &admin)]);
                assert_eq!(all.status, 200, "{address} as admin: {}", all.text());
                shown += usize::from(all.text().contains(HIDDEN));
                let (address, _) = filled(path, operation, &own);
                let seen = ask(&address, &[("Authorization", &viewers[1])]);
                assert!(seen.status == 200 || path == "/metrics", "{address}: {} {}", seen.status, seen.text());
            }
        }
    }
    assert!(asked > 20 && shown > 8, "{asked} routes were asked, {shown} told admins of {HIDDEN}");
}

#[test]
fn what_is_hidden_does_not_count_for_a_page() {
    let mut world = world();
    for round in 1..4 {
        (0..2).for_each(|node| push(&mut world, node, None, grey(64, 48, 90 + round)));
        world.settle();
    }
    let viewer = add(world.data.path(), "bob", Role::Viewer, &["Node0 Door"]);
    let site = Site::over(&world);
    let (mut seen, mut address) = (0, "/api/images?limit=2".to_owned());
    loop {
        let page = json_as(&site, &viewer, &address);
        let rows = page["images"].as_array().unwrap();
        assert!(rows.iter().all(|row| row["node"] == "Node0"), "{page}");
        seen += rows.len();
        let Some(next) = page["next"].as_str() else { break };
        assert_eq!(rows.len(), 2, "{page}");
        address = format!("/api/images?limit=2&cursor={next}");
    }
    assert_eq!(seen, 4);
}

/// A view of Node0 ticks, and others are photographed because of it, one after the other; the image after the first is the best.
fn tick(world: &mut World, photographed: &[&str]) {
    let of = |view: &str| Author { view: Some(view.into()), ..world.nodes[0].author.clone() };
    let ticker = of("ticker");
    ticker.event(ticker.now(), Some("tick"), &EventData::new(Phase::Start, "input", "active"));
    for (place, view) in photographed.iter().enumerate() {
        world.advance(Duration::from_secs(1));
        let role = if place == 1 { Kept::Best } else { Kept::During };
        let data = ImageData { role, width: 64, height: 48, also: Vec::new() };
        let (camera, body) = (of(view), grey(64, 48, 10 + place as u8));
        camera.image(Class::EventFrame, camera.now(), Some("tick"), &data, body);
    }
    world.settle();
}

#[test]
fn of_an_event_nobody_is_told_of_the_images_that_are_hidden_from_them() {
    let mut world = world();
    tick(&mut world, &["Door", "Inside", "Door", "Inside"]);
    let add = |name: &str, views: &[&str]| add(world.data.path(), name, Role::Viewer, views);
    let (all, node) = (add("ann", &[]), add("ned", &["Node0"]));
    let (some, none) = (add("bob", &["Node0 ticker", "Node0 Door"]), add("eve", &["Node0 ticker"]));
    let site = Site::over(&world);
    let images = json_as(&site, &all, "/api/images?event=tick")["images"].clone();
    let [best, first] = [&images[2], &images[3]];
    assert_eq!((&best["view"], &first["view"]), (&json!("Inside"), &json!("Door")));
    let number = json_as(&site, &all, "/api/events?view=ticker")["events"][0]["number"].clone();
    let check = |user: &str, images: u64, best: &Value, best_image: &Value| {
        for list in ["/api/events?view=ticker", &format!("/api/events?number={number}")] {
            let event = json_as(&site, user, list)["events"][0].clone();
            let told = ["images", "gone", "best", "best_image"].map(|key| event[key].clone());
            assert_eq!(told, [json!(images), json!(0), best.clone(), best_image.clone()], "{list}: {event}");
        }
        let event = json_as(&site, user, &format!("/api/events/{number}"));
        assert_eq!((&event["images"], &event["best_image"]), (&json!(images), best_image), "{event}");
    };
    check(&all, 4, &best["file"], &best["number"]);
    check(&node, 4, &best["file"], &best["number"]);
    check(&some, 2, &Value::Null, &first["number"]);
    check(&none, 0, &Value::Null, &Value::Null);
}

#[test]
fn what_is_hidden_of_an_event_does_not_count_for_a_page_of_its_images() {
    let mut world = world();
    tick(&mut world, &["Inside", "Inside", "Door", "Inside", "Door", "Inside"]);
    let viewer = add(world.data.path(), "bob", Role::Viewer, &["Node0 ticker", "Node0 Door"]);
    let site = Site::over(&world);
    let number = json_as(&site, &viewer, "/api/events?view=ticker")["events"][0]["number"].clone();
    let page = |cursor: &str| {
        let page = json_as(&site, &viewer, &format!("/api/events/{number}/images?limit=1{cursor}"));
        assert_eq!(
            (page["images"].as_array().unwrap().len(), &page["images"][0]["view"]),
            (1, &json!("Door")),
            "{page}"
        );
        (page["images"][0]["number"].to_string(), page["next"].as_str().map(str::to_owned))
    };
    let (first, next) = page("");
    let next = next.expect("there is another one");
    assert!(next.ends_with(&format!(".{first}")), "{next} is none of {first}");
    assert_eq!(page(&format!("&cursor={next}")).1, None);
}

#[test]
fn when_hidden_views_were_heard_and_what_the_machine_runs_is_not_told() {
    let mut world = world();
    let node = Author { view: None, ..world.nodes[0].author.clone() };
    node.event(node.now(), None, &EventData::new(Phase::Update, "node", "restarted"));
    world.settle();
    let add = |name: &str, views: &[&str]| add(world.data.path(), name, Role::Viewer, views);
    let (whole, part) = (add("ned", &["Node0"]), add("bob", &["Node0 Door"]));
    let site = Site::over(&world);
    let told = |user: &str| {
        let nodes = json_as(&site, user, "/api/nodes");
        ["restarted", "version", "first_seen", "last_seen"].map(|key| nodes[0][key].as_str().map(str::to_owned))
    };
    let (whole, part) = (told(&whole), told(&part));
    assert!(
        whole.iter().all(Option::is_some) && whole[3].as_ref().is_some_and(|at| !at.ends_with(":00Z")),
        "{whole:?}"
    );
    let minute = |at: &Option<String>| at.as_ref().map(|at| format!("{}:00Z", &at[..16]));
    assert_eq!(part, [None, None, minute(&whole[2]), minute(&whole[3])]);
}

#[test]
fn who_may_see_some_views_only_is_told_so() {
    let world = world();
    let viewer = add(world.data.path(), "bob", Role::Viewer, &["Node0 Door", "Yard"]);
    let site = Site::over(&world);
    let user = json!({"name": "bob", "role": "viewer", "views": ["Node0 Door", "Yard"]});
    assert_eq!(json_as(&site, &viewer, "/api/hub")["user"], user);
}

#[test]
fn what_comes_is_told_to_those_who_may_see_it() {
    let mut world = world();
    let viewer = add(world.data.path(), "bob", Role::Viewer, &["Node0 Door"]);
    let site = Site::over(&world);
    let mut stream = site.send("GET", "/api/changes", &[("Authorization", &viewer)]);
    assert_eq!(head(&mut stream).0, 200);
    for node in [1, 0] {
        push(&mut world, node, None, grey(64, 48, 120));
        world.settle();
    }
    let mut line = String::new();
    while !line.starts_with("event: image") {
        line.clear();
        stream.read_line(&mut line).unwrap();
        assert!(!line.contains(HIDDEN), "{line}");
    }
    line.clear();
    stream.read_line(&mut line).unwrap();
    assert!(line.contains("\"node\":\"Node0\""), "{line}");
}

#[test]
fn whoever_is_no_user_any_more_is_told_nothing_more() {
    let world = world();
    let viewer = add(world.data.path(), "bob", Role::Viewer, &[]);
    let site = Site::over(&world);
    let mut stream = site.send("GET", "/api/changes", &[("Authorization", &viewer)]);
    assert_eq!(head(&mut stream).0, 200);
    assert!(Users::change(world.data.path(), |users| Ok(users.remove("bob"))).unwrap());
    add(world.data.path(), "ann", Role::Admin, &[]);
    // The stream ends by itself.
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(site.ask("GET", "/api/hub", &[("Authorization", &viewer)]).status, 401);
}

#[test]
fn nobody_has_all_streams_for_themselves() {
    let world = world();
    let [ann, bob] = ["ann", "bob"].map(|name| add(world.data.path(), name, Role::Viewer, &[]));
    let site = Site::over(&world);
    let watch = |token: &str| {
        let mut stream = site.send("GET", "/api/changes", &[("Authorization", token)]);
        (head(&mut stream).0, stream)
    };
    let held: Vec<_> = (0..16).map(|_| watch(&ann)).collect();
    assert!(held.iter().all(|(status, _)| *status == 200));
    assert_eq!((watch(&ann).0, watch(&bob).0), (503, 200));
}

#[test]
fn strangers_learn_whether_the_hub_is_well_and_not_how() {
    let world = world();
    let admin = add(world.data.path(), "ann", Role::Admin, &[]);
    let viewer = add(world.data.path(), "bob", Role::Viewer, &["Node0"]);
    let site = Site::over(&world);
    let told = |headers: &[(&str, &str)]| {
        let report: Value = serde_json::from_slice(&site.ask("GET", "/healthz", headers).body).unwrap();
        assert!(report["checks"]["disk"]["ok"].is_boolean(), "{report}");
        report["checks"]["disk"]["told"].as_str().unwrap().to_owned()
    };
    assert_eq!((told(&[]), told(&[("Authorization", &viewer)])), (String::new(), String::new()));
    assert!(told(&[("Authorization", &admin)]).contains("% free"));
}

/// The certificate is made by the world's clock, so its time is the one that it is held against.
#[derive(Debug)]
struct ThatDay;

impl TimeProvider for ThatDay {
    fn current_time(&self) -> Option<UnixTime> {
        // 2026-11-20T12:00:00Z.
        Some(UnixTime::since_unix_epoch(Duration::from_secs(1795176000)))
    }
}

fn log_in(site: &Site, user: &str, password: &str, headers: &[(&str, &str)]) -> Answer {
    site.tell("POST", "/api/session", headers, &json!({"user": user, "password": password}).to_string())
}

#[test]
fn a_browser_logs_in_and_out() {
    let world = world();
    assert_eq!(log_in(&Site::over(&world), "ann", "correct horse", &[]).status, 409, "there are no users");
    add(world.data.path(), "ann", Role::Reviewer, &[]);
    let site = Site::over(&world);
    assert_eq!(site.get("/").status, 200, "the page itself is for everybody");
    let wrong = log_in(&site, "ann", "wrong password", &[]);
    assert_eq!((wrong.status, &*wrong.error()), (401, "name or password are wrong"));
    assert_eq!(log_in(&site, "nobody", "wrong password", &[]).error(), "name or password are wrong");
    assert_eq!(log_in(&site, "ann", "correct horse", &[("Origin", "http://evil.example")]).status, 403);
    assert_eq!(site.tell("POST", "/api/session", &[], "{}").status, 400);
    let answer = log_in(&site, "Ann", "correct horse", &[]);
    assert_eq!((answer.status, answer.header("cache-control")), (204, "private, no-store"));
    let (cookie, rest) = answer.header("set-cookie").split_once(';').unwrap();
    assert_eq!(rest, " Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000");
    let hub = |site: &Site| site.ask("GET", "/api/hub", &[("Cookie", &format!("other=1; {cookie}"))]);
    let body: Value = serde_json::from_slice(&hub(&site).body).unwrap();
    assert_eq!(body["user"], json!({"name": "ann", "role": "reviewer", "views": null}));
    drop(site);
    let site = Site::over(&world);
    assert_eq!(hub(&site).status, 200, "a restart of the hub ends no session");
    let out = site.ask("DELETE", "/api/session", &[("Cookie", cookie)]);
    assert_eq!((out.status, out.header("clear-site-data")), (204, "\"cache\""));
    assert_eq!(hub(&site).status, 401);
    let secure = log_in(&site, "ann", "correct horse", &[("Origin", &format!("https://{}", site.address()))]);
    let (cookie, rest) = secure.header("set-cookie").split_once(';').unwrap();
    assert!(cookie.starts_with("__Host-picket_session_") && rest.ends_with("; Secure"), "a proxy encrypts");
    // One that a page of another name has put beside it is not looked at first.
    let (name, _) = cookie.trim_start_matches("__Host-").split_once('=').unwrap();
    let both = format!("{name}={}; {cookie}", "0".repeat(64));
    assert_eq!(site.ask("GET", "/api/hub", &[("Cookie", &both)]).status, 200);
    let proxys = ("Authorization", "Basic YW5uOmhvcnNl");
    assert_eq!(site.ask("GET", "/api/hub", &[("Cookie", cookie), proxys]).status, 200, "a password is a proxy's");
    let out = site.ask("DELETE", "/api/session", &[("Cookie", cookie)]);
    let forgotten = out.headers.iter().filter(|(name, value)| name == "set-cookie" && value.contains("Max-Age=0"));
    assert_eq!(forgotten.count(), 2, "{:?}", out.headers);
    assert_eq!(site.ask("GET", "/api/hub", &[("Cookie", cookie)]).status, 401);
    (0..5).for_each(|_| _ = log_in(&site, "bob", "wrong password", &[]));
    assert_eq!(log_in(&site, "bob", "wrong password", &[]).status, 401);
    let later = log_in(&site, "bob", "wrong password", &[]);
    assert_eq!((later.status, later.header("retry-after")), (429, "2"));
}

#[test]
fn a_certificate_of_its_own_encrypts_the_page() {
    let world = world();
    let tls = Some(Tls::Own(SelfMade::SelfMade));
    let config = WebConfig { listen: "127.0.0.1:0".into(), tls, ..WebConfig::default() };
    let site = Site::configured(&world, Pulse::new(Arc::new(world.clock.clone())), &config);
    let own = Certificate::read(world.data.path()).unwrap().expect("it was made");
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(own.certificate.as_bytes()).unwrap()).unwrap();
    let client = ClientConfig::builder_with_details(Arc::new(default_provider()), Arc::new(ThatDay))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(client), "127.0.0.1".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(site.address()).unwrap());
    write!(stream, "GET /api/hub HTTP/1.0\r\nHost: {}\r\n\r\n", site.address()).unwrap();
    let mut answer = Vec::new();
    // HTTP/1.0 ends with the connection, whether that says goodbye or not.
    _ = stream.read_to_end(&mut answer);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "nobody vouches for it: {answer}");
}

/// Runs the program over a data directory, with a password on its standard input.
fn user(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_picket-hub"));
    command.arg("user").args(arguments).arg("--data").arg(data).env("HOME", data).current_dir(data);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // Whoever asks for none does not read it.
    _ = child.stdin.take().unwrap().write_all(b"correct horse\n");
    child.wait_with_output().unwrap()
}

#[test]
fn views_that_nobody_has_heard_of_are_told() {
    let check = |data: &Path, views: &str, unheard: &str| {
        let Output { stdout, .. } = user(data, &["add", "x", "--views", views]);
        let said: Vec<_> = String::from_utf8(stdout).unwrap().lines().map(str::to_owned).collect();
        let told = said.iter().filter_map(|line| line.split_once(" is nothing that the hub has heard of"));
        assert_eq!(told.map(|(pattern, _)| pattern).collect::<Vec<_>>().join(","), unheard, "{views}: {said:?}");
        user(data, &["remove", "x"]);
    };
    let world = world();
    check(world.data.path(), "node0,Node1 Door", "");
    check(world.data.path(), "Node*,Nobody,Node1 Yard,* Door", "Nobody,Node1 Yard");
    check(crate::world::folder().path(), "Nobody", "");
}

#[test]
fn users_are_added_listed_changed_and_removed_from_the_command_line() {
    let data = crate::world::folder();
    let check = |arguments: &[&str], works: bool, words: &str| {
        let Output { status, stdout, stderr } = user(data.path(), arguments);
        let said = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        assert!(status.success() == works && said.contains(words), "{arguments:?}: {status} {said}");
        said
    };
    check(&["list"], true, "there are no users");
    check(&["add", "ann", "--role", "admin"], true, "ann is an admin, and sees everything");
    check(&["add", "Ann"], false, "there is a user ann already");
    check(&["add", "a b"], false, "no ' '");
    check(&["add", "bob", "--views", "Barn,Yard Door"], true, "bob is a viewer, and sees Barn, Yard Door");
    check(&["add", "eve", "--views", "Barn/Door"], false, "names no views");
    let token = check(&["token", "bob", "--for", "grafana"], true, "picket_");
    let token = token.lines().next().unwrap();
    check(&["token", "bob", "--for", "grafana"], false, "has a token for grafana already");
    check(&["list"], true, "grafana (viewer)");
    let users = std::fs::read_to_string(data.path().join("users.json")).unwrap();
    assert!(!users.contains(token) && !users.contains("correct horse"), "{users}");
    check(&["change", "bob", "--role", "reviewer", "--all-views"], true, "bob is a reviewer now, and sees everything");
    check(&["password", "bob"], true, "has to log in again");
    check(&["sessions"], true, "nobody is logged in");
    check(&["sessions", "--revoke"], true, "all sessions of ann, bob have ended");
    check(&["token", "bob", "--revoke", "grafana"], true, "no longer taken");
    check(&["remove", "eve"], false, "there is no user eve; there are ann, bob");
    check(&["remove", "bob"], true, "bob is no longer a user");
    check(&["remove", "ann"], true, "that was the last one: everybody who reaches the page may do everything now");
}
