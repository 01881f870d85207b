//! Builds every part of a running node, starts a thread for each camera and one for the uplink, and joins them.
//! The only file that names the concrete types together. Knows no pixels and no bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::config::hostname;
use picket_common::event::ReportData;
use picket_common::pulse::Beat;
use picket_common::service::Service;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::zmq::Dealer;
use tracing::{error, info, info_span, warn};

use crate::activity::Activity;
use crate::author::Author;
use crate::command;
use crate::config::{CameraConfig, NodeConfig};
use crate::health::{Gauge, Gauges, Health};
use crate::outbox::{Outbox, Stock};
use crate::pipeline::Pipeline;
use crate::source::{self, Next, Supervised};
use crate::trigger::Triggers;
use crate::uplink::{Settings, Uplink};
use crate::worker::{self, Shared, Worker};

/// At the end, what waits may still be sent for so long.
const GRACE: Duration = Duration::from_secs(5);
/// The uplink looks for new messages at least so often.
const STEP: Duration = Duration::from_millis(20);
/// How long a thread may give no sign of life before it counts as hanging. A camera may take 30 s to open and as long
/// again for its first frame; a worker's step is short, and so is the uplink's.
const CAMERA_LIMIT: Duration = Duration::from_secs(120);
const WORKER_LIMIT: Duration = Duration::from_secs(60);
const UPLINK_LIMIT: Duration = Duration::from_secs(60);
/// A worker with nothing to do gives a sign of life at least so often.
const NAP: Duration = Duration::from_secs(10);
/// What was lost is reported at most so often.
const REPORT: Duration = Duration::from_secs(10);

/// One camera's thread, before it starts.
struct Camera {
    source: Supervised,
    pipeline: Pipeline,
    gauge: Gauge,
}

/// A node, ready to run.
pub struct App {
    cameras: Vec<Camera>,
    workers: Vec<Box<dyn Worker>>,
    uplink: Uplink<Dealer>,
    gauges: Gauges,
    author: Author,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
    restart: Vec<String>,
    hub: String,
}

impl App {
    /// Builds all parts. What cannot work fails here, before anything has started.
    pub fn build(config: &NodeConfig, shutdown: Shutdown) -> Result<App> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let health = Health::new(clock.clone());
        let outbox = Outbox::new(config.spool.max_size.0);
        let author = Author {
            node: config.node.name.clone().unwrap_or_else(hostname),
            view: None,
            boot: health.boot(),
            clock: clock.clone(),
            outbox: outbox.clone(),
        };
        let views = config.cameras.iter().map(|camera| camera.view.as_deref().unwrap_or_default());
        let gauges = health.gauges().clone();
        let shared = Shared {
            author: author.clone(),
            clock: clock.clone(),
            activity: Activity::default(),
            triggers: Triggers::new(views),
        };
        let cameras = config.cameras.iter().map(|camera| build_camera(camera, &shared, &gauges, &shutdown));
        let cameras = cameras.collect::<Result<Vec<_>>>()?;
        let mut workers = worker::build(config, &shared)?;
        let settings = Settings {
            node: author.node.clone(),
            protocol: config.hub.protocol,
            heartbeat: config.node.heartbeat.0,
            timeout: config.hub.timeout.0,
        };
        let restart = health.restart_fields(&config.hub.connect);
        let link = Dealer::connect(&config.hub.connect)?;
        let uplink = Uplink::new(link, outbox, settings, health, clock.clone());
        workers.extend(command::build(config, &shared, uplink.commands()));
        Ok(App { cameras, workers, uplink, gauges, author, clock, shutdown, restart, hub: config.hub.connect.clone() })
    }

    /// Runs until a shutdown is requested or every camera's footage has ended, and sends what is left.
    pub fn run(self) -> Result<()> {
        let App { cameras, workers, uplink, gauges, author, clock, shutdown, restart, hub } = self;
        info!(node = %author.node, cameras = cameras.len(), "node started");
        author.restart(&restart);
        // A node that only has sensors has no footage that could end.
        let watches = !cameras.is_empty();
        let mut service = Service::new(clock.clone());
        let running = Arc::new(AtomicUsize::new(cameras.len()));
        let threads: Result<Vec<JoinHandle<()>>> =
            cameras.into_iter().map(|camera| start_camera(camera, &service, &shutdown, running.clone())).collect();
        let workers: Result<Vec<JoinHandle<()>>> =
            workers.into_iter().map(|worker| start_worker(worker, &service, clock.clone(), &shutdown)).collect();
        let uplink_done = Shutdown::new();
        let sender = {
            let (author, done) = (author.clone(), uplink_done.clone());
            let beat = service.thread("uplink", UPLINK_LIMIT);
            let loops = move || run_uplink(uplink, &author, &beat, &done);
            std::thread::Builder::new().name("uplink".to_owned()).spawn(loops).context("cannot start a thread")?
        };
        let mut ended = false;
        service.ready(&status(&gauges));
        while !shutdown.wait(Duration::from_millis(100)) {
            service.turn();
            let status = status(&gauges);
            // Cameras that end because the node stops are no news.
            if shutdown.is_requested() {
                break;
            }
            service.status(&status);
            if !watches || running.load(Ordering::Acquire) > 0 {
                continue;
            }
            if !ended {
                ended = true;
                info!("all footage has ended; sending what is left");
            }
            if author.outbox.stock().messages == 0 {
                break;
            }
        }
        service.stopping();
        shutdown.request();
        for thread in threads?.into_iter().chain(workers?) {
            join(thread, &mut service);
        }
        uplink_done.request();
        join(sender, &mut service);
        let left = author.outbox.stock().messages;
        if left > 0 {
            warn!(%hub, left, "not all was acknowledged by the hub before the stop; what is left is lost");
        }
        info!("node stopped");
        Ok(())
    }
}

