//! Over real connections, with limits short enough to be waited for.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use picket_common::time::{SimClock, SystemClock, Timestamp};

use super::*;
use crate::config::FrameSize;

const SIZE: FrameSize = FrameSize { width: 17, height: 19 };

const LIMITS: Limits = Limits { first: Duration::from_secs(20), next: Duration::from_secs(20) };
const SHORT: Limits = Limits { first: Duration::from_millis(400), next: Duration::from_millis(200) };

fn pickle(name: &str) -> Vec<u8> {
    let pickle = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pickles").join(name)).unwrap();
    [&(pickle.len() as u64).to_ne_bytes()[..], &pickle].concat()
}

fn frame(fill: u8) -> Vec<u8> {
    vec![fill; 17 * 19 * 3]
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SimClock::new(Timestamp::UNIX_EPOCH))
}

fn listening<'a>(place: &'a str, limits: Limits) -> Way<'a> {
    Way { connect: None, listen: Some(place), greeting: b"", framerate: None, limits }
}

fn raw() -> Raw {
    Raw::new(SIZE, None, "finished")
}

/// A port that is listened at, and where.
fn porch() -> (Kept, SocketAddr) {
    let mut kept = Kept::default();
    let address = Guests::at(&mut kept.porch, "127.0.0.1:0").unwrap().address();
    (kept, address)
}

/// A source that listens, and the other side, which has connected.
fn joined(reader: impl Reader + 'static, limits: Limits) -> (Tcp, TcpStream, Kept) {
    let (mut kept, address) = porch();
    let peer = TcpStream::connect(address).unwrap();
    let tcp = Tcp::open(&listening("127.0.0.1:0", limits), reader, &mut kept, &clock(), &Shutdown::new());
    (tcp.unwrap(), peer, kept)
}

fn size(tcp: &mut Tcp) -> (u32, u32) {
    tcp.next().unwrap().picture.size()
}

