//! What the programs say of themselves: installs the log format, for a terminal or for journald, and
//! a hook that logs panics. Knows no configuration file.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Sends log lines to standard error. `RUST_LOG` overrides the level. Under systemd the journal adds time
/// and severity itself, so that only terminals and plain files get a time stamp.
pub fn install() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let terminal = std::io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(terminal)
        .with_target(false);
    // A second call (in a test) leaves the first one's in place.
    let _ =
        if std::env::var_os("JOURNAL_STREAM").is_some() { lines.without_time().try_init() } else { lines.try_init() };
    std::panic::set_hook(Box::new(|panic| tracing::error!("{panic}")));
}
