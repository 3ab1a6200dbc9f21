//! What must be so after each run, whatever went wrong in it.

use std::fmt;

use rand::rngs::StdRng;
use serde_json::Value;

use crate::{
    deed::{Deed, Place, now_and_then, operations},
    world::Said,
};

/// What happened in all runs.
#[derive(Default)]
pub struct Counts {
    /// Runs whose program did not end by itself.
    pub cut_short: u64,
    /// Requests that reached a vendor.
    pub requests: u64,
    confirmed: u64,
    /// Requests that began to leave.
    left: u64,
    observed: u64,
    failed: u64,
    unknown: u64,
    again: u64,
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} cut short, {} operations confirmed, {} requests left, {} arrived; {} observed, {} failed, \
             {} unknown, {} sent again by a person; none doubled, every chain whole",
            self.cut_short,
            self.confirmed,
            self.left,
            self.requests,
            self.observed,
            self.failed,
            self.unknown,
            self.again,
        )
    }
}

/// Judges a run after its program has ended and nothing goes wrong any more.
pub fn judge(place: &Place, deed: &Deed, dice: &mut StdRng, counts: &mut Counts) {
    let requests = place.requests();
    let records = operations(place);
    assert!(records.len() <= 1, "{records:?}");
    assert!(
        requests <= records.len() as u64,
        "{requests} requests of {} operations: {records:?}",
        records.len()
    );
    let mut state = None;
    if let Some(record) = records.first() {
        let word = record["state"].as_str().expect("a state");
        assert!(is_final(word), "the next start finds it {word}: {record}");
        let id = record["id"].as_str().expect("an id");
        state = Some(looked(place, deed, id, requests));
        assert_eq!(place.requests(), requests, "looking sent something");
    }
    match state.as_deref() {
        None => assert!(
            place.entries_before_requests().is_empty(),
            "a request left without an operation"
        ),
        Some("unknown") => unknown(place, deed, &records[0], requests, dice, counts),
        Some("observed") => counts.observed += 1,
        Some("failed") => counts.failed += 1,
        Some(other) => panic!("it ends as {other}"),
    }
    let left = place.entries_before_requests();
    assert!(
        left.iter().all(|before| *before),
        "a request left before its entry was in the journal"
    );
    assert!(
        left.len() as u64 >= place.requests(),
        "a request that went past the proxy"
    );
    counts.left += left.len() as u64;
    let (arrived, known) = (place.requests(), operations(place));
    assert!(arrived <= known.len() as u64, "{arrived}: {known:?}");
    counts.requests += arrived;
    counts.confirmed += known.len() as u64;
    let verified = place.world.run(&["verify"]);
    assert_eq!(verified.status, 0, "{}{}", verified.stdout, verified.stderr);
}

fn is_final(word: &str) -> bool {
    ["observed", "failed", "unknown"].contains(&word)
}

/// How often a person looks for what may still be on its way.
const LOOKS: u32 = 5;

/// What a look says; it must be so.
fn looked(place: &Place, deed: &Deed, id: &str, requests: u64) -> String {
    let look = || place.world.run(&["look", id, "--wait", "3", "--json"]);
    let state_of = |said: &Said| said.json()["state"].as_str().expect("a state").to_owned();
    let mut said = look();
    for _ in 1..LOOKS {
        if state_of(&said) != "unknown" || !deed.is_so(place) {
            break;
        }
        said = look();
    }
    let (look, state) = (&said, state_of(&said));
    let status = match state.as_str() {
        "observed" => 0,
        "failed" => 1,
        _ => 3,
    };
    assert_eq!(look.status, status, "{}{}", look.stdout, look.stderr);
    match state.as_str() {
        "observed" => assert!(deed.is_so(place), "said to be observed: {}", look.stdout),
        "failed" => assert!(
            requests == 0 || !deed.is_so(place),
            "said to have failed: {}",
            look.stdout
        ),
        _ => assert!(
            !deed.is_so(place),
            "it is so, and a look did not see it: {}",
            look.stdout
        ),
    }
    state
}

/// Nobody knows: it is not done anew, and a person can send it again, once.
fn unknown(
    place: &Place,
    deed: &Deed,
    record: &Value,
    requests: u64,
    dice: &mut StdRng,
    counts: &mut Counts,
) {
    counts.unknown += 1;
    let run = |arguments: &[String]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        place.world.run(&arguments)
    };
    if now_and_then(dice, 2) {
        let anew = run(&deed.arguments());
        assert_eq!(anew.status, 1, "{}{}", anew.stdout, anew.stderr);
        assert_eq!(place.requests(), requests, "done anew while unknown");
    }
    if now_and_then(dice, 2) {
        let id = record["id"].as_str().expect("an id");
        let again = run(&deed.again(id));
        assert_eq!(again.status, 0, "{}{}", again.stdout, again.stderr);
        assert_eq!(again.json()["again_of"], record["id"]);
        assert_eq!(again.json()["state"], "observed");
        assert_eq!(place.requests(), requests + 1);
        assert!(deed.is_so(place));
        let third = run(&deed.again(id));
        assert_eq!(third.status, 1, "{}{}", third.stdout, third.stderr);
        assert_eq!(place.requests(), requests + 1, "sent a third time");
        counts.again += 1;
    }
}
