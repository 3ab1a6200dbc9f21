use crossterm::event::{KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use proptest::prelude::*;

use super::*;

fn parse_pieces(pieces: &[&[u8]]) -> Vec<Input> {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for piece in pieces {
        parser.feed(piece, &mut events);
    }
    parser.give_up(&mut events);
    events
}

fn parse(bytes: &[u8]) -> Vec<Input> {
    parse_pieces(&[bytes])
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Input {
    Input::Key(KeyEvent::new(code, modifiers))
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const SHIFT: KeyModifiers = KeyModifiers::SHIFT;
const ALT: KeyModifiers = KeyModifiers::ALT;
const CONTROL: KeyModifiers = KeyModifiers::CONTROL;

fn known_keys() -> Vec<(&'static [u8], KeyCode, KeyModifiers)> {
    use KeyCode::{
        BackTab, Backspace, Char, Delete, End, Enter, Esc, F, Home, Left, PageDown, PageUp, Right,
        Tab, Up,
    };
    vec![
        (b"a", Char('a'), NONE),
        (b"R", Char('R'), SHIFT),
        ("é".as_bytes(), Char('é'), NONE),
        ("漢".as_bytes(), Char('漢'), NONE),
        ("👍".as_bytes(), Char('👍'), NONE),
        (b"\r", Enter, NONE),
        (b"\n", Char('j'), CONTROL),
        (b"\t", Tab, NONE),
        (b"\x7f", Backspace, NONE),
        (b"\x00", Char(' '), CONTROL),
        (b"\x03", Char('c'), CONTROL),
        (b"\x1a", Char('z'), CONTROL),
        (b"\x1b", Esc, NONE),
        (b"\x1bx", Char('x'), ALT),
        (b"\x1b/", Char('/'), ALT),
        (b"\x1bG", Char('G'), ALT | SHIFT),
        ("\x1bé".as_bytes(), Char('é'), ALT),
        (b"\x1b\r", Enter, ALT),
        (b"\x1b\x7f", Backspace, ALT),
        (b"\x1b[A", Up, NONE),
        (b"\x1b[1;5C", Right, CONTROL),
        (b"\x1b[1;2D", Left, SHIFT),
        (b"\x1b[1;1:1A", Up, NONE),
        (b"\x1b[H", Home, NONE),
        (b"\x1b[1~", Home, NONE),
        (b"\x1b[4~", End, NONE),
        (b"\x1b[5~", PageUp, NONE),
        (b"\x1b[6;5~", PageDown, CONTROL),
        (b"\x1b[3~", Delete, NONE),
        (b"\x1b[15~", F(5), NONE),
        (b"\x1b[24~", F(12), NONE),
        (b"\x1b[[B", F(2), NONE),
        (b"\x1b[Z", BackTab, SHIFT),
        (b"\x1bOA", Up, NONE),
        (b"\x1bOP", F(1), NONE),
        (b"\x1bOR", F(3), NONE),
        (b"\x1bOM", Enter, NONE),
        (b"\x1bOq", Char('1'), NONE),
        (b"\x1b[27u", Esc, NONE),
        (b"\x1b[97;5u", Char('a'), CONTROL),
        (b"\x1b[97:65;2u", Char('A'), SHIFT),
        (b"\x1b[9;2u", BackTab, SHIFT),
        (b"\x1b[57399u", Char('0'), NONE),
        (b"\x1b[57414u", Enter, NONE),
        (b"\x1b[27;5;13~", Enter, CONTROL),
        (b"\x1b[27;6;82~", Char('R'), CONTROL | SHIFT),
        (b"\x9bA", Up, NONE),
    ]
}

/// Answers to queries that somebody else asked, and reports nobody asked for.
fn replies() -> Vec<&'static [u8]> {
    vec![
        b"\x1bP>|XTerm(389)\x1b\\",
        b"\x1bP>|tmux 3.4\x1b\\",
        b"\x1bP>|ghostty 1.0.1\x1b\\",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1b]10;rgb:ffff/ffff/ffff\x07",
        b"\x1b]12;rgba:ffff/ffff/ffff/ffff\x1b\\",
        b"\x1b]4;1;rgb:cdcd/0000/0000\x1b\\",
        b"\x1b]lRroll back checkout\x1b\\",
        b"\x1b]LXicon\x1b\\",
        b"\x1b]52;c;UmNoZWNrb3V0DQ==\x1b\\",
        b"\x1b]52;c;UmNoZWNrb3V0DQ==\x07",
        b"\x1b]50;xft:Monospace\x07",
        b"\x1b]99;i=1:p=?;R\x1b\\",
        b"\x1b]1337;ReportCellSize=17.0;8.0;2.0\x1b\\",
        b"\x1b]8;;https://example.org/R\x1b\\",
        b"\x1b[?62;22c",
        b"\x1b[?1;2c",
        b"\x1b[>0;276;0c",
        b"\x1b[>41;389;0c",
        b"\x1b[=0c",
        b"\x1bP!|7E565445\x1b\\",
        b"\x1b[0n",
        b"\x1b[3n",
        b"\x1b[24;80R",
        b"\x1b[1;5R",
        b"\x1b[?24;80;1R",
        b"\x1b[?997;1n",
        b"\x1b[?2026;2$y",
        b"\x1b[?1016;0$y",
        b"\x1b[4;2$y",
        b"\x1b[?31u",
        b"\x1b[>4;2m",
        b"\x1b[8;24;80t",
        b"\x1b[4;768;1024t",
        b"\x1b[48;24;80;768;1024t",
        b"\x1b[2;1;1;120;120;1;0x",
        b"\x1bP1$r0m\x1b\\",
        b"\x1bP0$r\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
        b"\x1bP0+r524742\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b_Gi=31;ENOENT:Rerun\x1b\\",
        b"\x1b^private R\x1b\\",
        b"\x1bXstring R\r\x1b\\",
        b"\x1b[?2;0;1024S",
        b"\x1b[?63;1;2;4;6;9;15;22c",
        b"\x9b?62;22c",
        b"\x90>|XTerm(389)\x9c",
        b"\x9d11;rgb:1e1e/1e1e/2e2e\x9c",
        "\u{9b}?62;22c".as_bytes(),
        "\u{9d}lRollback\u{9c}".as_bytes(),
        "\x1b]l\u{45c}R\u{dc}R\x1b\\".as_bytes(),
        b"\x1bPtmux;\x1b\x1b]52;c;eA==\x07R\x1b\\",
        b"\x1b[<0;1;",
        b"\x1b]0;never closed R",
        b"\x1b[?1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;21;22;23;24;25;26;27;28;29;30c",
        b"\x1b[1;2:3A",
    ]
}

#[test]
fn keys_are_what_terminals_send() {
    for (bytes, code, modifiers) in known_keys() {
        assert_eq!(parse(bytes), [key(code, modifiers)], "for {bytes:?}");
    }
}

#[test]
fn no_reply_becomes_a_key() {
    for reply in replies() {
        assert_eq!(parse(reply), [], "for {}", reply.escape_ascii());
        let mut followed = reply.to_vec();
        followed.extend_from_slice(b"\x1b\\j");
        let events = parse(&followed);
        assert!(
            events.is_empty() || events == [key(KeyCode::Char('j'), NONE)],
            "{} gives {events:?}",
            reply.escape_ascii()
        );
    }
}

#[test]
fn where_the_bytes_are_split_makes_no_difference() {
    let keys = known_keys().into_iter().map(|(bytes, ..)| bytes);
    let others: [&[u8]; 4] = [
        b"\x1b[200~pay\x1b[31m\r\nR\x1b[201~j",
        b"\x1b[<64;10;20M\x1b[<0;10;20M\x1b[<0;10;20m",
        b"\x1b[I\x1b[O",
        b"\x1b[M !!\x1b[32;1;1M",
    ];
    for bytes in keys.chain(replies()).chain(others) {
        let whole = parse(bytes);
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                let pieces = [&bytes[..first], &bytes[first..second], &bytes[second..]];
                assert_eq!(parse_pieces(&pieces), whole, "{}", bytes.escape_ascii());
            }
        }
    }
}

