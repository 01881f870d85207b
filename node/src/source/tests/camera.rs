//! A network camera for one visitor: an RTSP server (RFC 2326) that asks for a password, with an ffmpeg
//! behind it that makes the pictures; and what the `rtsp` source makes of it.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::Path;
use std::process::{Child, Stdio};
use std::thread;

use super::*;

const USER: &str = "jo";
const PASSWORD: &str = "p@ss/w:rd 'x'%";
/// `jo:p@ss/w:rd 'x'%` in base 64.
const PROOF: &str = "Authorization: Basic am86cEBzcy93OnJkICd4JyU=";

/// Its address. It plays for `packets` packets and then falls silent, or hangs up.
fn camera(folder: &TempDir, packets: usize, hangs_up: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let folder = folder.path().to_owned();
    thread::spawn(move || {
        // Those without the password are turned away, and may come again on the same connection.
        for stream in listener.incoming().flatten() {
            if serve(&stream, &folder, packets) && !hangs_up {
                // Silence, until the visitor hangs up.
                let _ = std::io::copy(&mut &stream, &mut std::io::sink());
            }
        }
    });
    format!("rtsp://{address}/garden")
}

/// Answers until PLAY, then plays; `false` when the visitor went before that.
fn serve(stream: &TcpStream, folder: &Path, packets: usize) -> bool {
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    loop {
        let request: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
        let Some(first) = request.first() else { return false };
        let cseq = request.iter().find(|line| line.starts_with("CSeq")).cloned().unwrap_or_default();
        let is_known = request.iter().any(|line| line == PROOF);
        let (status, head, body) = match first.split(' ').next() {
            Some("OPTIONS") => ("200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN", String::new()),
            _ if !is_known => ("401 Unauthorized", "WWW-Authenticate: Basic realm=\"camera\"", String::new()),
            Some("DESCRIBE") => ("200 OK", "Content-Type: application/sdp", sdp()),
            Some("SETUP") => ("200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1", String::new()),
            _ => ("200 OK", "Session: 1", String::new()),
        };
        let answer = format!("RTSP/1.0 {status}\r\n{cseq}\r\n{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        if (&*stream).write_all(answer.as_bytes()).is_err() {
            return false;
        }
        if first.starts_with("PLAY") {
            return play(stream, &udp, folder, packets);
        }
    }
}

/// One stream of MJPEG, which has a number of its own in RTP (RFC 3551).
fn sdp() -> String {
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=garden\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n".into()
}

/// Each RTP packet, as the encoder sends it, goes into the connection with four bytes before it.
fn play(mut stream: &TcpStream, udp: &UdpSocket, folder: &Path, packets: usize) -> bool {
    let mut encoder = encoder(udp.local_addr().unwrap().port(), folder);
    let mut packet = vec![0; 65_536];
    for _ in 0..packets {
        let Ok(len) = udp.recv(&mut packet) else { break };
        let [high, low] = (len as u16).to_be_bytes();
        if stream.write_all(&[&[b'$', 0, high, low], &packet[..len]].concat()).is_err() {
            break;
        }
    }
    let _ = encoder.kill();
    let _ = encoder.wait();
    true
}

fn encoder(port: u16, folder: &Path) -> Child {
    Command::new("ffmpeg")
        .args(["-v", "quiet", "-re", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=20"])
        .args(["-c:v", "mjpeg", "-huffman", "default", "-pix_fmt", "yuvj420p", "-f", "rtp"])
        .arg(format!("rtp://127.0.0.1:{port}?pkt_size=1200"))
        .current_dir(folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

fn config(folder: &TempDir, url: String, password: &str) -> SourceConfig {
    let password_file = folder.path().join("password");
    std::fs::write(&password_file, format!("{password}\n")).unwrap();
    SourceConfig::Rtsp {
        url,
        user: Some(USER.into()),
        password_file: Some(password_file),
        resolution: None,
        framerate: None,
    }
}

fn visit(config: &SourceConfig) -> Result<Box<dyn Source>, SourceError> {
    build(config, &(Arc::new(SystemClock) as Arc<dyn Clock>), &Shutdown::new())
}

/// What anyone on this machine can see of the programs that run.
fn list_of_processes() -> String {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let lines = entries.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[test]
fn a_network_camera_is_seen_with_its_password_and_nobody_else_sees_that() {
    let folder = folder();
    // Enough of them to be there still when a busy machine looks at its programs.
    let config = config(&folder, camera(&folder, 300, true), PASSWORD);
    let mut source = visit(&config).unwrap();
    let frame = source.next().unwrap();
    assert_eq!(frame.picture.size(), (160, 120));
    assert!(luma(&frame, 80, 5) > 0);
    let processes = list_of_processes();
    assert!(processes.contains("pipe:0"), "ours is among them");
    assert!(!processes.contains("p%40ss") && !processes.contains("p@ss"));

    let lost = loop {
        match source.next() {
            Ok(_) => {}
            Err(error) => break error.to_string(),
        }
    };
    assert!(lost.starts_with("ffmpeg ended"), "a camera that hangs up is lost, not ended: {lost}");
}

#[test]
fn a_wrong_password_is_said_to_be_and_not_shown() {
    let folder = folder();
    let wrong = "wr@ng-p@ssword";
    let error = visit(&config(&folder, camera(&folder, 60, true), wrong)).err().unwrap().to_string();
    assert!(error.contains("401 Unauthorized"), "{error}");
    assert!(!error.contains("wr%40ng") && !error.contains(wrong), "{error}");
    let refused = visit(&config(&folder, "rtsp://127.0.0.1:1/x".into(), wrong)).err().unwrap().to_string();
    assert!(refused.contains("Connection refused"), "{refused}");
    assert!(!refused.contains("wr%40ng") && !refused.contains(wrong), "{refused}");
}

#[test]
fn addresses_that_are_not_rtsp_are_refused_without_being_repeated() {
    for url in ["http://jo:secret@cam/1", "rtsp://jo:secret@cam/\nfile '/etc/passwd'", "/dev/video0"] {
        let error = visit(&config(&folder(), url.into(), "secret")).err().unwrap().to_string();
        assert_eq!(error, "url: it must begin with rtsp:// or rtsps://, and hold no spaces");
    }
}
