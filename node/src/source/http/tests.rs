//! The source as `build` makes it, with real connections to cameras that are scripted here.

mod camera;
mod logins;
mod streams;

use std::net::TcpListener;
use std::thread;

use picket_common::jpeg;
use picket_common::time::{SimClock, SystemClock, Timestamp};

use self::camera::{answer, answering, camera, serve, silence};
use super::*;
use crate::config::{Framerate, SourceConfig};
use crate::source::{Next, Supervised, build};

fn config(url: &str) -> HttpConfig {
    HttpConfig { url: url.into(), user: None, password_file: None, framerate: None }
}

fn sim() -> Arc<dyn Clock> {
    Arc::new(SimClock::new("2026-11-20T06:00:00Z".parse::<Timestamp>().unwrap()))
}

fn visit_as(config: &HttpConfig) -> Result<Box<dyn Source>, SourceError> {
    build(&SourceConfig::Http(config.clone()), &sim(), &Shutdown::new())
}

/// All that comes until it is lost, and why it is.
fn all_from(url: &str) -> (Vec<Vec<u8>>, String) {
    let mut frames = vec![];
    let mut source = match visit_as(&config(url)) {
        Ok(source) => source,
        Err(error) => return (frames, without(url, &error)),
    };
    loop {
        match source.next() {
            Ok(frame) => frames.push(frame.picture.bytes().to_vec()),
            Err(error) => return (frames, without(url, &error)),
        }
    }
}

/// The message without the address, with which it must begin.
fn without(url: &str, error: &SourceError) -> String {
    let text = error.to_string();
    text.strip_prefix(&format!("{}: ", url.split('?').next().unwrap())).unwrap_or_else(|| panic!("{text}")).to_owned()
}

fn jpeg_of(width: u32) -> Vec<u8> {
    let noise = |i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8;
    jpeg::encode_gray(&(0..width * 16).map(noise).collect::<Vec<_>>(), width, 16, 80).unwrap()
}

const OK: &str = "HTTP/1.1 200 OK";
const MIXED: &str = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=frame";

#[test]
fn what_goes_wrong_is_said_in_plain_words() {
    let check = |answer: Vec<u8>, expected: &str| {
        let (frames, why) = all_from(&answering(answer, 1000));
        assert!(frames.is_empty());
        assert!(why.starts_with(expected), "{why}");
    };
    let status = |status: &str, expected: &str| check(answer(&format!("HTTP/1.1 {status}"), b""), expected);
    status("401 No", "it asks for a login (401); write `user:`, and `password_file:` with the name of a file");
    status("403 Forbidden", "it lets nobody see this, or not this user (403 Forbidden)");
    status(
        "404 Not Found",
        "there is nothing at /video (404 Not Found); the camera's manual tells the path of its stream",
    );
    status("418 Teapot", "it answers 418 Teapot");
    status("500 Oops", "it has trouble of its own (500 Oops)");
    status("503 Busy", "it is too busy (503 Busy); do too many watch it?");
    status("302 Found\r\nLocation: https://cam/", "it sends us on to another place: https:// is not spoken here");
    status("301 Moved\r\nLocation: /video", "it sends us from one place to another");
    let typed = |kind: &str, expected: &str| check(answer(&format!("{OK}\r\nContent-Type: {kind}"), b"x"), expected);
    typed("text/html; charset=utf-8", "it gives a web page, not pictures; the stream has an address of its own");
    typed("video/mp4", "it gives video/mp4, not MJPEG; is there an rtsp:// address?");
    typed("application/json", "it gives application/json, not MJPEG or JPEG pictures");
    typed("image/jpeg", "there is no picture in its answer");
    check(b"".into(), "it hung up without an answer");
    check(b"HTTP/1.1 200 OK\r\nContent".into(), "it hung up amid its answer");
    check(b"SSH-2.0-OpenSSH_9.6\r\n".into(), "its answer is not HTTP");
    check(answer(OK, &vec![b' '; 2 << 20]), "what it gives is no MJPEG: 1 MiB came without a picture");
    let endless = format!("{OK}\r\n{}", "X-Y: z\r\n".repeat(10_000));
    check(endless.into_bytes(), "its answer");
    let short = answer(&format!("{OK}\r\nContent-Type: image/jpeg\r\nContent-Length: 9000"), &jpeg_of(32)[..300]);
    check(short, "it hung up amid its answer");
    let cut = answer(MIXED, &[b"--frame\r\n\r\n", &jpeg_of(48)[..700]].concat());
    check(cut, "it ended its stream; the last that came: the JPEG picture is cut short");
}

#[test]
fn a_camera_that_is_not_there_is_said_not_to_be() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let check = |url: &str, expected: &str| {
        let why = all_from(url).1;
        assert!(why.starts_with(expected), "{why}");
    };
    let port = gone.port();
    check(&format!("http://{gone}/?pwd=x"), &format!("nothing listens at port {port} there (connection refused)"));
    check("http://no-such-camera.invalid/", "nobody knows the name `no-such-camera.invalid`");
    let refused = visit_as(&config("https://cam/?pwd=secret")).err().unwrap().to_string();
    assert_eq!(refused, "url: https:// is not spoken here, only http://");
}

