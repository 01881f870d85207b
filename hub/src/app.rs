//! Builds every part of a running hub, makes known to ingest what lies in the journal, starts a thread for
//! ingest, one for the shelver, one for those who ask something and one for each output, and joins them. The only file that
//! names the concrete types together.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use jiff::tz::TimeZone;
use picket_common::log::disk::{Disk, Folder};
use picket_common::log::{self, Options, Reader, Writer};
use picket_common::service::Service;
use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};
use picket_common::transport::Receiver;
use picket_common::transport::zmq::{Doors, Router};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::{error, info, warn};

use crate::access::Access;
use crate::access::users::Users;
use crate::ask::Door;
use crate::config::{self, HubConfig, OutputConfig, WebConfig};
use crate::disk;
use crate::entry::Entry;
use crate::fsck;
use crate::index::{self, Index, IndexError};
use crate::ingest::{Cap, Ingest, Known, Names, Settings, Surroundings};
use crate::ongoing::Trouble;
use crate::output::Output;
use crate::presence::Presence;
use crate::retention::Keeper;
use crate::shelver::Shelver;
use crate::store::{Store, identity};
use crate::thumbs::{Album, Maker};
use crate::watch::Watch;
use crate::web::{self, Web};

const SEGMENT_BYTES: u64 = 16 << 20;
/// Two of the shelver's batches, so that a hub at work uses the same files again and again.
const SPARE_SEGMENTS: usize = 8;
/// So much may wait for the shelver; beyond it senders wait.
const JOURNAL_BYTES: u64 = 4 << 30;
/// So much of the disk, in bytes, is left to the shelver: if it could not store what is in the journal, that would never
/// shrink again.
pub(crate) const RESERVE: u64 = 128 << 20;
/// Ingest looks at clocks and waiting senders at least so often.
const STEP: Duration = Duration::from_millis(200);

/// A node that was last heard so long before the start is not missed: it is retired, or known from an import only.
pub(crate) const FORGOTTEN: Duration = Duration::from_secs(30 * 86_400);

/// Main looks after its threads so often.
const TURN: Duration = Duration::from_millis(500);
/// How long a thread may give no sign of life before it counts as hanging: as long as a slow disk, or one that has to be
/// woken, may take for a batch.
const INGEST_LIMIT: Duration = Duration::from_secs(120);
const SHELVER_LIMIT: Duration = Duration::from_secs(300);
const ASK_LIMIT: Duration = Duration::from_secs(60);
/// Nobody waits for an output, and a damaged or hostile picture of hundreds of passes keeps a small machine busy for minutes.
const OUTPUT_LIMIT: Duration = Duration::from_secs(600);
/// An output goes on for so long when the hub is to end.
const LAST_PICTURES: Duration = Duration::from_secs(2);

/// A hub, ready to run.
pub struct App {
    ingest: Ingest<Doors>,
    shelver: Shelver,
    /// None where the data directory can have no socket.
    door: Option<Door>,
    outputs: Vec<Output>,
    web: Option<Web>,
    service: Service,
    thumbs: Option<Maker>,
    address: String,
    data: PathBuf,
    shutdown: Shutdown,
}

