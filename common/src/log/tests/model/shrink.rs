//! Leaves out steps of a round that fails, as long as it still fails. Knows nothing of logs.

use std::sync::{Arc, Mutex, PoisonError};

/// What the shortest round says that could be found; `fails` gives what one says that fails.
pub(super) fn shrunk(mut steps: Vec<u64>, fails: impl Fn(&[u64]) -> Option<String>) -> String {
    quietly(|| {
        let mut told = String::new();
        let mut chunk = steps.len();
        while chunk > 0 {
            let mut from = 0;
            while from < steps.len() {
                let without = [&steps[..from], &steps[(from + chunk).min(steps.len())..]].concat();
                match fails(&without) {
                    Some(words) => (steps, told) = (without, words),
                    None => from += chunk,
                }
            }
            chunk /= 2;
        }
        told
    })
}

/// Without the messages of this thread's panics, but for the last, of the shortest round.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (before, mine) = (std::panic::take_hook(), std::thread::current().id());
    let before = Arc::new(before);
    let others = before.clone();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() != mine {
            others(info);
        }
    }));
    let done = work();
    std::panic::set_hook(Box::new(move |info| before(info)));
    done
}
