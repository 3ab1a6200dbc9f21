//! The life of a dangerous act: Draft → Checked → Confirmed → Sent → Observed,
//! Failed or Unknown. Only a [`Confirmed`] value can reach an integration, and
//! only this room can make one.
//!
//! [`Desk`] is the one door:
//!
//! ```text
//! Desk::open(data_dir, Setup { integrations, read_only, arm, policy, actor, people, clock })
//!   draft(intent) / draft_roll_back(service, environment, from, to)   -> Draft
//!   draft_again(&id, service)      one of unknown outcome once more   -> Draft
//!   arm(span) · disarm() · armed() where it may only look until a person arms it
//!   look_closer(&intent, Situation::of(&model, &intent, now), &emit).await  reads what is missing
//!   check(draft, &situation)                                          -> Checked | Refusal
//!   precheck(&checked).await       is the target still as it was seen (reads only)
//!   preview(&checked, reason)      the very request that will be sent
//!   propose(&checked, &Answers)    -> Proposed: where a rule asks for another person (blocks)
//!   open_proposal(file) · draft_of(&opened) · countersign(&checked, …) -> Confirmed: the other person
//!   withdraw(&id) · take_back(&id, file) · proposals()
//!   confirm(&checked, &Answers)    -> Confirmed: its journal entry is durable (blocks on the disk)
//!   carry_out(confirmed, emit).await -> OperationRecord: sent once, then looked for
//!   recover(emit).await            at the start: shows all, reads the unknown ones back
//!   look(&id, limit, emit).await   a person asks to look again
//!   records() · in_flight() · obstacle() · notices() · journal()
//!   change_release(declared, event) · release_events()
//!   change_window(event) · window_log() · own_windows()
//!   new_note · save_note · finish_note · discard_note · shelf
//! ```
//!
//! Intents come from [`intent`], sentences from [`describe()`], the house's own
//! rules from [`rule::judge`], all others from [`policy`], and what happens after
//! the yes is [`machine::step`]. Several services go back together by a [`plan`].

mod again;
mod arming;
pub mod batch;
mod check;
mod closer;
mod confirm;
mod describe;
mod desk;
mod driver;
pub mod intent;
mod ledger;
pub mod machine;
mod people;
pub mod plan;
pub mod policy;
mod propose;
mod recovery;
mod releases;
pub mod rule;
mod situation;
mod stage;
mod states;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod windows;
mod witness;

pub use arming::{LONGEST_ARMING, SHORTEST_ARMING};
pub use check::{Asked, check};
pub use confirm::meets;
pub use describe::{Description, describe};
pub use desk::{Clock, Desk, Emit, Setup};
pub use ledger::same_effect;
pub use people::{Opened, PROPOSAL_HOLDS, People, Proposal, request_digest};
pub use policy::Policy;
pub use propose::Proposed;
pub use rule::{Rule, Verdict};
pub use situation::{ChangeSeen, Situation};
pub use stage::{Answers, Checked, Confirmed, Draft, Refusal, Strength};
pub use windows::OwnLog;

pub use crate::store::journal::Actor;
