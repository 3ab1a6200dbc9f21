//! The commands that act: `approve`, `decline`, `ack`, `note`, and what
//! `rollback` shares with them.
//! They go through the same door as the screen.

use std::{
    io::{IsTerminal as _, Write as _},
    sync::Arc,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use super::{
    args::{Answer, Global},
    context::{Context, remember},
    print,
    report::OperationReport,
    single_thread,
};
use crate::{
    domain::{
        Connection, EnvironmentName, NoteLink, OperationId, OperationRecord, OperationState,
        Origin, ServiceName, Text, Version,
    },
    error::{Error, Kind},
    model::Model,
    operation::{
        Answers, Checked, Desk, Draft, Emit, Situation, Strength, Verdict, describe, intent,
    },
    runtime::now,
};

/// How sure the caller already is.
pub(super) struct Consent {
    pub(super) yes: bool,
    pub(super) typed: String,
    pub(super) dry_run: bool,
}

/// `tminus approve` and, with `approve` false, `tminus decline`.
///
/// # Errors
/// When nothing waits under that id, a rule refuses, or it is not observed.
pub fn answer(global: &Global, answer: &Answer, approve: bool) -> Result<(), Error> {
    with_picture(global, async |context, model, desk| {
        let draft = draft_answer(context, model, desk, answer, approve)?;
        let consent = Consent {
            yes: answer.yes,
            typed: String::new(),
            dry_run: false,
        };
        carry_out(global, desk, model, draft, &consent).await
    })
}

/// What an answer would do.
pub(super) fn draft_answer(
    context: &Context,
    model: &Model,
    desk: &Desk,
    answer: &Answer,
    approve: bool,
) -> Result<Draft, Error> {
    let id = Origin::parse(&answer.id).ok_or_else(|| not_an_id(&answer.id, "tminus approvals"))?;
    let waiting = model
        .approval(&id)
        .ok_or_else(|| missing(context, model, &id, "nothing waits for a yes under"))?;
    let mut wanted = if approve {
        intent::approve(waiting.value)
    } else {
        intent::decline(waiting.value)
    };
    wanted.reason = Text::new(&answer.reason);
    Ok(desk.draft(wanted))
}

/// What a rollback would do.
pub(super) fn draft_rollback(
    model: &Model,
    desk: &Desk,
    (service, environment, to): (&str, &str, &str),
    reason: &str,
) -> Result<Draft, Error> {
    let service = ServiceName::new(service);
    let environment = EnvironmentName::new(environment);
    let spec = model.catalog().service(&service).ok_or_else(|| {
        let known: Vec<&str> = model.services().map(ServiceName::as_str).collect();
        Error::new(Kind::Usage, format!("there is no service `{service}`"))
            .hint(format!("known: {}", known.join(", ")))
    })?;
    let from = model.leaving(&service, &environment).ok_or_else(|| {
        let away = spec
            .host
            .as_ref()
            .and_then(|host| model.health_of(host))
            .is_some_and(|health| health.value.connection != Connection::Ok);
        let kind = if away { Kind::Unknown } else { Kind::Refused };
        Error::new(
            kind,
            format!("it is not known what {environment} serves of {service}"),
        )
    })?;
    let to = Version::new(to);
    let targets = model.rollback_targets(&service, &environment);
    if from != &to && !targets.iter().any(|target| target.version == &to) {
        let known: Vec<&str> = targets
            .iter()
            .map(|target| target.version.as_str())
            .collect();
        return Err(Error::new(
            Kind::Refused,
            format!("{to} never served {service} in {environment}"),
        )
        .hint(format!("served before: {}", known.join(", "))));
    }
    let mut draft = desk.draft_roll_back(spec, &environment, from, &to)?;
    draft.intent.reason = Text::new(reason);
    Ok(draft)
}

/// `tminus ack`.
///
/// # Errors
/// When there is no such open incident, a rule refuses, or it is not observed.
pub fn acknowledge(global: &Global, id: &str, yes: bool) -> Result<(), Error> {
    with_picture(global, async |context, model, desk| {
        let draft = draft_acknowledgement(context, model, desk, id)?;
        let consent = Consent {
            yes,
            typed: String::new(),
            dry_run: false,
        };
        carry_out(global, desk, model, draft, &consent).await
    })
}

/// What an acknowledgement would do.
pub(super) fn draft_acknowledgement(
    context: &Context,
    model: &Model,
    desk: &Desk,
    id: &str,
) -> Result<Draft, Error> {
    let incident = find_incident(context, model, id)?;
    Ok(desk.draft(intent::acknowledge(incident)?))
}

/// `tminus note`.
///
/// # Errors
/// When it cannot be stored, or the incident does not take it.
pub fn note(global: &Global, text: &str, incident: Option<&str>) -> Result<(), Error> {
    let lines: Vec<Text> = text.lines().map(Text::new).collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        return Err(Error::new(Kind::Usage, "the note is empty"));
    }
    let context = Context::open(global)?;
    let desk = context.desk();
    let Some(incident) = incident else {
        let mut note = desk.new_note(Vec::new());
        note.lines = lines;
        let note = desk.finish_note(&note)?;
        return print::line(&format!("noted {}", note.id));
    };
    with_picture(global, async |context, model, desk| {
        let incident = find_incident(context, model, incident)?;
        // On the disk before the vendor sees it.
        let mut note = desk.new_note(vec![NoteLink::Incident(incident.id.clone())]);
        note.lines.clone_from(&lines);
        desk.finish_note(&note)?;
        let consent = Consent {
            yes: true,
            typed: String::new(),
            dry_run: false,
        };
        let draft = desk.draft(intent::add_note(incident, &lines)?);
        carry_out(global, desk, model, draft, &consent).await
    })
}

