//! Cameras on this machine that do as their scripts say.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the camera was asked, head by head.
#[derive(Clone, Default)]
pub(super) struct Requests(Arc<Mutex<Vec<String>>>);

impl Requests {
    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

/// A camera, and its address with `path`. Each connection brings one request; the script gets its number, its head
/// and the connection, and hangs up by returning.
pub(super) fn camera(script: impl Fn(usize, &str, &mut TcpStream) + Send + 'static) -> (String, Requests) {
    serve(TcpListener::bind("127.0.0.1:0").unwrap(), script)
}

pub(super) fn serve(
    listener: TcpListener,
    script: impl Fn(usize, &str, &mut TcpStream) + Send + 'static,
) -> (String, Requests) {
    let url = format!("http://{}/video", listener.local_addr().unwrap());
    let requests = Requests::default();
    let noted = requests.clone();
    thread::spawn(move || {
        for (number, mut stream) in listener.incoming().flatten().enumerate() {
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let head = head.join("\n");
            noted.0.lock().unwrap().push(head.clone());
            script(number, &head, &mut stream);
        }
    });
    (url, requests)
}

/// One that gives the same answer to everyone, so many bytes at a time.
pub(super) fn answering(answer: Vec<u8>, step: usize) -> String {
    let script = move |_, _: &str, stream: &mut TcpStream| {
        stream.set_nodelay(true).unwrap();
        let _ = answer.chunks(step).try_for_each(|bytes| stream.write_all(bytes));
    };
    camera(script).0
}

/// Waits until the visitor has hung up.
pub(super) fn silence(stream: &mut TcpStream) {
    let _ = std::io::copy(stream, &mut std::io::sink());
}

/// An answer with a head of these lines.
pub(super) fn answer(head: &str, body: &[u8]) -> Vec<u8> {
    [head.as_bytes(), b"\r\n\r\n", body].concat()
}
