//! How far an import is, as a bar on a terminal, and nothing elsewhere.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Drawn so often at most, a second.
const DRAWN: u8 = 10;

/// The bar, or none.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar on standard error if that is a terminal.
    pub fn shown() -> Progress {
        Progress(ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(DRAWN)))
    }

    /// None.
    pub fn hidden() -> Progress {
        Progress(ProgressBar::hidden())
    }

    /// Begins a part of the work that has so many pieces, or nobody knows how many.
    pub(crate) fn begin(&self, what: &'static str, pieces: Option<u64>) {
        let form = match pieces {
            Some(_) => "{msg} {wide_bar} {human_pos}/{human_len}, {eta} to go",
            None => "{msg} {human_pos} {spinner}",
        };
        self.0.set_message(what);
        // A form that the crate does not take, which would be a mistake here, leaves its own.
        self.0.set_style(ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.0.reset();
        match pieces {
            Some(pieces) => self.0.set_length(pieces),
            None => self.0.unset_length(),
        }
        self.0.tick();
    }

    /// So many more pieces are done.
    pub(crate) fn done(&self, pieces: u64) {
        self.0.inc(pieces);
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
