//! How the programs end: what is said of an error, and with which status. 0 done, 1 failed, 2 wrong arguments (said
//! by the argument parser), 64 bad configuration.

use std::io;
use std::process::ExitCode;

use crate::config;

/// `EX_USAGE` of sysexits.h: nothing will get better by starting again.
const BAD_CONFIGURATION: u8 = 64;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0:#}")]
pub struct BadConfig(pub anyhow::Error);

/// Something is wrong, and all that there is to say of it has been said.
#[derive(Debug, thiserror::Error)]
#[error("something is wrong")]
pub struct Told;

/// Says what is wrong on standard error, if anything is, and gives the status.
pub fn status(program: &str, result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    if let Some(BadConfig(error)) = error.downcast_ref() {
        eprintln!("{program}: {}", config::explain(error));
        return ExitCode::from(BAD_CONFIGURATION);
    }
    if error.is::<Told>() {
        return ExitCode::FAILURE;
    }
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("{program}: {error:#}");
    ExitCode::FAILURE
}

/// Whoever read the output has seen enough, as `head` has.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io_errors = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    io_errors.into_iter().any(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
