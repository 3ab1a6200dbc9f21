//! What a CI system writes around the words of tools: where a step begins,
//! which lines are the script itself and not its output, what is clean-up, and
//! how the job ended.
//!
//! Three wrappings are known: *groups* (`##[group]`, `##[error]`), *sections*
//! (`section_start:`), and *stages* (`[Pipeline]`). A log without any is one
//! step.

use super::steps::{Command, is_cleanup, is_work};

/// Which wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Groups,
    Sections,
    Stages,
}

/// How the wrapping says that the job ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    Failed,
}

/// A part of the job.
#[derive(Clone, Debug, Default)]
pub(super) struct Step {
    pub name: String,
    /// It runs whether or not the job failed.
    pub cleanup: bool,
    /// The line that says that it failed, from 1.
    pub failed: Option<usize>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The index of its step.
    pub step: usize,
    /// The command that printed it, as far as the log shows commands: a count
    /// from 1, or 0 before the first.
    pub command: usize,
    /// It is the script or the wrapping, not what a tool printed.
    pub skip: bool,
    /// How many bytes of it are a mark of the wrapping.
    pub mark: usize,
    /// The wrapping says that it is an error.
    pub error: bool,
}

/// Sections that run whatever happened before.
const CLEANUP_SECTIONS: [&str; 6] = [
    "after_script",
    "upload_artifacts",
    "archive_cache",
    "cleanup_file",
    "cleanup",
    "post_",
];

/// Sections that are steps; others are folds that a script makes.
const SECTIONS: [&str; 12] = [
    "prepare_executor",
    "prepare_script",
    "get_sources",
    "resolve_secrets",
    "restore_cache",
    "download_artifacts",
    "step_script",
    "build_script",
    "after_script",
    "archive_cache",
    "upload_artifacts",
    "cleanup_file",
];

/// The wrapping as far as it was read.
#[derive(Debug)]
pub(super) struct Wrapping {
    pub kind: Option<Kind>,
    pub steps: Vec<Step>,
    /// The log goes on to the clean-up that ends every job.
    pub ended: bool,
    /// The last word about the job, and its line.
    pub outcome: Option<(Outcome, usize)>,
    /// The commands that the log shows: the step of each, and what it is.
    pub commands: Vec<(usize, Command)>,
    in_script: bool,
    by_columns: bool,
    in_difference: bool,
}

impl Default for Wrapping {
    fn default() -> Self {
        Self {
            kind: None,
            steps: vec![Step::default()],
            ended: false,
            outcome: None,
            commands: Vec::new(),
            in_script: false,
            by_columns: false,
            in_difference: false,
        }
    }
}

impl Wrapping {
    fn open(&mut self, kind: Kind, name: &str, cleanup: bool) {
        self.kind = Some(kind);
        self.steps.push(Step {
            name: name.trim().to_owned(),
            cleanup,
            failed: None,
        });
    }

    fn here(&self) -> Place {
        Place {
            step: self.steps.len() - 1,
            command: self.commands.len(),
            ..Place::default()
        }
    }

    fn skipped(&self) -> Place {
        Place {
            skip: true,
            ..self.here()
        }
    }

    /// The step that each line names by itself.
    pub fn column(&mut self, name: &str) {
        self.by_columns = true;
        if self.steps.last().is_none_or(|step| step.name != name) {
            self.open(
                Kind::Groups,
                name,
                name.starts_with("Post ") || name == "Complete job",
            );
            self.in_script = false;
        }
    }

    /// Reads section marks, which stand before a carriage return.
    pub fn marks(&mut self, raw: &str) {
        let mut rest = raw;
        while let Some(start) = rest.find("section_start:") {
            rest = rest
                .get(start + "section_start:".len()..)
                .unwrap_or_default();
            let Some(name) = rest.split([':', '\r', '\n', '\u{1b}']).nth(1) else {
                continue;
            };
            let name = name.split('[').next().unwrap_or_default();
            if SECTIONS.iter().any(|known| name.starts_with(known)) {
                let cleanup = CLEANUP_SECTIONS.iter().any(|known| name.starts_with(known));
                self.open(Kind::Sections, name, cleanup);
            }
            self.kind = Some(Kind::Sections);
        }
    }

