//! The bare ratatui reference program: 500 rows, one selection, no tick, no
//! network. What it costs is what the toolkit itself costs, and so the measure
//! for everything else (`docs/performance.md`).
//!
//! Plain ratatui and crossterm on purpose; nothing of tminus is in it.

use std::io;

use crossterm::event::{self, Event, KeyCode, KeyEventKind};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{List, ListState, Paragraph};

const ROWS: usize = 500;

fn main() -> io::Result<()> {
    let mut terminal = ratatui::try_init()?;
    let rows: Vec<Line<'_>> = (0..ROWS)
        .map(|row| {
            Line::from(format!(
                "service-{row:03}  4.11.{row:<3}  running  canary 25 %"
            ))
        })
        .collect();
    let mut selected = ListState::default().with_selected(Some(0));
    let result = loop {
        let drawn = terminal.draw(|frame| {
            let [head, body] =
                Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(frame.area());
            frame.render_widget(Paragraph::new("floor: j and k move, q ends"), head);
            let list = List::new(rows.iter().cloned())
                .highlight_style(Style::new().add_modifier(Modifier::REVERSED));
            frame.render_stateful_widget(list, body, &mut selected);
        });
        if let Err(error) = drawn {
            break Err(error);
        }
        // All that waits is taken before the next frame.
        let mut ended = false;
        loop {
            match event::read()? {
                Event::Key(key) if key.kind == KeyEventKind::Press => match key.code {
                    KeyCode::Char('q') => ended = true,
                    KeyCode::Char('j') | KeyCode::Down => selected.select_next(),
                    KeyCode::Char('k') | KeyCode::Up => selected.select_previous(),
                    _ => {}
                },
                _ => {}
            }
            if ended || !event::poll(std::time::Duration::ZERO)? {
                break;
            }
        }
        if ended {
            break Ok(());
        }
    };
    ratatui::restore();
    result
}
