//! Builds every part of a running node, starts a thread for each camera and one for the uplink, and joins them.
//! The only file that names the concrete types together. Knows no pixels and no bytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result};
use picket_common::config::hostname;
use picket_common::pulse::Beat;
use picket_common::service::Service;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use tracing::{error, info, warn};

use crate::activity::Activity;
use crate::author::Author;
use crate::camera::Camera;
use crate::command;
use crate::config::{NodeConfig, Protocol};
use crate::dispatch::Dispatch;
use crate::health::{Gauges, Health};
use crate::output::Outputs;
use crate::reporter::Reporter;
use crate::spool::{self, Keeper, Spool};
use crate::trigger::Triggers;
use crate::worker::{self, Shared, Worker};

/// At the end, what waits may still be sent for so long.
const GRACE: Duration = Duration::from_secs(5);
/// The uplink looks what is due at least so often. Messages and answers wake it at once.
const STEP: Duration = Duration::from_millis(250);
/// How long the uplink may give no sign of life before it counts as hanging: its step is short.
const UPLINK_LIMIT: Duration = Duration::from_secs(60);
/// At the end, the spool's thread is waited for at most so long: a little longer than it itself goes on writing.
const SPOOL_GRACE: Duration = Duration::from_secs(13);

/// A node, ready to run.
pub struct App {
    cameras: Vec<Camera>,
    workers: Vec<Box<dyn Worker>>,
    dispatch: Dispatch,
    dispatch_done: Shutdown,
    keeper: Option<Keeper>,
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
        let (spool, keeper) = open_spool(config, &health, &clock);
        let author = Author {
            node: config.node.name.clone().unwrap_or_else(hostname),
            view: None,
            boot: health.boot(),
            clock: clock.clone(),
            spool: spool.clone(),
        };
        let views = config.cameras.iter().map(|camera| camera.view.as_deref().unwrap_or_default());
        let gauges = health.gauges().clone();
        let shared = Shared {
            author: author.clone(),
            clock: clock.clone(),
            activity: Activity::default(),
            triggers: Triggers::new(views),
            outputs: Outputs::new(config),
        };
        let cameras = config.cameras.iter().map(|camera| Camera::new(camera, &shared, &gauges, &shutdown));
        let cameras = cameras.collect::<Result<Vec<_>>>()?;
        let mut workers = worker::build(config, &shared)?;
        let dispatch_done = Shutdown::new();
        let dispatch = Dispatch::open(config, &author, health.clone())?;
        workers.extend(command::build(config, &shared, dispatch.commands()));
        let hubs = config.hub.connect();
        let hub = config.hub.bind.clone().unwrap_or_else(|| hubs.join(", "));
        let restart = health.restart_fields(hubs.first().map_or("", String::as_str));
        workers.extend(shared.outputs.workers(&shutdown));
        Ok(App { cameras, workers, dispatch, dispatch_done, keeper, gauges, author, clock, shutdown, restart, hub })
    }

    /// Runs until a shutdown is requested or every camera's footage has ended, and sends what is left.
    pub fn run(self) -> Result<()> {
        let App { cameras, workers, dispatch, dispatch_done, keeper, gauges, author, clock, shutdown, restart, hub } =
            self;
        info!(node = %author.node, cameras = cameras.len(), "node started");
        let started = clock.uptime();
        author.restart(&restart);
        // A node that only has sensors has no footage that could end.
        let watches = !cameras.is_empty();
        let mut service = Service::new(clock.clone());
        let running = Arc::new(AtomicUsize::new(cameras.len()));
        let sender = {
            let (author, done) = (author.clone(), dispatch_done.clone());
            let loops = move |beat: &Beat| run_link(dispatch, &author, beat, &done);
            start("uplink".to_owned(), UPLINK_LIMIT, &service, loops)?
        };
        let keeper = keeper.map(|keeper| start_keeper(keeper, &service)).transpose()?;
        let cameras = cameras.into_iter().map(|camera| start_camera(camera, &service, &shutdown, &running));
        let workers = workers.into_iter().map(|worker| start_worker(worker, &service, &clock, &shutdown));
        let (mut threads, mut failed) = (Vec::new(), None);
        for started in cameras.chain(workers) {
            match started {
                Ok(thread) => threads.push(thread),
                // A node that does not do all that it is asked to had better not seem to.
                Err(error) => {
                    shutdown.request();
                    failed.get_or_insert(error);
                }
            }
        }
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
            if author.spool.stock().messages == 0 {
                break;
            }
        }
        service.stopping();
        shutdown.request();
        for thread in threads {
            join(thread, &mut service);
        }
        author.stopped(clock.uptime().saturating_sub(started));
        dispatch_done.request();
        join(sender, &mut service);
        author.spool.close();
        keeper.into_iter().for_each(|keeper| join_keeper(keeper, &mut service));
        tell_what_is_left(&author.spool, &hub);
        info!("node stopped");
        failed.map_or(Ok(()), Err)
    }
}

