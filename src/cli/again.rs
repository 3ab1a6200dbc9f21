//! Operations of unknown outcome: `look` reads back whether one took effect,
//! `again` sends it once more as a new operation that names the old one.

use std::{sync::Arc, time::Duration};

use super::{
    args::{Again, Global},
    context::Context,
    operate::{Consent, carry_out, report, with_picture},
    print, single_thread,
};
use crate::{
    domain::{OperationRecord, Text},
    error::{Error, Kind},
    operation::Desk,
};

/// No end of an id that is shorter names an operation.
const SHORTEST_END: usize = 4;

/// `tminus look`.
///
/// # Errors
/// When there is no such operation, it is under way, or it is still unknown.
pub fn look(global: &Global, id: &str, wait: u64) -> Result<(), Error> {
    let context = Context::open(global)?;
    let desk = context.desk();
    // What a killed tminus left is unknown, not under way.
    desk.take_over()?;
    for notice in desk.notices() {
        print::remark(&notice);
    }
    let found = find(&desk, id)?;
    let limit = Some(Duration::from_secs(wait));
    let record = single_thread()?.block_on(desk.look(&found.id, limit, Arc::new(|_| ())))?;
    report(global, &record)
}

/// `tminus again`.
///
/// # Errors
/// When there is no such operation, its outcome is known, a rule refuses, the
/// name was not confirmed, or it is not observed.
pub fn again(global: &Global, wanted: &Again) -> Result<(), Error> {
    with_picture(global, async |_, model, desk| {
        let before = find(desk, &wanted.id)?;
        let service = before.intent.service.as_ref();
        let service = service.and_then(|name| model.catalog().service(name));
        let mut draft = desk.draft_again(&before.id, service)?;
        draft.intent.reason = Text::new(&wanted.reason);
        if !global.json {
            print::remark(&format!(
                "{} was confirmed by {}, and nobody knows whether it happened: it may happen twice",
                before.summary, before.actor
            ));
        }
        let consent = Consent {
            yes: wanted.yes || wanted.confirm.is_some(),
            typed: wanted.confirm.clone().unwrap_or_default(),
            dry_run: wanted.dry_run,
        };
        carry_out(global, desk, model, draft, &consent).await
    })
}

/// The operation with this id, or the only one whose id ends so.
fn find(desk: &Desk, id: &str) -> Result<OperationRecord, Error> {
    let records = desk.records()?;
    let mut found = records.into_iter().filter(|record| {
        let whole = record.id.as_str();
        whole == id || (id.len() >= SHORTEST_END && whole.ends_with(id))
    });
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::new(
            Kind::Usage,
            format!("several operations end with {id}"),
        )
        .hint("give more of the id")),
        (None, _) => Err(
            Error::new(Kind::Usage, format!("there is no operation {id}"))
                .hint("`tminus journal` prints their ids"),
        ),
    }
}
