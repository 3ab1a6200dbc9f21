//! What the dialog says, line by line. Each section is a function that adds
//! its lines; a new one is a line in [`Body::of`].

use super::super::frame;
use crate::{
    domain::{
        Act, OperationId, OperationRecord, OperationState, RiskLevel, RollbackPlan, StepState, Text,
    },
    operation::{Rule, Verdict},
    ui::{
        app::{App, Batch, Dialog, Known, Phase, Refused, Review, by_weight},
        theme::{State, operation_word},
        widgets::{format, row::columns},
    },
};

/// Columns of a label, with the gap after it.
pub(super) const LABEL: u16 = 6;
/// Columns of a rule's glyph and of the word for what it asks.
const GLYPH: u16 = 2;
const WORD: u16 = 8;
/// Most lines of notes that are shown; the rest is counted.
const NOTES: usize = 8;

/// How a text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Plain text.
    Text,
    /// Said quietly.
    Dim,
    /// What matters most of a target.
    Strong,
    /// Think about it.
    Warning,
    /// It cannot be, or is dangerous.
    Danger,
    /// A state.
    State(State),
}

/// One piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Columns from the left edge.
    pub(super) at: u16,
    /// How it is read.
    pub(super) role: Role,
    /// A glyph in front, one column wide, by its state.
    pub(super) glyph: Option<State>,
    /// The words.
    pub(super) text: String,
}

/// One line: its pieces from left to right.
pub(super) type Line = Vec<Piece>;

/// The lines of the dialog, for one width.
pub(super) struct Body {
    width: u16,
    pub(super) lines: Vec<Line>,
}

impl Body {
    /// Everything that the dialog says in its phase.
    pub(super) fn of(app: &App, dialog: &Dialog, width: u16) -> Self {
        let mut body = Self {
            width,
            lines: Vec::new(),
        };
        match &dialog.phase {
            Phase::Preparing => body.says(
                Role::Dim,
                "",
                "reading the target afresh and asking the rules…",
            ),
            Phase::Prompting(review) | Phase::Waiting(review) => {
                match &dialog.batch {
                    Some(batch) => runs(&mut body, batch),
                    None => target(&mut body, review),
                }
                effect(&mut body, review);
                again(&mut body, review);
                risk(&mut body, review);
                rules(&mut body, &review.rules);
                request(&mut body, review, dialog.unfolded);
            }
            Phase::Done(review, id) => {
                outcome(&mut body, app, review, id);
                if dialog.unfolded {
                    request(&mut body, review, true);
                }
            }
            Phase::Failed(refused) => refusal(&mut body, refused),
        }
        body
    }

    /// A labelled text, broken where it does not fit.
    pub(super) fn says(&mut self, role: Role, label: &'static str, text: &str) {
        self.labelled(label);
        self.wrapped(LABEL, role, text);
    }

    /// An empty line, unless there is one already.
    pub(super) fn gap(&mut self) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(Vec::new());
        }
    }

    /// Begins a line with its label.
    fn labelled(&mut self, label: &'static str) {
        let piece = Piece {
            at: 0,
            role: Role::Dim,
            glyph: None,
            text: label.to_owned(),
        };
        self.lines.push(vec![piece]);
    }

    /// Adds a text to the last line, and to new ones what does not fit.
    fn wrapped(&mut self, at: u16, role: Role, text: &str) {
        let room = self.width.saturating_sub(at);
        for (place, text) in frame::wrap(text, room).into_iter().enumerate() {
            if place > 0 {
                self.lines.push(Vec::new());
            }
            self.piece(at, role, None, text);
        }
    }

    fn piece(&mut self, at: u16, role: Role, glyph: Option<State>, text: String) {
        let piece = Piece {
            at,
            role,
            glyph,
            text,
        };
        match self.lines.last_mut() {
            Some(line) => line.push(piece),
            None => self.lines.push(vec![piece]),
        }
    }
}

/// The steps of a plan, a line each; last those that it goes on without.
fn steps(plan: &RollbackPlan) -> Vec<String> {
    let wide = |text: &str| columns(text) as usize;
    let name = plan.steps.iter().map(|step| wide(step.service.as_str()));
    let name = name.max().unwrap_or(0);
    let from = plan
        .steps
        .iter()
        .map(|step| wide(step.from.version.as_str()));
    let from = from.max().unwrap_or(0);
    let pad = |text: &str, width: usize| {
        format!("{text}{}", " ".repeat(width.saturating_sub(wide(text))))
    };
    let mut lines: Vec<String> = plan
        .to_do()
        .enumerate()
        .map(|(place, step)| {
            format!(
                "{} {}  {} → {}",
                place + 1,
                pad(step.service.as_str(), name),
                pad(step.from.version.as_str(), from),
                step.to.version
            )
        })
        .collect();
    let out = plan
        .steps
        .iter()
        .filter(|step| matches!(step.state, StepState::Refused | StepState::Skipped));
    lines.extend(out.map(|step| {
        format!(
            "– {}  stays at {}: {}",
            pad(step.service.as_str(), name),
            step.from.version,
            step.detail
        )
    }));
    lines
}

