//! The policy: one pure function from an intent and a situation to what each
//! rule says. It is small on purpose and can be replaced as a whole.

use serde::Serialize;

use super::{ledger::same_effect, situation::Situation};
use crate::domain::{
    Act, Connection, DeploymentState, Intent, OperationId, OperationState, Text, Timestamp, Version,
};

/// Older facts are said to be old, in seconds.
const STALE_AFTER: i64 = 120;

/// What a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing against it.
    Pass,
    /// Not against it, but the person should know.
    Warn,
    /// Only with a reason.
    NeedsReason,
    /// Only when a key is held down for a second.
    NeedsHold,
    /// Only when a name is typed.
    NeedsTyping,
    /// Only when another person agrees.
    NeedsSecondPerson,
    /// Not yet: see [`Rule::until`].
    NeedsWait,
    /// No.
    Refuse,
}

impl Verdict {
    /// The word that the record keeps.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::NeedsReason => "needs_reason",
            Self::NeedsHold => "needs_hold",
            Self::NeedsTyping => "needs_typing",
            Self::NeedsSecondPerson => "needs_second_person",
            Self::NeedsWait => "needs_wait",
            Self::Refuse => "refuse",
        }
    }
}

/// One rule with what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name.
    pub name: Text,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in one sentence for people.
    pub sentence: Text,
    /// When a wait is over, where the rule asks for one and knows.
    pub until: Option<Timestamp>,
}

impl Rule {
    /// A rule that asks for no wait.
    #[must_use]
    pub fn new(name: &str, verdict: Verdict, sentence: &str) -> Self {
        Self {
            name: Text::new(name),
            verdict,
            sentence: Text::new(sentence),
            until: None,
        }
    }

    /// Whether nothing may be confirmed while the rule says so.
    #[must_use]
    pub fn stops(&self) -> bool {
        matches!(self.verdict, Verdict::Refuse | Verdict::NeedsWait)
    }
}

/// Asks every rule about an intent, in the order to show.
#[must_use]
pub fn judge(id: &OperationId, intent: &Intent, situation: &Situation) -> Vec<Rule> {
    let mut rules = Rules(Vec::new());
    rules.may_act(situation);
    rules.connection(intent, situation);
    rules.freshness(situation);
    rules.duplicate(id, intent, situation);
    match &intent.act {
        Act::Approve { .. } => {
            rules.reviewer(situation);
            rules.freeze(situation, Verdict::NeedsReason);
            rules.trouble(situation, false);
            rules.in_flight(situation);
        }
        Act::Decline { .. } => {
            rules.reviewer(situation);
            rules.add(
                "reason",
                Verdict::NeedsReason,
                "say why, so that whoever waits for it knows",
            );
        }
        Act::RollBack { from, to, .. } => {
            rules.serving(from, to, situation);
            rules.freeze_allows_rollback(situation);
            rules.trouble(situation, true);
            rules.in_flight(situation);
            if situation.production {
                rules.add(
                    "reason",
                    Verdict::NeedsReason,
                    "a rollback of production is recorded with its reason",
                );
                if situation.type_name {
                    rules.add(
                        "typed confirmation",
                        Verdict::NeedsTyping,
                        "a rollback of production is confirmed by typing the service's name",
                    );
                }
            }
        }
        Act::RerunFailed { .. } => rules.freeze(situation, Verdict::Warn),
        Act::CancelRun { .. }
        | Act::Acknowledge { .. }
        | Act::Resolve { .. }
        | Act::AddNote { .. } => {}
    }
    let ships = matches!(intent.act, Act::Approve { .. } | Act::RollBack { .. });
    if situation.two_people && situation.production && ships {
        rules.add(
            "two people",
            Verdict::NeedsSecondPerson,
            "another person has to agree: it is proposed to them, and sent by their tminus",
        );
    }
    rules.0
}

struct Rules(Vec<Rule>);

impl Rules {
    fn add(&mut self, name: &'static str, verdict: Verdict, sentence: impl AsRef<str>) {
        self.0.push(Rule::new(name, verdict, sentence.as_ref()));
    }

    fn may_act(&mut self, situation: &Situation) {
        if situation.read_only {
            self.add(
                "read-only",
                Verdict::Refuse,
                "tminus is read-only: start it without --read-only, and without `read_only` in \
                 [operations], to act",
            );
        }
        match &situation.obstacle {
            Some(why) => self.add(
                "journal",
                Verdict::Refuse,
                format!("it cannot be written down, so it is not done: {why}"),
            ),
            None => self.add(
                "journal",
                Verdict::Pass,
                "it is written down before it is sent",
            ),
        }
    }

    fn connection(&mut self, intent: &Intent, situation: &Situation) {
        let source = &intent.source;
        let sentence = match situation.connection {
            None | Some(Connection::Ok) => return,
            Some(Connection::Connecting) => format!("{source} has not answered yet"),
            Some(Connection::Degraded) => format!("{source} answers only some of the time"),
            Some(Connection::Unreachable) => format!("{source} does not answer now"),
            Some(Connection::Unauthorised) => {
                format!("{source} does not accept tminus' credential")
            }
            Some(Connection::Forbidden) => {
                format!("{source} gives tminus' credential no right to all")
            }
            Some(Connection::RateLimited) => format!("{source} asks tminus to wait"),
        };
        self.add("connection", Verdict::Warn, sentence);
    }