    /// Reads a line without its prefix, and says what it is.
    pub fn line(&mut self, number: usize, line: &str) -> Place {
        if let Some(rest) = line.strip_prefix("##[") {
            return self.grouped(number, line, rest);
        }
        if self.in_script {
            return self.skipped();
        }
        if let Some(rest) = line.strip_prefix("::error") {
            // A workflow command, as it stands in the log of a job that is
            // still at work.
            let mark = line.len() - rest.len() + rest.find("::").map_or(0, |end| end + 2);
            return Place {
                mark,
                error: true,
                ..self.here()
            };
        }
        if let Some(rest) = line.strip_prefix("[Pipeline] ") {
            self.kind = Some(Kind::Stages);
            if let Some(name) = rest
                .strip_prefix("{ (")
                .and_then(|name| name.strip_suffix(')'))
            {
                let cleanup = name == "Declarative: Post Actions" || is_cleanup(name);
                self.open(Kind::Stages, name, cleanup);
            }
            return self.skipped();
        }
        if line.starts_with("++ ") {
            return self.skipped();
        }
        if let Some(command) = self.shown_command(line) {
            let what = Command::of(command);
            self.commands.push((self.steps.len() - 1, what));
            return self.skipped();
        }
        match line {
            "Post job cleanup." => self.open(Kind::Groups, "Post job cleanup", true),
            "Job succeeded" => {
                self.kind = Some(Kind::Sections);
                self.outcome = Some((Outcome::Succeeded, number));
                return self.skipped();
            }
            "Finished: SUCCESS" => {
                self.kind = Some(Kind::Stages);
                self.outcome = Some((Outcome::Succeeded, number));
                return self.skipped();
            }
            "Finished: FAILURE"
            | "Finished: UNSTABLE"
            | "Finished: ABORTED"
            | "Finished: NOT_BUILT" => {
                self.kind = Some(Kind::Stages);
                self.outcome = Some((Outcome::Failed, number));
                return self.here();
            }
            "Running after_script" | "Running after script..." => {
                self.open(Kind::Sections, "after_script", true);
            }
            "Cleaning up orphan processes" | "Evaluate and set job outputs" => {
                self.ended = true;
                self.open(Kind::Groups, "Complete job", true);
            }
            _ => {}
        }
        if line.starts_with("ERROR: Job failed") {
            self.kind = Some(Kind::Sections);
            self.outcome = Some((Outcome::Failed, number));
            // It is said about the job, not about its clean-up.
            self.open(Kind::Sections, "end of the job", false);
        } else if line.starts_with("Uploading artifacts for ")
            || line.starts_with("Cleaning up project directory")
            || line.starts_with("Cleaning up file based variables")
        {
            self.open(Kind::Sections, "cleanup_file", true);
        }
        self.here()
    }

    /// The command that a shell shows before it runs it: `$ make`, `+ make`.
    fn shown_command<'line>(&mut self, line: &'line str) -> Option<&'line str> {
        // The lines of a difference begin with the same mark.
        if line.starts_with("- ") || line.starts_with("--- ") || line.starts_with("@@") {
            self.in_difference = true;
            return None;
        }
        if self.in_difference && line.starts_with(['+', '-', ' ', '\\']) {
            return None;
        }
        self.in_difference = false;
        let command = line
            .strip_prefix("$ ")
            .or_else(|| line.strip_prefix("+ "))?;
        let begins = command.starts_with(|first: char| {
            first.is_ascii_alphabetic()
                || matches!(
                    first,
                    '.' | '/' | '_' | '[' | ':' | '\'' | '"' | '(' | '|' | '$'
                )
        });
        let mut words = command.split_whitespace();
        // `+ package 1.2.3`, as a package manager says what it installed.
        let is_package = words.nth(1).is_some_and(|version| {
            version.starts_with(|first: char| first.is_ascii_digit()) && version.contains('.')
        }) && words.next().is_none();
        (begins && !is_package && !matches!(command, "Received" | "Actual" | "actual" | "received"))
            .then_some(command)
    }

    /// A line that starts with `##[`.
    fn grouped(&mut self, number: usize, line: &str, rest: &str) -> Place {
        self.kind = Some(Kind::Groups);
        if let Some(title) = rest.strip_prefix("group]") {
            self.in_script = false;
            if let Some(name) = title.strip_prefix("Run ") {
                if !self.by_columns {
                    let cleanup = name.contains("upload-artifact");
                    self.open(Kind::Groups, name, cleanup);
                }
                self.in_script = true;
            }
            return self.skipped();
        }
        if let Some(name) = rest.strip_prefix("section]Starting: ") {
            self.open(Kind::Groups, name, name.starts_with("Post-job"));
            return self.skipped();
        }
        if rest.starts_with("endgroup]") {
            self.in_script = false;
            return self.skipped();
        }
        if rest.starts_with("error]") {
            self.in_script = false;
            let cleanup = self.steps.last().is_some_and(|step| step.cleanup);
            if !cleanup || self.outcome.is_none() {
                self.outcome = Some((Outcome::Failed, number));
            }
            if let Some(step) = self.steps.last_mut() {
                step.failed.get_or_insert(number);
            }
            return Place {
                mark: line.len() - rest.len() + "error]".len(),
                error: true,
                ..self.here()
            };
        }
        self.skipped()
    }

    /// The step that failed the job, by what the wrapping says: the first that
    /// failed, but one that was let fail, and was followed by more of the
    /// job's work, only where none failed after it.
    pub fn failing_step(&self) -> Option<usize> {
        let failed: Vec<usize> = (0..self.steps.len())
            .filter(|index| {
                self.steps
                    .get(*index)
                    .is_some_and(|step| step.failed.is_some() && !step.cleanup)
            })
            .collect();
        let name = |index: usize| self.steps.get(index).map_or("", |step| step.name.as_str());
        failed
            .iter()
            .copied()
            .find(|index| !self.was_let_fail(*index))
            .or_else(|| {
                failed
                    .iter()
                    .copied()
                    .rev()
                    .find(|index| !is_cleanup(name(*index)))
            })
            .or_else(|| failed.first().copied())
    }

    /// Whether the job went on with its own work after this step.
    fn was_let_fail(&self, index: usize) -> bool {
        self.steps
            .iter()
            .skip(index + 1)
            .any(|step| !step.cleanup && is_work(&step.name))
    }

    /// Whether every step that failed was let fail.
    pub fn went_on(&self) -> bool {
        let mut failed = (0..self.steps.len())
            .filter(|index| {
                self.steps
                    .get(*index)
                    .is_some_and(|step| step.failed.is_some() && !step.cleanup)
            })
            .peekable();
        failed.peek().is_some() && failed.all(|index| self.was_let_fail(index))
    }
}