fn gone(tcp: &mut Tcp) -> String {
    match tcp.next().unwrap_err() {
        SourceError::Away(what) => what.split_once(": ").unwrap().1.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_sender_that_listens_is_dialled_and_none_is_counted() {
    let sender = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = sender.local_addr().unwrap().to_string();
    let sending = thread::spawn(move || {
        let (mut peer, _) = sender.accept().unwrap();
        for name in ["bgr-4.pickle", "none-4.pickle", "grey-2.pickle", "none-2.pickle", "large-5.pickle"] {
            peer.write_all(&pickle(name)).unwrap();
        }
        peer.write_all(&pickle("bgr-4.pickle")[..50]).unwrap();
    });
    let way = Way { connect: Some(&place), listen: None, greeting: b"", framerate: None, limits: LIMITS };
    let mut tcp = Tcp::open(&way, Pickled::default(), &mut Kept::default(), &clock(), &Shutdown::new()).unwrap();
    assert_eq!([size(&mut tcp), size(&mut tcp), size(&mut tcp)], [(5, 4), (5, 4), (50, 80)]);
    assert_eq!(tcp.missed(), 2);
    let lost = SourceError::Lost(format!("{place}: it hung up amid a frame"));
    assert_eq!(tcp.next(), Err(lost));
    assert_eq!(tcp.missed(), 3, "the partial frame too");
    sending.join().unwrap();
    // Now nobody listens there.
    let refused = Tcp::open(&way, Pickled::default(), &mut Kept::default(), &clock(), &Shutdown::new());
    let why = refused.err().unwrap().to_string();
    assert!(why.contains("connection refused") && why.starts_with(&place), "{why}");
}

#[test]
fn a_pickle_of_anything_else_ends_the_connection_and_runs_nothing() {
    let (mut tcp, mut peer, _kept) = joined(Pickled::default(), LIMITS);
    peer.write_all(&[pickle("bgr-4.pickle"), pickle("refused-code-4.pickle")].concat()).unwrap();
    assert_eq!(size(&mut tcp), (5, 4));
    let why = gone(&mut tcp);
    assert!(why.starts_with("the pickle asks for `posix.system`, and nothing that comes in is run"), "{why}");
    assert_eq!(tcp.missed(), 0, "it was no frame");
    drop(tcp);
    // Reset or closed: in either case it gets nothing and knows that nobody listens.
    assert!(matches!(peer.read(&mut [0; 1]), Ok(0) | Err(_)));
}

#[test]
fn a_greeting_is_said_and_left_out_and_a_farewell_ends_the_stream() {
    let (mut kept, address) = porch();
    let mut peer = TcpStream::connect(address).unwrap();
    let way = Way { greeting: b"connected", ..listening("127.0.0.1:0", LIMITS) };
    let reader = Raw::new(SIZE, Some("connected"), "finished");
    let mut tcp = Tcp::open(&way, reader, &mut kept, &clock(), &Shutdown::new()).unwrap();
    let mut greeting = [0; 9];
    peer.read_exact(&mut greeting).unwrap();
    assert_eq!(&greeting, b"connected");
    peer.write_all(&[b"connected", &frame(1)[..], &frame(2), b"finished"].concat()).unwrap();
    for fill in [1, 2] {
        let expected = Picture::Bgr { bytes: frame(fill), width: 17, height: 19 };
        assert_eq!(*tcp.next().unwrap().picture, expected);
    }
    assert_eq!((gone(&mut tcp).as_str(), tcp.missed()), ("it has finished", 0));
}

#[test]
fn a_peer_that_stalls_amid_a_frame_is_given_up() {
    let (mut tcp, mut peer, _kept) = joined(raw(), SHORT);
    peer.write_all(&[&frame(1)[..], &frame(2)[..100]].concat()).unwrap();
    assert_eq!(size(&mut tcp), (17, 19));
    assert_eq!(gone(&mut tcp), "it sent no more, the rest of a frame was waited for; 1 that it missed so far (0.2 s)");
    assert_eq!(tcp.missed(), 1);
    // One that says nothing at all, as if its cable had been pulled.
    let (mut tcp, _peer, _kept) = joined(raw(), SHORT);
    assert_eq!(gone(&mut tcp), "it sent no more, a frame was waited for (0.4 s)");
}

#[test]
fn a_peer_that_misses_every_frame_is_no_camera() {
    let (mut tcp, mut peer, _kept) = joined(Pickled::default(), SHORT);
    let none = pickle("none-4.pickle");
    let sending = thread::spawn(move || while peer.write_all(&none).is_ok() {});
    let why = gone(&mut tcp);
    assert!(why.starts_with("it sent no more, ") && tcp.missed() > 0, "{why}");
    drop(tcp);
    sending.join().unwrap();
}

#[test]
fn a_reset_is_an_end_like_any_other() {
    let (mut kept, address) = porch();
    let mut peer = TcpStream::connect(address).unwrap();
    let way = Way { greeting: b"connected", ..listening("127.0.0.1:0", LIMITS) };
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
    peer.write_all(&frame(1)[..500]).unwrap();
    // The kernel resets a connection that is closed while something in it is unread: the greeting. It is there when it
    // can be looked at.
    assert_eq!(peer.peek(&mut [0; 1]).unwrap(), 1);
    drop(peer);
    let why = gone(&mut tcp);
    assert!(why.starts_with("it hung up"), "{why}");
    assert_eq!(tcp.missed(), 1);
}

#[test]
fn one_is_heard_one_waits_and_more_are_turned_away() {
    let (mut kept, address) = porch();
    let way = listening("127.0.0.1:0", LIMITS);
    let mut first = TcpStream::connect(address).unwrap();
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
    first.write_all(&frame(1)).unwrap();
    assert_eq!(tcp.next().unwrap().picture.bytes()[0], 1);
    // Each is seen when a frame is asked for.
    let mut next = |tcp: &mut Tcp, fill: u8| {
        first.write_all(&frame(fill)).unwrap();
        assert_eq!(tcp.next().unwrap().picture.bytes()[0], fill);
    };
    let mut second = TcpStream::connect(address).unwrap();
    next(&mut tcp, 2);
    let mut third = TcpStream::connect(address).unwrap();
    next(&mut tcp, 3);
    assert!(matches!(third.read(&mut [0; 1]), Ok(0) | Err(_)), "turned away");
    drop(first);
    assert_eq!(gone(&mut tcp), "it hung up");
    drop(tcp);
    second.write_all(&frame(9)).unwrap();
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
    assert_eq!(tcp.next().unwrap().picture.bytes()[0], 9, "the one that waited");
}

#[test]
fn the_port_stays_open_while_nobody_is_heard() {
    let (mut kept, address) = porch();
    let way = listening("127.0.0.1:0", SHORT);
    for fill in 1..4 {
        let mut peer = TcpStream::connect(address).unwrap();
        peer.write_all(&frame(fill)).unwrap();
        let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
        assert_eq!(tcp.next().unwrap().picture.bytes()[0], fill);
        // Our side closes first, which is what makes a port unusable for a while.
        drop(tcp);
        drop(peer);
    }
    let nobody = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).err().unwrap();
    assert_eq!(nobody, SourceError::Away("127.0.0.1:0: nobody has connected for 0.4 s".into()));
    // With a clock that stands still, no time has passed; and who comes now is still heard.
    let mut peer = TcpStream::connect(address).unwrap();
    peer.write_all(&frame(7)).unwrap();
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
    assert_eq!(tcp.next().unwrap().picture.bytes()[0], 7);
}

#[test]
fn a_port_that_is_taken_is_had_when_it_is_free_again() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = other.local_addr().unwrap().to_string();
    let (mut kept, way) = (Kept::default(), listening(&place, SHORT));
    let taken = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).err().unwrap();
    let expected = format!("cannot listen at {place}: another program listens there; stop it, or choose another port");
    assert!(taken.to_string().starts_with(&expected), "{taken}");
    assert!(matches!(taken, SourceError::Lost(_)), "with the usual pauses");
    drop(other);
    let nobody = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).err().unwrap();
    assert!(matches!(nobody, SourceError::Away(_)), "{nobody}");
    TcpStream::connect(&place).unwrap();
}