#[test]
fn a_sequence_that_never_ends_is_dropped_when_the_wait_is_over() {
    let mut parser = Parser::default();
    let mut events = Vec::new();
    for start in [
        &b"\x1b["[..],
        b"\x1b]0;R",
        b"\x1bP",
        b"\x1bO",
        b"\xe6\xbc",
        b"\x1b[M",
    ] {
        parser.feed(start, &mut events);
        assert_eq!(parser.pending(), Pending::Sequence);
        parser.give_up(&mut events);
        assert_eq!(parser.pending(), Pending::Nothing);
        assert_eq!(events, []);
    }
    parser.feed(b"j", &mut events);
    assert_eq!(events, [key(KeyCode::Char('j'), NONE)]);
}

#[test]
fn the_mouse_reports_presses_drags_and_the_wheel() {
    use MouseEventKind::{Down, Drag, ScrollDown, ScrollUp, Up};
    let mouse = |bytes: &[u8]| match parse(bytes).as_slice() {
        [Input::Mouse(mouse)] => (mouse.kind, mouse.column, mouse.row, mouse.modifiers),
        other => panic!("{other:?}"),
    };
    let left = MouseButton::Left;
    assert_eq!(mouse(b"\x1b[<0;10;20M"), (Down(left), 9, 19, NONE));
    assert_eq!(mouse(b"\x1b[<0;10;20m"), (Up(left), 9, 19, NONE));
    assert_eq!(mouse(b"\x1b[<32;1;1M"), (Drag(left), 0, 0, NONE));
    assert_eq!(
        mouse(b"\x1b[<2;0;999999999999M"),
        (Down(MouseButton::Right), 0, u16::MAX, NONE)
    );
    assert_eq!(mouse(b"\x1b[<65;5;5M"), (ScrollDown, 4, 4, NONE));
    assert_eq!(mouse(b"\x1b[<80;5;5M"), (ScrollUp, 4, 4, CONTROL));
    assert_eq!(mouse(b"\x1b[M !\x22"), (Down(left), 0, 1, NONE));
    assert_eq!(mouse(b"\x1b[96;5;5M"), (ScrollUp, 4, 4, NONE));
    assert_eq!(
        parse(b"\x1b[I\x1b[O"),
        [Input::FocusGained, Input::FocusLost]
    );
}

