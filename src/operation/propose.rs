//! Proposing an operation to a second person, taking that back, agreeing to
//! what somebody else proposed, and looking for what became of it.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::TimeDelta;
use tokio::time::timeout;

use super::{
    confirm::meets,
    desk::{Desk, Emit},
    driver::{PATIENCE, blocking},
    ledger::Known,
    people::{self, Opened, PROPOSAL_HOLDS, Proposal, request_digest},
    stage::{Answers, Checked, Confirmed, Draft},
};
use crate::{
    domain::{OperationId, OperationRecord, OperationState, Text},
    error::{Error, Kind},
    integrations::contract::{Observation, Observe, Tape},
    store::{Directory, Durability, journal::EntryBody},
};

/// Where the files for the other person are, in the data directory.
const PLACE: &str = "proposals";
/// How long after the end of a proposal its effect may still come.
const GRACE: TimeDelta = TimeDelta::minutes(15);

/// An operation that waits for a second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Identity.
    pub id: OperationId,
    /// The file that the other person needs.
    pub file: PathBuf,
    /// Until when it is good, for people.
    pub until: Text,
}

impl Desk {
    /// Writes down that a person wants an operation that needs another
    /// person, signs it, and makes the file for that person. Nothing is sent,
    /// and nothing will be by this tminus. It waits for the disk and for the
    /// key, so call it where that may block.
    ///
    /// # Errors
    /// When a name or a reason is missing, there is no key, the same is under
    /// way or proposed, or the entry could not be made durable.
    pub fn propose(&self, checked: &Checked, answers: &Answers) -> Result<Proposed, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        self.people().signer()?;
        let (mut confirmation, request) = self.confirmation(checked, answers)?;
        let at = self.now();
        let proposal = Proposal {
            confirmation: confirmation.clone(),
            at,
            expires: at + PROPOSAL_HOLDS,
            request_sha256: request_digest(&request),
        };
        let (file, record) = people::seal(&proposal, self.people())?;
        confirmation.proposal = Some(record);
        let (id, intent) = (confirmation.operation.clone(), confirmation.intent.clone());
        let again_of = confirmation.again_of.clone();
        self.keep_policy(checked.policy.as_ref(), checked.told.as_deref())?;
        let body = EntryBody::Proposed(Box::new(confirmation));
        self.write_when(body, |ledger| {
            ledger
                .allows(&id, &intent, again_of.as_ref(), at)
                .map_err(|why| refused(&why))
        })?;
        let path = self.write_proposal(&id, "json", &file)?;
        self.remark_proposed(&id);
        Ok(Proposed {
            id,
            file: path,
            until: Text::from(proposal.expires.format("%Y-%m-%d %H:%MZ").to_string()),
        })
    }

    /// Takes a proposal back. Whoever has the file could still carry it out
    /// until it expires; the record says so.
    ///
    /// # Errors
    /// When no such proposal waits, or the entry could not be made durable.
    pub fn withdraw(&self, id: &OperationId) -> Result<OperationRecord, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        let expires = self
            .waiting(id)
            .and_then(|known| known.expires)
            .ok_or_else(|| no_proposal(id))?;
        let body = EntryBody::Withdrawn {
            operation: id.clone(),
            actor: self.actor().clone(),
            detail: Text::from(format!(
                "withdrawn by {}; a copy of the file stays good until {}",
                self.actor().sentence(),
                expires.format("%Y-%m-%d %H:%MZ")
            )),
        };
        self.write_when(body, |ledger| match ledger.get(id) {
            Some(known) if known.record.state == OperationState::Proposed => Ok(()),
            _ => Err(no_proposal(id)),
        })?;
        if let Some(directory) = self.directory()
            && let Some(place) = directory.existing(PLACE)?
        {
            place.remove(&name(id, "json"))?;
        }
        self.known(id)
            .map(|known| known.record)
            .ok_or_else(|| no_proposal(id))
    }

    /// Reads somebody's proposal: their signature, that it is still good, that
    /// this person is another one, and that it was not carried out here.
    ///
    /// # Errors
    /// Why it cannot be countersigned.
    pub fn open_proposal(&self, bytes: &[u8]) -> Result<Opened, Error> {
        let opened = people::open(bytes, self.people(), self.actor(), self.now())?;
        let id = &opened.proposal.confirmation.operation;
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        match ledger.get(id) {
            Some(known) => Err(already(known)),
            None => Ok(opened),
        }
    }

    /// The draft of what was proposed, to be checked afresh against what this
    /// person's tminus knows.
    #[must_use]
    pub fn draft_of(&self, opened: &Opened) -> Draft {
        let confirmation = &opened.proposal.confirmation;
        Draft {
            id: confirmation.operation.clone(),
            intent: confirmation.intent.clone(),
            again_of: confirmation.again_of.clone(),
            plan: confirmation.plan.clone(),
        }
    }

    /// Agrees to a proposal. `claim` gets the file with both signatures before
    /// anything is written down; when it says no, nothing is. Afterwards the
    /// operation is confirmed as any other, and carried out by
    /// [`Desk::carry_out`]. `reason` is this person's own.
    ///
    /// # Errors
    /// When the request would be another one, a name is missing, the proposal
    /// was carried out here, or the entry could not be made durable.
    pub fn countersign(
        &self,
        checked: &Checked,
        answers: &Answers,
        opened: &Opened,
        reason: &str,
        claim: impl FnOnce(&[u8]) -> Result<(), Error>,
    ) -> Result<Confirmed, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        let proposal = &opened.proposal;
        // The proposer's reason is part of the request.
        let answers = Answers {
            reason: proposal.confirmation.intent.reason.to_string(),
            ..answers.clone()
        };
        meets(checked, &answers)?;
        let (mut confirmation, request) = self.confirmation(checked, &answers)?;
        if confirmation.operation != proposal.confirmation.operation
            || confirmation.intent != proposal.confirmation.intent
        {
            return Err(refused("it is not what was proposed"));
        }
        if request_digest(&request) != proposal.request_sha256 {
            return Err(refused(
                "your tminus would send another request than the one that was signed",
            )
            .hint("compare the URL of the integration and the service's settings"));
        }
        if self.now() >= proposal.expires {
            return Err(refused("the proposal has just expired"));
        }
        let (file, second) =
            people::countersign(opened, self.people(), self.actor(), self.now(), reason)?;
        self.keep_policy(checked.policy.as_ref(), checked.told.as_deref())?;
        claim(&file)?;
        confirmation.second = Some(second);
        confirmation.proposal = Some(opened.record()?);
        let confirmed = self.enter(confirmation, request, checked.at)?;
        // The proof is in the journal; the file is for others.
        let _ = self.write_proposal(confirmed.id(), "countersigned.json", &file);
        Ok(confirmed)
    }

    /// Takes a file over that came back from the other person.
    ///
    /// # Errors
    /// When it is not of a proposal that waits here, or not countersigned by
    /// somebody who may.
    pub fn take_back(&self, id: &OperationId, bytes: &[u8]) -> Result<Text, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        let known = self.waiting(id).ok_or_else(|| no_proposal(id))?;
        let record = known.proposal.as_ref().ok_or_else(|| no_proposal(id))?;
        let who = people::countersigner(bytes, record, self.people(), self.now())?;
        self.write_proposal(id, "countersigned.json", bytes)?;
        Ok(who)
    }

    /// The proposals that wait, their ids.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn proposals(&self) -> Result<Vec<OperationId>, Error> {
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger)?;
        Ok(ledger
            .all()
            .filter(|known| known.record.state == OperationState::Proposed)
            .map(|known| known.record.id.clone())
            .collect())
    }

    /// Looks once whether somebody carried a proposal out. Nothing is sent.
    pub(super) async fn look_at_proposal(
        self: &Arc<Self>,
        known: Known,
        emit: Emit,
    ) -> Result<OperationRecord, Error> {
        let id = known.record.id.clone();
        let target = Observe {
            id: id.clone(),
            intent: known.record.intent.clone(),
            since: known.since,
            handle: Text::default(),
        };
        let tape = Tape::default();
        let seen = match self.integration(&target.intent.source) {
            Some(integration) => {
                let looked = tape.record(timeout(PATIENCE, integration.observe(&target)));
                looked.await.ok().and_then(Result::ok)
            }
            None => None,
        };
        let now = self.now();
        let who = self.who_countersigned(&known);
        let over = known.expires.is_none_or(|expires| now >= expires + GRACE);
        let ended = match seen {
            Some(Observation::Done(proof)) => Some((
                OperationState::Observed,
                match &who {
                    Some(who) => format!("{proof}, by {who} (countersigned)"),
                    None => format!(
                        "{proof}; who let it happen is not known here, because no countersigned \
                         file came back"
                    ),
                },
            )),
            Some(Observation::Refuted(why)) => Some((OperationState::Failed, why.to_string())),
            Some(Observation::Pending(_)) if over && who.is_none() => Some((
                OperationState::Failed,
                "nobody countersigned it in time; this tminus sent nothing".to_owned(),
            )),
            Some(Observation::Pending(what)) if over => Some((
                OperationState::Unknown,
                format!("it was countersigned, and its effect is not seen: {what}"),
            )),
            Some(Observation::Pending(_)) | None => None,
        };
        if let Some((state, detail)) = ended {
            let (desk, operation, seen) = (Arc::clone(self), id.clone(), tape.last());
            blocking(move || {
                let looking_only = desk.obstacle().is_some();
                let body = EntryBody::Outcome {
                    operation: operation.clone(),
                    state,
                    detail: Text::from(detail),
                    seen: if looking_only {
                        Vec::new()
                    } else {
                        desk.keep(&seen)
                    },
                };
                if looking_only {
                    desk.apply_unwritten(&body);
                } else {
                    // Another tminus of this person may have seen it first;
                    // then that is what is shown.
                    let _ = desk.write_when(body, |ledger| match ledger.get(&operation) {
                        Some(known) if known.record.state == OperationState::Proposed => Ok(()),
                        _ => Err(no_proposal(&operation)),
                    });
                }
                Ok(())
            })
            .await?;
        } else {
            self.remark_proposed(&id);
        }
        self.show(&id, &emit);
        self.known(&id)
            .map(|known| known.record)
            .ok_or_else(|| no_proposal(&id))
    }

    /// Says where the file is, and what the other person does with it.
    fn remark_proposed(&self, id: &OperationId) {
        let Some(known) = self.waiting(id) else {
            return;
        };
        let says = known.proposal_says(self.now(), self.proposal_file(id).as_deref());
        self.ledger().remark(id, &says, self.now());
    }

    /// A proposal that waits, with everything that any process wrote.
    fn waiting(&self, id: &OperationId) -> Option<Known> {
        let mut ledger = self.ledger();
        self.catch_up(&mut ledger).ok()?;
        ledger
            .get(id)
            .filter(|known| known.record.state == OperationState::Proposed)
            .cloned()
    }

    fn who_countersigned(&self, known: &Known) -> Option<Text> {
        let place = self.directory()?.existing(PLACE).ok()??;
        let bytes = place
            .read(&name(&known.record.id, "countersigned.json"))
            .ok()??;
        people::countersigner(&bytes, known.proposal.as_ref()?, self.people(), self.now()).ok()
    }

    /// Where the file for the other person is.
    pub(super) fn proposal_file(&self, id: &OperationId) -> Option<PathBuf> {
        Some(self.directory()?.path().join(PLACE).join(name(id, "json")))
    }

    fn write_proposal(
        &self,
        id: &OperationId,
        ending: &str,
        bytes: &[u8],
    ) -> Result<PathBuf, Error> {
        let directory = self
            .directory()
            .ok_or_else(|| refused("there is no data directory"))?;
        let place: Directory = directory.sub(PLACE)?;
        let name = name(id, ending);
        place.replace(&name, bytes, Durability::Synced)?;
        Ok(place.path().join(name))
    }
}

