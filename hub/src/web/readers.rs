//! The index, asked by many at once: some connections that are used again and again, on threads that may wait for the
//! disk.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::Refusal;
use crate::index::{Index, IndexError};

/// So many questions are answered at the same time; others wait for their turn.
pub(super) const MOST: usize = 8;

/// Connections to the index. Clones are the same.
#[derive(Clone)]
pub(super) struct Readers(Arc<Pool>);

struct Pool {
    data: PathBuf,
    idle: Mutex<Vec<Index>>,
}

impl Readers {
    pub(super) fn new(data: PathBuf) -> Readers {
        Readers(Arc::new(Pool { data, idle: Mutex::default() }))
    }

    /// Asks the index.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let pool = self.0.clone();
        let answer = blocking(move || {
            let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let index = idle.map_or_else(|| Index::read(&pool.data), Ok)?;
            let answer = question(&index)?;
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(index);
            Ok::<T, IndexError>(answer)
        });
        Ok(answer.await??)
    }
}

/// Does what takes much of the machine when it is its turn. Whoever has asked may be gone by then: the turn ends with the
/// work and not with them.
pub(super) async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let turn = turns.clone().acquire_owned().await.map_err(|error| Refusal::broken(&error))?;
    blocking(move || {
        let _turn = turn;
        work()
    })
    .await
}

/// Does what may wait for the disk.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Refusal::broken(&error))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_turn_lasts_as_long_as_its_work_whoever_goes_away() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let turns = Arc::new(Semaphore::new(1));
            let ((begun, has_begun), (go, may_end)) = (mpsc::channel(), mpsc::channel::<()>());
            let work = move || {
                begun.send(()).unwrap();
                may_end.recv().unwrap();
            };
            let asked = turns.clone();
            let first = tokio::spawn(async move { in_turn(&asked, work).await });
            // The work begins on a thread of its own, once the task has asked for it.
            while has_begun.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
            first.abort();
            assert!(first.await.unwrap_err().is_cancelled());
            assert_eq!(turns.available_permits(), 0, "it is still at work");
            go.send(()).unwrap();
            assert_eq!(in_turn(&turns, || 7).await.unwrap(), 7);
        });
    }
}