#[test]
fn a_paste_is_text_with_whatever_it_holds() {
    assert_eq!(
        parse(b"\x1b[200~a\x1b[2J\r\nb\rc\x1b\x1b[201~"),
        [Input::Paste("a\x1b[2J\nb\nc\x1b".to_owned())]
    );
    assert_eq!(parse(b"\x1b[200~\x1b[201~"), [Input::Paste(String::new())]);
    // Never closed: given back when the wait is over.
    assert_eq!(
        parse(b"\x1b[200~Rx\x1b[20"),
        [Input::Paste("Rx".to_owned())]
    );
    let mut long = b"\x1b[200~".to_vec();
    long.extend(std::iter::repeat_n(b'R', paste::PASTE_LIMIT * 2 + 10));
    let lengths: Vec<_> = parse(&long)
        .iter()
        .map(|input| match input {
            Input::Paste(text) => text.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(lengths, [paste::PASTE_LIMIT, paste::PASTE_LIMIT, 10]);
}

#[test]
fn what_breaks_out_of_a_paste_is_marked() {
    let now = Instant::now();
    let mut bursts = Bursts::default();
    let marked = bursts.mark(parse(b"\x1b[200~x\x1b[201~Rx\r"), now);
    assert_eq!(marked[0].input, Input::Paste("x".to_owned()));
    assert_eq!(marked.len(), 4);
    assert!(marked[1..].iter().all(|timed| timed.burst));
    let later = bursts.mark(parse(b"R"), now + Duration::from_millis(299));
    assert!(later[0].burst);
    let typed = bursts.mark(parse(b"R"), now + Duration::from_millis(301));
    assert!(!typed[0].burst);
}

#[test]
fn more_than_six_presses_at_once_are_a_burst() {
    let now = Instant::now();
    let mark = |bytes: &[u8]| Bursts::default().mark(parse(bytes), now);
    assert!(mark(b"abcdef").iter().all(|timed| !timed.burst));
    assert!(mark(b"abcdefg").iter().all(|timed| timed.burst));
    assert!(mark(&b"\x1b[B".repeat(100)).iter().all(|timed| timed.burst));
    assert!(
        mark(&b"\x1b[<64;1;1M".repeat(100))
            .iter()
            .all(|timed| !timed.burst)
    );
    assert!(
        mark(&b"\x1b[<0;1;1M".repeat(7))
            .iter()
            .all(|timed| timed.burst)
    );

    let mut bursts = Bursts::default();
    for millisecond in [0, 3, 6] {
        let at = now + Duration::from_millis(millisecond);
        assert!(
            bursts
                .mark(parse(b"ab"), at)
                .iter()
                .all(|timed| !timed.burst)
        );
    }
    assert!(bursts.mark(parse(b"c"), now + Duration::from_millis(9))[0].burst);
    assert!(!bursts.mark(parse(b"d"), now + Duration::from_millis(60))[0].burst);
}

#[test]
fn the_end_of_the_terminal_is_said_once_and_ends_the_thread() {
    let (terminal, far_end) = super::super::tty::wake_pipe().unwrap();
    let (events, inbox) = std::sync::mpsc::channel();
    let sink: Sink = Arc::new(move |timed: Timed| events.send(timed.input).unwrap());
    let _reader = Reader::start(terminal, sink).unwrap();
    rustix::io::write(&far_end, b"j\x1b").unwrap();
    drop(far_end);
    let all: Vec<Input> = inbox.iter().collect();
    assert_eq!(all.first(), Some(&key(KeyCode::Char('j'), NONE)));
    assert_eq!(all.last(), Some(&Input::Hangup));
    assert_eq!(
        all.iter().filter(|&input| *input == Input::Hangup).count(),
        1
    );
}

#[test]
fn a_lone_escape_is_the_key_after_a_moment_and_a_parked_reader_reads_nothing() {
    let (terminal, far_end) = super::super::tty::wake_pipe().unwrap();
    let (events, inbox) = std::sync::mpsc::channel();
    let sink: Sink = Arc::new(move |timed: Timed| drop(events.send(timed.input)));
    let reader = Reader::start(terminal, sink).unwrap();
    rustix::io::write(&far_end, b"\x1b").unwrap();
    assert_eq!(inbox.recv().unwrap(), key(KeyCode::Esc, NONE));
    reader.park();
    rustix::io::write(&far_end, b"j").unwrap();
    assert!(inbox.try_recv().is_err());
    reader.unpark();
    assert_eq!(inbox.recv().unwrap(), key(KeyCode::Char('j'), NONE));
    reader.end();
    assert!(inbox.recv().is_err(), "the thread ended");
}

proptest! {
    #[test]
    fn any_bytes_in_any_pieces_give_the_same(
        bytes in proptest::collection::vec(prop_oneof![
            any::<u8>(), Just(0x1b), Just(b'['), Just(b']'), Just(b';'), Just(b'M'), Just(b'~'),
            Just(b'2'), Just(b'0'), Just(0x9c), Just(0xc2),
        ], 0..64),
        cut in 0_usize..64,
    ) {
        let cut = cut.min(bytes.len());
        prop_assert_eq!(parse_pieces(&[&bytes[..cut], &bytes[cut..]]), parse(&bytes));
    }

    #[test]
    fn no_string_leaks_its_content(
        opener in prop_oneof![Just("\x1b]"), Just("\x1bP"), Just("\x1b_"), Just("\x1b^"), Just("\x1bX")],
        content in "[ -~\u{a0}-\u{7ff}]{0,64}",
    ) {
        let bytes = format!("{opener}{content}\x1b\\");
        prop_assert_eq!(parse(bytes.as_bytes()), vec![]);
    }
}
