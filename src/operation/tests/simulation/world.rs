//! One story: a person, a desk, a disk and a vendor, in one thread and without
//! time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::{
    domain::{OperationId, OperationRecord, OperationState, Text, Timestamp},
    error::{Error, Kind},
    integrations::contract::{Answer, Observation, Precheck},
    operation::{
        Answers, Desk, Draft, Situation,
        machine::{Change, Effect, Input, State, looking_time, step},
        testing::{Fake, Lie, acknowledge, collector, setup},
    },
    store::{Directory, Session, journal::memory::Memory},
};

/// Looks before the time is over.
const LOOKS: u32 = 6;

/// A fault that is built in on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutant {
    None,
    SendsBeforeTheSync,
    IgnoresAFailedSync,
    TakesAnAnswerForTheEffect,
    TakesAStaleReadForTheEnd,
    SendsAgainAfterADrop,
    SendsAgainAtTheStart,
    ForgetsTheUnknownAtTheStart,
    IgnoresThatTheTargetMoved,
    SaysThatNothingLeftAtAHangup,
    TakesTheSameAnewForADeliberateRepeat,
    SendsAgainWhatIsKnown,
}

pub(super) const MUTANTS: [Mutant; 11] = [
    Mutant::SendsBeforeTheSync,
    Mutant::IgnoresAFailedSync,
    Mutant::TakesAnAnswerForTheEffect,
    Mutant::TakesAStaleReadForTheEnd,
    Mutant::SendsAgainAfterADrop,
    Mutant::SendsAgainAtTheStart,
    Mutant::ForgetsTheUnknownAtTheStart,
    Mutant::IgnoresThatTheTargetMoved,
    Mutant::SaysThatNothingLeftAtAHangup,
    Mutant::TakesTheSameAnewForADeliberateRepeat,
    Mutant::SendsAgainWhatIsKnown,
];

/// How a life of the program is cut short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The power fails: nothing more is written.
    Crash,
    /// The link drops: what is under way is written down as it stands.
    Hangup,
}

/// What the person does once the first operation has its outcome or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    Leaves,
    /// Asks for the same anew, as if nothing had been.
    Anew,
    /// Sends that operation again.
    Again,
    /// Sends it again, and then once more.
    AgainAndAgain,
}

/// One story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) lie: Lie,
    pub(super) mutant: Mutant,
    pub(super) moved: bool,
    /// The first life is cut short at this point.
    pub(super) stop: Option<(u32, Stop)>,
    /// And the second at this one, by the power.
    pub(super) crash_again: Option<u32>,
    /// How many bytes that were not synced survive.
    pub(super) torn: usize,
    /// The disk refuses from this write on, until the next start.
    pub(super) disk: Option<u32>,
    /// By how many seconds the clock jumps after the first life.
    pub(super) clock: i64,
    /// What the person does in the end.
    pub(super) then: Then,
    /// That life is cut short by the power at this point.
    pub(super) crash_then: Option<u32>,
}

impl Plan {
    pub(super) fn of(lie: Lie) -> Self {
        Self {
            lie,
            mutant: Mutant::None,
            moved: false,
            stop: None,
            crash_again: None,
            torn: 0,
            disk: None,
            clock: 0,
            then: Then::Leaves,
            crash_then: None,
        }
    }
}

pub(super) struct World {
    pub(super) plan: Plan,
    pub(super) memory: Memory,
    pub(super) fake: Arc<Fake>,
    directory: Directory,
    clock: Arc<AtomicI64>,
    lives: u32,
    /// Points that may pass before the life is cut short, and how.
    left: Option<(u32, Stop)>,
    pub(super) points: u32,
    /// What was shown last of each operation.
    pub(super) shown: BTreeMap<OperationId, OperationRecord>,
    /// The requests that left, by operation.
    pub(super) sent: BTreeMap<OperationId, u32>,
    /// Operations that a person sent again, each by which.
    pub(super) again: BTreeMap<OperationId, OperationId>,
    pub(super) broken: Vec<String>,
}

impl World {
    pub(super) fn new(plan: Plan, place: &std::path::Path) -> Self {
        let fake = Fake::new(plan.lie);
        if plan.moved {
            fake.vendor.lock().unwrap().moved = Some("moved".into());
        }
        Self {
            plan,
            memory: Memory::default(),
            fake,
            directory: Directory::open(place).unwrap(),
            clock: Arc::new(AtomicI64::new(1_763_800_000_000)),
            lives: 0,
            left: plan.stop,
            points: 0,
            shown: BTreeMap::new(),
            sent: BTreeMap::new(),
            again: BTreeMap::new(),
            broken: Vec::new(),
        }
    }