/// How the node is, for whoever asks systemd.
fn status(gauges: &Gauges) -> String {
    let (giving, all) = gauges.giving();
    format!("cameras with frames: {giving} of {all}")
}

fn build_camera(config: &CameraConfig, shared: &Shared, gauges: &Gauges, shutdown: &Shutdown) -> Result<Camera> {
    let config = &config.turned_in_sensor();
    let gauge = gauges.camera(config.view.clone());
    let (source, clock, open_shutdown) = (config.source.clone(), shared.clock.clone(), shutdown.clone());
    let open = Box::new(move || source::build(&source, &clock, &open_shutdown));
    let source = Supervised::new(open, shared.clock.clone(), shutdown.clone());
    Ok(Camera { source, pipeline: Pipeline::new(config, shared)?, gauge })
}

fn start_camera(
    camera: Camera,
    service: &Service,
    shutdown: &Shutdown,
    running: Arc<AtomicUsize>,
) -> Result<JoinHandle<()>> {
    let Camera { mut source, mut pipeline, gauge } = camera;
    let name = format!("cam-{}", pipeline.subject());
    let (shutdown, beat) = (shutdown.clone(), service.thread(&name, CAMERA_LIMIT));
    let loops = move || {
        let _span = info_span!("camera", view = %pipeline.subject()).entered();
        while !shutdown.is_requested() {
            beat.beat();
            match source.next() {
                Next::Frame(frame) => {
                    gauge.exposure(source.exposure().map(Into::into));
                    pipeline.take(frame);
                    gauge.frame(pipeline.passed_over());
                }
                Next::Lost(reason) => {
                    warn!("no frames, trying again: {reason}");
                    gauge.lost();
                    pipeline.lost(&reason);
                }
                Next::Back => {
                    info!("frames again");
                    gauge.back();
                    pipeline.back();
                }
                Next::Waiting => {}
                Next::Ended => break,
            }
        }
        gauge.ended();
        pipeline.stop();
        running.fetch_sub(1, Ordering::AcqRel);
    };
    std::thread::Builder::new().name(name).spawn(loops).context("cannot start a thread")
}

fn start_worker(
    mut worker: Box<dyn Worker>,
    service: &Service,
    clock: Arc<dyn Clock>,
    shutdown: &Shutdown,
) -> Result<JoinHandle<()>> {
    let name = worker.name();
    let (shutdown, beat) = (shutdown.clone(), service.thread(&name, WORKER_LIMIT));
    let loops = move || {
        let _span = info_span!("worker", name = %worker.name()).entered();
        while !shutdown.is_requested() {
            beat.beat();
            let mut pause = worker.step();
            while !pause.is_zero() && !clock.wait(pause.min(NAP), &shutdown) {
                pause = pause.saturating_sub(NAP);
                beat.beat();
            }
        }
        worker.stop();
    };
    std::thread::Builder::new().name(name).spawn(loops).context("cannot start a thread")
}

fn run_uplink(mut uplink: Uplink<Dealer>, author: &Author, beat: &Beat, done: &Shutdown) {
    let clock = &author.clock;
    let mut reporter = Reporter { told: Stock::default(), at: clock.uptime() };
    let mut ending: Option<Duration> = None;
    loop {
        beat.beat();
        if let Err(error) = uplink.step(STEP) {
            error!("{error:#}");
            done.wait(Duration::from_secs(1));
        }
        reporter.report(author, clock.uptime());
        if !done.is_requested() {
            continue;
        }
        let since = *ending.get_or_insert_with(|| clock.uptime());
        if uplink.is_done() {
            return;
        }
        if clock.uptime().saturating_sub(since) >= GRACE {
            return;
        }
    }
}

/// Tells of what was lost, now and then.
struct Reporter {
    told: Stock,
    at: Duration,
}

impl Reporter {
    fn report(&mut self, author: &Author, now: Duration) {
        if now.saturating_sub(self.at) < REPORT {
            return;
        }
        let stock = author.outbox.stock();
        let data = ReportData {
            events: stock.dropped_events - self.told.dropped_events,
            images: stock.dropped_images - self.told.dropped_images,
            refused: stock.refused - self.told.refused,
        };
        if data != ReportData::default() {
            warn!(data.events, data.images, data.refused, "messages were dropped");
            author.report(&data);
        }
        self.told = stock;
        self.at = now;
    }
}

fn join(thread: JoinHandle<()>, service: &mut Service) {
    let name = thread.thread().name().unwrap_or("unnamed").to_owned();
    if !service.join(thread) {
        error!("thread {name} ended in a panic");
    }
}
