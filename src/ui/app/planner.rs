//! What is being put on the calendar: a window or a release, its time and why.

use chrono_tz::Tz;

use crate::{
    domain::{OwnCourse, OwnKind, Release, ReleaseState, Text, Timestamp, Window},
    ui::theme::State,
};

/// The box in which something is put on the calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct Planner {
    /// What is being done.
    pub task: Task,
    /// To what.
    pub about: About,
    /// The field that keys go into.
    pub field: Field,
    /// What the window does.
    pub kind: OwnKind,
    /// What people call it.
    pub name: String,
    /// Services, as globs with blanks or commas between.
    pub services: String,
    /// Environments, in the same way.
    pub environments: String,
    /// The clock that its times are on.
    pub zone: Tz,
    /// When it begins, as typed.
    pub start: String,
    /// When it ends, as typed.
    pub end: String,
    /// Who runs the release.
    pub captain: String,
    /// All occurrences of a rule, not only the selected one.
    pub all: bool,
    /// Why.
    pub reason: String,
    /// What would come of it, computed after each key and not for each frame.
    pub said: Vec<(State, String)>,
    /// What is against it, as long as it is.
    pub against: Option<String>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// A window is made.
    Add,
    /// It goes to another time.
    Move,
    /// It is taken back.
    Cancel,
    /// The same is planned once more.
    Duplicate,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// Something new.
    New,
    /// A window that was made here, as the person saw it, and the start of the
    /// occurrence that was selected.
    Own(Box<OwnCourse>, Timestamp),
    /// A span that others say.
    Span(Box<Window>),
    /// A release and its state, as the person saw them.
    Release(Box<Release>, ReleaseState),
    /// A release that is new: a copy.
    Copy(Box<Release>),
}

/// A field of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// What the window does.
    Kind,
    /// What people call it.
    Name,
    /// Which services.
    Services,
    /// Which environments.
    Environments,
    /// When it begins.
    Start,
    /// When it ends.
    End,
    /// Who runs it.
    Captain,
    /// One occurrence or all.
    Which,
    /// Why.
    Reason,
}

impl Planner {
    /// The fields of the box, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let rule = match &self.about {
            About::Own(course, _) => {
                matches!(course.window.when, crate::domain::OwnTime::Rule { .. })
            }
            _ => false,
        };
        let mut fields = match (self.task, &self.about) {
            (Task::Add, _) => vec![
                Field::Kind,
                Field::Name,
                Field::Services,
                Field::Environments,
                Field::Start,
                Field::End,
            ],
            (Task::Move, About::Release(..)) => vec![Field::Start, Field::End, Field::Captain],
            (Task::Move, _) if rule => vec![Field::Start],
            (Task::Duplicate, About::Own(..) | About::Span(_)) => {
                vec![Field::Kind, Field::Name, Field::Start, Field::End]
            }
            (Task::Move | Task::Duplicate, _) => vec![Field::Start, Field::End],
            (Task::Cancel, _) if rule => vec![Field::Which],
            (Task::Cancel, _) => Vec::new(),
        };
        fields.push(Field::Reason);
        fields
    }

    /// The text of a field; none for one that is chosen.
    #[must_use]
    pub fn text(&self, field: Field) -> Option<&str> {
        Some(match field {
            Field::Name => &self.name,
            Field::Services => &self.services,
            Field::Environments => &self.environments,
            Field::Start => &self.start,
            Field::End => &self.end,
            Field::Captain => &self.captain,
            Field::Reason => &self.reason,
            Field::Kind | Field::Which => return None,
        })
    }

    /// The same, to be edited.
    pub(in crate::ui) fn text_mut(&mut self, field: Field) -> Option<&mut String> {
        Some(match field {
            Field::Name => &mut self.name,
            Field::Services => &mut self.services,
            Field::Environments => &mut self.environments,
            Field::Start => &mut self.start,
            Field::End => &mut self.end,
            Field::Captain => &mut self.captain,
            Field::Reason => &mut self.reason,
            Field::Kind | Field::Which => return None,
        })
    }

    /// What it is called that is being planned.
    #[must_use]
    pub fn subject(&self) -> Text {
        match &self.about {
            About::New => Text::default(),
            About::Own(course, _) => course.window.name.clone(),
            About::Span(span) => span.title.clone(),
            About::Release(release, _) | About::Copy(release) => release.id.clone(),
        }
    }
}

impl Field {
    /// The word before it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Kind => "kind",
            Self::Name => "name",
            Self::Services => "services",
            Self::Environments => "in",
            Self::Start => "start",
            Self::End => "end",
            Self::Captain => "captain",
            Self::Which => "which",
            Self::Reason => "why",
        }
    }
}
