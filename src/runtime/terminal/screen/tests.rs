use proptest::prelude::*;
use ratatui::layout::Rect;
use ratatui::style::{Color as Colour, Modifier, Style};
use unicode_width::UnicodeWidthStr;

use super::*;

const XTERM: Abilities = Abilities {
    colours: ColourDepth::True,
    erases_in_colour: true,
    synchronises: true,
};

/// A terminal's model that is fed with what a screen encodes.
struct Model {
    screen: Screen,
    terminal: vt100::Parser,
}

impl Model {
    fn new(abilities: Abilities, area: Rect) -> Self {
        Self {
            screen: Screen::new(abilities),
            terminal: vt100::Parser::new(area.height, area.width, 0),
        }
    }

    fn show(&mut self, buffer: &Buffer) -> Vec<u8> {
        let (bytes, _) = self.screen.encode(buffer.clone());
        self.terminal.process(&bytes);
        bytes
    }

    fn assert_shows(&self, buffer: &Buffer) {
        let screen = self.terminal.screen();
        for y in 0..buffer.area.height {
            let mut x = 0;
            while x < buffer.area.width {
                let cell = &buffer[(x, y)];
                let shown = screen.cell(y, x).unwrap();
                let text = match shown.contents() {
                    "" => " ",
                    text => text,
                };
                assert_eq!(text, cell.symbol(), "at {x}, {y}");
                assert_eq!(shown.bgcolor(), expected(cell.bg), "background at {x}, {y}");
                let inverse = cell.modifier.contains(Modifier::REVERSED);
                assert_eq!(shown.inverse(), inverse, "at {x}, {y}");
                let underline = cell.modifier.contains(Modifier::UNDERLINED);
                assert_eq!(shown.underline(), underline, "at {x}, {y}");
                if cell.symbol() != " " {
                    assert_eq!(shown.fgcolor(), expected(cell.fg), "at {x}, {y}");
                    // The model knows one weight at a time.
                    let weight = cell.modifier & (Modifier::BOLD | Modifier::DIM);
                    if weight != Modifier::BOLD | Modifier::DIM {
                        assert_eq!(shown.bold(), weight == Modifier::BOLD, "at {x}, {y}");
                        assert_eq!(shown.dim(), weight == Modifier::DIM, "at {x}, {y}");
                    }
                }
                x += cell.symbol().width().max(1) as u16;
            }
        }
    }
}

fn expected(colour: Colour) -> vt100::Color {
    match colour {
        Colour::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        Colour::Indexed(index) => vt100::Color::Idx(index),
        Colour::Red => vt100::Color::Idx(1),
        Colour::LightBlue => vt100::Color::Idx(12),
        _ => vt100::Color::Default,
    }
}

/// A list of 500 services, one of them selected, as the views draw it.
fn list(area: Rect, selected: usize, reversed: bool) -> Buffer {
    let base = Style::new()
        .fg(Colour::Rgb(200, 200, 210))
        .bg(Colour::Rgb(20, 20, 30));
    let mut buffer = Buffer::empty(area);
    buffer.set_style(area, base);
    for row in 0..area.height {
        let index = usize::from(row);
        let line = format!("service-{index:03}   4.11.{index}   running   canary 25 %");
        buffer.set_string(2, row, line, base);
        if index == selected {
            if reversed {
                let row = Rect::new(0, row, area.width, 1);
                buffer.set_style(row, Style::new().add_modifier(Modifier::REVERSED));
            } else {
                buffer.set_string(0, row, "▌", base.fg(Colour::Rgb(90, 200, 250)));
            }
        }
    }
    buffer
}

#[test]
fn an_unchanged_frame_costs_nothing() {
    let area = Rect::new(0, 0, 120, 40);
    let mut model = Model::new(XTERM, area);
    assert!(!model.show(&list(area, 3, false)).is_empty());
    assert_eq!(model.show(&list(area, 3, false)), b"");
}

#[test]
fn a_selection_move_is_small() {
    let area = Rect::new(0, 0, 120, 40);
    let mut model = Model::new(XTERM, area);
    model.show(&list(area, 3, false));
    let gutter = model.show(&list(area, 4, false));
    assert!(gutter.len() <= 60, "{} bytes", gutter.len());
    model.assert_shows(&list(area, 4, false));

    let mut model = Model::new(XTERM, area);
    model.show(&list(area, 3, true));
    let row = model.show(&list(area, 4, true));
    assert!(row.len() <= 300, "{} bytes", row.len());
    model.assert_shows(&list(area, 4, true));
}

