//! What the journal costs: an append that is on disk when it returns, reading an operation back, following the chain.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use criterion::{Criterion, criterion_group, criterion_main};
use emberline_history::Store;
use jiff::Timestamp;
use operate::{Entry, Journal, OperationId};

const ENTRIES: usize = 10_000;

fn note() -> Entry {
    Entry::Seen { step: 3, note: "3 of 8 replaced: i-0123456789abcdef0 is in service ".repeat(8) }
}

fn append(criterion: &mut Criterion) {
    let operation = OperationId("op-bench".to_owned());
    let (dir, entry) = (tempfile::tempdir().expect("a folder"), note());
    let on_disk = Store::open(dir.path()).expect("a journal");
    let in_memory = Store::in_memory().expect("a journal");
    let mut group = criterion.benchmark_group("append");
    for (name, store) in [("on disk, synced", &on_disk), ("in memory", &in_memory)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| store.append(Some(&operation), Timestamp::UNIX_EPOCH, &entry).expect("an append"));
        });
    }
    group.finish();
}

fn read(criterion: &mut Criterion) {
    let operation = OperationId("op-bench".to_owned());
    let store = Store::in_memory().expect("a journal");
    for _ in 0..ENTRIES {
        store.append(Some(&operation), Timestamp::UNIX_EPOCH, &note()).expect("an append");
    }
    let mut group = criterion.benchmark_group("10,000 entries");
    group.sample_size(20);
    group.bench_function("read, each checked", |bencher| {
        bencher.iter(|| assert_eq!(store.entries(black_box(&operation)).expect("entries").len(), ENTRIES));
    });
    group.bench_function("chain verified", |bencher| {
        bencher.iter(|| assert_eq!(store.verify_chain().expect("a chain").entries, ENTRIES as u64));
    });
    group.bench_function("exported", |bencher| {
        bencher.iter(|| store.export(None, &mut std::io::sink()).expect("an export"));
    });
    group.finish();
}

/// Begin, one entry, end: with its lock file, on disk.
fn operation(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a folder");
    let store = Store::open(dir.path()).expect("a journal");
    let count = AtomicUsize::new(0);
    let ended = Entry::Ended { ending: operate::Ending::Done };
    criterion.bench_function("an operation begun and ended", |bencher| {
        bencher.iter(|| {
            let operation = OperationId(format!("op-{}", count.fetch_add(1, Ordering::Relaxed)));
            let _locked = store.begin(&operation, &["a/b/c".to_owned()]).expect("a free target");
            store.append(Some(&operation), Timestamp::UNIX_EPOCH, &ended).expect("an append");
        });
    });
}

criterion_group!(benches, append, read, operation);
criterion_main!(benches);
