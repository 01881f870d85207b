//! What comes out of streams of all sorts.

use std::io::Write;

use super::*;

/// Three pictures come out of the answer, whether it comes at once or in small pieces.
fn check(name: &str, answer: Vec<u8>) {
    let expected = [32, 48, 64].map(jpeg_of);
    for step in [7, 1000, answer.len()] {
        let (frames, why) = all_from(&answering(answer.clone(), step));
        assert!(frames == expected, "{name}: {} frames, then {why}", frames.len());
        assert!(why.starts_with("it ended its stream"), "{name}: {why}");
    }
}

/// The stream's body: before each picture what `head` makes of its length, and `last` behind.
fn body(head: impl Fn(usize) -> String, last: &str) -> Vec<u8> {
    let part = |width| [head(jpeg_of(width).len()).as_bytes(), &jpeg_of(width)].concat();
    [part(32), part(48), part(64), last.into()].concat()
}

#[test]
fn three_pictures_come_out_however_the_stream_is_written() {
    let usual = |len: usize| format!("\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len}\r\n\r\n");
    let bare = |_: usize| "\r\n--frame\r\n\r\n".to_owned();
    let last = "\r\n--frame--\r\n";
    check("lengths", answer(MIXED, &body(usual, last)));
    check("no lengths", answer(MIXED, &body(bare, last)));
    check("too long", answer(MIXED, &body(|len| usual(len + 99), last)));
    check("too short", answer(MIXED, &body(|len| usual(len / 2), last)));
    check("absurd lengths", answer(MIXED, &body(|_| usual(usize::MAX), last)));
    check("line feeds", answer(MIXED, &body(|len| usual(len).replace('\r', ""), "\n--frame--\n")));
    check("too many dashes", answer(&MIXED.replace("=f", "=--f"), &body(usual, last)));
    check("no dashes", answer(MIXED, &body(|_| "\r\nframe\r\n\r\n".into(), "")));
    check("quotes", answer(&MIXED.replace("frame", "\"frame\""), &body(usual, last)));
    check("another boundary than said", answer(&MIXED.replace("frame", "other"), &body(usual, last)));
    check("no boundary said", answer(&MIXED.replace("; boundary=frame", ""), &body(usual, last)));
    check("no boundary at all", answer(&MIXED.replace("; boundary=frame", ""), &body(|_| String::new(), "")));
    check("words before and after", answer(MIXED, &[b"Hello.\r\n", &*body(usual, last), b"Good-bye."].concat()));
    check("a length of the whole", answer(&format!("{MIXED}\r\nContent-Length: 5"), &body(usual, last)));
    check("pictures and nothing else", answer(OK, &body(|_| String::new(), "")));
    check("old", answer(&MIXED.replace("1.1", "1.0"), &body(usual, "")));
    check("line feeds in the head", [MIXED.replace('\r', "").as_bytes(), b"\n\n", &body(usual, last)].concat());
    check("a foretaste", [b"HTTP/1.1 100 Continue\r\n\r\n", &*answer(MIXED, &body(usual, last))].concat());
    let cut = |stream: Vec<u8>| [b"--frame\r\n\r\n", &jpeg_of(99)[..500], &stream].concat();
    check("one that broke off", answer(MIXED, &cut(body(usual, last))));
    let text = "--frame\r\nContent-Type: text/plain\r\n\r\nNo signal\r\n";
    check("one that is none", answer(MIXED, &[text.as_bytes(), &body(usual, last)].concat()));
}

