//! What the operation room found out, in the words of the dialog.

use crate::{
    domain::Text,
    integrations::contract::{Fault, Precheck},
    operation::{Checked, Rule, Verdict},
    ui::app::Review,
};

/// The review of a draft that passed every rule, with what a fresh read of
/// its target said. A target that moved is shown, and cannot be confirmed.
pub(super) fn of_checked(checked: &Checked, fresh: &Result<Precheck, Fault>) -> Review {
    let mut review = Review::of(checked);
    review.rules.insert(0, freshly(fresh));
    review
}

pub(super) fn freshly(fresh: &Result<Precheck, Fault>) -> Rule {
    let (verdict, sentence) = match fresh {
        Ok(Precheck::Ready) => (Verdict::Pass, Text::new("read afresh: it is as you see it")),
        Ok(Precheck::Moved(what)) => (
            Verdict::Refuse,
            Text::new(&format!("it has changed: {what}")),
        ),
        Err(fault) => (
            Verdict::Refuse,
            Text::new(&format!("it cannot be read afresh: {}", fault.detail)),
        ),
    };
    Rule::new("fresh", verdict, &sentence)
}