impl App {
    /// Builds all parts. What cannot work fails here, before any message is taken.
    pub fn build(config: &HubConfig, shutdown: Shutdown) -> Result<App> {
        let hub = &config.hub;
        files_without_end();
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let access = who_may(config, clock.clone())?;
        let router = Router::bind(&hub.listen, hub.max_message.0)?;
        let address = router.address().to_owned();
        let publishers = config::publishers(&config.inputs);
        let doors = Doors::open(Some(router), &publishers, hub.max_message.0, clock.clone())?;
        let outputs =
            config.outputs.iter().map(|OutputConfig::ImagezmqPub(output)| Output::open(output, clock.clone()));
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        let name = hub.name.clone().unwrap_or_else(picket_common::config::hostname);
        let settings = Settings {
            name: name.clone(),
            max_bytes: hub.max_message.0,
            patience: hub.patience.0,
            zone: TimeZone::system(),
            limits: config.limits.clone(),
        };
        let journal = journal(&hub.data_directory)?;
        let (mut ingest, mut shelver) = build(&hub.data_directory, journal, doors, settings, clock.clone())?;
        shelver.keep(Keeper::new(config.retention.clone(), TimeZone::system()));
        ingest.listen(&publishers);
        ingest.watch_disk(disk::look(&hub.data_directory));
        outputs.iter().for_each(|output| ingest.hand_on_to(output.tap()));
        // After the store has made sure that no other hub is at work here.
        let door = Door::open(&hub.data_directory, ingest.questions(), ingest.live(), clock.clone());
        let door = door.inspect_err(|error| {
            warn!("`picket-hub ask`, `latest`, `pin` and `retention` will not work, there can be no socket: {error}");
        });
        let door = door.ok().map(|door| door.with_orders(shelver.orders()));
        let service = Service::new(clock.clone());
        let thumbs = open_thumbs(&hub.data_directory, &shelver);
        let around = |access| web::Surroundings {
            name,
            address: address.clone(),
            data: hub.data_directory.clone(),
            zone: TimeZone::system(),
            clock,
            access,
            progress: shelver.progress(),
            marks: shelver.marks(),
            orders: shelver.orders(),
            live: ingest.live(),
            gauge: shelver.gauge(),
            pulse: service.pulse(),
            labels: config.labels.clone(),
            album: thumbs.as_ref().map(|(album, _)| album.clone()),
        };
        // What is sent is stored, page or none.
        let web = access.map_or(Ok(None), |access| Web::open(&config.web, around(access)));
        let web = web.unwrap_or_else(|error| {
            error!("there is no page: {error:#}");
            None
        });
        info!(%address, data = %hub.data_directory.display(), "hub started");
        web.iter().for_each(|web| info!(page = %web.url(), "what happened can be seen there"));
        info!(rules = %config.retention, "what is stored is kept by these rules: beyond them the oldest images go; what is pinned stays");
        publishers.iter().for_each(|publisher| info!(%publisher, "listening to a publisher too"));
        outputs.iter().for_each(|output| info!(address = output.address(), "sending pictures on"));
        let thumbs = thumbs.map(|(_, maker)| maker);
        Ok(App {
            ingest,
            shelver,
            door,
            outputs,
            web,
            thumbs,
            service,
            address,
            data: hub.data_directory.clone(),
            shutdown,
        })
    }

    /// The address that was bound.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Runs until a shutdown is requested; the batch at hand is finished, and what is journaled is shelved.
    pub fn run(self) -> Result<()> {
        let App { mut ingest, mut shelver, door, outputs, web, thumbs, mut service, address, data, shutdown } = self;
        let (stop, beat) = (shutdown.clone(), service.thread("ingest", INGEST_LIMIT));
        let ingest_thread = spawn("ingest", move || {
            while !stop.is_requested() {
                beat.beat();
                if let Err(error) = ingest.step(STEP) {
                    error!("{error:#}");
                    stop.wait(Duration::from_secs(1));
                }
            }
        })?;
        let door_thread = door.map(|door| start_door(door, &mut service, &shutdown)).transpose()?;
        let stop = shutdown.clone();
        let web_thread = web.map(|web| spawn("web", move || serve(web, &stop))).transpose()?;
        let stop = shutdown.clone();
        let thumbs_thread =
            thumbs.map(|mut maker| spawn("thumbs", move || maker.run(&SystemClock, &stop))).transpose()?;
        let ingest_ended = Shutdown::new();
        let outputs = outputs.into_iter().enumerate();
        let outputs: Vec<_> = outputs
            .map(|(place, output)| start_output(output, place + 1, &mut service, &ingest_ended))
            .collect::<Result<_>>()?;
        let (stop, beat) = (ingest_ended.clone(), service.thread("shelver", SHELVER_LIMIT));
        let shelver_thread = spawn("shelver", move || shelver.run(&beat, &stop))?;
        service.ready(&format!("listening on {address}, storing in {}", data.display()));
        while !shutdown.wait(TURN) {
            service.turn();
        }
        service.stopping();
        let clean = service.join(ingest_thread);
        let clean = door_thread.is_none_or(|thread| service.join(thread)) && clean;
        let clean = web_thread.is_none_or(|thread| service.join(thread)) && clean;
        let clean = thumbs_thread.is_none_or(|thread| service.join(thread)) && clean;
        ingest_ended.request();
        let clean = outputs.into_iter().fold(clean, |clean, thread| service.join(thread) && clean);
        let clean = service.join(shelver_thread) && clean;
        info!("hub stopped");
        if clean { Ok(()) } else { Err(anyhow!("a part of the hub has failed; see the log above")) }
    }
}