/// Reads everything once, then acts on that picture.
pub(super) fn with_picture(
    global: &Global,
    act: impl AsyncFnOnce(&Arc<Context>, &mut Model, &Arc<Desk>) -> Result<(), Error>,
) -> Result<(), Error> {
    let context = Arc::new(Context::open(global)?);
    if context.read_only {
        return Err(Error::new(Kind::Refused, "read-only: nothing is sent")
            .hint("leave out --read-only, or set read_only = false in [operations]"));
    }
    let desk = context.desk();
    // What a killed tminus left is not under way any more.
    desk.take_over()?;
    for notice in desk.notices() {
        print::remark(&notice);
    }
    single_thread()?.block_on(async {
        let mut model = context.sweep().await;
        remember(&mut model, &desk);
        act(&context, &mut model, &desk).await
    })
}

fn not_an_id(id: &str, command: &str) -> Error {
    Error::new(Kind::Usage, format!("`{id}` is no id")).hint(format!("`{command}` prints them"))
}

/// What is not there is one thing when its system answers, another when not.
fn missing(context: &Context, model: &Model, id: &Origin, what: &str) -> Error {
    if !context.config.systems.contains_key(&id.source) {
        return Error::new(
            Kind::Usage,
            format!("there is no integration `{}`", id.source),
        );
    }
    match model.health_of(&id.source) {
        Some(health) if health.value.connection != Connection::Ok => Error::new(
            Kind::Unknown,
            format!(
                "{} did not answer as it should: {}",
                id.source, health.value.detail
            ),
        ),
        _ => Error::new(Kind::Refused, format!("{what} {id}")),
    }
}

fn find_incident<'a>(
    context: &Context,
    model: &'a Model,
    id: &str,
) -> Result<&'a crate::domain::Incident, Error> {
    let open = model.open_incidents();
    if let Ok(number) = id.trim_start_matches('#').parse::<u64>() {
        return open
            .into_iter()
            .find(|incident| incident.value.number == number)
            .map(|incident| &incident.value)
            .ok_or_else(|| {
                Error::new(
                    Kind::Refused,
                    format!("no open incident has the number {number}"),
                )
            });
    }
    let id = Origin::parse(id).ok_or_else(|| not_an_id(id, "tminus status"))?;
    open.into_iter()
        .find(|incident| incident.value.id == id)
        .map(|incident| &incident.value)
        .ok_or_else(|| missing(context, model, &id, "no open incident is called"))
}

pub(super) async fn carry_out(
    global: &Global,
    desk: &Arc<Desk>,
    model: &Model,
    draft: Draft,
    consent: &Consent,
) -> Result<(), Error> {
    match carried(global, desk, model, draft, consent).await? {
        Some(record) => report(global, &record),
        None => Ok(()),
    }
}

/// The same, with what became of it; none after a dry run.
pub(super) async fn carried(
    global: &Global,
    desk: &Arc<Desk>,
    model: &Model,
    draft: Draft,
    consent: &Consent,
) -> Result<Option<OperationRecord>, Error> {
    let situation = Situation::of(model, &draft.intent, now());
    let situation = desk
        .look_closer(&draft.intent, situation, &(Arc::new(|_| ()) as Emit))
        .await;
    let production = situation.production;
    let reason = draft.intent.reason.to_string();
    let checked = desk
        .check(draft, &situation)
        .map_err(|refusal| Error::new(Kind::Refused, refusal.sentence.to_string()))?;
    if consent.dry_run || !consent.yes {
        show(desk, &checked, production, &reason)?;
    }
    if consent.dry_run {
        return print::line("dry run: nothing was sent").map(|()| None);
    }
    agree(checked.strength(), consent)?;
    let answers = Answers {
        typed: consent.typed.clone(),
        // `--yes`, or an answer to the question, is as deliberate.
        held: true,
        reason,
    };
    if checked.needs_second_person() {
        return propose(global, desk, &checked, &answers).map(|()| None);
    }
    let confirmed = desk.confirm(&checked, &answers)?;
    let id = confirmed.id().clone();
    let record = tokio::select! {
        record = desk.carry_out(confirmed, Arc::new(|_| ())) => record,
        signal = signalled() => return Err(cut_short(&id, signal)),
    };
    Ok(Some(record))
}

