//! What is typed after `/`: words, and what a row is about.
//!
//! ```text
//! check fail                    each word occurs somewhere in the row
//! service:checkout,search       one of these is part of the service's name
//! branch:main actor:ana env:production
//! state:failed,running          failed running waiting queued success cancelled
//! age:<2h age:>1d               since it began, in s, m, h, d or w
//! !state:success !bot           not that one
//! "fix: retry"                  words as they are, with blanks and colons
//! ```
//!
//! All of it has to hold. What cannot be understood is told, and is never left
//! out in silence.

use chrono::TimeDelta;

use super::{Item, haystack, run, service};
use crate::{
    domain::{Conclusion, DeploymentState, RunState, Timestamp},
    model::Model,
};

/// What can stand before a colon, for messages and help.
pub const FILTER_KEYS: &str = "service:, branch:, actor:, state:, age: and env:";
/// What can stand after `state:`, for messages and help.
pub const FILTER_STATES: &str = "failed, running, waiting, queued, success and cancelled";

/// A filter that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    terms: Vec<Term>,
    /// What could not be understood first, in a line for people.
    fault: Option<String>,
}

/// One term: all of them have to hold.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    not: bool,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    /// Occurs in the row's text.
    Word(String),
    /// One of these is part of it.
    Part(Place, Vec<String>),
    /// It is in one of these states.
    State(Vec<Standing>),
    /// It began less long ago than this, or longer.
    Younger(TimeDelta),
    Older(TimeDelta),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Service,
    Branch,
    Actor,
    Environment,
}

/// What `state:` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Failed,
    Running,
    Waiting,
    Queued,
    Success,
    Cancelled,
}

impl Terms {
    /// Reads what was typed.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut read = Self::default();
        for token in tokens(text) {
            match term(&token) {
                Ok(Some(term)) => read.terms.push(term),
                Ok(None) => {}
                Err(fault) => read.fault = read.fault.or(Some(fault)),
            }
        }
        read
    }

    /// What could not be understood, in a line for people.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether every row is shown.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether an item is shown. `text` stands for the words of items that the
    /// model does not keep, in lower case.
    #[must_use]
    pub fn shows(&self, model: &Model, item: &Item, text: Option<&str>, now: Timestamp) -> bool {
        let mut words: Option<String> = None;
        self.terms.iter().all(|term| {
            let holds = match &term.test {
                Test::Word(word) => match text {
                    Some(text) => text.contains(word),
                    None => words
                        .get_or_insert_with(|| haystack(model, item))
                        .contains(word),
                },
                Test::Part(place, parts) => part_of(model, item, *place)
                    .is_some_and(|whole| parts.iter().any(|part| whole.contains(part))),
                Test::State(states) => {
                    standing(model, item).is_some_and(|state| states.contains(&state))
                }
                Test::Younger(span) => began(model, item).is_some_and(|at| now - at < *span),
                Test::Older(span) => began(model, item).is_some_and(|at| now - at > *span),
            };
            holds != term.not
        })
    }
}

/// One piece of what was typed, and where its first colon outside of quotes is.
struct Token {
    text: String,
    colon: Option<usize>,
    not: bool,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut all = Vec::new();
    let mut quoted = false;
    let fresh = || Token {
        text: String::new(),
        colon: None,
        not: false,
    };
    let mut token = fresh();
    for character in text.chars() {
        match character {
            '"' => quoted = !quoted,
            _ if character.is_whitespace() && !quoted => {
                // A `!` that stands alone is about the next word.
                if !token.text.is_empty() {
                    all.push(std::mem::replace(&mut token, fresh()));
                }
            }
            '!' if token.text.is_empty() && !quoted => token.not = true,
            _ => {
                if character == ':' && !quoted && token.colon.is_none() {
                    token.colon = Some(token.text.len());
                }
                token.text.extend(character.to_lowercase());
            }
        }
    }
    if !token.text.is_empty() {
        all.push(token);
    }
    all
}

fn term(token: &Token) -> Result<Option<Term>, String> {
    let keyed = token
        .colon
        .map(|at| (&token.text[..at], &token.text[at + 1..]))
        .filter(|(key, _)| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase()));
    let Some((key, value)) = keyed else {
        return Ok(Some(Term {
            not: token.not,
            test: Test::Word(token.text.clone()),
        }));
    };
    let values: Vec<String> = value
        .split(',')
        .filter(|value| !value.is_empty())
        .map(str::to_owned)
        .collect();
    let place = match key {
        "service" => Some(Place::Service),
        "branch" => Some(Place::Branch),
        "actor" => Some(Place::Actor),
        "env" => Some(Place::Environment),
        "state" | "age" => None,
        _ => {
            return Err(format!(
                "there is no `{key}:` here; there are {FILTER_KEYS}, and \"quotes\" for words"
            ));
        }
    };
    if values.is_empty() {
        return Err(match key {
            "state" => format!("state: takes {FILTER_STATES}"),
            "age" => AGE.to_owned(),
            _ => format!("{key}: takes a part of a name"),
        });
    }
    let test = match (key, place) {
        (_, Some(place)) => Test::Part(place, values),
        ("state", None) => Test::State(
            values
                .iter()
                .map(|value| {
                    state(value)
                        .ok_or_else(|| format!("`{value}` is no state; there are {FILTER_STATES}"))
                })
                .collect::<Result<_, _>>()?,
        ),
        _ => age(value).ok_or_else(|| AGE.to_owned())?,
    };
    Ok(Some(Term {
        not: token.not,
        test,
    }))
}