impl Known {
    /// Where a proposal stands, for people.
    pub(super) fn proposal_says(&self, now: crate::domain::Timestamp, file: Option<&Path>) -> Text {
        let until = self
            .expires
            .map(|expires| expires.format("%Y-%m-%d %H:%MZ").to_string())
            .unwrap_or_default();
        Text::from(match file {
            _ if self.expires.is_some_and(|expires| now >= expires) => {
                format!("it was good until {until}; nobody is known to have countersigned it")
            }
            Some(file) => format!(
                "another person types: tminus countersign {} (good until {until})",
                file.display()
            ),
            None => format!("waits until {until} for another person"),
        })
    }
}

fn already(known: &Known) -> Error {
    match known.record.state {
        OperationState::Proposed => refused("it was proposed in this very journal")
            .hint("another person countersigns it, with a data directory of their own"),
        _ => refused("this was confirmed already"),
    }
}

/// The name of a file about a proposal; an id from outside stays in its
/// directory.
fn name(id: &OperationId, ending: &str) -> String {
    let plain: String = id
        .as_str()
        .chars()
        .filter(|character| character.is_ascii_alphanumeric() || *character == '-')
        .collect();
    format!("{plain}.{ending}")
}

fn no_proposal(id: &OperationId) -> Error {
    refused(&format!("no proposal {id} waits here"))
        .hint("`tminus journal --state proposed` lists them")
}

fn refused(why: &str) -> Error {
    Error::new(Kind::Refused, why)
}