/// In memory alone where nobody acknowledges anything, and where there is no folder.
fn open_spool(config: &NodeConfig, health: &Health, clock: &Arc<dyn Clock>) -> (Spool, Option<Keeper>) {
    let publishes = config.hub.protocol == Protocol::ImagezmqPub;
    match spool::Settings::of(&config.spool, &health.hardware()).filter(|_| !publishes) {
        Some(settings) => {
            let (spool, keeper) = Spool::on_disk(settings, clock.clone());
            (spool, Some(keeper))
        }
        None => {
            if !publishes {
                warn!("there is no folder for what the hub does not acknowledge; write `spool: {{directory: ...}}`");
            }
            (Spool::in_memory(config.spool.memory().0), None)
        }
    }
}

fn tell_what_is_left(spool: &Spool, hub: &str) {
    let stock = spool.stock();
    let on_disk = stock.disk.map_or(0, |disk| disk.disk_messages);
    let lost = stock.messages.saturating_sub(on_disk);
    if on_disk > 0 {
        info!(%hub, messages = on_disk, "what the hub has not acknowledged is on the disk, and is sent at the next start");
    }
    if lost > 0 {
        warn!(%hub, left = lost, "not all was acknowledged by the hub before the stop; what is left is lost");
    }
}

/// How the node is, for whoever asks systemd.
fn status(gauges: &Gauges) -> String {
    let (giving, all) = gauges.giving();
    format!("cameras with frames: {giving} of {all}")
}

/// A thread that is expected to give a sign of life at least every `limit`.
fn start(
    name: String,
    limit: Duration,
    service: &Service,
    loops: impl FnOnce(&Beat) + Send + 'static,
) -> Result<JoinHandle<()>> {
    let beat = service.thread(&name, limit);
    std::thread::Builder::new().name(name).spawn(move || loops(&beat)).context("cannot start a thread")
}

/// It may hang with its disk for as long as that does. A restart would mend no disk, and lose what is in memory.
fn start_keeper(keeper: Keeper, service: &Service) -> Result<JoinHandle<()>> {
    let beat = service.patient_thread("spool");
    let thread = std::thread::Builder::new().name("spool".to_owned());
    thread.spawn(move || keeper.run(&beat)).context("cannot start a thread")
}

fn join_keeper(keeper: JoinHandle<()>, service: &mut Service) {
    if service.wait_for(&keeper, SPOOL_GRACE) {
        return join(keeper, service);
    }
    warn!("the spool's disk does not answer: it is not waited for any longer");
}

fn start_camera(
    camera: Camera,
    service: &Service,
    shutdown: &Shutdown,
    running: &Arc<AtomicUsize>,
) -> Result<JoinHandle<()>> {
    let (shutdown, running) = (shutdown.clone(), running.clone());
    start(camera.thread(), camera.limit(), service, move |beat| {
        camera.run(beat, &shutdown);
        running.fetch_sub(1, Ordering::AcqRel);
    })
}

fn start_worker(
    worker: Box<dyn Worker>,
    service: &Service,
    clock: &Arc<dyn Clock>,
    shutdown: &Shutdown,
) -> Result<JoinHandle<()>> {
    let (clock, shutdown) = (clock.clone(), shutdown.clone());
    start(worker.name(), worker::LIMIT, service, move |beat| worker::run(worker, beat, clock.as_ref(), &shutdown))
}

fn run_link(mut dispatch: Dispatch, author: &Author, beat: &Beat, done: &Shutdown) {
    let clock = &author.clock;
    let mut reporter = Reporter::new(clock.uptime());
    let mut ending: Option<Duration> = None;
    let mut is_told = false;
    loop {
        beat.beat();
        if let Err(error) = dispatch.step(STEP) {
            error!("{error:#}");
            done.wait(Duration::from_secs(1));
        }
        reporter.report(author, clock.uptime());
        if !done.is_requested() {
            continue;
        }
        let since = *ending.get_or_insert_with(|| clock.uptime());
        if dispatch.is_done() {
            return;
        }
        if !std::mem::replace(&mut is_told, true) {
            let messages = author.spool.stock().messages;
            let messages = if messages == 1 { "1 message is".to_owned() } else { format!("{messages} messages are") };
            info!("{messages} not acknowledged yet: waiting up to {GRACE:?} for that");
        }
        if clock.uptime().saturating_sub(since) >= GRACE {
            return;
        }
    }
}

fn join(thread: JoinHandle<()>, service: &mut Service) {
    let name = thread.thread().name().unwrap_or("unnamed").to_owned();
    if !service.join(thread) {
        error!("thread {name} ended in a panic");
    }
}
