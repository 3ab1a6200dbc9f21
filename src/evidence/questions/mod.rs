//! The eleven things that an auditor asks about a sampled change (SOC 2 CC8.1,
//! SOX ITGC, PCI DSS 6.5.1), each answered from what is here or named as
//! missing. And first of all: whether the list of changes is complete.

mod known;
mod shown;
mod told;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::operation::Operation;
use crate::domain::{Act, Fact, Note, Text, Timestamp};
use known::Known;

/// Whether an answer is there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// The question does not arise.
    DoesNotApply,
    /// It is here.
    Present,
    /// Some of it is here.
    Partly,
    /// It is not here.
    Missing,
}

impl Found {
    /// For people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::DoesNotApply => "does not apply",
            Self::Present => "present",
            Self::Partly => "partly",
            Self::Missing => "missing",
        }
    }
}

/// One question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Answer {
    /// Its number, from 1; 0 is the completeness of the list.
    pub number: u8,
    /// What is asked.
    pub question: Text,
    /// Whether the answer is here.
    pub found: Found,
    /// The answer in sentences, one for each operation at least.
    pub says: Vec<Text>,
    /// The files of the package that show it.
    pub shown_in: Vec<Text>,
}

type Part = (Found, String);

const QUESTIONS: [&str; 12] = [
    "Is every change of this span in the list?",
    "Who asked for the change, and why?",
    "What could it harm?",
    "Who wrote it?",
    "Who else reviewed its final revision?",
    "Which tests ran on it, and with what result?",
    "Who approved it before it went out?",
    "Who or what deployed which artifact, when and where to?",
    "How was it verified afterwards?",
    "How could it have been taken back?",
    "Was it an emergency, and was it handled as one?",
    "Do ticket, commits, build, artifact and deployment lead to each other without a gap?",
];

/// Where facts are in a package.
pub const FACTS: &str = "facts.json";

/// Answers every question about some operations. `facts` is what the systems
/// showed when the evidence was put together; none when nobody looked. `notes`
/// are what people wrote about them, each with when it was finished. `span`
/// is the time in which every change has to be in the list, where one was
/// meant.
#[must_use]
pub fn answer(
    operations: &[Operation],
    facts: Option<&[Fact]>,
    notes: &[(Timestamp, &Note)],
    span: (Option<Timestamp>, Option<Timestamp>),
) -> Vec<Answer> {
    let known = Known {
        facts: facts.unwrap_or_default(),
        looked: facts.is_some(),
        span,
    };
    (0..)
        .zip(QUESTIONS)
        .map(|(number, question)| {
            let parts: Vec<Part> = if number == 0 {
                vec![known.population(operations)]
            } else {
                operations
                    .iter()
                    .map(|operation| {
                        let (found, says) = ask(&known, notes, number, operation);
                        (found, format!("{}: {says}", operation.summary))
                    })
                    .collect()
            };
            let mut shown_in: BTreeSet<String> = BTreeSet::new();
            if parts.iter().any(|(found, _)| *found <= Found::Partly) {
                if matches!(number, 0 | 3 | 4 | 5 | 7 | 9 | 11) && known.looked {
                    shown_in.insert(FACTS.to_owned());
                }
                if number != 3 && number != 5 {
                    shown_in.extend(
                        operations
                            .iter()
                            .map(|operation| format!("{}.dsse.json", operation.file())),
                    );
                }
            }
            Answer {
                number,
                question: Text::new(question),
                found: together(&parts),
                says: parts
                    .into_iter()
                    .map(|(_, says)| Text::from(says))
                    .collect(),
                shown_in: shown_in.into_iter().map(Text::from).collect(),
            }
        })
        .collect()
}

/// The whole is there when each part is, and missing when each part is.
fn together(parts: &[Part]) -> Found {
    let mut asked = parts
        .iter()
        .map(|(found, _)| *found)
        .filter(|found| *found != Found::DoesNotApply);
    let Some(first) = asked.next() else {
        return if parts.is_empty() {
            Found::Missing
        } else {
            Found::DoesNotApply
        };
    };
    if asked.all(|found| found == first) {
        first
    } else {
        Found::Partly
    }
}

/// One question about one operation.
fn ask(known: &Known<'_>, notes: &[(Timestamp, &Note)], number: u8, operation: &Operation) -> Part {
    match number {
        1 => told::request(operation),
        2 => told::impact(operation),
        3 => known.author(operation),
        4 => known.review(operation),
        5 => known.tests(operation),
        6 => told::approval(operation),
        7 => known.deployed(operation),
        8 => told::verified(operation),
        9 => known.way_back(operation),
        10 => told::emergency(operation, notes),
        _ => known.links(operation),
    }
}

/// A moment for people.
fn clock(at: Timestamp) -> String {
    at.format("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Whether the operation brings a version somewhere.
fn ships(operation: &Operation) -> bool {
    matches!(
        operation.confirmation.intent.act,
        Act::Approve { .. } | Act::RollBack { .. } | Act::RollBackByRerun { .. } | Act::Undo { .. }
    )
}

fn no_change() -> Part {
    (
        Found::DoesNotApply,
        "it brings no version anywhere".to_owned(),
    )
}
