//! Trains: releases that leave by a timetable.

use super::{EnvironmentName, ServiceName, Text};

/// A train, as it was declared. Its branch date is fixed; its ship date can be
/// moved, by people, one departure at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainSpec {
    /// What the ids of its releases begin with.
    pub name: Text,
    /// DTSTART and RRULE of the branch dates.
    pub rule: Text,
    /// The clock of a DTSTART without a zone.
    pub zone: chrono_tz::Tz,
    /// Days on the calendar from branch to ship.
    pub ship_days: u32,
    /// When on that day; at the time of the branch when none.
    pub ship_time: Option<chrono::NaiveTime>,
    /// How long its window is, in words.
    pub duration: Text,
    /// What is on it.
    pub services: Vec<ServiceName>,
    /// Where it goes.
    pub environment: EnvironmentName,
    /// Who runs it, in turn; nobody when empty.
    pub captains: Vec<Text>,
    /// The number of the first one; ids end in the day of the branch when
    /// none.
    pub first_number: Option<u32>,
}