/// Who may use the page; none where there is to be none, or where it cannot be known.
///
/// # Errors
/// It would be open to whoever reaches it, and nobody has said so.
fn who_may(config: &HubConfig, clock: Arc<dyn Clock>) -> Result<Option<Arc<Access>>> {
    let data = &config.hub.data_directory;
    if config.web.listen == WebConfig::NONE {
        return Ok(None);
    }
    if let Err(error) = Users::read(data) {
        error!("there is no page, for it cannot be known who may use it: {error:#}; then start the hub again");
        return Ok(None);
    }
    Access::open(data, &config.web, clock).map(Arc::new).map(Some)
}

/// The watchdog does not look after the page: what is sent is stored, page or none.
fn serve(web: Web, shutdown: &Shutdown) {
    if let Err(error) = web.run(shutdown) {
        error!("there is no page: {error:#}");
    }
}

/// Where thumbnails are kept, and who makes them.
fn open_thumbs(data: &Path, shelver: &Shelver) -> Option<(Album, Maker)> {
    let open = || {
        let album = Album::open(data)?;
        let maker = Maker::open(data, album.clone(), shelver.progress())?;
        Ok::<_, IndexError>((album, maker))
    };
    open().inspect_err(|error| warn!("thumbnails are made when somebody looks at them, and not kept: {error}")).ok()
}

/// Whoever opens connections without an end is not to take the files that the journal and the shelf need: as many as the
/// system gives, where it gave fewer at first.
fn files_without_end() {
    let limits = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limits.maximum, ..limits }) {
        warn!("only as many files and connections as before: {error}");
    }
}

fn start_door(door: Door, service: &mut Service, shutdown: &Shutdown) -> Result<JoinHandle<()>> {
    let (stop, beat) = (shutdown.clone(), service.thread("ask", ASK_LIMIT));
    spawn("ask", move || {
        while !stop.is_requested() {
            beat.beat();
            if let Err(error) = door.step(TURN) {
                error!("who asks something of a node was not heard: {error}");
                stop.wait(Duration::from_secs(1));
            }
        }
    })
}

/// Runs until ingest has ended and what it has handed over is sent, or most of it: thousands of pictures may wait.
fn start_output(mut output: Output, number: usize, service: &mut Service, ended: &Shutdown) -> Result<JoinHandle<()>> {
    let name = format!("output-{number}");
    let (stop, beat) = (ended.clone(), service.thread(&name, OUTPUT_LIMIT));
    spawn(&name, move || {
        let mut last = None;
        loop {
            if stop.is_requested() {
                let now = SystemClock.uptime();
                if output.is_done() || *last.get_or_insert(now + LAST_PICTURES) <= now {
                    break;
                }
            }
            beat.beat();
            if let Err(error) = output.step(TURN) {
                error!("pictures are not sent on: {error}");
                stop.wait(Duration::from_secs(1));
            }
        }
    })
}

/// The journal's place in a data directory, and its form.
pub fn journal(data: &Path) -> Result<(Arc<dyn Disk>, Options)> {
    let folder = data.join("journal");
    let disk = Folder::keeping_free(&folder, RESERVE).with_context(|| format!("cannot make {}", folder.display()))?;
    let options = Options {
        segment_bytes: SEGMENT_BYTES,
        spare_segments: SPARE_SEGMENTS,
        max_bytes: JOURNAL_BYTES,
        indexed: false,
    };
    Ok((Arc::new(disk), options))
}

/// A data directory, locked and opened: its journal, and what becomes of it. An import is no more than that.
pub(crate) struct Depot {
    pub(crate) journal: Writer,
    pub(crate) shelver: Shelver,
    pub(crate) known: Index,
    presence: Arc<Presence>,
    lost: Vec<(u64, log::Key)>,
    unshelved: Unshelved,
}

