//! `tminus verify`: of the journal, against heads that were kept elsewhere,
//! and of evidence packages.

use std::path::Path;

use super::{
    args::{Global, VerifyArgs},
    evidence::read_package,
    journal::{PrintedHead, config, moment, reading_desk},
    people, print,
};
use crate::{
    domain::{Text, Timestamp},
    error::{Error, Kind},
    evidence::{
        Flaw,
        dsse::Envelope,
        package::Summary,
        questions::Found,
        signers::AllowedSigners,
        sshsig,
        statement::{self, Statement},
        verify,
    },
    runtime::now,
    store::journal::{Anchor, Break, Verdict},
};

/// `tminus verify`.
///
/// # Errors
/// When the chain is broken: names the first broken entry. When the package
/// is not what it was: names each file and what is wrong with it.
pub fn run(global: &Global, what: &VerifyArgs) -> Result<(), Error> {
    let config = config(global)?;
    // Read only where a signature is checked: a journal is whole without.
    let allowed = || people::allowed(what.allowed_signers.as_ref(), config.as_ref());
    let at = match &what.at {
        Some(text) => moment(text, now())?,
        None => now(),
    };
    if let Some(place) = &what.package {
        return package(global, place, allowed()?.as_ref(), at);
    }
    let mut anchors = Vec::new();
    if let Some(head) = &what.head {
        anchors.push(Anchor::parse(head).ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{}` is no head", Text::new(head)))
                .hint("write SEQ:HASH, as `tminus verify` or `tminus journal head` prints them")
        })?);
    }
    if let Some(path) = &what.anchor {
        anchors.extend(kept_heads(path, allowed()?.as_ref(), at)?);
    }
    let desk = reading_desk(global, config.as_ref())?;
    match desk.journal().verify_against(&anchors)? {
        Verdict::Whole {
            entries,
            hash,
            loose_bytes,
            ..
        } => {
            if loose_bytes > 0 {
                print::remark(&format!(
                    "{loose_bytes} bytes after the last entry are left from a crash"
                ));
            }
            print::line(&format!(
                "the journal is whole: {entries} entries, head {hash}"
            ))?;
            if anchors.is_empty() {
                return Ok(());
            }
            print::line(&format!(
                "it fits the {} kept elsewhere",
                match anchors.len() {
                    1 => "head".to_owned(),
                    many => format!("{many} heads"),
                }
            ))
        }
        Verdict::Broken(found) => Err(broken(&found)),
    }
}

/// The journal is broken there.
pub fn broken(found: &Break) -> Error {
    Error::new(
        Kind::Refused,
        format!("the journal is broken: entry {}: {}", found.seq, found.why),
    )
    .hint("keep the file as it is; somebody must look at it")
}

/// Heads as they were printed, signed or not; a signed one has to be signed
/// by somebody who may.
fn kept_heads(
    path: &Path,
    allowed: Option<&AllowedSigners>,
    at: Timestamp,
) -> Result<Vec<Anchor>, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Error::new(
            Kind::Usage,
            format!("cannot read {}: {error}", path.display()),
        )
    })?;
    let mut anchors = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim().is_empty() {
            continue;
        }
        let wrong = |kind: Kind, why: String| {
            Error::new(
                kind,
                format!(
                    "{}: the head in line {number}: {}",
                    path.display(),
                    Text::from(why)
                ),
            )
        };
        if let Some(anchor) = Anchor::parse(line) {
            anchors.push(anchor);
            continue;
        }
        let head = match Envelope::parse(line.as_bytes()) {
            Ok(envelope) => signed_head(&envelope, allowed, at)
                .map_err(|flaw| wrong(Kind::Refused, flaw.to_string()))?,
            Err(_) => serde_json::from_str::<PrintedHead>(line)
                .map_err(|error| wrong(Kind::Usage, error.to_string()))?,
        };
        anchors.push(Anchor {
            chain: Some(head.chain),
            seq: head.seq,
            hash: head.hash,
        });
    }
    if anchors.is_empty() {
        return Err(Error::new(
            Kind::Usage,
            format!("{} holds no head", path.display()),
        ));
    }
    Ok(anchors)
}

fn signed_head(
    envelope: &Envelope,
    allowed: Option<&AllowedSigners>,
    at: Timestamp,
) -> Result<PrintedHead, Flaw> {
    let (payload, signers) = envelope.verify(&[sshsig::HEAD])?;
    for signer in &signers {
        match allowed {
            Some(allowed) => {
                let who = allowed.who(&signer.key, sshsig::HEAD, at)?;
                print::remark(&format!("a head signed by {}", who.name()));
            }
            None => print::remark(&format!(
                "a head signed by {}; whose key that is was not checked",
                signer.fingerprint
            )),
        }
    }
    let statement = Statement::parse(&payload, statement::HEAD)?;
    let head: PrintedHead = statement.predicate()?;
    match statement.subject.as_slice() {
        [subject] if subject.digest.sha256 == head.hash => Ok(head),
        _ => Err(Flaw::NotAStatement(
            "it speaks about another entry than it names".to_owned(),
        )),
    }
}

fn package(
    global: &Global,
    place: &Path,
    allowed: Option<&AllowedSigners>,
    at: Timestamp,
) -> Result<(), Error> {
    let files = read_package(place)?;
    let report = verify::verify(&files, allowed, at);
    if global.json {
        print::json(&Checked::of(&report))?;
    }
    if !report.flaws.is_empty() {
        let mut lines: Vec<String> = report
            .flaws
            .iter()
            .map(|found| {
                format!(
                    "\n  ✗ {}: {}",
                    Text::new(&found.place),
                    Text::from(found.flaw.to_string())
                )
            })
            .collect();
        let more = lines.len().saturating_sub(20);
        lines.truncate(20);
        if more > 0 {
            lines.push(format!("\n  … and {more} more"));
        }
        return Err(Error::new(
            Kind::Refused,
            format!(
                "{} is not what was signed:{}",
                place.display(),
                lines.concat()
            ),
        ));
    }
    if global.json {
        return Ok(());
    }
    print::line(&format!("the package is whole: {} files", files.len()))?;
    let key = report
        .signer
        .as_ref()
        .map_or("", |signer| signer.fingerprint.as_str());
    match &report.principal {
        Some(principal) => print::line(&format!("signed by {} with {key}", principal.name()))?,
        None => print::line(&format!(
            "signed with {key}; whose key that is was not checked: name --allowed-signers"
        ))?,
    }
    match &report.summary {
        Some(summary) => tell(summary),
        None => Ok(()),
    }
}

/// What a package tells, in short.
pub(super) fn tell(summary: &Summary) -> Result<(), Error> {
    print::line(&format!(
        "{} · {} {}",
        summary.about.title,
        summary.operations.len(),
        if summary.operations.len() == 1 {
            "operation"
        } else {
            "operations"
        }
    ))?;
    for answer in &summary.questions {
        let mark = match answer.found {
            Found::Present => "✓",
            Found::Partly => "◐",
            Found::Missing => "✗",
            Found::DoesNotApply => "·",
        };
        print::line(&format!(
            "  {mark} {:2} {} {}",
            answer.number,
            answer.question,
            answer.found.word()
        ))?;
    }
    Ok(())
}

/// `tminus verify DIR --json`.
#[derive(serde::Serialize, schemars::JsonSchema)]
pub struct Checked {
    /// Whether nothing is wrong with it.
    whole: bool,
    /// All that is wrong.
    flaws: Vec<CheckedFlaw>,
    /// The fingerprint of the key that signed it (`SHA256:…`).
    key: Option<String>,
    /// Whose key that is; null when nobody said who may sign.
    signer: Option<String>,
    /// What the package says, where it can be read.
    summary: Option<Summary>,
}

#[derive(serde::Serialize, schemars::JsonSchema)]
struct CheckedFlaw {
    /// The file.
    place: String,
    /// What is wrong with it.
    flaw: String,
}

impl Checked {
    fn of(report: &verify::Report) -> Self {
        Self {
            whole: report.flaws.is_empty(),
            flaws: report
                .flaws
                .iter()
                .map(|found| CheckedFlaw {
                    place: Text::new(&found.place).to_string(),
                    flaw: Text::from(found.flaw.to_string()).to_string(),
                })
                .collect(),
            key: report
                .signer
                .as_ref()
                .map(|signer| signer.fingerprint.clone()),
            signer: report
                .principal
                .as_ref()
                .map(|principal| principal.name().to_string()),
            summary: report.summary.clone(),
        }
    }
}
