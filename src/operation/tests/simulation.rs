//! The machine, the desk and the journal under a vendor that lies, a disk that
//! fails and a power supply that fails at every point, one after the other.
//!
//! Everything runs in one thread in virtual time. A crash keeps what the disk
//! was asked to keep, and a part of what it was not. What is judged is the
//! vendor's true state and the durable bytes, never our own word alone. Eight
//! mutants prove that the judge sees what it must: each has to be caught.

use std::sync::Arc;

use crate::{
    domain::{OperationId, OperationRecord, OperationState, Text},
    error::{Error, Kind},
    integrations::contract::{Answer, Observation, Precheck},
    operation::{
        Answers, Confirmed, Desk, Situation,
        machine::{Change, Effect, Input, State, looking_time, step},
        testing::{Fake, LIES, Lie, acknowledge, collector, setup},
    },
    store::{
        Directory, Session,
        journal::{Cursor, Verdict, memory::Memory},
    },
};

/// Looks before the time is over.
const LOOKS: u32 = 6;

/// A fault that is built in on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutant {
    None,
    SendsBeforeTheSync,
    IgnoresAFailedSync,
    TakesAnAnswerForTheEffect,
    TakesAStaleReadForTheEnd,
    SendsAgainAfterADrop,
    SendsAgainAtTheStart,
    ForgetsTheUnknownAtTheStart,
    IgnoresThatTheTargetMoved,
}

const MUTANTS: [Mutant; 8] = [
    Mutant::SendsBeforeTheSync,
    Mutant::IgnoresAFailedSync,
    Mutant::TakesAnAnswerForTheEffect,
    Mutant::TakesAStaleReadForTheEnd,
    Mutant::SendsAgainAfterADrop,
    Mutant::SendsAgainAtTheStart,
    Mutant::ForgetsTheUnknownAtTheStart,
    Mutant::IgnoresThatTheTargetMoved,
];

/// One story.
#[derive(Clone, Copy, Debug)]
struct Plan {
    lie: Lie,
    mutant: Mutant,
    moved: bool,
    /// The power fails at this point of the first life.
    crash: Option<u32>,
    /// And at this point of the second.
    crash_again: Option<u32>,
    /// How many bytes that were not synced survive.
    torn: usize,
    /// The disk refuses from this write on, until the next start.
    disk: Option<u32>,
}

impl Plan {
    fn of(lie: Lie) -> Self {
        Self {
            lie,
            mutant: Mutant::None,
            moved: false,
            crash: None,
            crash_again: None,
            torn: 0,
            disk: None,
        }
    }
}

/// The power failed.
struct Crash;

struct World {
    plan: Plan,
    memory: Memory,
    fake: Arc<Fake>,
    directory: Directory,
    lives: u32,
    /// Points that may pass before the power fails.
    left: Option<u32>,
    points: u32,
    /// What was shown last.
    shown: Option<OperationRecord>,
    /// Everything that was shown in this life.
    states: Vec<OperationState>,
    broken: Vec<String>,
}

impl World {
    fn new(plan: Plan, place: &std::path::Path) -> Self {
        let fake = Fake::new(plan.lie);
        if plan.moved {
            fake.vendor.lock().unwrap().moved = Some("moved".into());
        }
        Self {
            plan,
            memory: Memory::default(),
            fake,
            directory: Directory::open(place).unwrap(),
            lives: 0,
            left: plan.crash,
            points: 0,
            shown: None,
            states: Vec::new(),
            broken: Vec::new(),
        }
    }

    fn start(&mut self) -> Arc<Desk> {
        self.lives += 1;
        self.states.clear();
        // A session's name is made of the story's, so that stories may share
        // the directory.
        let name = format!("{:p}-{}", Arc::as_ptr(&self.fake), self.lives);
        let _ = self.directory.sub("sessions").unwrap().remove(&name);
        let session = Session::begin(&self.directory, &name);
        Desk::with(
            setup(&self.fake),
            None,
            Arc::new(self.memory.journal()),
            Err(Error::new(Kind::Refused, "no notes here")),
            session,
        )
    }