/// From what to what, or which object; of a plan its steps.
fn target(body: &mut Body, review: &Review) {
    if let Some(plan) = &review.plan {
        for (place, line) in steps(plan).iter().enumerate() {
            body.says(Role::Strong, if place == 0 { "plan" } else { "" }, line);
        }
        return;
    }
    for Known {
        label,
        what,
        more,
        strong,
    } in &review.known
    {
        let role = if *strong { Role::Strong } else { Role::Text };
        body.says(role, label, what);
        if more.is_empty() {
            continue;
        }
        let used = body.lines.last().and_then(|line| line.last());
        let used = used.map_or(LABEL, |piece| piece.at + columns(&piece.text)) + 2;
        // Versions stand under each other where there are two.
        let at = used.max(LABEL + 12);
        if at + columns(more) <= body.width {
            body.piece(at, Role::Dim, None, more.clone());
        } else {
            body.lines.push(Vec::new());
            body.wrapped(LABEL, Role::Dim, more);
        }
    }
}

/// The runs of several, a line each; last those that are left out.
fn runs(body: &mut Body, batch: &Batch) {
    let (going, out): (Vec<_>, Vec<_>) =
        batch.lines.iter().partition(|line| line.why_not.is_empty());
    let wide = |text: &str| columns(text) as usize;
    let label = going.iter().map(|line| wide(&line.label)).max();
    for (place, line) in going.iter().enumerate() {
        let pad = " ".repeat(label.unwrap_or(0).saturating_sub(wide(&line.label)));
        let text = format!("{} {}{pad}  {}", place + 1, line.label, line.what);
        let first = if place == 0 { "runs" } else { "" };
        body.says(Role::Strong, first, text.trim_end());
    }
    for (place, line) in out.iter().enumerate() {
        let first = if place == 0 { "not" } else { "" };
        body.says(
            Role::Dim,
            first,
            &format!("– {}: {}", line.label, line.why_not),
        );
    }
}

/// What will be so afterwards, and the way back.
fn effect(body: &mut Body, review: &Review) {
    body.says(Role::Text, "does", &review.description.consequence);
    body.says(Role::Dim, "undo", review.description.undo);
    match &review.intent.act {
        Act::AddNote { lines, .. } => {
            for line in lines {
                body.says(Role::Text, "note", line);
            }
        }
        Act::Publish { lines, .. } => {
            for (place, line) in lines.iter().take(NOTES).enumerate() {
                body.says(Role::Text, if place == 0 { "notes" } else { "" }, line);
            }
            if lines.len() > NOTES {
                let more = format!("… and {} lines more", lines.len() - NOTES);
                body.says(Role::Dim, "", &more);
            }
        }
        _ => {}
    }
    if review.needs_second {
        let next = "another person has to agree before anything is sent; until then it waits as \
                    proposed";
        body.says(Role::Warning, "then", next);
    }
}

/// What is known of the operation that is sent again.
fn again(body: &mut Body, review: &Review) {
    for (place, line) in review.again.iter().enumerate() {
        let last = place + 1 == review.again.len();
        let role = if last { Role::Warning } else { Role::Text };
        body.says(role, if place == 0 { "again" } else { "" }, line);
    }
}

/// How risky it is, with the reasons.
fn risk(body: &mut Body, review: &Review) {
    let Some(risk) = &review.risk else { return };
    let role = match risk.level {
        RiskLevel::Low => Role::Dim,
        RiskLevel::Medium => Role::Warning,
        RiskLevel::High => Role::Danger,
    };
    body.labelled("risk");
    body.piece(LABEL, role, None, risk.level.word().to_owned());
    let at = LABEL + columns(risk.level.word()) + 2;
    let reasons: Vec<&str> = risk.reasons.iter().map(Text::as_str).collect();
    if !reasons.is_empty() {
        body.wrapped(at, Role::Text, &reasons.join(" · "));
    }
}

/// The rules: what stops and what asks comes first to the eye, what speaks
/// for it stands in two columns where that fits.
fn rules(body: &mut Body, rules: &[Rule]) {
    body.gap();
    let rules = by_weight(rules);
    let half = body.width / 2;
    let (passing, others): (Vec<&Rule>, Vec<&Rule>) = rules
        .into_iter()
        .partition(|rule| rule.verdict == Verdict::Pass);
    for rule in others {
        let (state, role) = look(rule.verdict);
        body.lines.push(Vec::new());
        body.piece(0, Role::State(state), Some(state), String::new());
        body.piece(GLYPH, role, None, asks(rule.verdict).to_owned());
        let mut sentence = rule.sentence.to_string();
        if let Some(until) = rule.until {
            sentence.push_str(&format!(" (until {})", until.format("%H:%M:%SZ")));
        }
        body.wrapped(GLYPH + WORD, Role::Text, &sentence);
    }
    let fits = |rule: &Rule| GLYPH + columns(&rule.sentence) < half;
    let mut passing = passing.into_iter().peekable();
    while let Some(rule) = passing.next() {
        body.lines.push(Vec::new());
        pass(body, 0, rule);
        if fits(rule)
            && let Some(next) = passing.next_if(|next| fits(next))
        {
            pass(body, half, next);
        }
    }
}

