//! What tminus says about itself: JSON Schema, completions, manual page.

use clap::CommandFactory as _;
use clap_complete::Shell;
use schemars::{JsonSchema, schema_for};

use super::{
    args::Cli,
    calendar::{CalendarCheck, CalendarList, OwnList, OwnWindowReport},
    canary::{Calibrated, CanaryInput, CanaryOutput, Measured, Replay},
    flaky::FlakyReport,
    freeze::FreezeReport,
    journal::PrintedHead,
    policy::{Explanation, PolicyReport, PolicyTests},
    print,
    release::report::{CutReport, PublishReport, ReleaseDetail, ReleaseList},
    report::{ApprovalReport, OperationReport, PlanReport, Status, VERSION},
    triage::TriageReport,
    verify::Checked,
};
use crate::{
    error::{Error, Kind},
    evidence::{operation::Operation, package::Summary},
};

/// All documents that `--json` prints, by the command that prints them.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Documents {
    /// `tminus status --json`
    status: Status,
    /// `tminus approvals --json`
    approvals: Approvals,
    /// `tminus approve`, `decline`, `rollback`, `ack` and `note`, and each
    /// entry of `tminus journal --json`
    operation: OperationReport,
    /// `tminus rollback` of several services
    plan: PlanReport,
    /// Each entry of `tminus journal --full`
    full: Operation,
    /// `tminus journal head`
    head: PrintedHead,
    /// `tminus evidence --json`
    evidence: Summary,
    /// `tminus verify DIR --json`
    verified: Checked,
    /// `tminus policy check --json`
    policy: PolicyReport,
    /// `tminus policy test --json`
    policy_tests: PolicyTests,
    /// `tminus policy explain --json`
    explanation: Explanation,
    /// `tminus triage --json`
    triage: TriageReport,
    /// `tminus flaky --json`
    flaky: FlakyReport,
    /// What `tminus canary judge --input` reads
    canary_input: CanaryInput,
    /// `tminus canary judge --json`
    canary_verdict: CanaryOutput,
    /// `tminus canary check --json`
    canary_check: Measured,
    /// `tminus canary calibrate --json`
    canary_calibration: Calibrated,
    /// `tminus canary replay --json`
    canary_replay: Replay,
    /// `tminus freeze --json`
    freeze: FreezeReport,
    /// `tminus calendar check --json`
    calendar_check: CalendarCheck,
    /// `tminus calendar show --json`
    calendar: CalendarList,
    /// `tminus calendar list --json`
    own_windows: OwnList,
    /// `tminus calendar add`, `move`, `cancel` and `duplicate` with `--json`
    own_window: OwnWindowReport,
    /// `tminus release list --json`
    releases: ReleaseList,
    /// `tminus release show`, `new`, `set-state` and what else changes one,
    /// with `--json`
    release: ReleaseDetail,
    /// `tminus release cut --dry-run --json`
    cut: CutReport,
    /// `tminus release publish --json`
    published: PublishReport,
}

/// What `tminus approvals --json` prints.
#[derive(serde::Serialize, JsonSchema)]
pub struct Approvals {
    /// Version of this contract.
    pub version: u32,
    /// What waits, longest waiting first.
    pub approvals: Vec<ApprovalReport>,
}

impl Approvals {
    /// Wraps what waits.
    #[must_use]
    pub fn of(approvals: Vec<ApprovalReport>) -> Self {
        Self {
            version: VERSION,
            approvals,
        }
    }
}

/// Prints the JSON Schema.
///
/// # Errors
/// When standard output cannot be written.
pub fn schema() -> Result<(), Error> {
    print::json(&schema_for!(Documents))
}

/// Prints completions for a shell.
///
/// # Errors
/// When standard output cannot be written.
pub fn completions(shell: Shell) -> Result<(), Error> {
    let mut out = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tminus", &mut out);
    print::text(&String::from_utf8_lossy(&out))
}

/// Prints the manual page.
///
/// # Errors
/// When standard output cannot be written.
pub fn man() -> Result<(), Error> {
    let mut out = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut out)
        .map_err(|error| Error::new(Kind::Unknown, format!("cannot write the manual: {error}")))?;
    out.extend(super::keys::manual_section().bytes());
    print::text(&String::from_utf8_lossy(&out))
}