/// A list from its row `first` on, with a header and a footer that stay, as
/// the views draw it: names, a dim column, a state.
fn scrolled(area: Rect, first: usize, selected: usize) -> Buffer {
    let text = Style::new().fg(Colour::Rgb(215, 218, 224));
    let dim = text.fg(Colour::Rgb(163, 171, 184));
    let state = text.fg(Colour::Rgb(86, 212, 221));
    let mut buffer = Buffer::empty(area);
    buffer.set_string(0, 0, "a header", dim);
    buffer.set_string(0, area.height - 1, "the keys", dim);
    for y in 1..area.height - 1 {
        let index = first + usize::from(y);
        let bold = if index == selected {
            Modifier::BOLD
        } else {
            Modifier::empty()
        };
        let gutter = if index == selected { "▸" } else { " " };
        buffer.set_string(0, y, gutter, state);
        let words = text.add_modifier(bold);
        buffer.set_string(1, y, format!("✓ service-{index:03}"), words);
        buffer.set_string(24, y, format!("#{index:<6} main"), dim);
        buffer.set_string(40, y, "running deploy", state.add_modifier(bold));
        buffer.set_string(80, y, format!("{}m", index % 60), dim);
    }
    buffer
}

#[test]
fn a_list_that_scrolls_is_moved_by_the_terminal() {
    let area = Rect::new(0, 0, 120, 40);
    let mut model = Model::new(XTERM, area);
    model.show(&scrolled(area, 0, 38));
    for (first, selected, most) in [(1, 39, 260), (2, 40, 260), (0, 1, 400), (19, 40, 1_600)] {
        let bytes = model.show(&scrolled(area, first, selected));
        assert!(bytes.len() <= most, "{first}: {} bytes", bytes.len());
        model.assert_shows(&scrolled(area, first, selected));
    }
    // The margins are given back, or the next line feed would go astray.
    let (bytes, _) = model.screen.encode(scrolled(area, 20, 40));
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("\x1b[2;39r"), "{text:?}");
    assert_eq!(text.matches("\x1b[r").count(), 1, "{text:?}");
}

#[test]
fn what_looks_the_same_is_painted_together() {
    let area = Rect::new(0, 0, 120, 40);
    let mut model = Model::new(XTERM, area);
    model.show(&scrolled(area, 0, 4));
    // Ages of forty rows: one pen, and a few bytes a row.
    let mut older = scrolled(area, 0, 4);
    for y in 1..39 {
        older.set_string(80, y, "59m", older[(80, y)].style());
    }
    let bytes = model.show(&older);
    assert!(bytes.len() <= 400, "{} bytes", bytes.len());
    model.assert_shows(&older);
    // Two rows of four looks each.
    let moved = model.show(&scrolled(area, 0, 5));
    model.assert_shows(&scrolled(area, 0, 5));
    let _ = moved;
}

#[test]
fn a_first_paint_is_small_and_shown_at_once() {
    let area = Rect::new(0, 0, 120, 40);
    let mut model = Model::new(XTERM, area);
    let paint = model.show(&list(area, 3, false));
    assert!(paint.len() <= 4_000, "{} bytes", paint.len());
    assert!(paint.starts_with(b"\x1b[?2026h") && paint.ends_with(b"\x1b[?2026l"));
    model.assert_shows(&list(area, 3, false));
}

#[test]
fn another_size_is_painted_from_nothing() {
    let small = Rect::new(0, 0, 20, 5);
    let large = Rect::new(0, 0, 40, 10);
    let mut model = Model::new(XTERM, small);
    model.show(&list(small, 1, false));
    model.terminal.screen_mut().set_size(10, 40);
    model.show(&list(large, 1, false));
    model.assert_shows(&list(large, 1, false));
    for tiny in [Rect::new(0, 0, 1, 1), Rect::ZERO] {
        let (_, former) = model.screen.encode(list(tiny, 0, false));
        assert!(former.is_some());
    }
}

#[test]
fn a_forgotten_screen_is_painted_anew() {
    let area = Rect::new(0, 0, 30, 3);
    let mut model = Model::new(XTERM, area);
    let frame = list(area, 1, false);
    model.show(&frame);
    model.terminal.process(b"\x1b[m\x1b[2Jsomething else");
    let last = model.screen.forget().unwrap();
    model.show(&last);
    model.assert_shows(&frame);
}

