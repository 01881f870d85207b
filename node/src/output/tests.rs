//! Over real connections; the camera's side is called as its pipeline calls it.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use picket_common::jpeg;
use picket_common::time::{Clock, SystemClock, Timestamp};

use super::*;
use crate::config::{FrameSize, Framerate};
use crate::frame::Picture;
use crate::link::{Gap, Link};
use crate::source::pickle;

/// So large that a connection's buffers do not hold it.
const LARGE: (u32, u32) = (1920, 1080);

fn frame((width, height): (u32, u32), fill: u8, mono_ms: u64) -> Frame {
    let picture = Picture::Bgr { bytes: vec![fill; width as usize * height as usize * 3], width, height };
    let mono = Duration::from_millis(mono_ms);
    Frame { index: 0, at: Timestamp::UNIX_EPOCH, mono, picture: Arc::new(picture) }
}

fn outputs(yaml: &str) -> Outputs {
    let text = format!(
        "cameras: [{{view: Yard, source: {{kind: tcp-raw, size: 32x32, listen: 'h:1'}}}}]\noutputs: [{yaml}]\n"
    );
    Outputs::new(&picket_common::config::parse("t.yaml", text.as_bytes()).unwrap())
}

fn raw_slot(size: Option<FrameSize>) -> Arc<Slot> {
    Arc::new(Slot::new(Form::raw(size), None))
}

fn read(peer: &mut TcpStream, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    peer.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    peer.read_exact(&mut bytes).unwrap();
    bytes
}

/// Steps until `done`; how often it had to.
fn step_until(worker: &mut dyn Worker, mut done: impl FnMut() -> bool) {
    let end = SystemClock.uptime() + Duration::from_secs(20);
    while !done() {
        worker.step();
        assert!(SystemClock.uptime() < end, "waited in vain");
    }
}

#[test]
fn a_pickled_frame_is_read_back_as_it_was() {
    let bytes: Vec<u8> = (0..17 * 19 * 3).map(|at| (at * 7) as u8).collect();
    let sent = pickled::framed(crate::vision::Pixels { bytes: &bytes, width: 17, height: 19 });
    let (length, rest) = sent.split_at(8);
    assert_eq!(u64::from_ne_bytes(length.try_into().unwrap()), rest.len() as u64);
    assert_eq!(pickle::load(rest), Ok(Some(pickle::Array { shape: vec![19, 17, 3], bytes })));
}

#[test]
fn raw_frames_have_one_size_whatever_form_the_camera_gives() {
    let check = |form: &Form, picture: Picture, expected: usize| {
        let frame = Frame { picture: Arc::new(picture), ..frame((2, 2), 0, 0) };
        assert_eq!(form.bytes(&frame).unwrap().len(), expected);
    };
    let jpeg = jpeg::encode_gray(&[99; 64 * 48], 64, 48, 80).unwrap();
    let jpeg = || Picture::Jpeg { bytes: jpeg.clone(), width: 64, height: 48 };
    let yuv = || Picture::Yuv420 { bytes: vec![128; 32 * 16 * 3 / 2], width: 32, height: 16 };
    let first = Form::raw(None);
    check(&first, jpeg(), 64 * 48 * 3);
    check(&first, yuv(), 64 * 48 * 3);
    let told = Form::raw(Some(FrameSize { width: 33, height: 17 }));
    check(&told, jpeg(), 33 * 17 * 3);
    check(&told, yuv(), 33 * 17 * 3);
    let damaged = Picture::Jpeg { bytes: vec![0xff; 9], width: 64, height: 48 };
    assert!(told.bytes(&Frame { picture: Arc::new(damaged), ..frame((2, 2), 0, 0) }).is_err());
}

#[test]
fn only_the_latest_frame_lies_ready_and_the_rate_is_kept() {
    let slot = Slot::new(Form::raw(None), Limit::to(Framerate(2.0)));
    let newest = |than| slot.newer(than, Duration::ZERO).map(|(number, bytes)| (number, bytes.unwrap()[0]));
    assert_eq!(newest(0), None);
    (0..11).for_each(|at| slot.offer(&frame((2, 2), at as u8, at * 100)));
    assert_eq!(newest(0), Some((3, 10)), "those at 0, 500 and 1000 ms");
    assert_eq!(newest(3), None);
}

#[test]
fn a_camera_offers_to_its_own_outputs_only() {
    let outputs = outputs(
        "{kind: tcp-raw, view: Yard, connect: 'h:1'}, {kind: tcp-pickle, listen: '127.0.0.1:5'}, \
         {kind: tcp-raw, over: Yard, view: Yard}",
    );
    assert_eq!(outputs.tap(Some("Yard")).0.len(), 3);
    assert_eq!(outputs.tap(Some("Gate")).0.len(), 1, "one without a view is the only camera's");
    assert_eq!(Outputs::default().tap(Some("Yard")).0.len(), 0);
    let names: Vec<String> = outputs.workers(&Shutdown::new()).iter().map(|worker| worker.name()).collect();
    assert_eq!(names, ["output-1", "output-2", "output-3"]);
}