    fn start(&mut self) -> Arc<Desk> {
        self.lives += 1;
        // A session's name is made of the story's, so that stories may share
        // the directory.
        let name = format!("{:p}-{}", Arc::as_ptr(&self.fake), self.lives);
        let _ = self.directory.sub("sessions").unwrap().remove(&name);
        let session = Session::begin(&self.directory, &name);
        let ticks = Arc::clone(&self.clock);
        let mut setup = setup(&self.fake);
        setup.clock = Arc::new(move || {
            Timestamp::from_timestamp_millis(ticks.fetch_add(1, Ordering::SeqCst))
                .unwrap_or_default()
        });
        Desk::with(
            setup,
            None,
            Arc::new(self.memory.journal()),
            Err(Error::new(Kind::Refused, "no notes here")),
            session,
        )
    }

    /// A point at which the power can fail, or the link drop.
    fn point(&mut self) -> Result<(), Stop> {
        self.points += 1;
        match &mut self.left {
            Some((0, how)) => Err(*how),
            Some((left, _)) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn lose_power(&mut self) {
        let torn = self.plan.torn;
        self.memory.with(|platter| platter.lose_power(torn));
    }

    fn show(&mut self, desk: &Desk, id: &OperationId) {
        let (emit, records) = collector();
        desk.show(id, &emit);
        for record in records.lock().unwrap().drain(..) {
            self.shown.insert(record.id.clone(), record);
        }
    }

    fn durable(&self, needle: &str) -> bool {
        self.memory.with(|platter| {
            let bytes = &platter.lines[..platter.durable];
            String::from_utf8_lossy(bytes).contains(needle)
        })
    }

    /// The first byte of the request leaves.
    fn send(&mut self, id: &OperationId) -> Result<Answer, Stop> {
        for kind in ["confirmed", "sent"] {
            let needle = format!("\"kind\":\"{kind}\",\"operation\":\"{id}\"");
            if !self.durable(&needle) {
                self.broken.push(format!("sent without a durable {kind}"));
            }
        }
        if self.plan.moved {
            self.broken
                .push("sent although the target moved".to_owned());
        }
        self.point()?; // no byte left
        *self.sent.entry(id.clone()).or_default() += 1;
        let answer = self.fake.vendor.lock().unwrap().receive();
        self.point()?; // all bytes left, the answer was not read
        Ok(answer)
    }

    /// The driver, without time and without tasks.
    fn drive(&mut self, desk: &Desk, id: &OperationId, first: Input) -> Result<(), Stop> {
        // What was found again may have left long ago.
        let mut sent = first != Input::Begin;
        let driven = self.drive_on(desk, id, first, &mut sent);
        if driven == Err(Stop::Hangup) {
            let sent = sent && self.plan.mutant != Mutant::SaysThatNothingLeftAtAHangup;
            desk.cut_short(id, sent, &[]);
            self.show(desk, id);
        }
        driven
    }

    fn drive_on(
        &mut self,
        desk: &Desk,
        id: &OperationId,
        first: Input,
        sent: &mut bool,
    ) -> Result<(), Stop> {
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
                        *sent = true;
                        if mutant == Mutant::SendsBeforeTheSync {
                            let _ = self.send(id)?;
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
                        let mut answer = self.send(id)?;
                        if mutant == Mutant::SendsAgainAfterADrop
                            && matches!(answer, Answer::Lost(_))
                        {
                            answer = self.send(id)?;
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

    /// A person confirms a draft, and it is carried out.
    fn confirm(&mut self, desk: &Desk, draft: Draft) -> Result<Option<OperationId>, Stop> {
        let Ok(checked) = desk.check(draft, &Situation::default()) else {
            return Ok(None);
        };
        self.point()?;
        let Ok(confirmed) = desk.confirm(&checked, &Answers::default()) else {
            return Ok(None);
        };
        let id = confirmed.id().clone();
        self.show(desk, &id);
        if let Some(before) = desk.known(&id).and_then(|known| known.record.again_of) {
            self.show(desk, &before);
        }
        match self.point() {
            Err(Stop::Hangup) => {
                desk.cut_short(&id, false, &[]);
                self.show(desk, &id);
                return Err(Stop::Hangup);
            }
            other => other?,
        }
        self.drive(desk, &id, Input::Begin)?;
        Ok(Some(id))
    }

    pub(super) fn first_life(&mut self) -> Result<Option<OperationId>, Stop> {
        let desk = self.start();
        self.memory
            .with(|platter| platter.fail_after = self.plan.disk);
        self.confirm(&desk, desk.draft(acknowledge()))
    }

    fn take_stock(&mut self, desk: &Desk) -> Vec<OperationId> {
        let (emit, records) = collector();
        let found = desk.take_stock(&emit).unwrap();
        for record in records.lock().unwrap().drain(..) {
            self.shown.insert(record.id.clone(), record);
        }
        found
    }

    fn next_life(&mut self) -> Result<(), Stop> {
        let desk = self.start();
        self.point()?;
        if self.plan.mutant == Mutant::ForgetsTheUnknownAtTheStart {
            return Ok(());
        }
        for id in self.take_stock(&desk) {
            if self.shown.get(&id).map(|record| record.state) != Some(OperationState::Unknown) {
                self.broken
                    .push("not said to be unknown at once".to_owned());
            }
            self.point()?;
            if self.plan.mutant == Mutant::SendsAgainAtTheStart {
                let _ = self.send(&id)?;
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

    /// What the person does in the end, with a vendor that may have come to
    /// its senses.
    fn last_life(&mut self, first: &OperationId) -> Result<(), Stop> {
        let desk = self.start();
        self.take_stock(&desk);
        let before = desk.known(first).map(|known| known.record.state);
        let requests = self.fake.vendor().requests;
        match self.plan.then {
            Then::Leaves => {}
            Then::Anew => {
                let mut draft = desk.draft(acknowledge());
                if self.plan.mutant == Mutant::TakesTheSameAnewForADeliberateRepeat {
                    draft.again_of = Some(first.clone());
                }
                let made = self.confirm(&desk, draft)?;
                if before == Some(OperationState::Unknown)
                    && (made.is_some() || self.fake.vendor().requests != requests)
                {
                    self.broken
                        .push("the same was done anew while the first was unknown".to_owned());
                }
            }
            Then::Again | Then::AgainAndAgain => {
                let second = self.once_more(&desk, first)?;
                if (before == Some(OperationState::Unknown)) != second.is_some() {
                    self.broken
                        .push(format!("sent again from {before:?}: {second:?}"));
                }
                if self.plan.then == Then::AgainAndAgain && second.is_some() {
                    // The first has its successor: it is not sent a third time,
                    // unless nothing of the second ever left.
                    let state = second
                        .as_ref()
                        .and_then(|id| desk.known(id))
                        .map(|known| known.record.state);
                    let third = self.once_more(&desk, first)?;
                    if state != Some(OperationState::Failed) && third.is_some() {
                        self.broken.push("sent a third time".to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    fn once_more(&mut self, desk: &Desk, first: &OperationId) -> Result<Option<OperationId>, Stop> {
        let draft = match desk.draft_again(first, None) {
            Ok(draft) => draft,
            Err(_) if self.plan.mutant == Mutant::SendsAgainWhatIsKnown => {
                desk.draft(acknowledge())
            }
            Err(_) => return Ok(None),
        };
        let id = draft.id.clone();
        self.again.insert(id, first.clone());
        self.confirm(desk, draft)
    }

    /// Plays the whole story and returns what is wrong with it.
    pub(super) fn play(mut self) -> (Vec<String>, u32) {
        let first = self.first_life();
        let points = self.points;
        if let Err(how) = first {
            self.left = self.plan.crash_again.map(|point| (point, Stop::Crash));
            if how == Stop::Crash {
                self.lose_power();
            }
        } else {
            self.left = None;
        }
        let jump = self.plan.clock * 1_000;
        self.clock.fetch_add(jump, Ordering::SeqCst);
        if first.is_err() || self.plan.disk.is_some() {
            if self.plan.disk.is_some() {
                self.lose_power();
            }
            self.memory.with(|platter| platter.fail_after = None);
            if self.next_life().is_err() {
                self.lose_power();
                self.left = None;
                let _ = self.next_life();
            }
        }
        self.left = None;
        if self.plan.then != Then::Leaves
            && let Some(first) = self.shown.keys().next().cloned()
        {
            self.left = self.plan.crash_then.map(|point| (point, Stop::Crash));
            if self.last_life(&first).is_err() {
                self.lose_power();
                self.left = None;
                let _ = self.next_life();
            }
        }
        self.judge();
        (self.broken, points)
    }
}
