//! `tminus countersign`, `withdraw` and `proposals`: two people for one
//! operation, with a file that goes from one to the other.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    args::{Countersign, Global},
    context::Context,
    operate::{Consent, agree, outcome, show, with_picture},
    print,
    report::OperationReport,
    single_thread,
};
use crate::{
    domain::{OperationId, OperationState, Text},
    error::{Error, Kind},
    operation::{Answers, Desk, Emit, Situation},
    runtime::now,
};

/// Largest proposal that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// `tminus countersign`.
///
/// # Errors
/// When the signature does not hold, one person is both, a rule refuses, the
/// proposal is over or was carried out, or it is not observed.
pub fn run(global: &Global, what: &Countersign) -> Result<(), Error> {
    let bytes = read(&what.file)?;
    with_picture(global, async |_, model, desk| {
        let opened = desk.open_proposal(&bytes)?;
        let draft = desk.draft_of(&opened);
        let silent: Emit = Arc::new(|_| ());
        let situation = Situation::of(model, &draft.intent, now());
        let situation = desk.look_closer(&draft.intent, situation, &silent).await;
        let production = situation.production;
        let checked = desk
            .check(draft, &situation)
            .map_err(|refusal| Error::new(Kind::Refused, refusal.sentence.to_string()))?;
        let proposal = opened.proposal();
        let reason = proposal.confirmation.intent.reason.clone();
        let consent = Consent {
            yes: what.yes,
            typed: what.confirm.clone().unwrap_or_default(),
            dry_run: what.dry_run,
        };
        if consent.dry_run || !consent.yes {
            print::line(&format!(
                "proposed by {} ({}) at {}, good until {}{}",
                opened.principal(),
                proposal.confirmation.actor.sentence(),
                proposal.at.format("%Y-%m-%d %H:%M:%SZ"),
                proposal.expires.format("%H:%MZ"),
                if reason.is_empty() {
                    String::new()
                } else {
                    format!(", because: {reason}")
                }
            ))?;
            show(desk, &checked, production, &reason)?;
        }
        if consent.dry_run {
            return print::line("dry run: nothing was sent");
        }
        agree(checked.strength(), &consent)?;
        let answers = Answers {
            typed: consent.typed.clone(),
            // `--yes`, or an answer to the question, is as deliberate.
            held: true,
            reason: reason.to_string(),
        };
        let beside = beside(&what.file);
        let mut claimed = false;
        let confirmed = desk.countersign(&checked, &answers, &opened, &what.reason, |file| {
            claimed = claim(&beside, file)?;
            Ok(())
        });
        let confirmed = confirmed.inspect_err(|_| {
            // Nothing was written down, so nobody agreed.
            if claimed {
                let _ = fs::remove_file(&beside);
            }
        })?;
        let record = desk.carry_out(confirmed, Arc::new(|_| ())).await;
        if global.json {
            print::json(&OperationReport::from(&record))?;
        }
        if claimed {
            print::remark(&format!(
                "the file with both signatures is {}; {} wants it back",
                beside.display(),
                opened.principal()
            ));
        }
        outcome(&record, global.json)
    })
}

/// Where the file with both signatures goes.
fn beside(file: &Path) -> PathBuf {
    file.with_extension("countersigned.json")
}

/// Puts the file with both signatures beside the proposal, before anything is
/// sent: who comes second finds it there. Where it cannot be put, the
/// operation goes on without; the journal has the proof.
fn claim(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    let made = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(mut file) => Ok(file.write_all(bytes).and_then(|()| file.sync_all()).is_ok()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Error::new(
            Kind::Refused,
            format!("it was countersigned already: {} is there", path.display()),
        )),
        Err(error) => {
            print::remark(&format!(
                "the file with both signatures cannot be put at {}: {error}",
                path.display()
            ));
            Ok(false)
        }
    }
}

/// `tminus withdraw`.
///
/// # Errors
/// When no such proposal waits.
pub fn withdraw(global: &Global, id: &str) -> Result<(), Error> {
    let context = Context::open(global)?;
    let desk = context.desk();
    let id = find(&desk, id)?;
    let record = desk.withdraw(&id)?;
    if global.json {
        return print::json(&OperationReport::from(&record));
    }
    let detail = record.history.last().map(|last| last.detail.clone());
    print::line(&format!(
        "{}: {}",
        record.summary,
        detail.unwrap_or_default()
    ))
}

/// `tminus proposals`.
///
/// # Errors
/// When the journal cannot be read, or the file is of no proposal here.
pub fn proposals(global: &Global, countersigned: Option<&Path>) -> Result<(), Error> {
    let context = Context::open(global)?;
    let desk = context.desk();
    let waiting = desk.proposals()?;
    if let Some(file) = countersigned {
        let bytes = read(file)?;
        let mut refusal = Error::new(Kind::Refused, "no proposal waits here");
        let taken = waiting.iter().find_map(|id| {
            desk.take_back(id, &bytes)
                .map_err(|error| refusal = error)
                .ok()
        });
        let who = taken.ok_or(refusal)?;
        print::remark(&format!("countersigned by {who}"));
    }
    let records = single_thread()?.block_on(async {
        let mut records = Vec::new();
        for id in &waiting {
            records.push(desk.look(id, None, Arc::new(|_| ())).await?);
        }
        Ok::<_, Error>(records)
    })?;
    let reports: Vec<OperationReport> = records.iter().map(OperationReport::from).collect();
    if global.json {
        return print::json(&reports);
    }
    if reports.is_empty() {
        return print::line("nothing waits for another person");
    }
    for (record, report) in records.iter().zip(&reports) {
        let word = match record.state {
            OperationState::Proposed => "proposed",
            OperationState::Observed => "observed",
            OperationState::Failed => "failed",
            _ => "unknown",
        };
        print::line(&format!("{}  {word}  {}", report.id, report.summary))?;
        print::line(&format!("  {}", report.detail))?;
    }
    Ok(())
}

fn find(desk: &Desk, id: &str) -> Result<OperationId, Error> {
    let waiting = desk.proposals()?;
    let mut fitting = waiting
        .into_iter()
        .filter(|known| known.as_str().starts_with(id));
    match (fitting.next(), fitting.next()) {
        (Some(found), None) => Ok(found),
        _ => Err(Error::new(
            Kind::Usage,
            format!("`{}` is not the id of one proposal", Text::new(id)),
        )
        .hint("`tminus proposals` prints them")),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, Error> {
    let wrong = |why: String| {
        Error::new(
            Kind::Usage,
            format!("cannot read {}: {why}", file.display()),
        )
    };
    let length = fs::metadata(file).map_err(|error| wrong(error.to_string()))?;
    if length.len() > LARGEST {
        return Err(wrong("it is too long for a proposal".to_owned()));
    }
    fs::read(file).map_err(|error| wrong(error.to_string()))
}
