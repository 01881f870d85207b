//! The interface for programs, asked as browsers ask it: a real server on a port of its own, over data that the real ingest
//! and the real shelver have made.

mod changes;
mod description;
mod figures;
mod images;
mod log;
mod nodes;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use picket_common::event::{ImageData, ReadingData, Role};
use picket_common::pulse::Pulse;
use picket_common::shutdown::Shutdown;
use picket_hub::access::Access;
use picket_hub::config::{Labels, WebConfig};
use picket_hub::thumbs::Album;
use picket_hub::web::{Surroundings, Web};
use picket_node::spool::Class;
use serde_json::Value;

use crate::world::World;

/// Nothing takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The page of a world's hub, while it lives.
pub(crate) struct Site {
    address: SocketAddr,
    shutdown: Shutdown,
    thread: Option<JoinHandle<()>>,
}

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Site {
    pub(crate) fn over(world: &World) -> Site {
        Site::with_pulse(world, Pulse::new(Arc::new(world.clock.clone())))
    }

    pub(crate) fn with_pulse(world: &World, pulse: Pulse) -> Site {
        let config = WebConfig { listen: "127.0.0.1:0".into(), ..WebConfig::default() };
        Site::configured(world, pulse, &config)
    }

    pub(crate) fn configured(world: &World, pulse: Pulse, config: &WebConfig) -> Site {
        let access = Access::open(world.data.path(), config, Arc::new(world.clock.clone())).unwrap();
        let (ingest, shelver) = world.hub.as_ref().expect("a hub runs");
        let around = Surroundings {
            name: "hub".into(),
            address: "tcp://127.0.0.1:5555".to_owned(),
            data: world.data.path().to_owned(),
            zone: world.zone.clone(),
            clock: Arc::new(world.clock.clone()),
            access: Arc::new(access),
            progress: shelver.progress(),
            marks: shelver.marks(),
            orders: shelver.orders(),
            live: ingest.live(),
            gauge: shelver.gauge(),
            pulse,
            labels: Labels::default(),
            album: Some(Album::open(world.data.path()).unwrap()),
        };
        let web = Web::open(config, around).unwrap().expect("a page is wanted");
        let (address, shutdown) = (web.address(), Shutdown::new());
        let stop = shutdown.clone();
        let thread = Some(std::thread::spawn(move || web.run(&stop).unwrap()));
        Site { address, shutdown, thread }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[])
    }

    /// The JSON of an answer that is one.
    pub(crate) fn json(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        serde_json::from_slice(&answer.body).unwrap()
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.tell(method, path, headers, "")
    }

    /// The same, with JSON.
    pub(crate) fn tell(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let length = body.len().to_string();
        let of_body = [("Content-Type", "application/json"), ("Content-Length", &*length)];
        let of_body = if body.is_empty() { &[][..] } else { &of_body[..] };
        let mut stream = self.send(method, path, &[headers, of_body].concat());
        stream.get_mut().write_all(body.as_bytes()).unwrap();
        let (status, headers) = head(&mut stream);
        let mut body = Vec::new();
        stream.read_to_end(&mut body).unwrap();
        Answer { status, headers, body }
    }

    /// Sends a request, whose answer can be read as it comes.
    pub(crate) fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let address = self.address;
        // HTTP/1.0: the answer comes in one piece, up to the connection's end.
        write!(stream, "{method} {path} HTTP/1.0\r\nHost: {address}\r\n{headers}\r\n").unwrap();
        BufReader::new(stream)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.shutdown.request();
        let served = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || served.is_some_and(|served| served.is_ok()));
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The words with which a request was refused.
    pub(crate) fn error(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).expect("a refusal says why");
        body["error"].as_str().unwrap().to_owned()
    }
}

/// Status and headers, their names in small letters.
pub(crate) fn head(stream: &mut BufReader<TcpStream>) -> (u16, Vec<(String, String)>) {
    let mut line = String::new();
    let mut next = || {
        line.clear();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    };
    let status = next().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = Vec::new();
    while let Some((name, value)) = next().split_once(": ") {
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    (status, headers)
}

/// A JPEG picture of one grey.
pub(crate) fn grey(width: u32, height: u32, value: u8) -> Vec<u8> {
    picket_common::jpeg::encode_gray(&vec![value; (width * height) as usize], width, height, 90).unwrap()
}

/// Sends `body` as an image of a node's view.
pub(crate) fn push(world: &mut World, node: usize, event: Option<&str>, body: Vec<u8>) {
    let node = &mut world.nodes[node];
    let data = ImageData { role: Role::During, width: 1, height: 1, also: Vec::new() };
    node.images.push(body.clone());
    node.author.image(Class::EventFrame, node.author.now(), event, &data, body);
}

/// Sends a reading of a node's view.
pub(crate) fn measure(world: &World, node: usize, name: &str, value: f64, unit: &str) {
    let author = &world.nodes[node].author;
    author.reading(author.now(), &ReadingData { name: name.into(), value, unit: unit.into() });
}

/// The latest image of a view, by `/api/views`.
pub(crate) fn latest(site: &Site, node: &str) -> u64 {
    let views = site.json("/api/views");
    let view = views.as_array().unwrap().iter().find(|view| view["node"] == node).expect("a view of that node");
    view["latest"]["number"].as_u64().unwrap()
}