fn pass(body: &mut Body, at: u16, rule: &Rule) {
    let state = State::Ok;
    body.piece(at, Role::State(state), Some(state), String::new());
    body.wrapped(at + GLYPH, Role::Dim, &rule.sentence);
}

fn look(verdict: Verdict) -> (State, Role) {
    match verdict {
        Verdict::Pass => (State::Ok, Role::Dim),
        Verdict::Warn => (State::Alert, Role::Warning),
        Verdict::NeedsReason
        | Verdict::NeedsHold
        | Verdict::NeedsTyping
        | Verdict::NeedsSecondPerson
        | Verdict::NeedsWait => (State::Waiting, Role::State(State::Waiting)),
        Verdict::Refuse => (State::Failed, Role::Danger),
    }
}

/// What a rule asks for, in a word.
fn asks(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "",
        Verdict::Warn => "mind",
        Verdict::NeedsReason => "reason",
        Verdict::NeedsHold => "hold",
        Verdict::NeedsTyping => "type",
        Verdict::NeedsSecondPerson => "second",
        Verdict::NeedsWait => "wait",
        Verdict::Refuse => "no",
    }
}

/// The request: its first line with the end of the address, or all of it.
fn request(body: &mut Body, review: &Review, unfolded: bool) {
    body.gap();
    if !unfolded {
        if let Some(first) = review.request.first() {
            let room = body.width.saturating_sub(LABEL);
            body.says(Role::Dim, "sends", &shortened(first, room));
        }
        return;
    }
    for (place, line) in review.request.iter().enumerate() {
        body.says(Role::Dim, if place == 0 { "sends" } else { "" }, line);
    }
}

/// `POST …/deployments/7/approve`: the method, and of the address what fits,
/// which is its end.
pub(super) fn shortened(line: &str, room: u16) -> String {
    if columns(line) <= room {
        return line.to_owned();
    }
    let (method, address) = line.split_once(' ').unwrap_or(("", line));
    let room = room.saturating_sub(columns(method) + 2);
    let start = address
        .char_indices()
        .map(|(start, _)| start)
        .find(|start| columns(&address[*start..]) <= room)
        .unwrap_or(address.len());
    // From a whole part of the path on, where one begins.
    let end = &address[start..];
    let end = end.find('/').map_or(end, |slash| &end[slash..]);
    format!("{method} …{end}")
}

/// Why it cannot be done.
fn refusal(body: &mut Body, refused: &Refused) {
    body.lines.push(Vec::new());
    body.wrapped(0, Role::Danger, &refused.sentence);
    body.lines.push(Vec::new());
    body.wrapped(0, Role::Text, "Nothing was sent.");
    if !refused.rules.is_empty() {
        rules(body, &refused.rules);
    }
}

/// What became of it, as far as that is known.
fn outcome(body: &mut Body, app: &App, review: &Review, id: &OperationId) {
    body.says(Role::Text, "what", &review.description.summary);
    body.gap();
    let Some(record) = app.model.operation(id) else {
        let text = if review.needs_second {
            "proposed: it is written down, and nothing is sent until another person agrees"
        } else {
            "it is in the journal, and about to be sent"
        };
        body.says(Role::Text, "", text);
        return;
    };
    history(body, record);
    body.gap();
    let (role, text) = match record.state {
        OperationState::Observed => (Role::Dim, "It is so. Any key goes on."),
        OperationState::Failed => (
            Role::Danger,
            "It did not happen, and nothing more is done about it.",
        ),
        OperationState::Unknown => (
            Role::Warning,
            "Nobody knows whether it happened. It is in the inbox: there it can be looked for, or \
             sent again.",
        ),
        OperationState::Proposed => (
            Role::Warning,
            "Nothing was sent: it waits for another person.",
        ),
        OperationState::Confirmed | OperationState::Sent | OperationState::Accepted => (
            Role::Dim,
            "Nobody has to wait: the footer follows it, and any key goes on.",
        ),
    };
    body.lines.push(Vec::new());
    body.wrapped(0, role, text);
}

fn history(body: &mut Body, record: &OperationRecord) {
    let first = record.history.first().map(|first| first.at);
    for transition in &record.history {
        let state = State::from(transition.state);
        let word = operation_word(transition.state);
        body.lines.push(Vec::new());
        let time = format::clock_seconds(transition.at);
        body.piece(0, Role::Dim, None, time);
        body.piece(10, Role::State(state), Some(state), String::new());
        body.piece(12, Role::State(state), None, word.to_owned());
        let past = first.map_or(0, |first| (transition.at - first).num_milliseconds());
        let past = format!("+{}.{} s", past / 1_000, past.rem_euclid(1_000) / 100);
        body.piece(23, Role::Dim, None, past);
        let detail = match transition.state {
            // The reason and the request were shown before.
            OperationState::Confirmed | OperationState::Sent => "",
            _ => transition.detail.as_str(),
        };
        body.wrapped(33, Role::Text, detail);
    }
}
