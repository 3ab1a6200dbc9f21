//! Which of the findings is the cause.
//!
//! The order of the questions: did the job succeed; is there a root that
//! explains everything else (memory, disk, time, a person); which is the first
//! cause in the step that failed that nothing took back; what explains it; and
//! where nothing states a cause, what the exit code alone tells.

use super::{
    class::Class,
    report::{Evidence, Report},
    rules::{DECISIVE, ROOT, Role, Rule, Rules, STRONG},
    scan::{Hit, Triage},
    steps::Command,
    tell::evidence,
    wrapping::{Kind, Outcome, Wrapping},
};
use crate::domain::Text;

/// How many lines after a cause may explain it.
const EXPLAINS_WITHIN: usize = 30;

/// How far below a cause its own explanation stands at most, in lines.
const JUST_BELOW: usize = 4;

/// What no more than this weighs is not even a guess at the tool.
const WEAK: u8 = 40;

/// How many lines before a cause may explain it.
const EXPLAINED_BEFORE: usize = 200;

/// A finding with its rule.
#[derive(Clone, Copy)]
pub(super) struct Seen<'log> {
    pub hit: &'log Hit,
    pub rule: &'log Rule,
}

pub(super) struct Log<'log> {
    pub wrapping: &'log Wrapping,
    /// What was found and not taken back, in order.
    pub seen: Vec<Seen<'log>>,
    pub flagged: &'log [(usize, usize, Text)],
}

/// The cause, once chosen.
pub(super) struct Verdict<'log> {
    pub class: Class,
    pub line: usize,
    pub confidence: f64,
    pub cause: Seen<'log>,
    /// What explains it, where that is another line.
    pub because: Option<Seen<'log>>,
}

pub(super) fn judge(triage: &Triage<'_>) -> Report {
    let rules: &Rules = triage.rules;
    let log = Log {
        wrapping: &triage.wrapping,
        seen: triage
            .hits
            .iter()
            .filter(|hit| !hit.cleared)
            .filter_map(|hit| {
                let rule = rules.get(hit.rule)?;
                Some(Seen { hit, rule })
            })
            .collect(),
        flagged: &triage.flagged,
    };
    if let Some(confidence) = log.succeeded() {
        return Report {
            class: Class::None,
            confidence,
            first_error_line: None,
            evidence: log.success(),
            summary: Text::new("The job succeeded."),
            failed_tests: Vec::new(),
            rule: None,
        };
    }
    let failed_tests: Vec<Text> = triage
        .tests
        .iter()
        .map(|(_, name)| Text::new(name))
        .collect();
    match log.verdict() {
        Some(verdict) => log.report(&verdict, failed_tests),
        None => log.nothing(failed_tests),
    }
}

impl<'log> Log<'log> {
    pub fn is_cleanup(&self, step: usize) -> bool {
        self.wrapping
            .steps
            .get(step)
            .is_some_and(|step| step.cleanup)
    }

    pub fn with_role(&self, role: Role) -> impl Iterator<Item = Seen<'log>> + '_ {
        self.seen
            .iter()
            .copied()
            .filter(move |seen| seen.rule.role == role)
    }

    /// How sure it is that the job succeeded, if it did.
    fn succeeded(&self) -> Option<f64> {
        match self.wrapping.outcome {
            Some((Outcome::Succeeded, _)) => return Some(0.98),
            Some((Outcome::Failed, _)) => {
                if self.wrapping.kind == Some(Kind::Groups)
                    && self.wrapping.went_on()
                    && !self
                        .with_role(Role::Cause)
                        .any(|seen| seen.rule.weight >= DECISIVE)
                {
                    return Some(0.6);
                }
                return None;
            }
            // Where steps that fail are marked, none was.
            None if self.wrapping.ended => return Some(0.95),
            None => {}
        }
        let last_success = self.with_role(Role::Success).last();
        let firm = self.seen.iter().any(|seen| match seen.rule.role {
            Role::Cause => seen.rule.weight >= STRONG && !seen.rule.transient,
            Role::Consequence => {
                last_success.is_none_or(|success| success.hit.line < seen.hit.line)
            }
            _ => false,
        });
        if firm {
            return None;
        }
        if self.was_got_over() {
            return Some(0.6);
        }
        let last_bad = self
            .with_role(Role::Cause)
            .map(|seen| seen.hit.line)
            .max()
            .unwrap_or(0);
        match last_success {
            Some(success) if success.hit.line > last_bad => Some(0.85),
            _ if last_bad == 0 && self.flagged.is_empty() => {
                Some(if self.wrapping.kind.is_some() {
                    0.7
                } else {
                    0.4
                })
            }
            _ => None,
        }
    }

