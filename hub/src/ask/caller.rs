//! The program's end of the local socket: `picket-hub ask`.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use picket_common::time::Clock;

use super::{Answer, Ask, MAX_LINE, place};
use crate::line;

/// Longer than the hub takes for any answer, with another caller before this one.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Asks the hub that is running over `data`, and says what became of it.
///
/// # Errors
/// The node was not asked, and why.
pub fn call(data: &Path, ask: &Ask, clock: &dyn Clock, out: &mut dyn Write) -> Result<()> {
    let stream = connect(data)?;
    let answer = converse(&stream, ask, clock).context("the hub did not answer; its log tells more")?;
    match answer {
        Answer::Asked { several } => {
            writeln!(out, "{ask}")?;
            if several {
                writeln!(out, "several machines call themselves {}; the one that connected last was asked", ask.node)?;
            }
            Ok(())
        }
        Answer::Refused(reason) => bail!(line::one_line(&reason)),
    }
}

pub(super) fn connect(data: &Path) -> Result<UnixStream> {
    place::with_path(data, |path| UnixStream::connect(path)).map_err(|error| {
        let data = data.display();
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => anyhow::anyhow!(
                "no hub is running that stores in {data}; start it with `picket-hub run`, or name the data directory \
                 of the one that runs with --data DIR, or its file with --config FILE"
            ),
            io::ErrorKind::PermissionDenied => anyhow::anyhow!(
                "the hub that stores in {data} takes commands from its own user and from root only; try sudo"
            ),
            _ => anyhow::anyhow!("cannot reach the hub that stores in {data}: {error}"),
        }
    })
}

fn converse(mut stream: &UnixStream, ask: &Ask, clock: &dyn Clock) -> io::Result<Answer> {
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = serde_json::to_vec(ask)?;
    line.push(b'\n');
    stream.write_all(&line)?;
    let (answer, _) = place::read_line(stream, MAX_LINE, PATIENCE, clock)?;
    Ok(serde_json::from_slice(&answer)?)
}
