//! The one place where a person's yes becomes an operation.

use unicode_normalization::UnicodeNormalization;

use super::{
    describe::describe,
    desk::Desk,
    ledger::Ledger,
    stage::{Answers, Checked, Confirmed, Strength},
    windows::frozen_since,
};
use crate::{
    domain::{Intent, Text, Timestamp},
    error::{Error, Kind},
    integrations::contract::PreparedRequest,
    store::journal::{Confirmation, EntryBody, RequestRecord, RuleRecord, digest},
};

/// A check is good for this long, in seconds; then the world is another one.
const CHECK_HOLDS: i64 = 600;

impl Desk {
    /// The request as it will be sent with this reason: the same bytes.
    ///
    /// # Errors
    /// When the integration cannot build it.
    pub fn preview(&self, checked: &Checked, reason: &str) -> Result<PreparedRequest, Error> {
        self.prepare(&with_reason(checked, reason))
    }

    /// Takes a person's answers. The operation is confirmed when they are
    /// what was asked for *and* its journal entry is durable; nothing was sent
    /// when this returns. It waits for the disk, so call it where that may
    /// block.
    ///
    /// # Errors
    /// When a name or a reason is missing, the check is too old, the same
    /// operation is under way, or the entry could not be made durable.
    pub fn confirm(&self, checked: &Checked, answers: &Answers) -> Result<Confirmed, Error> {
        self.obstacle().map_or(Ok(()), Err)?;
        if checked.needs_second_person() {
            return Err(refused(
                "another person has to agree: it has to be proposed to them",
            ));
        }
        let (confirmation, request) = self.confirmation(checked, answers)?;
        self.keep_policy(checked.policy.as_ref(), checked.told.as_deref())?;
        self.enter(confirmation, request, checked.at)
    }

    /// All that is written down about a person's yes, and the request that is
    /// meant; nothing is written yet.
    pub(super) fn confirmation(
        &self,
        checked: &Checked,
        answers: &Answers,
    ) -> Result<(Confirmation, PreparedRequest), Error> {
        self.armed()?;
        meets(checked, answers)?;
        self.still_holds(checked.at)?;
        let intent = with_reason(checked, &answers.reason);
        let request = self.prepare(&intent)?;
        if request.method != checked.request.method || request.url != checked.request.url {
            return Err(refused("the request is not the one that was shown")
                .hint("close the dialog and open it again"));
        }
        let confirmation = Confirmation {
            operation: checked.draft.id.clone(),
            summary: Text::from(describe(&intent, checked.production).summary),
            intent,
            actor: self.actor().clone(),
            session: self.session()?,
            request: RequestRecord {
                line: Text::from(request.to_string()),
                body_sha256: digest(request.body.as_bytes()),
                body_length: request.body.len() as u64,
            },
            strength: Text::new(match checked.strength {
                Strength::Key => "key",
                Strength::Hold if answers.held => "hold",
                Strength::Hold => "type_code",
                Strength::TypeName(_) => "type_name",
            }),
            rules: checked
                .rules
                .iter()
                .map(|rule| RuleRecord {
                    rule: rule.name.clone(),
                    verdict: Text::new(rule.verdict.word()),
                    sentence: rule.sentence.clone(),
                })
                .collect(),
            facts: checked.facts.clone(),
            before: checked.before.clone(),
            after: checked.after.clone(),
            policy: checked.policy.clone(),
            policy_input: checked.told.as_ref().map(|told| digest(told.as_bytes())),
            risk: checked.risk.clone(),
            again_of: checked.draft.again_of.clone(),
            plan: checked.draft.plan.clone(),
            second: None,
            proposal: None,
        };
        Ok((confirmation, request))
    }

    /// Whether what was checked at that time can still be confirmed.
    pub(super) fn still_holds(&self, at: Timestamp) -> Result<(), Error> {
        if (self.now() - at).num_seconds() > CHECK_HOLDS {
            return Err(
                refused("this was checked too long ago").hint("close the dialog and open it again")
            );
        }
        Ok(())
    }

    /// Writes a yes down, if nothing with the same effect is under way and
    /// nobody made a freeze since it was checked.
    pub(super) fn enter(
        &self,
        confirmation: Confirmation,
        request: PreparedRequest,
        checked: Timestamp,
    ) -> Result<Confirmed, Error> {
        let (id, intent) = (confirmation.operation.clone(), confirmation.intent.clone());
        let again_of = confirmation.again_of.clone();
        let now = self.now();
        let body = EntryBody::Confirmed(Box::new(confirmation));
        let at = self.write_when(body, |ledger: &Ledger| {
            ledger
                .allows(&id, &intent, again_of.as_ref(), now)
                .map_err(|why| refused(&why))?;
            match frozen_since(ledger, &intent, checked, now) {
                Some(why) => Err(refused(&why).hint("close the dialog and open it again")),
                None => Ok(()),
            }
        })?;
        Ok(Confirmed {
            id,
            intent,
            request,
            actor: self.actor().sentence(),
            at,
        })
    }
}

/// Whether the answers are what the check asked for.
///
/// # Errors
/// What is missing, for people.
pub fn meets(checked: &Checked, answers: &Answers) -> Result<(), Error> {
    suffice(
        &checked.strength,
        &checked.code(),
        checked.needs_reason(),
        answers,
    )
}

/// Whether the answers are what was asked for.
pub(super) fn suffice(
    strength: &Strength,
    code: &str,
    needs_reason: bool,
    answers: &Answers,
) -> Result<(), Error> {
    if let Strength::TypeName(name) = strength
        && answers.typed.trim().nfc().ne(name.nfc())
    {
        return Err(refused(&format!("type `{name}` to confirm")));
    }
    if let Strength::Hold = strength
        && !answers.held
        && answers.typed.trim() != code
    {
        return Err(refused("hold the key down for a second")
            .hint(format!("where a held key does not repeat, type `{code}`")));
    }
    if needs_reason && answers.reason.trim().is_empty() {
        return Err(refused("give a reason"));
    }
    Ok(())
}

fn with_reason(checked: &Checked, reason: &str) -> Intent {
    Intent {
        reason: Text::new(reason.trim()),
        ..checked.draft.intent.clone()
    }
}

fn refused(message: &str) -> Error {
    Error::new(Kind::Refused, message)
}
