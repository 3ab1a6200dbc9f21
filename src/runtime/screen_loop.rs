//! The loop of the full screen: events in, one total order, a frame out when
//! something changed. It never waits for the network, the disk or the
//! terminal; all three have threads of their own.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use ratatui::layout::Rect;

use super::{
    background::Background,
    memory::Memory,
    now,
    terminal::{Place, Terminal, panic_on_request},
};
use crate::{
    domain::{Text, Timestamp},
    ui::{
        self,
        app::App,
        theme::Theme,
        update::{Effect, Event, Level, absorb, next_wakeup, open_file, update},
    },
};

/// Data alone is drawn at most this often; a key is drawn at once.
const SHORTEST_BETWEEN_DATA_FRAMES: Duration = Duration::from_millis(33);
/// Events taken in before a frame is drawn, so that a flood of facts cannot
/// keep the screen from being drawn.
const MOST_EVENTS_A_FRAME: usize = 512;

/// What the loop works on.
pub(super) struct ScreenLoop<'a> {
    pub(super) app: App,
    pub(super) theme_of: &'a dyn Fn(&str) -> Theme,
    pub(super) terminal: &'a Terminal,
    pub(super) events: Receiver<Event>,
    theme: Theme,
    last_drawn: Instant,
    /// The number of the frame that was drawn last: the same number would
    /// give the same picture.
    drawn: Option<u64>,
    /// What the start has to be carried out.
    first: Vec<Effect>,
    /// Facts were taken in and what follows from them is not computed yet.
    absorbed: bool,
}

impl<'a> ScreenLoop<'a> {
    /// A loop that has drawn its first frame.
    pub(super) fn open(
        app: App,
        log: Option<Text>,
        theme_of: &'a dyn Fn(&str) -> Theme,
        terminal: &'a Terminal,
        events: Receiver<Event>,
    ) -> Self {
        let theme = theme_of(app.theme_name());
        let mut opened = Self {
            app,
            theme_of,
            terminal,
            events,
            theme,
            last_drawn: Instant::now(),
            drawn: None,
            first: Vec::new(),
            absorbed: false,
        };
        if let Some(name) = log {
            opened.first = open_file(&mut opened.app, name);
        }
        let (width, height) = terminal.size();
        // Nothing can be carried out yet; what the views need is asked for
        // again with the next event.
        let _ = update(
            &mut opened.app,
            Event::Resize {
                width,
                height,
                at: now(),
            },
        );
        opened.draw();
        opened
    }

    /// Runs until the person or the system ends it; gives the last state.
    pub(super) fn run(mut self, background: &Background, memory: &mut Memory) -> App {
        for effect in std::mem::take(&mut self.first) {
            self.carry_out(effect, background);
        }
        while !self.app.quitting {
            let Some((mut effects, mut urgent)) = self.take_one() else {
                break;
            };
            loop {
                let taken = self.take_waiting(&mut effects, &mut urgent);
                let since = self.last_drawn.elapsed();
                if urgent || taken == MOST_EVENTS_A_FRAME || since >= SHORTEST_BETWEEN_DATA_FRAMES {
                    break;
                }
                // Only data came: give it the rest of the interval to bring
                // more, unless a key comes first.
                let rest = SHORTEST_BETWEEN_DATA_FRAMES.saturating_sub(since);
                match self.events.recv_timeout(rest) {
                    Ok(event) => self.take(event, &mut effects, &mut urgent),
                    Err(_) => break,
                }
            }
            if self.absorbed {
                self.take(Event::Tick(now()), &mut effects, &mut urgent);
            }
            for effect in effects {
                self.carry_out(effect, background);
            }
            if self.app.theme_name() != self.theme.name {
                self.theme = (self.theme_of)(self.app.theme_name());
                self.drawn = None;
            }
            if !self.app.quitting {
                self.draw();
                if let Some(work) = memory.due(&mut self.app.model) {
                    background.later(work);
                }
                if let Some(work) = memory.verdicts(&mut self.app.model) {
                    background.later(work);
                }
            }
        }
        self.app
    }

    /// Waits for an event or for the time at which the screen changes by
    /// itself. None when nobody can send events any more.
    fn take_one(&mut self) -> Option<(Vec<Effect>, bool)> {
        let event = match next_wakeup(&self.app) {
            None => self.events.recv().ok()?,
            Some(at) => match self.events.recv_timeout(until(at)) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => Event::Tick(now()),
                Err(RecvTimeoutError::Disconnected) => return None,
            },
        };
        let (mut effects, mut urgent) = (Vec::new(), false);
        self.take(event, &mut effects, &mut urgent);
        Some((effects, urgent))
    }

    fn take_waiting(&mut self, effects: &mut Vec<Effect>, urgent: &mut bool) -> usize {
        let mut taken = 0;
        while taken < MOST_EVENTS_A_FRAME
            && let Ok(event) = self.events.try_recv()
        {
            self.take(event, effects, urgent);
            taken += 1;
        }
        taken
    }

    fn take(&mut self, event: Event, effects: &mut Vec<Effect>, urgent: &mut bool) {
        *urgent |= !matches!(
            event,
            Event::Facts { .. } | Event::Recalled { .. } | Event::Flushed { .. }
        );
        match absorb(&mut self.app, event) {
            None => self.absorbed = true,
            Some(event) => {
                self.absorbed = false;
                effects.extend(update(&mut self.app, event));
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, background: &Background) {
        match effect {
            Effect::Copy(text) => {
                if !self.terminal.copy(&text) {
                    let text = Text::new("it does not fit the terminal's clipboard");
                    let notice = Event::Notice {
                        text,
                        level: Level::Fault,
                        at: now(),
                    };
                    let _ = update(&mut self.app, notice);
                }
            }
            Effect::SetMouse(on) => self.terminal.set_mouse(on),
            Effect::Redraw => self.terminal.repaint(),
            Effect::Suspend => self.terminal.stop(),
            Effect::Quit => self.app.quitting = true,
            other => background.carry_out(other, &self.app.model),
        }
    }

    fn draw(&mut self) {
        if self.drawn == Some(self.app.frame) {
            return;
        }
        self.drawn = Some(self.app.frame);
        panic_on_request(Place::Draw);
        let (width, height) = self.app.size;
        let area = Rect::new(0, 0, width, height);
        let mut buffer = self.terminal.buffer(area);
        ui::draw(&self.app, &self.theme, area, &mut buffer);
        self.terminal.show(buffer, self.app.frame);
        self.last_drawn = Instant::now();
    }
}

fn until(at: Timestamp) -> Duration {
    (at - now()).to_std().unwrap_or(Duration::ZERO)
}