#[test]
fn a_shutdown_is_obeyed_at_once_wherever_it_waits() {
    let shutdown = Shutdown::new();
    let (mut kept, address) = porch();
    let peer = TcpStream::connect(address).unwrap();
    let way = listening("127.0.0.1:0", LIMITS);
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &shutdown).unwrap();
    let started = SystemClock.uptime();
    let ended = thread::spawn(move || (tcp.next(), SystemClock.uptime()));
    let (other, asked) = (shutdown.clone(), SystemClock.uptime());
    other.request();
    let (result, at) = ended.join().unwrap();
    assert_eq!(result, Err(SourceError::Ended));
    assert!(at - asked < Duration::from_secs(1) && asked >= started);
    drop(peer);
    // And while it waits for somebody.
    assert_eq!(Tcp::open(&way, raw(), &mut kept, &clock(), &shutdown).err(), Some(SourceError::Ended));
}

#[test]
fn frames_above_the_rate_are_dropped() {
    let sim = SimClock::new(Timestamp::UNIX_EPOCH);
    let clock: Arc<dyn Clock> = Arc::new(sim.clone());
    let (mut kept, address) = porch();
    let mut peer = TcpStream::connect(address).unwrap();
    let way = Way { framerate: Some(Framerate(2.0)), ..listening("127.0.0.1:0", LIMITS) };
    let mut tcp = Tcp::open(&way, raw(), &mut kept, &clock, &Shutdown::new()).unwrap();
    peer.write_all(&frame(1)).unwrap();
    assert_eq!(tcp.next().unwrap().picture.bytes()[0], 1);
    sim.advance(Duration::from_millis(500));
    peer.write_all(&[frame(2), frame(3), frame(4)].concat()).unwrap();
    drop(peer);
    let second = tcp.next().unwrap();
    assert_eq!((second.picture.bytes()[0], second.index, second.mono), (2, 1, Duration::from_millis(500)));
    assert_eq!((gone(&mut tcp).as_str(), tcp.missed()), ("it hung up", 0));
}

#[test]
fn a_connection_is_lent_for_the_way_back_and_withdrawn() {
    let line = Line::default();
    let (mut kept, address) = porch();
    kept.line = line.clone();
    let mut peer = TcpStream::connect(address).unwrap();
    let way = listening("127.0.0.1:0", LIMITS);
    let tcp = Tcp::open(&way, raw(), &mut kept, &clock(), &Shutdown::new()).unwrap();
    let mut back = line.take().unwrap();
    back.wait_for(LIMITS.next);
    back.send(b"and back").unwrap();
    let mut heard = [0; 8];
    peer.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"and back");
    drop(tcp);
    assert!(line.take().is_none());
    assert_eq!(peer.read(&mut heard).unwrap(), 0, "it is closed, though the other thread has it still");
    assert!(back.send(&[0; 100]).is_err());
}
