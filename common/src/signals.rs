//! SIGTERM and Ctrl-C as a wish to stop. Knows only the [`Shutdown`] token.

use std::io;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::shutdown::Shutdown;

/// Requests `shutdown` on SIGTERM or SIGINT. A second signal ends the process at once, for a stop that hangs.
pub fn request_on_signal(shutdown: &Shutdown) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    let shutdown = shutdown.clone();
    let listen = move || {
        for signal in signals.forever() {
            if shutdown.is_requested() {
                // The default is to end the process; nothing is left to be done if even that fails.
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            shutdown.request();
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(listen).map(drop)
}
