//! Sending an operation of unknown outcome once more: only a person does it,
//! having been told, and it is a new operation that names the old one.

use super::{desk::Desk, intent, stage::Draft};
use crate::{
    domain::{Act, OperationId, OperationState, ServiceSpec, Text},
    error::{Error, Kind},
};

impl Desk {
    /// A draft that sends an operation again of which nobody knows whether it
    /// happened. It has an identity of its own and no reason yet. For a
    /// rollback `service` says how that is done now.
    ///
    /// # Errors
    /// When there is no such operation, its outcome is known, it was sent
    /// again already, or the configuration no longer says how.
    pub fn draft_again(
        &self,
        id: &OperationId,
        service: Option<&ServiceSpec>,
    ) -> Result<Draft, Error> {
        let known = self
            .known(id)
            .ok_or_else(|| refused(format!("there is no operation {id}")))?;
        if !self.ledger().is_open(&known) {
            return Err(match (known.record.state, &known.record.again_as) {
                (OperationState::Unknown, Some(next)) => {
                    refused(format!("it was sent again already, as {next}"))
                }
                (state, _) if state.is_final() => {
                    refused("its outcome is known, so it is not sent again".to_owned())
                        .hint("ask for it anew")
                }
                _ => refused("it is under way".to_owned()),
            });
        }
        let mut draft = match (&known.record.intent.act, &known.record.intent.environment) {
            (Act::RollBack { from, to, .. }, Some(environment)) => {
                let service = service.ok_or_else(|| {
                    refused("the configuration does not say how it is rolled back".to_owned())
                        .hint("add the service with `rollback` to the configuration")
                })?;
                let id = self.new_id();
                Draft {
                    intent: intent::roll_back(service, environment, from, to, &id)?,
                    id,
                    again_of: None,
                    plan: None,
                }
            }
            _ => self.draft(known.record.intent.clone()),
        };
        draft.intent.reason = Text::default();
        draft.again_of = Some(id.clone());
        Ok(draft)
    }
}

fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message)
}