#[test]
fn a_control_in_a_cell_never_gets_out() {
    let mut buffer = Buffer::empty(Rect::new(0, 0, 4, 1));
    buffer[(0, 0)].set_symbol("\x1b[2J");
    buffer[(1, 0)].set_symbol("\u{9b}");
    buffer[(2, 0)].set_symbol("\u{301}");
    let (bytes, _) = Screen::new(XTERM).encode(buffer);
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("\x1b[2J").count(), 1, "only our own: {text:?}");
    assert!(!text.contains('\u{9b}') && !text.contains('\u{301}'));
}

fn symbols() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        " ", " ", " ", "a", "a", "b", "│", "é", "漢", "👍", "e\u{332}", "✓",
    ])
}

fn styles() -> impl Strategy<Value = Style> {
    let colour = || {
        proptest::sample::select(vec![
            Colour::Reset,
            Colour::Reset,
            Colour::Red,
            Colour::LightBlue,
            Colour::Indexed(200),
            Colour::Rgb(1, 2, 3),
        ])
    };
    let modifier = proptest::sample::select(vec![
        Modifier::empty(),
        Modifier::empty(),
        Modifier::BOLD,
        Modifier::DIM,
        Modifier::BOLD | Modifier::UNDERLINED,
        Modifier::REVERSED,
    ]);
    (colour(), colour(), modifier)
        .prop_map(|(fg, bg, modifier)| Style::new().fg(fg).bg(bg).add_modifier(modifier))
}

fn frames() -> impl Strategy<Value = Buffer> {
    let run = (0_u16..24, 0_u16..4, 1_usize..24, symbols(), styles());
    proptest::collection::vec(run, 0..12).prop_map(|runs| {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 24, 4));
        for (x, y, count, symbol, style) in runs {
            buffer.set_stringn(x, y, symbol.repeat(count), usize::from(24 - x), style);
        }
        buffer
    })
}

proptest! {
    #[test]
    fn the_terminal_shows_each_frame(sequence in proptest::collection::vec(frames(), 1..5)) {
        for erases_in_colour in [true, false] {
            let abilities = Abilities { erases_in_colour, ..XTERM };
            let mut model = Model::new(abilities, sequence[0].area);
            for frame in &sequence {
                model.show(frame);
                model.assert_shows(frame);
                prop_assert_eq!(model.show(frame), b"");
            }
        }
    }
}

/// Frames of a list that scrolls: each row of the text stands where the row
/// before it stood, up to a few rows that change.
fn scrolling() -> impl Strategy<Value = Vec<Buffer>> {
    let area = Rect::new(0, 0, 24, 8);
    let rows = proptest::collection::vec((symbols(), styles(), 1_usize..24), 30);
    let steps = proptest::collection::vec((0_usize..20, 0_u16..8, symbols(), styles()), 2..6);
    (rows, steps).prop_map(move |(rows, steps)| {
        let frame = |(first, y, symbol, style): (usize, u16, &str, Style)| {
            let mut buffer = Buffer::empty(area);
            for (line, (symbol, style, count)) in (1..area.height - 1).zip(rows.iter().skip(first))
            {
                let text = format!("{:02}{}", count, symbol.repeat(*count));
                buffer.set_stringn(0, line, text, 24, *style);
            }
            buffer.set_stringn(3, y, symbol.repeat(5), 21, style);
            buffer
        };
        steps.into_iter().map(frame).collect()
    })
}

proptest! {
    #[test]
    fn the_terminal_shows_each_frame_of_a_list_that_scrolls(sequence in scrolling()) {
        for erases_in_colour in [true, false] {
            let abilities = Abilities { erases_in_colour, ..XTERM };
            let mut model = Model::new(abilities, sequence[0].area);
            for frame in &sequence {
                model.show(frame);
                model.assert_shows(frame);
                prop_assert_eq!(model.show(frame), b"");
            }
        }
    }
}

#[test]
fn the_second_half_of_a_broken_wide_character_is_painted_as_well() {
    let area = Rect::new(0, 0, 24, 1);
    let mut wide = Buffer::empty(area);
    wide.set_string(6, 0, "漢".repeat(9), Style::new());
    let mut blank = Buffer::empty(area);
    blank.set_style(Rect::new(2, 0, 9, 1), Style::new().bg(Colour::Red));
    let mut model = Model::new(XTERM, area);
    model.show(&wide);
    model.show(&blank);
    model.assert_shows(&blank);
}