impl Depot {
    pub(crate) fn open(data: &Path, (disk, options): (Arc<dyn Disk>, Options), clock: Arc<dyn Clock>) -> Result<Depot> {
        let store = Store::open(data)?;
        check_index(data)?;
        let mut index = Index::open(data)?;
        let id = index.identity()?;
        let own = identity::settle(data, id.clone())?;
        if id.as_ref() != Some(&own) {
            index.set_identity(&own)?;
        }
        let known = Index::read(data)?;
        let reached = known.reached()?;
        let (journal, mut reader, recovery) = log::open(disk, options, reached).context("journal")?;
        for damage in &recovery.damage {
            warn!("journal: {damage}");
        }
        let presence = Arc::new(Presence::new());
        let unshelved = read_unshelved(&mut reader, reached)?;
        check_place(data, reached, &unshelved, &recovery)?;
        let shelver = Shelver::open(store, index, reader, presence.clone(), clock)?;
        Ok(Depot { journal, shelver, known, presence, lost: recovery.lost, unshelved })
    }
}

/// An index that is gone is no new one: with it would go what is known of every stream, and everything that was shelved and
/// still lies in the journal would be shelved again.
fn check_index(data: &Path) -> Result<()> {
    let gone = !data.join(index::FILE).exists();
    if gone && fsck::has_records(data) {
        bail!(
            "{} is gone, while the records in {} tell what was in it; `picket-hub fsck --repair` makes it anew from them",
            data.join(index::FILE).display(),
            data.join("records").display()
        );
    }
    Ok(())
}

/// The journal goes on where the index ends, or the index is an old one: what was shelved since would be cut off the records.
fn check_place(data: &Path, reached: u64, unshelved: &Unshelved, recovery: &log::Recovery) -> Result<()> {
    let first = unshelved.first().map_or(reached + 1, |(number, ..)| *number);
    if reached + 1 < first && recovery.damage.is_empty() {
        bail!(
            "{} has come to number {reached}, and the journal goes on at {first}: is it an old copy? `picket-hub fsck --repair` \
             makes it anew from the records",
            data.join(index::FILE).display()
        );
    }
    Ok(())
}

/// Both halves of a hub over a data directory, with everything known that lies in the journal.
pub fn build<R: Receiver>(
    data: &Path,
    journal: (Arc<dyn Disk>, Options),
    receiver: R,
    settings: Settings,
    clock: Arc<dyn Clock>,
) -> Result<(Ingest<R>, Shelver)> {
    let Depot { journal, shelver, known, presence, lost, unshelved } = Depot::open(data, journal, clock.clone())?;
    let names = Names::new(data.to_owned(), settings.zone.clone(), shelver.progress());
    let since = clock.now().checked_sub(FORGOTTEN).unwrap_or(jiff::Timestamp::MIN);
    let ongoing = known.ongoing()?;
    let heard = known.heard_since(since)?;
    let mut names_known = Known::default();
    heard.iter().for_each(|node| names_known.recover(node, None));
    for (node, view) in known.sources()? {
        if names_known.has(&node) {
            names_known.recover(&node, view.as_deref());
        }
    }
    let silent = ongoing.with(Trouble::Silent).into_iter().map(|(node, _)| node);
    let watch = Watch::new(heard.into_iter().chain(silent), clock.uptime());
    let today = settings.zone.to_datetime(clock.now()).date();
    let mut cap = Cap::new(settings.limits.clone());
    known.images_around(today, Cap::DAYS)?.iter().for_each(|(day, node, images)| cap.recover(node, *day, *images));
    let digests = known.digests()?;
    let shelved = Box::new(move |stream| Ok(known.mark(stream)?.unwrap_or(0)));
    let surroundings = Surroundings { names, shelved, known: names_known, watch, ongoing, cap, presence, clock };
    let mut ingest = Ingest::new(receiver, journal, settings, surroundings);
    for (text, digest) in digests {
        ingest.recover_digest(&text, &digest);
    }
    for (number, key) in lost {
        ingest.recover(number, key, None)?;
    }
    for (number, key, entry) in unshelved {
        ingest.recover(number, key, entry.as_ref())?;
    }
    Ok((ingest, shelver))
}

type Unshelved = Vec<(u64, log::Key, Option<Entry>)>;

/// What is acknowledged and not shelved yet, without the bodies.
fn read_unshelved(reader: &mut Reader, reached: u64) -> Result<Unshelved> {
    reader.seek(reached);
    let mut unshelved = Vec::new();
    while let Some(record) = reader.next().context("journal")? {
        let entry = Entry::decode(&record.payload).ok().map(|(entry, _)| entry);
        unshelved.push((record.number, record.key, entry));
    }
    if !unshelved.is_empty() {
        info!(records = unshelved.len(), "shelving what was acknowledged before the last stop");
    }
    Ok(unshelved)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).context("cannot start a thread")
}
