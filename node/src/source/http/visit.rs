//! Asking a camera for its pictures: one request after the other, along redirections and logins, until there is an
//! answer with something in it or a reason why not, in plain words.

use std::time::Duration;

use picket_common::shutdown::Shutdown;
use picket_common::time::{Clock, SystemClock};

use super::address::Address;
use super::body::Body;
use super::head::Head;
use super::proof::Proof;
use crate::link::{Gap, Link};
use crate::source::SourceError;

/// Requests until the answer; redirections and logins need some.
const MOST_REQUESTS: usize = 8;

/// The answer's head and body. The camera may take `patience` to be reached, and again to answer; all
/// requests together, twice that.
pub(super) fn visit(
    start: &Address,
    mut proof: Option<&mut Proof>,
    patience: Duration,
    shutdown: &Shutdown,
) -> Result<(Head, Body), SourceError> {
    let mut address = start.clone();
    let mut has_answered = false;
    let end = SystemClock.uptime() + patience * 2;
    for _ in 0..MOST_REQUESTS {
        // A login is for the camera that it was given for.
        let mut proof = proof.as_deref_mut().filter(|_| address.host.eq_ignore_ascii_case(&start.host));
        let elsewhere = if address == *start { String::new() } else { format!(" (sent on to {address})") };
        let lost = |what: String| SourceError::Lost(format!("{what}{elsewhere}"));
        let field = match proof {
            Some(ref mut proof) => proof.field(&address.target).map_err(lost)?,
            None => None,
        };
        let patience = patience.min(end.saturating_sub(SystemClock.uptime()) / 2);
        let (head, body) = ask(&address, field, patience, shutdown).map_err(|error| match error {
            SourceError::Lost(what) => lost(what),
            other => other,
        })?;
        match head.status {
            200..=299 => return Ok((head, body)),
            301 | 302 | 303 | 307 | 308 => {
                let to = head.get("Location").unwrap_or_default();
                address = address.join(to).map_err(|why| lost(format!("it sends us on to another place: {why}")))?;
            }
            401 => {
                let proof = proof.as_mut().ok_or_else(|| {
                    lost(
                        "it asks for a login (401); write `user:`, and `password_file:` with the name of a file".into(),
                    )
                })?;
                let is_stale = proof.hear(&head).map_err(lost)?;
                if has_answered && !is_stale {
                    return Err(lost("it refuses the user or the password (401)".into()));
                }
                has_answered = true;
            }
            _ => return Err(lost(refusal(&head, &address))),
        }
    }
    Err(SourceError::Lost("it sends us from one place to another, or asks for the login again and again".into()))
}

/// One request, and the head of its answer.
fn ask(
    address: &Address,
    proof: Option<String>,
    patience: Duration,
    shutdown: &Shutdown,
) -> Result<(Head, Body), SourceError> {
    let away = |gap: Gap| gap.told("it cannot be reached; is it switched on, and in this network?", patience);
    let silent = |gap: Gap| gap.told("it took our request and has not answered it", patience);
    let proof = proof.map_or(String::new(), |proof| format!("Authorization: {proof}\r\n"));
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: picket-node/{}\r\n\
         Accept: multipart/x-mixed-replace, image/jpeg, */*\r\n{proof}Connection: close\r\n\r\n",
        address.target,
        address.host_header(),
        env!("CARGO_PKG_VERSION"),
    );
    let mut link = Link::open(&address.host, address.port, patience, shutdown).map_err(away)?;
    link.wait_for(patience);
    link.send(request.as_bytes()).map_err(silent)?;
    let (head, come) = Head::read(&mut link).map_err(silent)?;
    let body = Body::new(&head, link, come);
    Ok((head, body))
}

fn refusal(head: &Head, address: &Address) -> String {
    let status = head.status_line();
    match head.status {
        403 => format!("it lets nobody see this, or not this user ({status})"),
        404 | 410 => format!(
            "there is nothing at {} ({status}); the camera's manual tells the path of its stream",
            address.path()
        ),
        407 => format!("a proxy stands before it ({status})"),
        503 => format!("it is too busy ({status}); do too many watch it?"),
        500.. => format!("it has trouble of its own ({status})"),
        _ => format!("it answers {status}"),
    }
}
