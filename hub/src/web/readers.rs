//! The index, asked by many at once: some connections that are used again and again, on threads that may wait for the
//! disk. Whoever waits for their turn waits where they can be forgotten: nothing is handed to a thread before it is its turn,
//! so that nobody stands behind questions whose askers have gone.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

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
    turns: Arc<Semaphore>,
}

impl Readers {
    pub(super) fn new(data: PathBuf) -> Readers {
        Readers(Arc::new(Pool { data, idle: Mutex::default(), turns: Arc::new(Semaphore::new(MOST)) }))
    }

    /// Asks the index.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Index) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let pool = self.0.clone();
        let answer = self.work(move || {
            let idle = pool.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let index = idle.map_or_else(|| Index::read(&pool.data), Ok)?;
            let answer = question(&index)?;
            pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(index);
            Ok::<T, IndexError>(answer)
        });
        Ok(answer.await??)
    }

    /// Does something else that may wait for the disk, as if it were a question.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        in_turn(&self.0.turns, work).await
    }
}

/// Does what may wait for the disk, or takes much of the machine, when it is its turn. Whoever has asked may go away
/// meanwhile: the turn ends with the work and not with them.
pub(super) async fn in_turn<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let turn = turn(turns).await?;
    let work = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Refusal::broken(&error))
}

/// Does it when it is its turn, on a thread of its own: what is not to wait until the others are done.
pub(super) async fn apart<T: Send + 'static>(
    turns: &Arc<Semaphore>,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refusal> {
    let turn = turn(turns).await?;
    let (tell, told) = oneshot::channel();
    let work = move || {
        let _turn = turn;
        _ = tell.send(work());
    };
    thread::Builder::new().name("web".to_owned()).spawn(work).map_err(|error| Refusal::broken(&error))?;
    told.await.map_err(|error| Refusal::broken(&error))
}

async fn turn(turns: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Refusal> {
    turns.clone().acquire_owned().await.map_err(|error| Refusal::broken(&error))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Condvar, mpsc};

    use super::*;

    #[test]
    fn whoever_goes_away_before_their_turn_leaves_the_queue_and_what_is_apart_does_not_wait_in_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().max_blocking_threads(MOST).build().unwrap();
        runtime.block_on(async {
            let (readers, done) = (Readers::new(PathBuf::new()), Arc::new(AtomicUsize::new(0)));
            let gate = Arc::new((Mutex::new(false), Condvar::new()));
            let ask = || {
                let (readers, done, gate) = (readers.clone(), done.clone(), gate.clone());
                let work = move || {
                    drop(gate.1.wait_while(gate.0.lock().unwrap(), |open| !*open).unwrap());
                    done.fetch_add(1, Ordering::AcqRel);
                };
                tokio::spawn(async move { readers.work(work).await })
            };
            let at_work: Vec<_> = (0..MOST).map(|_| ask()).collect();
            let waiting: Vec<_> = (0..100).map(|_| ask()).collect();
            // Each has its turn or its place in the queue.
            tokio::task::yield_now().await;
            for asked in waiting {
                asked.abort();
                assert!(asked.await.unwrap_err().is_cancelled());
            }
            assert_eq!(apart(&Arc::new(Semaphore::new(1)), || 7).await.unwrap(), 7);
            *gate.0.lock().unwrap() = true;
            gate.1.notify_all();
            for asked in at_work {
                asked.await.unwrap().unwrap();
            }
            assert_eq!(readers.work(|| 7).await.unwrap(), 7);
            assert_eq!(done.load(Ordering::Acquire), MOST, "nothing was done for those who had gone");
        });
    }

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