#[test]
fn three_pictures_come_out_of_chunks() {
    let body = body(|len| format!("\r\n--frame\r\nContent-Length: {len}\r\n\r\n"), "\r\n--frame--\r\n");
    for size in [1, 100, 1000, 100_000] {
        let chunk = |bytes: &[u8]| [format!("{:X}; x=y\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
        let chunks: Vec<u8> = body.chunks(size).chain([&[][..]]).flat_map(chunk).collect();
        check("chunks", answer(&format!("{MIXED}\r\nTransfer-Encoding: chunked"), &chunks));
    }
}

#[test]
fn pictures_without_an_end_marker_are_given_one() {
    let bare = |width| jpeg_of(width)[..jpeg_of(width).len() - 2].to_vec();
    let parts = [32, 48, 64].map(|width| [b"\r\n--frame\r\n\r\n", &*bare(width)].concat());
    check("no end markers", answer(MIXED, &[&parts.concat(), "\r\n--frame--".as_bytes()].concat()));
    check("nor a last boundary", answer(MIXED, &parts.concat()));
}

#[test]
fn single_pictures_are_asked_for_again_and_again() {
    let check = |kind: &str, framerate: Option<f64>, interval: Duration| {
        let head = format!("{OK}\r\nContent-Type: {kind}\r\nContent-Length: {}", jpeg_of(32).len());
        let url = answering(answer(&head, &jpeg_of(32)), 1000);
        let clock = sim();
        let config = HttpConfig { framerate: framerate.map(Framerate), ..config(&url) };
        let mut source = build(&SourceConfig::Http(config), &clock, &Shutdown::new()).unwrap();
        for index in 0..4 {
            let frame = source.next().unwrap();
            assert_eq!((frame.index, frame.mono), (u64::from(index), interval * index));
            assert_eq!(frame.picture.size(), (32, 16));
        }
    };
    check("image/jpeg", None, Duration::from_secs(1));
    check("image/jpg", Some(4.0), Duration::from_millis(250));
    check("application/octet-stream", Some(0.01), Duration::from_secs(100));
    // Nothing is said of its kind and length, and its end is that of the connection.
    let url = answering(answer(OK, &jpeg_of(32)[..jpeg_of(32).len() - 2]), 1000);
    let mut source = visit_as(&config(&url)).unwrap();
    assert_eq!(source.next().unwrap().picture.bytes(), jpeg_of(32));
    assert_eq!(source.next().unwrap().mono, Duration::from_secs(1));
}

#[test]
fn a_stream_faster_than_the_rate_loses_the_frames_above_it() {
    let url = answering(answer(MIXED, &jpeg_of(32).repeat(50)), 100_000);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let config = HttpConfig { framerate: Some(Framerate(0.01)), ..config(&url) };
    let mut source = build(&SourceConfig::Http(config), &clock, &Shutdown::new()).unwrap();
    assert_eq!(source.next().unwrap().index, 0);
    assert!(source.next().unwrap_err().to_string().ends_with("it ended its stream"));
}

#[test]
fn pictures_that_broke_off_are_counted() {
    let cut = [b"\r\n--frame\r\n\r\n", &jpeg_of(99)[..500]].concat();
    let whole = body(|_| "\r\n--frame\r\n\r\n".to_owned(), "\r\n--frame--\r\n");
    let url = answering(answer(MIXED, &[&cut[..], &cut, &whole].concat()), 1000);
    let mut source = visit_as(&config(&url)).unwrap();
    assert_eq!(source.missed(), 0);
    assert_eq!(source.next().unwrap().picture.bytes(), jpeg_of(32));
    assert_eq!(source.missed(), 2);
}

/// With `-listen`, ffmpeg is a server of its own kind: chunks, and no word of what is in them.
#[test]
fn the_stream_of_another_server_is_understood() {
    // Not where the other tests' cameras are, one of which might take the port in between.
    let address = TcpListener::bind("127.0.0.2:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}/video");
    let mut server = std::process::Command::new("ffmpeg")
        .args(["-v", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=50", "-t", "5"])
        .args(["-c:v", "mjpeg", "-huffman", "default", "-f", "mpjpeg", "-listen", "1", &url])
        .spawn()
        .expect("these tests need ffmpeg: sudo apt-get install ffmpeg");
    let open = || {
        SystemClock.wait(Duration::from_millis(20), &Shutdown::new());
        visit_as(&config(&url)).ok()
    };
    let mut source = (0..1000).find_map(|_| open()).unwrap();
    let frames: Vec<_> = (0..5).map(|_| source.next().unwrap()).collect();
    server.kill().unwrap();
    server.wait().unwrap();
    for frame in &frames {
        assert_eq!(jpeg::decode_bgr(frame.picture.bytes()).map(|bgr| (bgr.width, bgr.height)), Ok((160, 120)));
    }
    assert_ne!(frames[0].picture, frames[4].picture);
}

#[test]
fn frames_bear_the_time_at_which_they_were_whole() {
    let (url, _) = camera(|_, _, stream| {
        let _ = stream.write_all(&answer(MIXED, &jpeg_of(32)));
        silence(stream);
    });
    let clock = sim();
    let mut source = build(&SourceConfig::Http(config(&url)), &clock, &Shutdown::new()).unwrap();
    assert!(!clock.wait(Duration::from_secs(5), &Shutdown::new()));
    let frame = source.next().unwrap();
    assert_eq!((frame.at, frame.mono), (clock.now(), Duration::from_secs(5)));
}

#[test]
fn redirections_are_followed() {
    for location in ["/elsewhere", "elsewhere", "//HOST/elsewhere", "http://HOST/elsewhere#x"] {
        let (url, requests) = camera(move |number, head, stream| {
            let host = head.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap();
            let location = location.replace("HOST", host);
            let _ = match number {
                0 => stream.write_all(&answer(&format!("HTTP/1.1 302 Found\r\nLocation: {location}"), b"")),
                _ => stream.write_all(&answer(MIXED, &jpeg_of(32))),
            };
        });
        assert_eq!(all_from(&url).0, [jpeg_of(32)]);
        assert!(requests.all()[1].starts_with("GET /elsewhere HTTP/1.1"));
    }
}
