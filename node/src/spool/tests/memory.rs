//! Without a disk.

use picket_common::time::Timestamp;

use super::*;

fn push(spool: &Spool, class: Class, kind: Kind, bytes: usize) {
    super::push(spool, class, kind, vec![7; bytes], &SimClock::new(Timestamp::UNIX_EPOCH));
}

#[test]
fn when_it_is_full_the_least_valuable_goes_first_and_is_counted() {
    let spool = Spool::in_memory(10_000);
    for _ in 0..4 {
        push(&spool, Class::Event, Kind::Event, 500);
        push(&spool, Class::EventFrame, Kind::Image, 1500);
        push(&spool, Class::Continuous, Kind::Image, 1500);
    }
    let left = |class: usize| seqs(&spool, spool.streams()[class]);
    assert_eq!((left(0), left(1), left(2)), (vec![1, 2, 3, 4], vec![3, 4], vec![]));
    let stock = spool.stock();
    assert_eq!((stock.messages, stock.dropped_images, stock.dropped_events), (6, 6, 0));
    for _ in 0..20 {
        push(&spool, Class::Event, Kind::Event, 500);
    }
    assert!(spool.stock().bytes <= 10_000);
    assert_eq!(left(1), Vec::<u64>::new());
    assert_eq!(*left(0).last().unwrap(), 24, "the newest event stays");
    assert_eq!(spool.stock().dropped_events, 24 - left(0).len() as u64);
}

#[test]
fn only_what_is_acknowledged_or_refused_is_removed() {
    let spool = Spool::in_memory(1 << 20);
    for _ in 0..5 {
        push(&spool, Class::Event, Kind::Event, 10);
    }
    let stream = spool.streams()[0];
    spool.acknowledge(stream, 2);
    spool.acknowledge(StreamId(1), 5);
    spool.set_aside(stream, 4);
    spool.set_aside(stream, 4);
    let seqs: Vec<_> = [0, 3, 4, 5].map(|seq| spool.after(stream, seq).map(|item| item.seq)).into();
    assert_eq!(seqs, [Some(3), Some(5), Some(5), None]);
    let stock = spool.stock();
    assert_eq!((stock.messages, stock.refused, stock.disk), (2, 1, None));
    spool.acknowledge(stream, 9);
    assert_eq!((spool.stock().messages, spool.stock().bytes), (0, 0));
}