    fn freshness(&mut self, situation: &Situation) {
        for fact in &situation.facts {
            let age = fact
                .observed
                .map(|observed| (situation.now - observed).num_seconds().max(0));
            match age {
                Some(age) if age <= STALE_AFTER => self.add(
                    "freshness",
                    Verdict::Pass,
                    format!("{} was seen {} ago", fact.what, span(age)),
                ),
                Some(age) => self.add(
                    "freshness",
                    Verdict::Warn,
                    format!(
                        "{} was seen {} ago; it is read afresh before anything is sent",
                        fact.what,
                        span(age)
                    ),
                ),
                None => self.add(
                    "freshness",
                    Verdict::Warn,
                    format!(
                        "{} was not seen yet; it is read before anything is sent",
                        fact.what
                    ),
                ),
            }
        }
    }

    fn duplicate(&mut self, id: &OperationId, intent: &Intent, situation: &Situation) {
        for other in &situation.operations {
            if &other.id == id || !same_effect(&other.intent, intent) {
                continue;
            }
            let clock = |at: Option<Timestamp>| {
                at.map_or_else(String::new, |at| format!(" at {}", at.format("%H:%M:%SZ")))
            };
            let at = clock(other.history.first().map(|first| first.at));
            match other.state {
                OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => {
                    self.add(
                        "once",
                        Verdict::Refuse,
                        format!(
                            "{} confirmed the same{at}, and it is under way",
                            other.actor
                        ),
                    );
                }
                OperationState::Proposed => self.add(
                    "once",
                    Verdict::Refuse,
                    format!(
                        "{} proposed the same{at}, and it waits for another person; `tminus \
                         withdraw {}` takes it back",
                        other.actor, other.id
                    ),
                ),
                OperationState::Unknown => self.add(
                    "once",
                    Verdict::Warn,
                    format!(
                        "{} confirmed the same{at}, and nobody knows whether it happened: look \
                         first",
                        other.actor
                    ),
                ),
                OperationState::Observed | OperationState::Failed => {}
            }
        }
    }

    fn reviewer(&mut self, situation: &Situation) {
        match situation.may_answer {
            Some(true) => self.add("reviewer", Verdict::Pass, "you are one of its reviewers"),
            Some(false) => {
                let who: Vec<&str> = situation.reviewers.iter().map(Text::as_str).collect();
                self.add(
                    "reviewer",
                    Verdict::Refuse,
                    if who.is_empty() {
                        "you are not one of its reviewers".to_owned()
                    } else {
                        format!("you are not one of its reviewers: {}", who.join(", "))
                    },
                );
            }
            None => {}
        }
    }

    fn freeze(&mut self, situation: &Situation, verdict: Verdict) {
        if !situation.production {
            return;
        }
        if situation.freezes.is_empty() {
            self.add("freeze", Verdict::Pass, "no freeze is in force");
        }
        for freeze in &situation.freezes {
            self.add(
                "freeze",
                verdict,
                format!(
                    "the freeze `{}` is in force until {}{}",
                    freeze.title,
                    freeze.end.format("%Y-%m-%d %H:%MZ"),
                    if verdict == Verdict::NeedsReason {
                        ": say why it cannot wait"
                    } else {
                        ""
                    }
                ),
            );
        }
    }

    fn freeze_allows_rollback(&mut self, situation: &Situation) {
        for freeze in &situation.freezes {
            self.add(
                "freeze",
                Verdict::Pass,
                format!(
                    "the freeze `{}` is in force; going back is allowed in it, and recorded",
                    freeze.title
                ),
            );
        }
    }

    fn trouble(&mut self, situation: &Situation, remedy: bool) {
        let (verdict, tail) = if remedy {
            (Verdict::Pass, "; this is its remedy")
        } else {
            (Verdict::Warn, "")
        };
        if let Some(why) = &situation.canary_failing {
            self.add(
                "canary",
                verdict,
                format!("the canary is failing: {why}{tail}"),
            );
        }
        for incident in &situation.incidents {
            self.add(
                "incident",
                verdict,
                format!(
                    "incident {} is open: {}{}",
                    incident.number,
                    incident.title,
                    if remedy {
                        "; this may be its remedy"
                    } else {
                        ""
                    }
                ),
            );
        }
    }

    /// What only waits is not on its way: among it is the very deployment that
    /// an approval would let go.
    fn in_flight(&mut self, situation: &Situation) {
        let moving = situation
            .deployments
            .iter()
            .filter(|deployment| deployment.state == DeploymentState::InProgress);
        for deployment in moving {
            self.add(
                "in flight",
                Verdict::Warn,
                format!(
                    "a deployment of {} to {} is under way; whichever ends last will serve",
                    deployment.version, deployment.environment
                ),
            );
        }
    }

    fn serving(&mut self, from: &Version, to: &Version, situation: &Situation) {
        match &situation.serving {
            Some(serving) if serving == to => self.add(
                "version",
                Verdict::Refuse,
                format!("{to} already serves; there is nothing to roll back"),
            ),
            Some(serving) if serving != from => self.add(
                "version",
                Verdict::Refuse,
                format!("{serving} serves now, not {from}: look again and decide anew"),
            ),
            Some(_) => self.add("version", Verdict::Pass, format!("{from} is what serves")),
            None => {}
        }
    }
}

/// A span of seconds for people.
fn span(seconds: i64) -> String {
    match seconds {
        0..=99 => format!("{seconds} s"),
        100..=5_999 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