/// What `age:` takes.
const AGE: &str = "age: takes a span, as in age:<2h or age:>1d";

fn state(word: &str) -> Option<Standing> {
    Some(match word {
        "failed" => Standing::Failed,
        "running" => Standing::Running,
        "waiting" => Standing::Waiting,
        "queued" => Standing::Queued,
        "success" => Standing::Success,
        "cancelled" => Standing::Cancelled,
        _ => return None,
    })
}

fn age(value: &str) -> Option<Test> {
    let (younger, rest) = match (value.strip_prefix('<'), value.strip_prefix('>')) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return None,
    };
    let unit = rest.chars().next_back()?;
    let number: u32 = rest.strip_suffix(unit)?.parse().ok()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    let span = TimeDelta::seconds(i64::from(number) * seconds);
    Some(if younger {
        Test::Younger(span)
    } else {
        Test::Older(span)
    })
}

/// What an item has at a place, in lower case.
fn part_of(model: &Model, item: &Item, place: Place) -> Option<String> {
    let run = || Some(&model.run(&run(model, item)?)?.value);
    let found = match place {
        Place::Service => service(model, item)?.to_string(),
        Place::Branch => run()?.branch.to_string(),
        Place::Actor => match item {
            Item::Deployment(id) => model.deployment(id)?.value.creator.to_string(),
            Item::Operation(id) => model.operation(id)?.actor.to_string(),
            Item::Plan(id) => model.plan(id)?.actor.to_string(),
            Item::Approval(id) => model.approval(id)?.value.requested_by.to_string(),
            Item::Note(id) => model.note(id)?.author.to_string(),
            _ => run()?.actor.to_string(),
        },
        Place::Environment => match item {
            Item::Deployment(id) => model.deployment(id)?.value.environment.to_string(),
            Item::Approval(id) => model.approval(id)?.value.environment.to_string(),
            Item::Operation(id) => model
                .operation(id)?
                .intent
                .environment
                .as_ref()?
                .to_string(),
            Item::Canary(name) | Item::Metric(name, _) => {
                model.canary(name)?.value.environment.to_string()
            }
            _ => {
                let run = run()?;
                // What waits in it tells where a run goes to, too.
                let waits = || {
                    let waiting = model.approvals();
                    let found = waiting.iter().find(|one| one.value.run == run.id)?;
                    Some(found.value.environment.to_string())
                };
                match &run.environment {
                    Some(environment) => environment.to_string(),
                    None => waits()?,
                }
            }
        },
    };
    Some(found.to_lowercase())
}

fn standing(model: &Model, item: &Item) -> Option<Standing> {
    match item {
        Item::Run(id) => of_run(&model.run(id)?.value.state),
        Item::Job(id) => of_run(&model.job(id)?.1.state),
        Item::Step(id, number) => {
            let (_, job) = model.job(id)?;
            of_run(&job.steps.iter().find(|step| step.number == *number)?.state)
        }
        Item::Approval(id) => model.approval(id).map(|_| Standing::Waiting),
        Item::Deployment(id) => Some(match model.deployment(id)?.value.state {
            DeploymentState::Queued => Standing::Queued,
            DeploymentState::Waiting => Standing::Waiting,
            DeploymentState::InProgress => Standing::Running,
            DeploymentState::Success => Standing::Success,
            DeploymentState::Failure => Standing::Failed,
            _ => return None,
        }),
        _ => None,
    }
}

fn of_run(state: &RunState) -> Option<Standing> {
    Some(match state {
        RunState::Queued => Standing::Queued,
        RunState::Running => Standing::Running,
        RunState::Waiting => Standing::Waiting,
        RunState::Done(Conclusion::Success) => Standing::Success,
        RunState::Done(Conclusion::Cancelled) => Standing::Cancelled,
        state if state.is_failed() => Standing::Failed,
        _ => return None,
    })
}