    /// Whether a command that met nothing but passing faults was followed by
    /// others that did work or told of it: a shell that stops at the first
    /// failure would not have come so far.
    fn was_got_over(&self) -> bool {
        let last = self.wrapping.commands.len();
        let mut causes = self.with_role(Role::Cause).peekable();
        self.flagged.is_empty()
            && causes.peek().is_some()
            && causes
                .all(|seen| seen.rule.transient && seen.hit.command > 0 && seen.hit.command < last)
    }

    fn success(&self) -> Vec<Evidence> {
        self.with_role(Role::Success)
            .last()
            .map(evidence)
            .into_iter()
            .collect()
    }

    fn verdict(&self) -> Option<Verdict<'log>> {
        let failing = self.wrapping.failing_step();
        let decisive = self
            .with_role(Role::Cause)
            .filter(|seen| seen.rule.weight >= DECISIVE && !self.is_cleanup(seen.hit.step))
            .max_by_key(|seen| (seen.rule.weight, usize::MAX - seen.hit.line));
        if let Some(cause) = decisive {
            return Some(self.explained(cause, 0.95));
        }
        let in_failing = |seen: &Seen<'_>| failing.is_some_and(|step| seen.hit.step == step);
        let last = self.last_command(failing);
        if let Some(last) = last {
            let own: Vec<Seen<'log>> = self
                .with_role(Role::Cause)
                .filter(|seen| seen.hit.command == last && !self.is_cleanup(seen.hit.step))
                .collect();
            if let Some(cause) = choose(&own) {
                return Some(self.explained(cause, sureness(cause, &own)));
            }
            return self.exit_alone(failing, Some(last));
        }
        let pools: [Vec<Seen<'log>>; 3] = [
            self.with_role(Role::Cause).filter(in_failing).collect(),
            // What a step without a mark of failure said, or one before.
            self.with_role(Role::Cause)
                .filter(|seen| {
                    !self.is_cleanup(seen.hit.step)
                        && failing.is_none_or(|step| seen.hit.step <= step)
                        && (failing.is_none() || self.wrapping.kind != Some(Kind::Groups))
                })
                .collect(),
            // Clean-up is asked last, and only where nothing failed before it.
            self.with_role(Role::Cause)
                .filter(|seen| failing.is_none() && self.is_cleanup(seen.hit.step))
                .collect(),
        ];
        for pool in &pools {
            if let Some(cause) = choose(pool) {
                return Some(self.explained(cause, sureness(cause, pool)));
            }
        }
        self.exit_alone(failing, None)
    }

    /// The command that failed, where the log shows commands: a shell stops at
    /// the first that fails, so it is the last that did work.
    ///
    /// Where the script went on and said how it ended, it is the last command
    /// that states a cause.
    fn last_command(&self, failing: Option<usize>) -> Option<usize> {
        let commands = &self.wrapping.commands;
        let here = |place: &usize| {
            commands.get(*place).is_some_and(|(step, _)| {
                !self.is_cleanup(*step) && failing.is_none_or(|failing| failing == *step)
            })
        };
        let is = |place: usize, what: Command| {
            commands
                .get(place)
                .is_some_and(|(_, command)| *command == what)
        };
        let mut shown = (0..commands.len())
            .rev()
            .filter(here)
            .filter(|place| !is(*place, Command::CleansUp))
            .peekable();
        let said = shown.peek().is_some_and(|place| is(*place, Command::Says));
        let work = shown.find(|place| is(*place, Command::Work))?;
        let states = |seen: &Seen<'_>| seen.rule.weight > WEAK && seen.hit.command == work + 1;
        if !said || self.with_role(Role::Cause).any(|seen| states(&seen)) {
            return Some(work + 1);
        }
        self.with_role(Role::Cause)
            .filter(|seen| seen.rule.weight >= STRONG && !self.is_cleanup(seen.hit.step))
            .filter(|seen| failing.is_none_or(|failing| failing == seen.hit.step))
            .map(|seen| seen.hit.command)
            .max()
            .filter(|command| *command > 0)
            .or(Some(work + 1))
    }

    /// Only hints and consequences are there.
    fn exit_alone(&self, failing: Option<usize>, command: Option<usize>) -> Option<Verdict<'log>> {
        let telling = |seen: &Seen<'_>| {
            !self.is_cleanup(seen.hit.step)
                && failing.is_none_or(|step| seen.hit.step == step)
                && command.is_none_or(|command| seen.hit.command >= command)
        };
        let consequence = self
            .with_role(Role::Consequence)
            .filter(telling)
            .max_by_key(|seen| {
                (
                    seen.rule.class != Class::Unknown,
                    seen.rule.weight / 10,
                    usize::MAX - seen.hit.line,
                )
            });
        // A warning that something was tried again explains more than a code.
        let hint = self.with_role(Role::Hint).find(telling);
        match (consequence, hint) {
            (Some(cause), _) if cause.rule.class != Class::Unknown => {
                Some(self.explained(cause, 0.65))
            }
            (Some(cause), Some(hint)) if hint.rule.weight >= STRONG => Some(Verdict {
                class: hint.rule.class,
                line: hint.hit.line,
                confidence: 0.5,
                cause,
                because: Some(hint),
            }),
            (Some(cause), _) => Some(self.explained(cause, 0.7)),
            (None, Some(hint)) => Some(self.explained(hint, 0.4)),
            (None, None) => None,
        }
    }

    /// Looks for what explains the cause: a hint before it in its step, or
    /// details after it.
    fn explained(&self, cause: Seen<'log>, confidence: f64) -> Verdict<'log> {
        let explains = |seen: &Seen<'_>| {
            seen.hit.step == cause.hit.step && cause.rule.explained_by.contains(&seen.rule.topic)
        };
        let just_below = |seen: &Seen<'_>| {
            seen.hit.line > cause.hit.line && seen.hit.line <= cause.hit.line + JUST_BELOW
        };
        let below = self
            .seen
            .iter()
            .any(|seen| just_below(seen) && explains(seen));
        let before = self
            .seen
            .iter()
            .copied()
            .filter(|seen| {
                cause.rule.class != Class::Test
                    && !below
                    && seen.hit.command == cause.hit.command
                    && seen.hit.line < cause.hit.line
                    && seen.hit.line + EXPLAINED_BEFORE > cause.hit.line
            })
            .find(explains);
        if let Some(because) = before {
            return Verdict {
                class: because.rule.class,
                line: because.hit.line,
                confidence: confidence - 0.05,
                cause,
                because: Some(because),
            };
        }
        let after = self
            .seen
            .iter()
            .copied()
            .filter(|seen| {
                seen.hit.line > cause.hit.line && seen.hit.line <= cause.hit.line + EXPLAINS_WITHIN
            })
            .find(explains);
        // A test's head only names the test.
        let line = after
            .filter(|_| cause.rule.class == Class::Test)
            .map_or(cause.hit.line, |after| after.hit.line);
        Verdict {
            class: after.map_or(cause.rule.class, |after| after.rule.class),
            line,
            confidence,
            cause,
            because: after,
        }
    }
}

