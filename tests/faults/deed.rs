//! What is done in a run, and where.

use rand::{Rng as _, rngs::StdRng};
use serde_json::Value;

use crate::{
    proxy::{Faults, Proxy},
    world::{World, until},
};

/// The vendors that requests that change something go to.
const VENDORS: [&str; 2] = ["github", "pagerduty"];

/// A company of its own, with a proxy before each vendor.
pub struct Place {
    pub world: World,
    proxies: Vec<Proxy>,
}

impl Place {
    pub fn new(faults: Faults) -> Self {
        let world = World::start_at("release-day", "60");
        let mut proxies = Vec::new();
        for vendor in VENDORS {
            let url = world.url(vendor);
            let address = url.strip_prefix("http://").expect("a plain URL");
            let address = address.split('/').next().expect("an authority");
            let proxy = Proxy::start(address, world.data().join("journal.jsonl"), faults);
            world.replace_in_config(
                &format!("http://{address}"),
                &format!("http://{}", proxy.address()),
            );
            proxies.push(proxy);
        }
        Self { world, proxies }
    }

    /// From now on answers go wrong, in a way that the dice choose.
    pub fn break_answers(&self, dice: &mut StdRng) {
        for proxy in &self.proxies {
            proxy.set(Faults::some(dice));
        }
    }

    /// Nothing goes wrong any more.
    pub fn mend(&self) {
        for proxy in &self.proxies {
            proxy.set(Faults::none());
        }
    }

    /// Whether a request that changes something has begun to leave.
    pub fn wrote(&self) -> bool {
        self.proxies.iter().any(|proxy| !proxy.writes().is_empty())
    }

    /// For each request that began to leave, whether the journal's file held
    /// the entry of its being sent.
    pub fn entries_before_requests(&self) -> Vec<bool> {
        self.proxies.iter().flat_map(Proxy::writes).collect()
    }

    /// Requests that change something and that reached a vendor.
    pub fn requests(&self) -> u64 {
        VENDORS
            .iter()
            .map(|vendor| self.world.writes_at(vendor))
            .sum()
    }
}

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Approve,
    RollBack,
    Acknowledge,
}

pub const KINDS: [Kind; 3] = [Kind::Approve, Kind::RollBack, Kind::Acknowledge];

/// What is done, to what.
#[derive(Clone, Debug)]
pub struct Deed {
    pub kind: Kind,
    target: String,
}

impl Deed {
    /// Something of this kind that can be done now.
    pub fn choose(place: &Place, kind: Kind) -> Self {
        let target = match kind {
            Kind::Approve => place.world.waiting().first().cloned().expect("one waits"),
            Kind::RollBack => "checkout".to_owned(),
            Kind::Acknowledge => {
                let mut id = None;
                until("an incident", || {
                    id = triggered(place).first().cloned();
                    id.is_some()
                });
                id.expect("an incident is open")
            }
        };
        Self { kind, target }
    }

    /// The command line that does it.
    pub fn arguments(&self) -> Vec<String> {
        let words: &[&str] = match self.kind {
            Kind::Approve => &["approve", &self.target, "--reason", "green", "--yes"],
            Kind::Acknowledge => &["ack", &self.target, "--yes"],
            Kind::RollBack => &[
                "rollback",
                &self.target,
                "--env",
                "production",
                "--to",
                "4.11.3",
                "--reason",
                "error rate",
                "--confirm",
                "checkout",
            ],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// The command line that sends an operation of this kind again.
    pub fn again(&self, id: &str) -> Vec<String> {
        let mut words = vec!["again", id, "--reason", "once more", "--yes", "--json"];
        if self.kind == Kind::RollBack {
            words.extend(["--confirm", "checkout"]);
        }
        words.into_iter().map(str::to_owned).collect()
    }

    /// Whether it is so at the vendor, in the vendor's own words.
    pub fn is_so(&self, place: &Place) -> bool {
        match self.kind {
            Kind::Approve => !place.world.waiting().contains(&self.target),
            Kind::Acknowledge => !triggered(place).contains(&self.target),
            // The workflow that was dispatched does it, sooner or later.
            Kind::RollBack => place.world.requests("github")["requests"]
                .as_array()
                .expect("a list of requests")
                .iter()
                .any(|request| {
                    request["method"] == "POST"
                        && request["path"]
                            .as_str()
                            .is_some_and(|path| path.ends_with("/dispatches"))
                }),
        }
    }
}

/// Incidents that nobody acknowledged.
fn triggered(place: &Place) -> Vec<String> {
    let said = place.world.run(&["status", "--json"]);
    // Not seeing an incident because a system did not answer is not knowing.
    assert_eq!(
        said.status, 0,
        "status says {:?} and {:?}",
        said.stdout, said.stderr
    );
    let status = said.json();
    let incidents = status["incidents"].as_array().cloned().unwrap_or_default();
    incidents
        .iter()
        .filter(|incident| incident["status"] == "triggered")
        .filter_map(|incident| incident["id"].as_str().map(str::to_owned))
        .collect()
}

/// The operations that the journal knows.
pub fn operations(place: &Place) -> Vec<Value> {
    let said = place.world.run(&["journal", "--json"]);
    assert_eq!(said.status, 0, "{}", said.stderr);
    said.json().as_array().cloned().expect("a list")
}

/// A choice that comes up once in `of` times.
pub fn now_and_then(dice: &mut StdRng, of: u32) -> bool {
    dice.random_range(0..of) == 0
}