/// Prints what became of an operation; the status says it too.
pub(super) fn report(global: &Global, record: &OperationRecord) -> Result<(), Error> {
    if global.json {
        print::json(&OperationReport::from(record))?;
    }
    outcome(record, global.json)
}

/// Comes back when somebody wants the program to end. What is under way is
/// written down as it stands when its task is dropped.
async fn signalled() -> i32 {
    let (told, tell) = (tokio::sync::oneshot::channel(), [SIGTERM, SIGINT, SIGHUP]);
    let (sender, receiver) = told;
    let listening = Signals::new(tell).map(|mut signals| {
        std::thread::spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // Nobody listens any more once the operation has ended.
                let _ = sender.send(signal);
            }
        })
    });
    match (listening, receiver.await) {
        (Ok(_), Ok(signal)) => signal,
        // Without a handler the system ends the program.
        _ => std::future::pending().await,
    }
}

fn cut_short(id: &OperationId, signal: i32) -> Error {
    Error::new(
        Kind::Unknown,
        format!("ended by signal {signal} before the outcome was seen"),
    )
    .hint(format!(
        "it is in the journal; `tminus look {id}` reads it back, and nothing is sent by itself"
    ))
}

/// Leaves it to another person, and says what they have to do.
fn propose(
    global: &Global,
    desk: &Desk,
    checked: &Checked,
    answers: &Answers,
) -> Result<(), Error> {
    let proposed = desk.propose(checked, answers)?;
    if global.json {
        let records = desk.records()?;
        if let Some(record) = records.iter().find(|record| record.id == proposed.id) {
            print::json(&OperationReport::from(record))?;
        }
    }
    Err(Error::new(
        Kind::Unknown,
        format!(
            "proposed, not sent: another person has to agree until {}; the file for them is {}",
            proposed.until,
            proposed.file.display()
        ),
    )
    .hint(format!(
        "they type `tminus countersign FILE`; `tminus proposals` says what became of it, `tminus \
         withdraw {}` takes it back",
        proposed.id
    )))
}

/// Asks for what is still missing: `--yes`, or the name that is asked for.
pub(super) fn agree(strength: &Strength, consent: &Consent) -> Result<(), Error> {
    if let Strength::TypeName(name) = strength {
        if &consent.typed == name {
            return Ok(());
        }
        return Err(Error::new(
            Kind::Usage,
            format!("production is confirmed by name: --confirm {name}"),
        ));
    }
    if consent.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() {
        return Err(
            Error::new(Kind::Usage, "nobody is there to ask").hint("--yes answers beforehand")
        );
    }
    let mut asked = std::io::stderr().lock();
    // A closed standard error shows no question; the answer is then no.
    let _ = write!(asked, "Do it? [y/N] ").and_then(|()| asked.flush());
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
    if matches!(line.trim(), "y" | "Y" | "yes") {
        Ok(())
    } else {
        Err(Error::new(Kind::Refused, "nothing was sent"))
    }
}

pub(super) fn show(
    desk: &Desk,
    checked: &Checked,
    production: bool,
    reason: &str,
) -> Result<(), Error> {
    let request = desk.preview(checked, reason)?;
    let mut description = describe(&checked.draft().intent, production);
    if !request.note.is_empty() {
        description.consequence = request.note.to_string();
    }
    print::line(&format!(
        "{}\n  {}",
        description.title, description.consequence
    ))?;
    for rule in checked.rules() {
        print::line(&format!("  {} {}", mark(rule.verdict), rule.sentence))?;
    }
    print::line(&format!("  {request}\n  {}", request.body))
}

/// A verdict as one glyph.
pub(super) fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Warn => "!",
        Verdict::NeedsReason
        | Verdict::NeedsHold
        | Verdict::NeedsTyping
        | Verdict::NeedsSecondPerson
        | Verdict::NeedsWait => "◆",
        Verdict::Refuse => "✗",
    }
}

pub(super) fn outcome(record: &OperationRecord, json: bool) -> Result<(), Error> {
    let detail = record
        .history
        .last()
        .map_or("", |last| last.detail.as_str());
    let sentence = format!("{}: {detail}", record.summary);
    match record.state {
        OperationState::Observed if json => Ok(()),
        OperationState::Observed => print::line(&format!("observed · {sentence}")),
        OperationState::Failed => Err(Error::new(Kind::Refused, sentence)),
        _ => Err(
            Error::new(Kind::Unknown, format!("outcome unknown · {sentence}")).hint(format!(
                "`tminus look {id}` looks again, `tminus again {id}` sends it again; nothing is \
                 sent by itself",
                id = record.id
            )),
        ),
    }
}