fn began(model: &Model, item: &Item) -> Option<Timestamp> {
    Some(match item {
        Item::Approval(id) => model.approval(id)?.value.waiting_since,
        Item::Incident(id) => model.incident(id)?.value.created,
        Item::Deployment(id) => model.deployment(id)?.value.created,
        Item::Note(id) => model.note(id)?.at,
        Item::Window(id) => model.window(id)?.start,
        Item::Operation(id) => model.operation(id)?.history.first()?.at,
        Item::Plan(id) => model.plan(id)?.confirmed,
        _ => model.run(&run(model, item)?)?.value.created,
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone as _, Utc};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{Body, Fact, Origin, Run, SourceId, Text};

    fn now() -> Timestamp {
        Utc.timestamp_opt(1_800_000_000, 0).unwrap()
    }

    fn model() -> Model {
        let mut model = Model::default();
        let hub = SourceId::new("hub");
        for (key, service, branch, actor, state, hours) in [
            ("1", "checkout", "main", "ana", RunState::Running, 1),
            (
                "2",
                "search",
                "v1.2.0",
                "bot",
                RunState::Done(Conclusion::Failure),
                30,
            ),
            (
                "3",
                "checkout",
                "main",
                "deniz",
                RunState::Done(Conclusion::Cancelled),
                3,
            ),
        ] {
            let at = now() - TimeDelta::hours(hours);
            let body = Body::Run(Run {
                id: Origin::new(&hub, key),
                service: service.into(),
                number: 7,
                attempt: 1,
                workflow: Text::new("release"),
                title: Text::new("fix: retry the payment"),
                branch: Text::new(branch),
                commit: Text::new("abc"),
                version: None,
                environment: (key == "1").then(|| "production".into()),
                event: Text::new("push"),
                actor: Text::new(actor),
                state,
                created: at,
                started: None,
                updated: at,
                url: Text::default(),
            });
            let fact = Fact {
                source: hub.clone(),
                observed: at,
                body,
            };
            model.apply(fact, now());
        }
        model
    }

    /// The keys of the runs that a filter shows.
    fn shown(text: &str) -> String {
        let model = model();
        let terms = Terms::parse(text);
        assert_eq!(terms.fault(), None, "{text}");
        ["1", "2", "3"]
            .into_iter()
            .filter(|key| {
                let item = Item::Run(Origin::new(&SourceId::new("hub"), key));
                terms.shows(&model, &item, None, now())
            })
            .collect()
    }

    #[test]
    fn each_term_has_to_hold() {
        for (text, wanted) in [
            ("", "123"),
            ("!", "123"),
            ("Check RELEASE", "13"),
            ("!check", "2"),
            ("! check", "2"),
            ("!checkout release", "2"),
            ("service:search", "2"),
            ("service:SEAR,nothing", "2"),
            ("!service:search", "13"),
            ("branch:main", "13"),
            ("branch:v1", "2"),
            ("actor:ana,bot", "12"),
            ("state:failed", "2"),
            ("state:running,cancelled", "13"),
            ("!state:failed state:cancelled", "3"),
            ("age:<2h", "1"),
            ("age:>1d", "2"),
            ("age:>2h age:<24h", "3"),
            ("!age:>2h", "1"),
            ("env:prod", "1"),
            ("!env:prod", "23"),
            ("\"fix: retry\" service:check", "13"),
            ("service:\"check\"", "13"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told() {
        for (text, word) in [
            ("servce:checkout", "servce:"),
            ("state:broken", "`broken` is no state"),
            ("state:failed,broken", "`broken` is no state"),
            ("state:", "state: takes failed"),
            ("service:", "service: takes"),
            ("age:2h", "age:<2h"),
            ("age:<2", "age:<2h"),
            ("age:<h", "age:<2h"),
            ("age:<2y", "age:<2h"),
            ("checkout !fix:", "fix:"),
        ] {
            let terms = Terms::parse(text);
            let fault = terms.fault().unwrap_or_else(|| panic!("{text}: no fault"));
            assert!(fault.contains(word), "{text}: {fault}");
        }
    }

    #[test]
    fn what_has_no_such_thing_is_not_shown_and_its_opposite_is() {
        let item = Item::Release(Text::new("train-47"));
        let shows = |text: &str| Terms::parse(text).shows(&Model::default(), &item, None, now());
        assert!(!shows("state:failed"));
        assert!(shows("!state:failed"));
        assert!(shows("train"));
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_makes_it_fail(text in "\\PC{0,60}") {
            let item = Item::Run(Origin::new(&SourceId::new("hub"), "1"));
            let _ = Terms::parse(&text).shows(&model(), &item, None, now());
        }

        #[test]
        fn a_term_and_its_opposite_part_the_rows(
            term in "(service|branch|actor|env):[a-z0-9.]{1,6}|state:(failed|running|queued)|age:[<>][0-9]{1,6}[smhdw]|[a-z]{1,4}",
        ) {
            let all = shown(&term).len() + shown(&format!("!{term}")).len();
            prop_assert_eq!(all, 3);
        }

        #[test]
        fn more_terms_never_show_more(one in "[a-z]{1,3}", other in "[a-z]{1,3}") {
            let both = shown(&format!("{one} {other}"));
            prop_assert!(both.chars().all(|key| shown(&one).contains(key)));
        }
    }
}
