//! Sentences about a plan, for the dialog.

use crate::{domain::RollbackPlan, operation::Description};

/// Describes a plan in the same four sentences as an operation. Production is
/// written in capitals.
#[must_use]
pub fn describe(plan: &RollbackPlan, production: bool) -> Description {
    let count = plan.to_do().count();
    let services = if count == 1 {
        plan.to_do()
            .next()
            .map_or_else(String::new, |step| step.service.to_string())
    } else {
        format!("{count} services")
    };
    let place = plan.to_do().next().map_or_else(String::new, |step| {
        if production {
            step.environment.as_str().to_uppercase()
        } else {
            step.environment.to_string()
        }
    });
    Description {
        title: format!("Roll back {services} in {place}"),
        summary: plan.summary(),
        consequence: "One after the other: each is checked again before it is sent, and starts \
                      only when the one before was seen to have worked. Data and configuration \
                      stay."
            .to_owned(),
        undo: "Deploy the newer versions again.",
    }
}
