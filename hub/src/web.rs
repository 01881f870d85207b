//! The page, and the interface for programs that it uses (`/api`): what is stored, over HTTP. Everything here reads the
//! index and the tree; what is to change goes to the shelver as an order. This is the only asynchronous part of Picket:
//! whatever waits for the disk is done on threads of its own, and nothing here can keep ingest or the shelver waiting.
//!
//! A connection is served (`serve`), with `tls` or without. A request passes the `guard`, then either a file of the `page` answers
//! it, or, once it is known `who` asks, an `api` function. Handlers ask the
//! index through `Readers` and refuse with a `Refusal`.

mod api;
mod asked;
mod bare;
mod cookies;
mod file;
mod guard;
mod health;
mod keys;
mod metrics;
mod page;
mod patient;
mod readers;
mod refusal;
mod serve;
mod share;
mod tag;
mod tls;
mod who;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Result, anyhow};
use axum::Router;
use jiff::tz::TimeZone;
use picket_common::config::hostname;
use picket_common::pulse::Pulse;
use picket_common::shutdown::Shutdown;
use picket_common::time::Clock;
use tokio::sync::{Semaphore, watch};
use tower_http::compression::CompressionLayer;
use tracing::warn;

use self::cookies::Cookies;
use self::guard::Guard;
use self::health::Health;
use self::readers::Readers;
use self::refusal::Refusal;
use self::share::{Shares, Turns};
use self::tls::Tls;
use crate::access::Access;
use crate::config::{Labels, WebConfig};
use crate::live::Live;
use crate::shelver::{Gauge, Marks, Orders};
use crate::store::identity;
use crate::thumbs::Album;

/// It is looked so often whether the hub is to stop.
const TURN: Duration = Duration::from_millis(200);
/// It is looked so often whether users or certificates have changed.
const LOOK: Duration = Duration::from_secs(1);
/// Answers that are under way when the hub stops have so long.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// Threads that wait for requests.
const THREADS: usize = 2;
/// Threads that wait for the disk: one for each turn that there is, so that nothing waits for a thread, and some that read
/// the files that are sent.
const DISK_THREADS: usize = readers::MOST + LOG_INS + THUMBS + ORDERS + FILES;
/// So many parts of files are read at the same time.
const FILES: usize = 4;
/// So many log in at the same time: a password takes a processor, and memory.
const LOG_INS: usize = 1;
/// So many requests of one person are answered at the same time, so that others have their turns.
const OWN_ANSWERS: usize = 4;
/// So many thumbnails are made at the same time.
const THUMBS: usize = 2;
/// So many orders wait for the shelver at the same time, each on a thread.
const ORDERS: usize = 3;
/// So many watch at the same time.
const STREAMS: usize = 64;
/// So many of them are one person's.
const OWN_STREAMS: usize = 16;

/// What the page needs of a running hub.
pub struct Surroundings {
    /// The hub's name.
    pub name: String,
    /// Where it listens to nodes.
    pub address: String,
    /// The data directory.
    pub data: PathBuf,
    /// The hub's zone.
    pub zone: TimeZone,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Who may do what.
    pub access: Arc<Access>,
    /// How far the shelver has come.
    pub progress: Arc<AtomicU64>,
    /// What people have done to events.
    pub marks: Marks,
    /// The way to the shelver.
    pub orders: Orders,
    /// The latest pictures that are not stored.
    pub live: Live,
    /// How the shelver gets on.
    pub gauge: Gauge,
    /// The threads' signs of life.
    pub pulse: Pulse,
    /// People's own words for states.
    pub labels: Labels,
    /// The thumbnails that are kept; none where there can be none.
    pub album: Option<Album>,
}

/// What every handler has.
struct Hub {
    around: Surroundings,
    readers: Readers,
    cookies: Cookies,
    /// Whose turn it is to log in.
    log_ins: Arc<Semaphore>,
    /// Who may make a thumbnail.
    thumbs: Arc<Semaphore>,
    /// Who may wait for the shelver.
    orders: Arc<Semaphore>,
    health: Health,
    /// Whose turn it is to be answered: of each person, or each address where there are no users.
    answers: Turns<String>,
    /// Who may watch.
    streams: Arc<Semaphore>,
    /// How many streams each person has, or each address where there are no users.
    own_streams: Shares<String>,
    /// True when the hub is to stop: streams end.
    stopping: watch::Receiver<bool>,
}

