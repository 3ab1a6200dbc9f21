//! The states of a release, and which may follow which.

use serde::{Deserialize, Serialize};

/// Where a release stands.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseState {
    /// Being put together.
    Draft,
    /// Planned for later.
    Scheduled,
    /// Its window is open or near; checks are done, nothing has moved.
    #[serde(alias = "ready")]
    Readiness,
    /// The yes or no is being asked for.
    GoNoGo,
    /// Some of it moves or has moved.
    Rolling,
    /// All of it is there and has to prove itself.
    Baking,
    /// All of it is there and did.
    Done,
    /// Stopped for now; it goes on where it was.
    Held,
    /// Given up before anything moved.
    Scrubbed,
    /// Taken back.
    RolledBack,
}

use ReleaseState as S;

impl ReleaseState {
    /// All states: the way in its order, then those beside it.
    pub const ALL: [Self; 10] = [
        Self::Draft,
        Self::Scheduled,
        Self::Readiness,
        Self::GoNoGo,
        Self::Rolling,
        Self::Baking,
        Self::Done,
        Self::Held,
        Self::Scrubbed,
        Self::RolledBack,
    ];

    /// The word of `--json` and of the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Scheduled => "scheduled",
            Self::Readiness => "readiness",
            Self::GoNoGo => "go_no_go",
            Self::Rolling => "rolling",
            Self::Baking => "baking",
            Self::Done => "done",
            Self::Held => "held",
            Self::Scrubbed => "scrubbed",
            Self::RolledBack => "rolled_back",
        }
    }

    /// The word for people.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Self::GoNoGo => "go/no-go",
            Self::RolledBack => "rolled back",
            other => other.word(),
        }
    }

    /// The state of this word, however its parts are joined.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.replace(['-', '/', ' '], "_");
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Its place on the way from draft to done; none for those beside it.
    #[must_use]
    pub fn place(self) -> Option<usize> {
        let place = Self::ALL.iter().position(|state| *state == self)?;
        (place <= 6).then_some(place)
    }

    /// Nothing follows by itself any more.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Scrubbed | Self::RolledBack)
    }

    /// Something of it moves or has moved.
    #[must_use]
    pub fn has_moved(self) -> bool {
        matches!(
            self,
            Self::Rolling | Self::Baking | Self::Done | Self::RolledBack
        )
    }
}

/// A state, and for a held release the one that it goes on from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The state.
    pub state: ReleaseState,
    /// Where a held release came from.
    pub held_from: Option<ReleaseState>,
}

impl Standing {
    /// A standing that is not held, or held without a known state before it.
    #[must_use]
    pub fn at(state: ReleaseState) -> Self {
        Self {
            state,
            held_from: None,
        }
    }

    /// The states that may follow, the next on the way first. `skips` are the
    /// states that this release may pass over.
    #[must_use]
    pub fn following(self, skips: &[ReleaseState]) -> Vec<ReleaseState> {
        let mut all: Vec<ReleaseState> = S::ALL
            .into_iter()
            .filter(|to| self.to(*to, skips).is_ok())
            .collect();
        let here = self.state.place();
        // What leads on stands before what leads back, and what need not be
        // passed over before what is.
        all.sort_by_key(|to| (to.place().is_none(), to.place() < here, skips.contains(to)));
        all
    }

    /// The standing after a change to a state.
    ///
    /// # Errors
    /// Why this state cannot follow, as a sentence without its full stop.
    pub fn to(self, to: ReleaseState, skips: &[ReleaseState]) -> Result<Self, String> {
        let from = self.state;
        if from == to {
            return Err(format!("it is {} already", to.said()));
        }
        match (from, to) {
            (S::Scrubbed, _) => {
                return Err("a scrubbed release stays so: plan a new one".to_owned());
            }
            (S::RolledBack, _) => {
                return Err("a release that was rolled back stays so: plan a new one".to_owned());
            }
            (S::Done, S::RolledBack) => return Ok(Self::at(to)),
            (S::Done, _) => return Err("it is done; only a rollback follows".to_owned()),
            _ => {}
        }
        // A held release is where it was held for all that ends it.
        let base = if from == S::Held {
            self.held_from
        } else {
            Some(from)
        };
        let moved = base.is_some_and(ReleaseState::has_moved);
        match to {
            S::Held => {
                return Ok(Self {
                    state: to,
                    held_from: Some(from),
                });
            }
            S::Scrubbed if moved => {
                return Err("some of it has moved: it can be rolled back, not scrubbed".to_owned());
            }
            S::RolledBack if !moved && base.is_some() => {
                return Err("nothing of it has moved: it can be scrubbed".to_owned());
            }
            S::Scrubbed | S::RolledBack => return Ok(Self::at(to)),
            _ => {}
        }
        if from == S::Held {
            return match self.held_from {
                Some(before) if before == to => Ok(Self::at(to)),
                Some(before) => Err(format!(
                    "it is held and goes on where it was, {}",
                    before.said()
                )),
                None => Ok(Self::at(to)),
            };
        }
        along(from, to, skips).map(|()| Self::at(to))
    }
}

