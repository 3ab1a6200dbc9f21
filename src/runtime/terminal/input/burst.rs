//! Tells a person's keys from bytes that merely look like keys.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crossterm::event::MouseEventKind;

use super::{Input, Timed};

/// More than this many key presses within [`WINDOW`] were not typed.
pub const TYPED_AT_ONCE: usize = 6;

/// The span in which key presses are counted.
const WINDOW: Duration = Duration::from_millis(15);

/// For this long after a paste what looks like keys may be the rest of it.
const AFTER_PASTE: Duration = Duration::from_millis(300);

/// Marks bursts. One value sees all input in order.
#[derive(Debug, Default)]
pub struct Bursts {
    recent: VecDeque<Instant>,
    pasted: Option<Instant>,
}

impl Bursts {
    /// Marks what was read at `now`. Either the whole batch is a burst or none
    /// of it, but for what follows a paste.
    pub fn mark(&mut self, batch: Vec<Input>, now: Instant) -> Vec<Timed> {
        while self
            .recent
            .front()
            .is_some_and(|&earlier| now.duration_since(earlier) > WINDOW)
        {
            self.recent.pop_front();
        }
        let pressed = batch.iter().filter(|input| is_press(input)).count();
        self.recent
            .extend(std::iter::repeat_n(now, pressed.min(TYPED_AT_ONCE + 1)));
        let many = self.recent.len() > TYPED_AT_ONCE;
        while self.recent.len() > TYPED_AT_ONCE + 1 {
            self.recent.pop_front();
        }
        batch
            .into_iter()
            .map(|input| {
                if matches!(input, Input::Paste(_)) {
                    self.pasted = Some(now);
                }
                let after_paste = self
                    .pasted
                    .is_some_and(|pasted| now.duration_since(pasted) < AFTER_PASTE);
                let counts = is_press(&input);
                Timed {
                    input,
                    burst: counts && (many || after_paste),
                    at: now,
                }
            })
            .collect()
    }
}

/// How many of `batch` are presses of a key or a button.
pub fn presses(batch: &[Input]) -> usize {
    batch.iter().filter(|input| is_press(input)).count()
}

fn is_press(input: &Input) -> bool {
    match input {
        Input::Key(_) => true,
        Input::Mouse(mouse) => matches!(mouse.kind, MouseEventKind::Down(_)),
        _ => false,
    }
}
