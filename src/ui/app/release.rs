//! The sheet of a release, and the steps that are taken on it.

use crate::{
    command::Item,
    domain::{CheckState, Release, ReleaseState, ServiceName, Text, Timestamp},
    ui::theme::State,
};

/// The sheet of one release.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sheet {
    /// The release, by its id.
    pub release: Text,
    /// The row under the cursor.
    pub selected: Option<SheetRow>,
    /// First line on the screen.
    pub offset: usize,
    /// What stands on it. All that belongs to a release is looked for in all
    /// that is known, so this is computed when something changed and not for
    /// each frame.
    pub lines: Vec<SheetLine>,
    /// When its lines were computed.
    pub computed: Timestamp,
    /// When the cursor came to another row because its own has gone; none once
    /// a person moved it.
    pub slipped: Option<Timestamp>,
}

/// One line of the sheet.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SheetLine {
    /// What the cursor stands on here; none where it cannot stand.
    pub row: Option<SheetRow>,
    /// True for the title of a part.
    pub heading: bool,
    /// How it looks; none for plain words.
    pub state: Option<State>,
    /// The first words, in a column of their own.
    pub name: String,
    /// What is said.
    pub words: String,
    /// What is said at the right edge.
    pub right: String,
}

impl Sheet {
    /// The line that the cursor stands on: that of its row, else the first that
    /// it may stand on.
    #[must_use]
    pub fn cursor(&self) -> Option<usize> {
        let place = |wanted: &SheetRow| {
            let mut lines = self.lines.iter();
            lines.position(|line| line.row.as_ref() == Some(wanted))
        };
        let first = || self.lines.iter().position(|line| line.row.is_some());
        self.selected.as_ref().and_then(place).or_else(first)
    }

    /// The row under the cursor.
    #[must_use]
    pub fn row(&self) -> Option<&SheetRow> {
        self.lines.get(self.cursor()?)?.row.as_ref()
    }

    /// Takes in what stands on it now. The cursor stays on its row; a service
    /// that was cut, or came back, is the same row to a person; where it is
    /// gone, the cursor stands where it was.
    pub(in crate::ui) fn take(&mut self, lines: Vec<SheetLine>, now: Timestamp) {
        let before = self.cursor();
        let had = self.row().cloned();
        self.lines = lines;
        self.computed = now;
        let Some(had) = had else { return };
        let other = match &had {
            SheetRow::Service(service) => Some(SheetRow::Cut(service.clone())),
            SheetRow::Cut(service) => Some(SheetRow::Service(service.clone())),
            SheetRow::Check(_) | SheetRow::Joined(_) => None,
        };
        let stands = |row: &SheetRow| self.lines.iter().any(|line| line.row.as_ref() == Some(row));
        if stands(&had) {
            self.selected = Some(had);
        } else if let Some(other) = other.filter(|other| stands(other)) {
            self.selected = Some(other);
        } else {
            let from = before.unwrap_or(0).min(self.lines.len());
            let (above, below) = self.lines.split_at(from);
            let mut nearest = below.iter().chain(above.iter().rev());
            self.selected = nearest.find_map(|line| line.row.clone());
            self.slipped = Some(now);
        }
    }
}

/// A row of the sheet that the cursor may stand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SheetRow {
    /// A service that is in it.
    Service(ServiceName),
    /// A service that was cut.
    Cut(ServiceName),
    /// A check.
    Check(Text),
    /// Something that belongs to it.
    Joined(Item),
}

/// A change that is being made to a release.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The release, by its id.
    pub release: Text,
    /// What change.
    pub kind: StepKind,
    /// The choice under the cursor, where there are choices.
    pub index: usize,
    /// The reason as typed; none while something is to be chosen first.
    pub reason: Option<String>,
}

/// What change.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// To another state, from the one that the person saw.
    State {
        /// The state that the person saw.
        from: ReleaseState,
        /// The states that may follow.
        choices: Vec<ReleaseState>,
    },
    /// A service leaves.
    Cut(ServiceName),
    /// A service comes back.
    Return(ServiceName),
    /// A check is seen to, waived or opened again.
    Check(Text, CheckState),
    /// Its review was done.
    Review,
    /// Its notes, by one of the templates.
    Notes,
    /// The notes of a service, as the page of its version.
    Publish(ServiceName),
    /// A hotfix is made.
    Hotfix(Box<Release>),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &[SheetRow]) -> Vec<SheetLine> {
        let line = |row: &SheetRow| SheetLine {
            row: Some(row.clone()),
            ..SheetLine::default()
        };
        let heading = SheetLine {
            heading: true,
            ..SheetLine::default()
        };
        std::iter::once(heading)
            .chain(rows.iter().map(line))
            .collect()
    }

    #[test]
    fn the_cursor_stays_on_its_row_and_says_when_it_cannot() {
        let service = |name: &str| SheetRow::Service(name.into());
        let check = SheetRow::Check("told".into());
        let now = Timestamp::UNIX_EPOCH;
        let mut sheet = Sheet::default();
        let rows = [service("checkout"), service("search"), check.clone()];
        sheet.take(lines(&rows), now);
        assert_eq!(sheet.row(), Some(&rows[0]));
        // What is new above does not move it, not even from the first row.
        sheet.take(lines(&[service("billing"), service("checkout")]), now);
        assert_eq!((sheet.row(), sheet.slipped), (Some(&rows[0]), None));
        sheet.take(lines(&[SheetRow::Cut("checkout".into())]), now);
        assert_eq!(sheet.row(), Some(&SheetRow::Cut("checkout".into())));
        assert_eq!(sheet.slipped, None);
        sheet.take(lines(&rows), now);
        sheet.selected = Some(check);
        sheet.take(lines(&rows[..2]), now);
        assert_eq!(sheet.row(), Some(&rows[1]), "not the first row");
        assert_eq!(sheet.slipped, Some(now));
        sheet.take(Vec::new(), now);
        assert_eq!(sheet.row(), None);
    }
}
