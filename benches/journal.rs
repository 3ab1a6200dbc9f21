//! The journal and the cache of the last picture, on a real disk.
//!
//! `cargo bench --bench journal`. An append contains a sync of the lines and
//! one of the head, so its figure is the disk's; `verify` and the cache are
//! the processor's.

#![expect(
    clippy::expect_used,
    reason = "a benchmark that cannot set itself up has to stop"
)]

use std::{path::PathBuf, sync::Arc};

use divan::{Bencher, black_box};
use tminus::{
    domain::{
        Body, Conclusion, Fact, OperationId, OperationState, Origin, Run, RunState, ServiceName,
        SourceId, Text, Timestamp,
    },
    store::{
        Directory, Durability, Journal, cache,
        journal::{Cursor, EntryBody, Verdict, digest},
    },
};

fn main() {
    divan::main();
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_800_000 + second, 0).unwrap_or_default()
}

fn outcome(number: usize) -> EntryBody {
    EntryBody::Outcome {
        operation: OperationId::new(&format!("0192d3c4-0000-7000-8000-{number:012}")),
        state: OperationState::Observed,
        detail: Text::new("the run 8841 of rollback.yml succeeded and 4.11.3 serves"),
        seen: Vec::new(),
    }
}

/// A directory that is removed when the benchmark is over.
struct Place {
    path: PathBuf,
    directory: Arc<Directory>,
}

impl Place {
    fn new() -> Self {
        let path = tempfile::tempdir().expect("a directory").keep();
        let directory = Arc::new(Directory::open(&path).expect("a data directory"));
        Self { path, directory }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// A journal of so many entries, written from the outside in one go by the
/// published format: syncing each would take the disk minutes.
fn journal_of(place: &Place, entries: usize) -> Journal {
    let chain = "0192d3c4-0000-7000-8000-000000000000";
    let mut lines = String::new();
    let (mut start, mut hash) = (0, "0".repeat(64));
    for seq in 1..=entries {
        let body = serde_json::to_string(&outcome(seq)).expect("an entry");
        let at = at(0).to_rfc3339();
        let line = format!(
            r#"{{"v":1,"chain":"{chain}","seq":{seq},"at":"{at}","prev":"{hash}","body":{body}}}"#
        ) + "\n";
        hash = digest(line.as_bytes());
        start = lines.len();
        lines += &line;
    }
    let head = format!(
        r#"{{"v":1,"chain":"{chain}","seq":{entries},"hash":"{hash}","start":{start},"length":{}}}"#,
        lines.len()
    );
    for (name, content) in [("journal.jsonl", &lines), ("journal.head", &head)] {
        place
            .directory
            .replace(name, content.as_bytes(), Durability::Cached)
            .expect("a file");
    }
    let journal = Journal::open(&place.directory);
    let verdict = journal.verify().expect("a journal");
    assert!(matches!(verdict, Verdict::Whole { entries: found, .. } if found == entries as u64));
    journal
}

#[divan::bench]
fn append(bencher: Bencher) {
    let place = Place::new();
    let journal = Journal::open(&place.directory);
    let mut number = 0;
    bencher.bench_local(|| {
        number += 1;
        journal.append(at(0), outcome(number)).expect("an entry")
    });
}

#[divan::bench(args = [1_000, 100_000, 1_000_000], sample_count = 5)]
fn verify(bencher: Bencher, entries: usize) {
    let place = Place::new();
    let journal = journal_of(&place, entries);
    bencher.bench_local(|| black_box(journal.verify()));
}

#[divan::bench(args = [1_000, 100_000], sample_count = 5)]
fn read(bencher: Bencher, entries: usize) {
    let place = Place::new();
    let journal = journal_of(&place, entries);
    bencher.bench_local(|| black_box(journal.read(&mut Cursor::default())));
}

/// 500 services and 10,000 runs.
fn picture() -> Vec<Fact> {
    let source = SourceId::new("github");
    let service = |number: usize| ServiceName::new(&format!("service-{:03}", number % 500));
    let fact = |body| Fact {
        source: source.clone(),
        observed: at(7),
        body,
    };
    let run = |number: usize| Run {
        id: Origin::new(&source, &format!("larkspur/service/runs/{number}")),
        service: service(number),
        number: number as u64,
        attempt: 1,
        workflow: "release".into(),
        title: "Retry the payment when the gateway times out".into(),
        branch: "main".into(),
        commit: "5f2d9c1e8b7a4f6d3c2b1a0e9d8c7b6a5f4e3d2c".into(),
        version: Some("4.12.0".into()),
        environment: None,
        event: "push".into(),
        actor: "ana".into(),
        state: RunState::Done(Conclusion::Success),
        created: at(1),
        started: Some(at(2)),
        updated: at(3),
        url: "https://github.com/larkspur/service/actions/runs/8841".into(),
    };
    (0..500)
        .map(|number| fact(Body::Service(service(number))))
        .chain((0..10_000).map(|number| fact(Body::Run(run(number)))))
        .collect()
}

#[divan::bench]
fn load_picture(bencher: Bencher) {
    let place = Place::new();
    cache::save(&place.directory, cache::Part::First, &picture()).expect("a picture");
    bencher.bench_local(|| black_box(cache::load(&place.directory, cache::Part::First)));
}

#[divan::bench]
fn save_picture(bencher: Bencher) {
    let place = Place::new();
    let facts = picture();
    bencher.bench_local(|| cache::save(&place.directory, cache::Part::First, &facts));
}