    /// A point at which the power can fail.
    fn point(&mut self) -> Result<(), Crash> {
        self.points += 1;
        match &mut self.left {
            Some(0) => Err(Crash),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn lose_power(&mut self, next: Option<u32>) {
        let torn = self.plan.torn;
        self.memory.with(|platter| platter.lose_power(torn));
        self.left = next;
    }

    fn show(&mut self, desk: &Desk, id: &OperationId) {
        let (emit, records) = collector();
        desk.show(id, &emit);
        let record = records.lock().unwrap().pop();
        self.states
            .extend(record.as_ref().map(|record| record.state));
        self.shown = record;
    }

    fn durable(&self, needle: &str) -> bool {
        self.memory.with(|platter| {
            let bytes = &platter.lines[..platter.durable];
            String::from_utf8_lossy(bytes).contains(needle)
        })
    }

    /// The first byte of the request leaves.
    fn send(&mut self) -> Result<Answer, Crash> {
        for needle in ["\"kind\":\"confirmed\"", "\"kind\":\"sent\""] {
            if !self.durable(needle) {
                self.broken.push(format!("sent without a durable {needle}"));
            }
        }
        if self.plan.moved {
            self.broken
                .push("sent although the target moved".to_owned());
        }
        self.point()?; // no byte left
        let answer = self.fake.vendor.lock().unwrap().receive();
        self.point()?; // all bytes left, the answer was not read
        Ok(answer)
    }

    /// The driver, without time and without tasks.
    fn drive(&mut self, desk: &Desk, id: &OperationId, first: Input) -> Result<(), Crash> {
        let mutant = self.plan.mutant;
        let mut state = State::Ready {
            limit: looking_time(&acknowledge().act),
        };
        let mut looks = 0;
        let mut input = first;
        loop {
            if mutant == Mutant::IgnoresThatTheTargetMoved
                && let Input::Prechecked(read) = &mut input
            {
                *read = Ok(Precheck::Ready);
            }
            if mutant == Mutant::TakesAStaleReadForTheEnd
                && let Input::Looked(Ok(Observation::Pending(what))) = &mut input
            {
                input = Input::Looked(Ok(Observation::Refuted(what.clone())));
            }
            let claims = mutant == Mutant::TakesAnAnswerForTheEffect
                && matches!(input, Input::Answered(Answer::Accepted { .. }));
            let (next, mut effects) = step(state, input);
            state = next;
            if claims {
                state = State::Ended(OperationState::Observed);
                effects = vec![Effect::Append(Change::Ended {
                    state: OperationState::Observed,
                    detail: "200".into(),
                })];
            }
            let mut reply = None;
            for effect in effects {
                self.point()?;
                match effect {
                    Effect::Append(Change::Sent) => {
                        if mutant == Mutant::SendsBeforeTheSync {
                            let _ = self.send()?;
                        }
                        reply = Some(match desk.write_sent(id, &[]) {
                            Ok(()) => Input::Durable,
                            Err(_) if mutant == Mutant::IgnoresAFailedSync => Input::Durable,
                            Err(error) => Input::NotDurable(Text::from(error.message)),
                        });
                        self.show(desk, id);
                    }
                    Effect::Append(change) => {
                        desk.write_change(id, change, &[]);
                        self.show(desk, id);
                    }
                    Effect::Precheck => {
                        let moved = self.fake.vendor().moved;
                        reply = Some(Input::Prechecked(Ok(
                            moved.map_or(Precheck::Ready, Precheck::Moved)
                        )));
                    }
                    Effect::Send => {
                        let mut answer = self.send()?;
                        if mutant == Mutant::SendsAgainAfterADrop
                            && matches!(answer, Answer::Lost(_))
                        {
                            answer = self.send()?;
                        }
                        reply = Some(Input::Answered(answer));
                    }
                    Effect::Look { .. } => {
                        looks += 1;
                        let seen = self.fake.vendor.lock().unwrap().observe();
                        reply = Some(Input::Looked(seen));
                    }
                    Effect::Pause(_) => {
                        reply = Some(if looks < LOOKS {
                            Input::PauseOver
                        } else {
                            Input::TimeOver
                        });
                    }
                    Effect::Limit(_) | Effect::Show(_) => {}
                }
                self.point()?;
            }
            match reply {
                Some(reply) => input = reply,
                None => return Ok(()),
            }
        }
    }

    fn first_life(&mut self) -> Result<Option<OperationId>, Crash> {
        let desk = self.start();
        let checked = desk
            .check(desk.draft(acknowledge()), &Situation::default())
            .unwrap();
        self.memory
            .with(|platter| platter.fail_after = self.plan.disk);
        self.point()?;
        let confirmed: Confirmed = match desk.confirm(&checked, &Answers::default()) {
            Ok(confirmed) => confirmed,
            Err(_) => return Ok(None),
        };
        self.point()?;
        self.drive(&desk, confirmed.id(), Input::Begin)?;
        Ok(Some(confirmed.id().clone()))
    }

    fn next_life(&mut self) -> Result<(), Crash> {
        let desk = self.start();
        let (emit, records) = collector();
        self.point()?;
        if self.plan.mutant == Mutant::ForgetsTheUnknownAtTheStart {
            return Ok(());
        }
        let found = desk.take_stock(&emit).unwrap();
        self.shown = records.lock().unwrap().last().cloned();
        self.states
            .extend(records.lock().unwrap().iter().map(|record| record.state));
        for id in found {
            if self.shown.as_ref().map(|record| record.state) != Some(OperationState::Unknown) {
                self.broken
                    .push("not said to be unknown at once".to_owned());
            }
            self.point()?;
            if self.plan.mutant == Mutant::SendsAgainAtTheStart {
                let _ = self.send()?;
            }
            let known = desk.known(&id).unwrap();
            let resume = Input::Resume {
                handle: known.handle,
                sent: known.sent,
            };
            self.drive(&desk, &id, resume)?;
        }
        Ok(())
    }

    /// Plays the whole story and returns what is wrong with it.
    fn play(mut self) -> (Vec<String>, u32) {
        let first = self.first_life();
        let points = self.points;
        let crashed = first.is_err();
        if crashed || self.plan.disk.is_some() {
            self.lose_power(self.plan.crash_again);
            self.memory.with(|platter| platter.fail_after = None);
            if self.next_life().is_err() {
                self.lose_power(None);
                let _ = self.next_life();
            }
        }
        self.judge();
        (self.broken, points)
    }

    fn judge(&mut self) {
        let journal = self.memory.journal();
        match journal.verify() {
            Ok(Verdict::Whole { .. }) => {}
            other => self.broken.push(format!("the chain: {other:?}")),
        }
        let entries = journal.read(&mut Cursor::default()).unwrap();
        let confirmed = entries.iter().any(|entry| entry.body.operation().is_some());
        // Everything that can still happen happens now.
        let mut vendor = self.fake.vendor();
        for _ in 0..20 {
            let _ = vendor.observe();
        }
        if vendor.requests > 1 {
            self.broken.push(format!("{} requests", vendor.requests));
        }
        if vendor.requests > 0 && !confirmed {
            self.broken
                .push("a request that no journal knows".to_owned());
        }
        match self.shown.as_ref().map(|record| record.state) {
            None if confirmed => self.broken.push("nothing was shown".to_owned()),
            None => {}
            Some(OperationState::Observed) if vendor.effects == 0 => {
                self.broken
                    .push("said to be observed, but it is not so".to_owned());
            }
            Some(OperationState::Failed) if vendor.effects > 0 => {
                self.broken
                    .push("said to have failed, but it is so".to_owned());
            }
            Some(state) if state.is_final() => {}
            Some(state) => self.broken.push(format!("left as {state:?}")),
        }
    }
}

fn play(plan: Plan, place: &std::path::Path) -> (Vec<String>, u32) {
    World::new(plan, place).play()
}

/// Every story about one vendor: no fault, the disk failing at every write,
/// the power failing at every point, and again at every point of the recovery.
fn stories(base: Plan, place: &std::path::Path) -> Vec<Plan> {
    let (_, points) = play(base, place);
    let mut plans = vec![base];
    plans.extend((0..16).map(|write| Plan {
        disk: Some(write),
        ..base
    }));
    for crash in 0..points {
        for torn in [0, usize::MAX / 2] {
            plans.push(Plan {
                crash: Some(crash),
                torn,
                ..base
            });
        }
        plans.extend((0..10).step_by(2).map(|again| Plan {
            crash: Some(crash),
            crash_again: Some(again),
            torn: 57,
            ..base
        }));
    }
    plans
}

#[test]
fn every_lie_every_failing_write_and_every_crash_ends_in_the_truth() {
    let place = tempfile::tempdir().unwrap();
    let mut count = 0;
    for lie in LIES {
        for moved in [false, true] {
            let base = Plan {
                moved,
                ..Plan::of(lie)
            };
            for plan in stories(base, place.path()) {
                let (broken, _) = play(plan, place.path());
                assert!(broken.is_empty(), "{plan:?}: {broken:?}");
                count += 1;
            }
        }
    }
    assert!(count > 3_000, "only {count} stories");
}

#[test]
fn an_honest_vendor_without_faults_is_observed_and_a_silent_one_is_unknown() {
    let place = tempfile::tempdir().unwrap();
    for (lie, state) in [
        (Lie::Honest, OperationState::Observed),
        (Lie::ActsAndFails, OperationState::Observed),
        (Lie::ActsAndDrops, OperationState::Observed),
        (Lie::ActsTwice, OperationState::Observed),
        (Lie::StaleReads, OperationState::Observed),
        (Lie::ActsLate, OperationState::Observed),
        (Lie::Refuses, OperationState::Failed),
        (Lie::FailsLater, OperationState::Failed),
        (Lie::DropsBefore, OperationState::Unknown),
        (Lie::NeverActs, OperationState::Unknown),
        (Lie::Unreadable, OperationState::Unknown),
    ] {
        let mut world = World::new(Plan::of(lie), place.path());
        assert!(world.first_life().is_ok_and(|id| id.is_some()));
        assert_eq!(world.shown.unwrap().state, state, "{lie:?}");
    }
}

#[test]
fn each_mutant_is_caught() {
    let place = tempfile::tempdir().unwrap();
    for mutant in MUTANTS {
        let caught = LIES.iter().any(|lie| {
            [false, true].into_iter().any(|moved| {
                let base = Plan {
                    moved,
                    ..Plan::of(*lie)
                };
                stories(base, place.path()).into_iter().any(|plan| {
                    let plan = Plan { mutant, ..plan };
                    !play(plan, place.path()).0.is_empty()
                })
            })
        });
        assert!(caught, "{mutant:?} lives");
    }
}
