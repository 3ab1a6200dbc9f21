//! From a key on a canary or a service to what is wanted of its rollout.

use super::intent::{self, WhyNot};
use crate::{
    command::{self, Command, Item},
    domain::{Intent, Rollout, Steer},
    model::Model,
    operation,
};

/// The rollout that the item is about: that of a canary, a service, or of what
/// is deployed of it; none where no cluster rolls it out.
fn rollout<'a>(model: &'a Model, item: &Item) -> Option<&'a Rollout> {
    if !matches!(
        item,
        Item::Canary(_) | Item::Metric(..) | Item::Service(_) | Item::Deployment(_)
    ) {
        return None;
    }
    let service = command::service(model, item)?;
    let found = match item {
        Item::Deployment(id) => {
            let environment = &model.deployment(id)?.value.environment;
            model.rollout_at(&service, environment)
        }
        Item::Canary(_) | Item::Metric(..) => {
            let environment = &model.canary(&service)?.value.environment;
            model.rollout_at(&service, environment)
        }
        _ => model.rollout_of(&service),
    };
    found.map(|known| &known.value)
}

/// What the keys of promotion and holding want.
pub(super) fn wish(model: &Model, item: &Item, command: Command) -> Result<Intent, WhyNot> {
    let Some(rollout) = rollout(model, item) else {
        return without(model, item, command);
    };
    let how = match command {
        Command::Promote if rollout.held => Steer::Resume,
        Command::Promote => Steer::Promote,
        Command::PromoteFully => Steer::PromoteFully,
        _ => Steer::Hold,
    };
    steer(rollout, how)
}

/// Where no cluster rolls out, a version goes on by the yes that it waits for,
/// and nothing can hold it.
fn without(model: &Model, item: &Item, command: Command) -> Result<Intent, WhyNot> {
    match command {
        Command::Promote => intent::answer(model, item, true).map_err(|why| {
            format!("no cluster rolls it out, so only what waits for a yes can go on; {why}")
        }),
        Command::PromoteFully => {
            Err("no cluster rolls it out: its pipeline decides how far it goes".to_owned())
        }
        _ => Err(
            "no cluster rolls it out, so nothing can hold it: cancel its run, or decline what \
             waits"
                .to_owned(),
        ),
    }
}

/// Give a rollout up, or cancel a run.
pub(super) fn abort(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    match rollout(model, item) {
        Some(rollout) if rollout.is_moving() => steer(rollout, Steer::Abort),
        // A run may be at work all the same.
        Some(rollout) => intent::cancel(model, item).or_else(|_| steer(rollout, Steer::Abort)),
        None => intent::cancel(model, item),
    }
}

/// Begin a rollout anew, or run failed jobs again.
pub(super) fn retry(model: &Model, item: &Item) -> Result<Intent, WhyNot> {
    match rollout(model, item) {
        Some(rollout) if rollout.aborted => steer(rollout, Steer::Retry),
        _ => intent::rerun(model, item),
    }
}

fn steer(rollout: &Rollout, how: Steer) -> Result<Intent, WhyNot> {
    operation::intent::steer(rollout, how).map_err(|error| error.message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        domain::{Act, Body, Catalog, Pause, Revision, RolloutPhase, RolloutSeen, Strategy, Text},
        ui::testing::{approval, approvals, fact, origin, start},
    };

    fn search() -> Item {
        Item::Service("search".into())
    }

    fn paused() -> Rollout {
        let revision = |number: u64, version: &str, current: bool| Revision {
            number,
            hash: Text::new(version),
            version: version.into(),
            commit: Text::default(),
            digest: None,
            created: start(),
            current,
            stable: !current,
            ready: (4, 4),
        };
        Rollout {
            id: origin("rollouts/shop/search"),
            service: "search".into(),
            environment: "production".into(),
            strategy: Strategy::Canary,
            phase: RolloutPhase::Paused,
            message: Text::default(),
            pauses: vec![Pause {
                reason: Text::new("CanaryPauseStep"),
                since: start(),
            }],
            held: false,
            aborted: false,
            unpausing: false,
            steps: vec![Text::new("weight 25 %"), Text::new("pause")],
            weights: vec![25.0],
            weight: Some(25.0),
            revisions: vec![revision(2, "2.0.0", true), revision(1, "1.0.0", false)],
            analyses: Vec::new(),
            managed_by: Text::default(),
            seen: RolloutSeen {
                step: Some(1),
                pause: Text::new("CanaryPauseStep"),
                ..RolloutSeen::default()
            },
        }
    }

    fn model(rollout: Option<Rollout>) -> Model {
        let mut model = Model::new(Arc::new(Catalog::default()));
        model.apply(approvals(vec![approval("a1", 9)], start()), start());
        if let Some(rollout) = rollout {
            model.apply(fact(Body::Rollout(rollout), start()), start());
        }
        model
    }

    /// What a key would do about a rollout that is like this.
    fn how(
        change: impl Fn(&mut Rollout),
        wish: impl Fn(&Model) -> Result<Intent, WhyNot>,
    ) -> Result<Steer, WhyNot> {
        let mut rollout = paused();
        change(&mut rollout);
        match wish(&model(Some(rollout)))?.act {
            Act::Steer { how, .. } => Ok(how),
            other => Err(other.verb().to_owned()),
        }
    }

    #[test]
    fn without_a_cluster_a_promotion_is_the_yes_that_is_waited_for() {
        let model = model(None);
        let intent = wish(&model, &search(), Command::Promote).unwrap();
        assert!(matches!(intent.act, Act::Approve { .. }));
        let why = wish(&model, &search(), Command::Hold).unwrap_err();
        assert!(why.contains("nothing can hold it"), "{why}");
        let nothing = Item::Service("billing".into());
        let why = wish(&model, &nothing, Command::Promote).unwrap_err();
        assert!(why.contains("no cluster rolls it out"), "{why}");
    }

    #[test]
    fn in_a_cluster_the_keys_steer_the_rollout() {
        let promote = |model: &Model| wish(model, &search(), Command::Promote);
        let hold = |model: &Model| wish(model, &search(), Command::Hold);
        assert_eq!(how(|_| (), promote), Ok(Steer::Promote));
        assert_eq!(how(|one| one.held = true, promote), Ok(Steer::Resume));
        assert_eq!(how(|_| (), hold), Ok(Steer::Hold));
        assert!(how(|one| one.held = true, hold).is_err());
        let give_up = |model: &Model| abort(model, &search());
        assert_eq!(how(|_| (), give_up), Ok(Steer::Abort));
        let again = |model: &Model| retry(model, &search());
        assert_eq!(how(|one| one.aborted = true, again), Ok(Steer::Retry));
    }

    #[test]
    fn what_would_take_a_step_too_many_is_refused() {
        let promote = |model: &Model| wish(model, &search(), Command::Promote);
        let let_go = |one: &mut Rollout| {
            one.pauses.clear();
            one.unpausing = true;
        };
        assert!(how(let_go, promote).unwrap_err().contains("a moment ago"));
        assert!(how(|one| one.aborted = true, promote).is_err());
        let through = |one: &mut Rollout| {
            one.revisions[0].stable = true;
            one.phase = RolloutPhase::Healthy;
        };
        assert!(how(through, promote).unwrap_err().contains("is through"));
    }
}