/// Whether a change on the way from draft to done may be.
fn along(from: ReleaseState, to: ReleaseState, skips: &[ReleaseState]) -> Result<(), String> {
    let (Some(here), Some(there)) = (from.place(), to.place()) else {
        return Err(format!("{} does not follow {}", to.said(), from.said()));
    };
    let (low, high) = (here.min(there), here.max(there));
    let missing = S::ALL[low + 1..high]
        .iter()
        .find(|between| !skips.contains(between));
    if there > here {
        return match missing {
            None => Ok(()),
            Some(first) => Err(format!(
                "{} comes between {} and {}",
                first.said(),
                from.said(),
                to.said()
            )),
        };
    }
    // Back: what has moved cannot be unmoved by saying so.
    if from.has_moved() && !to.has_moved() {
        return Err("some of it has moved: hold it, or roll it back".to_owned());
    }
    match missing {
        None => Ok(()),
        Some(first) => Err(format!("back goes one step: {}", first.said())),
    }
}

/// Whether a change has to say why: one that leaves the way, or goes back on
/// it.
#[must_use]
pub(super) fn needs_reason(from: ReleaseState, to: ReleaseState) -> bool {
    match (from.place(), to.place()) {
        (Some(here), Some(there)) => there < here,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_state() -> impl Strategy<Value = ReleaseState> {
        prop::sample::select(&S::ALL[..])
    }

    /// The law as a table, written down a second time: from, and what follows.
    const TABLE: &[(ReleaseState, &[ReleaseState])] = &[
        (S::Draft, &[S::Scheduled, S::Held, S::Scrubbed]),
        (
            S::Scheduled,
            &[S::Readiness, S::Draft, S::Held, S::Scrubbed],
        ),
        (
            S::Readiness,
            &[S::GoNoGo, S::Scheduled, S::Held, S::Scrubbed],
        ),
        (S::GoNoGo, &[S::Rolling, S::Readiness, S::Held, S::Scrubbed]),
        (S::Rolling, &[S::Baking, S::Held, S::RolledBack]),
        (S::Baking, &[S::Done, S::Rolling, S::Held, S::RolledBack]),
        (S::Done, &[S::RolledBack]),
        (S::Scrubbed, &[]),
        (S::RolledBack, &[]),
    ];

    #[test]
    fn the_law_is_the_table() {
        for (from, follow) in TABLE {
            assert_eq!(
                Standing::at(*from).following(&[]),
                *follow,
                "after {}",
                from.said()
            );
        }
    }

    #[test]
    fn a_hotfix_passes_over_what_its_template_skips() {
        let draft = Standing::at(S::Draft);
        assert!(draft.to(S::Readiness, &[]).is_err());
        assert!(draft.to(S::Readiness, &[S::Scheduled]).is_ok());
        assert!(draft.to(S::Rolling, &[S::Scheduled]).is_err());
        let offered = draft.following(&[S::Scheduled]);
        assert_eq!(offered[..2], [S::Readiness, S::Scheduled]);
    }

    #[test]
    fn what_moved_is_rolled_back_and_not_scrubbed() {
        let held = Standing::at(S::Rolling).to(S::Held, &[]).unwrap();
        assert!(held.to(S::Scrubbed, &[]).is_err());
        assert!(held.to(S::RolledBack, &[]).is_ok());
        let held = Standing::at(S::Readiness).to(S::Held, &[]).unwrap();
        assert!(held.to(S::Scrubbed, &[]).is_ok());
        assert!(held.to(S::RolledBack, &[]).is_err());
    }

    proptest! {
        /// Whatever people try: a hold returns where it came from, nothing
        /// follows the end, and what has moved never counts as unmoved.
        #[test]
        fn no_order_of_tries_breaks_the_law(
            tries in prop::collection::vec(any_state(), 0..40),
            skips in prop::collection::vec(any_state(), 0..3),
        ) {
            let mut now = Standing::at(S::Draft);
            let mut moved = false;
            for to in tries {
                let offered = now.following(&skips).contains(&to);
                match now.to(to, &skips) {
                    Ok(next) => {
                        prop_assert!(offered);
                        prop_assert_ne!(now.state, next.state);
                        prop_assert!(!matches!(now.state, S::Scrubbed | S::RolledBack));
                        if now.state == S::Held && to.place().is_some() {
                            prop_assert_eq!(Some(next.state), now.held_from);
                        }
                        prop_assert_eq!(next.held_from.is_some(), next.state == S::Held);
                        prop_assert!(next.held_from != Some(S::Held));
                        if moved {
                            let base = next.held_from.unwrap_or(next.state);
                            prop_assert!(base.has_moved(), "{:?} -> {:?}", now, next);
                        }
                        moved |= next.state.has_moved();
                        now = next;
                    }
                    Err(why) => {
                        prop_assert!(!offered);
                        prop_assert!(!why.is_empty() && !why.ends_with('.'));
                    }
                }
            }
        }

        #[test]
        fn words_come_back(state in any_state()) {
            prop_assert_eq!(S::parse(state.word()), Some(state));
            prop_assert_eq!(S::parse(state.said()), Some(state));
        }
    }
}