#[test]
fn a_receiver_that_takes_nothing_delays_neither_the_camera_nor_another() {
    let (shutdown, slot) = (Shutdown::new(), raw_slot(None));
    let tap = Tap(vec![slot.clone()]);
    let words = Words::new(Some("connected"), Some("finished"));
    let mut listen = Listen::new("output-1".into(), "127.0.0.1:0".into(), words, slot, shutdown.clone());
    listen.step();
    let address = listen.address();
    let _slow = TcpStream::connect(address).unwrap();
    let mut quick = TcpStream::connect(address).unwrap();
    while listen.step().is_zero() {}
    assert_eq!(read(&mut quick, 9), b"connected");
    let len = LARGE.0 as usize * LARGE.1 as usize * 3;
    let asked = SystemClock.uptime();
    for fill in 0..12 {
        tap.offer(&frame(LARGE, fill, 0));
        assert!(read(&mut quick, len).iter().all(|byte| *byte == fill), "frame {fill}");
    }
    assert!(SystemClock.uptime() - asked < receiver::PATIENCE, "nobody was waited for");
    // What it says is of no interest, and does not disturb.
    quick.write_all(b"connected").unwrap();
    tap.offer(&frame(LARGE, 77, 0));
    assert_eq!(read(&mut quick, len)[0], 77);
    shutdown.request();
    listen.stop();
    assert_eq!(read(&mut quick, 8), b"finished");
    assert_eq!(quick.read(&mut [0; 1]).unwrap(), 0);
}

#[test]
fn more_receivers_than_there_is_room_for_are_turned_away() {
    let shutdown = Shutdown::new();
    let words = Words::new(Some("hello"), None);
    let mut listen = Listen::new("output-1".into(), "127.0.0.1:0".into(), words, raw_slot(None), shutdown.clone());
    listen.step();
    let address = listen.address();
    let mut served: Vec<TcpStream> = (0..listen::MOST).map(|_| TcpStream::connect(address).unwrap()).collect();
    let mut turned_away = TcpStream::connect(address).unwrap();
    while listen.step().is_zero() {}
    served.iter_mut().for_each(|peer| assert_eq!(read(peer, 5), b"hello"));
    assert!(matches!(turned_away.read(&mut [0; 1]), Ok(0) | Err(_)));
    shutdown.request();
    listen.stop();
}

#[test]
fn a_receiver_that_stalls_or_hangs_up_is_given_up() {
    let (shutdown, slot) = (Shutdown::new(), raw_slot(None));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let patience = Duration::from_millis(200);
    let place = listener.local_addr().unwrap().to_string();
    let meet = || {
        let link = Link::dial(&place, patience, &shutdown).unwrap();
        let receiver = receiver::Receiver::new(link, &slot, b"", patience).unwrap();
        (receiver, listener.accept().unwrap().0)
    };
    let end = |receiver: &mut receiver::Receiver| loop {
        if let Err(gap) = receiver.step(&slot) {
            return gap;
        }
    };
    let (mut stalled, peer) = meet();
    slot.offer(&frame(LARGE, 1, 0));
    assert!(matches!(end(&mut stalled), Gap::Stall));
    drop((stalled, peer));
    // One that hangs up is noticed without a frame.
    let (mut quitter, peer) = meet();
    drop(peer);
    assert!(matches!(end(&mut quitter), Gap::Broken(why) if why == "it hung up"));
}

#[test]
fn a_receiver_that_listens_is_dialled_until_it_is_there_and_again() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = free.local_addr().unwrap().to_string();
    drop(free);
    let (shutdown, slot) = (Shutdown::new(), raw_slot(None));
    let words = Words::new(Some("connected"), Some("finished"));
    let mut dial = Dial::new("output-1".into(), place.clone(), words, slot.clone(), shutdown.clone());
    let pauses = [dial.step(), dial.step(), dial.step()];
    assert!(pauses[0] >= Duration::from_millis(500) && pauses[2] >= Duration::from_secs(2), "{pauses:?}");

    let listener = TcpListener::bind(&place).unwrap();
    listener.set_nonblocking(true).unwrap();
    let accept = |dial: &mut Dial| {
        let mut peer = None;
        step_until(dial, || {
            peer = peer.take().or_else(|| listener.accept().ok());
            peer.is_some()
        });
        let (peer, _) = peer.unwrap();
        peer.set_nonblocking(false).unwrap();
        peer
    };
    let take = |dial: &mut Dial, mut peer: TcpStream, fill: u8| {
        assert_eq!(read(&mut peer, 9), b"connected");
        let reading = thread::spawn(move || (read(&mut peer, 2 * 2 * 3), peer));
        step_until(dial, || {
            slot.offer(&frame((2, 2), fill, 0));
            reading.is_finished()
        });
        let (bytes, peer) = reading.join().unwrap();
        assert_eq!(bytes, [fill; 12]);
        peer
    };
    let peer = accept(&mut dial);
    drop(take(&mut dial, peer, 5));
    let peer = accept(&mut dial);
    let mut peer = take(&mut dial, peer, 6);
    shutdown.request();
    dial.stop();
    let mut rest = vec![];
    peer.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(b"finished"), "{rest:?}");
    assert_eq!((rest.len() - 8) % 12, 0, "between two frames");
}

#[test]
fn frames_go_back_over_a_cameras_connection_while_it_stands() {
    let (shutdown, slot, line) = (Shutdown::new(), raw_slot(None), Line::default());
    let words = Words::new(None, Some("finished"));
    let mut over = Over::new("output-1".into(), "Visitor".into(), words, slot.clone(), line.clone());
    assert!(!over.step().is_zero(), "there is no connection yet");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    for fill in [1, 2] {
        let link = Link::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap(), Duration::MAX, &shutdown);
        line.lend(link.unwrap());
        let (mut peer, _) = listener.accept().unwrap();
        // One that is gone is noticed with the next frame; then the new one is taken.
        let reading = thread::spawn(move || (read(&mut peer, 12), peer));
        step_until(&mut over, || {
            slot.offer(&frame((2, 2), fill, 0));
            reading.is_finished()
        });
        let (bytes, peer) = reading.join().unwrap();
        assert_eq!(bytes, [fill; 12]);
        drop(peer);
    }
    line.withdraw();
    over.stop();
}
