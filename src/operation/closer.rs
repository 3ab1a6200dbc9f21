//! What has to be read before the rules can be asked: what lies between two
//! versions, and whom the vendor knows this person as.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::join;

use super::{
    desk::{Desk, Emit},
    situation::{ChangeSeen, Situation},
};
use crate::{
    domain::{Body, Comparison, Fact, Intent, SourceId, Text},
    integrations::contract::{FactSink, Integration, Query},
};

/// A person waits in front of the dialog: what is not read by then is not
/// known.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whom each vendor knows this person as, once it was asked.
pub(super) type Identities = Mutex<BTreeMap<SourceId, Text>>;

impl Desk {
    /// Reads what the situation still lacks, through the integrations and
    /// within their budgets; what cannot be read stays unknown, with its
    /// reason. Facts that are read go to `emit` as well.
    pub async fn look_closer(
        &self,
        intent: &Intent,
        mut situation: Situation,
        emit: &Emit,
    ) -> Situation {
        let Some(integration) = self.integration(&intent.source) else {
            return situation;
        };
        let wanted = match &situation.change {
            ChangeSeen::Wanted(query) => Some(query.clone()),
            _ => None,
        };
        // A cluster rolls versions out and does not know what is in them.
        let host = situation.host.as_ref();
        let host = host.and_then(|host| self.integration(host));
        let host = host.unwrap_or_else(|| integration.clone());
        // Who somebody is matters where a rule asks: who wrote the change, who
        // may change production, who has the conn.
        let whose = situation.change != ChangeSeen::None
            || situation.production
            || situation.team.conn.is_some();
        let reading = join(
            self.identity(&*integration, whose),
            compare(&*host, wanted, emit),
        );
        let (identity, change) = reading.await;
        situation.vendor_names.extend(identity);
        if let Some(change) = change {
            if let (ChangeSeen::Known(found), Some(way)) = (&change, &mut situation.way_back) {
                way.learn_by_commits(found);
            }
            situation.change = change;
        }
        situation
    }

    async fn identity(&self, integration: &dyn Integration, wanted: bool) -> Option<Text> {
        let known = self
            .identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(integration.id())
            .cloned();
        if known.is_some() || !wanted {
            return known;
        }
        let asked = tokio::time::timeout(PATIENCE, integration.identity()).await;
        let name = asked.ok()?.ok()??;
        self.identities
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(integration.id().clone(), name.clone());
        Some(name)
    }
}

async fn compare(
    integration: &dyn Integration,
    wanted: Option<Query>,
    emit: &Emit,
) -> Option<ChangeSeen> {
    let query = wanted?;
    let found: Arc<Mutex<Option<Comparison>>> = Arc::default();
    let sink = {
        let (found, emit) = (Arc::clone(&found), Arc::clone(emit));
        FactSink::new(
            integration.id().clone(),
            Arc::new(move |facts: Vec<Fact>| {
                for fact in facts {
                    if let Body::Comparison(comparison) = &fact.body {
                        *found.lock().unwrap_or_else(PoisonError::into_inner) =
                            Some(comparison.clone());
                    }
                    emit(fact);
                }
            }),
        )
    };
    let why = match tokio::time::timeout(PATIENCE, integration.fetch(query, &sink)).await {
        Ok(Ok(())) => Text::new("the system told no commits"),
        Ok(Err(fault)) => fault.detail,
        Err(_) => Text::new("the commits could not be read in time"),
    };
    let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    Some(match found {
        Some(comparison) => ChangeSeen::Known(Box::new(comparison)),
        None => ChangeSeen::Unknown(why),
    })
}