#[test]
fn a_camera_is_reached_by_the_newer_numbers_too() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        return println!("skipped: this machine has no IPv6");
    };
    let picture = jpeg_of(32);
    let (url, requests) = serve(listener, move |_, _, stream| {
        use std::io::Write;
        let _ = stream.write_all(&answer(MIXED, &jpeg_of(32)));
    });
    assert_eq!(all_from(&url).0, [picture]);
    assert!(requests.all()[0].contains("Host: [::1]:"));
}

#[test]
fn a_camera_that_falls_silent_or_drips_is_given_up_in_time() {
    use std::io::Write;
    let check = |head: bool, drips: bool, expected: &str| {
        let (url, _) = camera(move |_, _, stream| {
            let _ = stream.write_all(&if head { answer(MIXED, b"--frame\r\n\r\n\xff\xd8\xff\xe0") } else { vec![] });
            while drips && stream.write_all(b"\0").is_ok() {
                SystemClock.wait(Duration::from_millis(5), &Shutdown::new());
            }
            silence(stream);
        });
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let mut http = Http::new(&config(&url), &clock, &Shutdown::new()).unwrap();
        http.patience = Duration::from_millis(200);
        let start = clock.uptime();
        let why = http.next().unwrap_err().to_string();
        assert!(why.ends_with(expected), "{why}");
        assert!(clock.uptime() - start < Duration::from_secs(2));
    };
    check(false, false, "it took our request and has not answered it (0.2 s)");
    check(true, false, "it gave no whole picture (0.2 s)");
    check(true, true, "it gave no whole picture (0.2 s)");
}

#[test]
fn a_camera_that_sends_on_and_on_is_given_up_in_time() {
    use std::io::Write;
    // Each redirection takes its time; all together take too much.
    let (url, requests) = camera(|_, _, stream| {
        SystemClock.wait(Duration::from_millis(120), &Shutdown::new());
        let _ = stream.write_all(&answer("HTTP/1.1 302 Found\r\nLocation: /video", b""));
    });
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut http = Http::new(&config(&url), &clock, &Shutdown::new()).unwrap();
    http.patience = Duration::from_millis(200);
    let why = http.next().unwrap_err().to_string();
    assert!(why.ends_with(" s)"), "{why}");
    assert!(requests.all().len() < 6);
}

#[test]
fn a_stop_is_heard_at_once_wherever_it_comes() {
    use std::io::Write;
    for head in [vec![], answer(MIXED, b"--frame\r\n\r\n\xff\xd8\xff"), answer(OK, &jpeg_of(32))] {
        let (url, requests) = camera(move |_, _, stream| {
            let _ = stream.write_all(&head);
            silence(stream);
        });
        let (clock, shutdown): (Arc<dyn Clock>, _) = (Arc::new(SystemClock), Shutdown::new());
        let stop = shutdown.clone();
        let stopper = thread::spawn(move || {
            while requests.all().is_empty() {
                SystemClock.wait(Duration::from_millis(1), &stop);
            }
            SystemClock.wait(Duration::from_millis(60), &stop);
            stop.request();
            SystemClock.uptime()
        });
        let mut http = Http::new(&config(&url), &clock, &shutdown).unwrap();
        let ended = std::iter::repeat_with(|| http.next()).find_map(Result::err);
        assert_eq!(ended, Some(SourceError::Ended));
        // A tenth of a second, and what a busy machine adds to it.
        assert!(SystemClock.uptime() - stopper.join().unwrap() < Duration::from_millis(400));
    }
}

#[test]
fn a_camera_that_starts_anew_is_seen_again() {
    use std::io::Write;
    let part = |width| [b"--frame\r\nContent-Length: 999\r\n\r\n", &jpeg_of(width)[..]].concat();
    let (url, _) = camera(move |number, _, stream| {
        let _ = match number {
            0 => stream.write_all(&answer(MIXED, &[part(32), part(48)[..400].to_vec()].concat())),
            1 => stream.write_all(b"HTTP/1.1 503 Starting\r\n\r\n"),
            _ => stream.write_all(&answer(MIXED, &[part(48), part(64)].concat())),
        };
    });
    let (clock, shutdown) = (sim(), Shutdown::new());
    let open = {
        let (clock, shutdown) = (clock.clone(), shutdown.clone());
        move || build(&SourceConfig::Http(config(&url)), &clock, &shutdown)
    };
    let mut camera = Supervised::new(Box::new(open), clock, shutdown);
    let mut told = vec![];
    while told.len() < 5 {
        told.push(match camera.next() {
            Next::Waiting => continue,
            Next::Frame(frame) => format!("{} {}", frame.index, frame.picture.size().0),
            Next::Lost(why) => why.split(": ").skip(1).collect::<Vec<_>>().join(": "),
            Next::Back => "back".into(),
            other => panic!("{other:?}"),
        });
    }
    let lost =
        "it ended its stream; the last that came: the JPEG picture is cut short: its data end before the last row";
    assert_eq!(told, ["0 32", lost, "back", "1 48", "2 64"]);
}