fn sureness(cause: Seen<'_>, pool: &[Seen<'_>]) -> f64 {
    let others = pool
        .iter()
        .any(|seen| seen.rule.weight >= STRONG && seen.rule.class != cause.rule.class);
    match (cause.rule.weight >= STRONG, others) {
        (true, false) => 0.92,
        (true, true) => 0.75,
        (false, _) => 0.55,
    }
}

/// The first cause that nothing after it contradicts, of the best kind there
/// is: one whose rule knows the tool before one that guesses.
fn choose<'log>(pool: &[Seen<'log>]) -> Option<Seen<'log>> {
    let strong: Vec<Seen<'log>> = pool
        .iter()
        .copied()
        .filter(|seen| seen.rule.weight >= STRONG)
        .collect();
    let stands = |seen: &&Seen<'log>| {
        // A fault of the network that was tried again and got over: work went
        // on and failed of something that it does not explain.
        !seen.rule.transient
            || !strong.iter().any(|later| {
                later.hit.line > seen.hit.line
                    && !later.rule.transient
                    && later.rule.class != seen.rule.class
                    && !later.rule.explained_by.contains(&seen.rule.topic)
            })
    };
    // Memory, a disk, a limit of time explain what stands before them too.
    let root = strong
        .iter()
        .filter(|seen| seen.rule.weight >= ROOT)
        .max_by_key(|seen| (seen.rule.weight, usize::MAX - seen.hit.line));
    if let Some(root) = root {
        return Some(*root);
    }
    if let Some(cause) = strong.iter().find(stands).or_else(|| strong.first()) {
        return Some(*cause);
    }
    let best = pool.iter().map(|seen| seen.rule.weight / 10).max()?;
    pool.iter()
        .copied()
        .find(|seen| seen.rule.weight / 10 == best)
}