/// The page's server, listening.
pub struct Web {
    listener: TcpListener,
    address: SocketAddr,
    guard: Guard,
    tls: Option<Arc<Tls>>,
    around: Surroundings,
}

impl Web {
    /// Listens; none where no page is wanted.
    ///
    /// # Errors
    /// The address is no address of this machine, or is in use.
    pub fn open(config: &WebConfig, around: Surroundings) -> Result<Option<Web>> {
        let Some(wanted) = config.address().map_err(|message| anyhow!("web.listen: {message}"))? else {
            return Ok(None);
        };
        let listener = TcpListener::bind(wanted).map_err(|error| no_place(wanted, &error))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let tls = Tls::open(config, address.ip(), &around.data, around.clock.clone())?.map(Arc::new);
        if tls.is_none() && !WebConfig::is_private(address.ip()) {
            warn!("others on the network can read along: passwords and images are not encrypted (web.tls)");
        }
        let guard = Guard::new(&config.names).strict(tls.as_ref().is_some_and(|tls| tls.is_vouched_for()));
        Ok(Some(Web { listener, address, guard, tls, around }))
    }

    /// Where a browser finds it.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        match self.address.ip().is_unspecified() {
            true => format!("{scheme}://{}:{}", hostname(), self.address.port()),
            false => format!("{scheme}://{}", self.address),
        }
    }

    /// The address that was bound.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is requested.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn run(self, shutdown: &Shutdown) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(DISK_THREADS)
            .thread_name("web")
            .enable_all()
            .build()?;
        let (stop, stopping) = watch::channel(false);
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            tokio::spawn(look_after(self.around.access.clone(), self.tls.clone()));
            let router = router(self.around, self.guard, stopping.clone());
            let server = tokio::spawn(serve::serve(listener, self.tls, router, serve::Limits::default(), stopping));
            while !shutdown.is_requested() {
                tokio::time::sleep(TURN).await;
            }
            _ = stop.send(true);
            // Whoever reads slowly does not keep the hub from stopping.
            _ = tokio::time::timeout(LAST_ANSWERS, server).await;
            Ok(())
        });
        runtime.shutdown_timeout(LAST_ANSWERS);
        served
    }
}

/// Why nothing can listen there, and what to try.
fn no_place(wanted: SocketAddr, error: &io::Error) -> anyhow::Error {
    let advice = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program listens there, perhaps another hub: give this one another port, with web.listen or --web, or none"
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address: `ip address` lists those that it has",
        io::ErrorKind::PermissionDenied => "ports below 1024 are for root: take a higher one",
        _ => "give another address, with web.listen or --web",
    };
    anyhow!("web.listen: cannot listen on {wanted}: {error}; {advice}")
}

/// Notices what has changed beside the hub: users, certificates. However much the hub has to answer, a token that was
/// revoked is revoked.
async fn look_after(access: Arc<Access>, tls: Option<Arc<Tls>>) {
    let turn = Arc::new(Semaphore::new(1));
    loop {
        tokio::time::sleep(LOOK).await;
        let (access, tls) = (access.clone(), tls.clone());
        let looked = move || {
            access.refresh();
            tls.iter().for_each(|tls| tls.refresh());
        };
        // Whatever happens to one look, there is a next one.
        _ = readers::apart(&turn, looked).await;
    }
}

/// All that is answered.
fn router(around: Surroundings, guard: Guard, stopping: watch::Receiver<bool>) -> Router {
    let readers = Readers::new(around.data.clone());
    let identity = identity::read(&around.data).ok().flatten();
    let hub = Arc::new(Hub {
        around,
        readers,
        cookies: Cookies::of(identity.as_ref().map_or("", |identity| &identity.id)),
        log_ins: Arc::new(Semaphore::new(LOG_INS)),
        thumbs: Arc::new(Semaphore::new(THUMBS)),
        orders: Arc::new(Semaphore::new(ORDERS)),
        health: Health::default(),
        answers: Turns::new(OWN_ANSWERS),
        streams: Arc::new(Semaphore::new(STREAMS)),
        own_streams: Shares::new(OWN_STREAMS),
        stopping,
    });
    let routes = Router::new().merge(api::routes(hub)).merge(page::routes());
    guard.around(routes.layer(CompressionLayer::new()))
}
