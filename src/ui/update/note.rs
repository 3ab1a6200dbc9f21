//! Notes: begun anywhere, stored at each pause in typing, never lost.

use chrono::TimeDelta;
use sha2::{Digest, Sha256};
use tui_textarea::{Input as AreaInput, Key as AreaKey, TextArea};

use super::{Effect, dialog, info, input::After, intent, refuse};
use crate::{
    command::{self, Key, KeyCode},
    domain::{Note, NoteLink, Text, Timestamp},
    ui::app::{App, NoteEditor, Overlay},
};

/// A pause in typing that is long enough to store.
pub(super) const PAUSE: TimeDelta = TimeDelta::milliseconds(500);
/// What is typed without a pause is stored after this long.
const LONGEST_UNSAVED: TimeDelta = TimeDelta::seconds(5);

/// Opens the editor on what is selected: the person's draft about it where
/// there is one, else a new note.
pub(super) fn open(app: &mut App) {
    let about = app.selection().cloned();
    let mut links = about
        .as_ref()
        .map(|item| command::links(&app.model, item))
        .unwrap_or_default();
    if links.is_empty()
        && let Some(release) = app.model.active_release(app.now)
    {
        links.push(NoteLink::Release(release.release.id.clone()));
    }
    let draft = match &about {
        Some(command::Item::Note(id)) => app.model.note(id),
        _ => None,
    }
    .into_iter()
    .chain(app.model.notes().into_iter().rev())
    .find(|note| {
        !note.finished
            && note.author == app.settings.person
            && (note.links == links || Some(command::Item::Note(note.id.clone())) == about)
    });
    let (id, begun, text, links) = if let Some(note) = draft {
        (
            note.id.clone(),
            note.at,
            note.lines.iter().map(ToString::to_string).collect(),
            note.links.clone(),
        )
    } else {
        app.tickets += 1;
        (new_id(app), app.now, Vec::new(), links)
    };
    edit(app, (id, begun), text, links, about);
}

/// Opens the editor with a text that is about something, to be gone over.
pub(super) fn open_with(app: &mut App, links: Vec<NoteLink>, lines: Vec<String>) {
    app.tickets += 1;
    let (id, now) = (new_id(app), app.now);
    edit(app, (id, now), lines, links, None);
    if let Some(Overlay::Note(editor)) = app.overlays.last_mut() {
        editor.area.move_cursor(tui_textarea::CursorMove::Top);
        editor.area.move_cursor(tui_textarea::CursorMove::Head);
    }
    // It is stored like what is typed.
    touched(app);
}

fn edit(
    app: &mut App,
    (id, begun): (Text, Timestamp),
    text: Vec<String>,
    links: Vec<NoteLink>,
    about: Option<command::Item>,
) {
    let mut area = TextArea::new(text);
    area.move_cursor(tui_textarea::CursorMove::Bottom);
    area.move_cursor(tui_textarea::CursorMove::End);
    app.overlays.push(Overlay::Note(Box::new(NoteEditor {
        id,
        begun,
        area,
        links,
        about,
        changed: None,
        unsaved_since: None,
        saved: None,
        fault: Text::default(),
        asks_to_send: false,
    })));
}

/// A UUID of version 7 from the time, the session's seed and a counter: no two
/// sessions have the same seed.
fn new_id(app: &App) -> Text {
    let mut hash = Sha256::new();
    hash.update(app.settings.seed.to_be_bytes());
    hash.update(app.tickets.to_be_bytes());
    hash.update(app.settings.person.as_bytes());
    let mut random = [0u8; 10];
    for (to, from) in random.iter_mut().zip(hash.finalize()) {
        *to = from;
    }
    let millis = u64::try_from(app.now.timestamp_millis()).unwrap_or_default();
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
    Text::new(&id.to_string())
}

/// The note as it is to be stored.
fn note(app: &App, editor: &NoteEditor, finished: bool) -> Note {
    Note {
        id: editor.id.clone(),
        at: editor.begun,
        author: app.settings.person.clone(),
        lines: editor
            .area
            .lines()
            .iter()
            .map(|line| Text::new(line))
            .collect(),
        links: editor.links.clone(),
        finished,
    }
}

fn is_empty(editor: &NoteEditor) -> bool {
    editor
        .area
        .lines()
        .iter()
        .all(|line| line.trim().is_empty())
}

/// Remembers that the open note was changed now.
pub(super) fn touched(app: &mut App) {
    let now = app.now;
    if let Some(Overlay::Note(editor)) = app.overlays.last_mut() {
        touch(editor, now);
    }
}

fn touch(editor: &mut NoteEditor, now: Timestamp) {
    editor.changed = Some(now);
    editor.unsaved_since.get_or_insert(now);
}

/// When the open note is to be stored.
pub(super) fn due(editor: &NoteEditor) -> Option<Timestamp> {
    let pause = editor.changed? + PAUSE;
    let longest = editor.unsaved_since.map(|since| since + LONGEST_UNSAVED);
    Some(longest.map_or(pause, |longest| longest.min(pause)))
}

/// Stores the note once typing pauses.
pub(super) fn autosave(app: &mut App, effects: &mut Vec<Effect>) {
    let due = app.overlays.iter().any(|overlay| {
        matches!(overlay, Overlay::Note(editor) if due(editor).is_some_and(|due| due <= app.now))
    });
    if due {
        store_now(app, effects);
    }
}

/// Stores what is not stored yet.
pub(super) fn store_now(app: &mut App, effects: &mut Vec<Effect>) {
    let mut notes = Vec::new();
    for overlay in &app.overlays {
        if let Overlay::Note(editor) = overlay
            && editor.changed.is_some()
        {
            notes.push(note(app, editor, false));
        }
    }
    for overlay in &mut app.overlays {
        if let Overlay::Note(editor) = overlay {
            editor.changed = None;
            editor.unsaved_since = None;
        }
    }
    effects.extend(notes.into_iter().map(Effect::SaveNote));
}

/// The note is on the disk, or not.
pub(super) fn saved(app: &mut App, id: &Text, result: Result<(), Text>) {
    let now = app.now;
    let editor = app.overlays.iter_mut().find_map(|overlay| match overlay {
        Overlay::Note(editor) if &editor.id == id => Some(editor),
        _ => None,
    });
    match (editor, result) {
        (Some(editor), Ok(())) => {
            editor.saved = Some(now);
            editor.fault = Text::default();
        }
        (Some(editor), Err(why)) => {
            editor.fault = why;
            // It is tried again after a while, and at the next pause.
            editor.changed = Some(now + LONGEST_UNSAVED - PAUSE);
        }
        (None, Ok(())) => {}
        (None, Err(why)) => super::toast(
            app,
            &format!("the note could not be stored: {why}"),
            crate::ui::app::ToastKind::Fault,
        ),
    }
}

/// One key.
pub(super) fn key(
    app: &mut App,
    mut editor: Box<NoteEditor>,
    key: Key,
    burst: bool,
    effects: &mut Vec<Effect>,
) -> After {
    if editor.asks_to_send {
        return match key.code {
            _ if burst => After::Stay(Overlay::Note(editor)),
            KeyCode::Char('y') => {
                send(app, &editor, effects);
                After::Close
            }
            KeyCode::Char('n' | 'q') | KeyCode::Esc | KeyCode::Enter => After::Close,
            _ => After::Stay(Overlay::Note(editor)),
        };
    }
    let finishes = (key.code == KeyCode::Char('s') && key.ctrl)
        || (key.code == KeyCode::Enter && (key.ctrl || key.alt));
    if key.code == KeyCode::Esc {
        if is_empty(&editor) && editor.saved.is_none() {
            return After::Close;
        }
        effects.push(Effect::SaveNote(note(app, &editor, false)));
        info(app, "the draft is kept; w opens it again");
        return After::Close;
    }
    if finishes {
        if burst {
            refuse(app, "ignored a burst of input");
            return After::Stay(Overlay::Note(editor));
        }
        if is_empty(&editor) {
            refuse(app, "the note is empty");
            return After::Stay(Overlay::Note(editor));
        }
        effects.push(Effect::SaveNote(note(app, &editor, true)));
        editor.changed = None;
        editor.unsaved_since = None;
        let to_incident = editor
            .links
            .iter()
            .any(|link| matches!(link, NoteLink::Incident(_)));
        if to_incident && !app.settings.read_only {
            editor.asks_to_send = true;
            return After::Stay(Overlay::Note(editor));
        }
        info(app, "the note is on the timeline");
        return After::Close;
    }
    if let Some(input) = area_input(key)
        && editor.area.input(input)
    {
        touch(&mut editor, app.now);
    }
    After::Stay(Overlay::Note(editor))
}

fn send(app: &mut App, editor: &NoteEditor, effects: &mut Vec<Effect>) {
    let incident = editor.links.iter().find_map(|link| match link {
        NoteLink::Incident(id) => Some(id.clone()),
        _ => None,
    });
    let lines: Vec<Text> = note(app, editor, true).lines;
    let Some(incident) = incident else { return };
    match intent::add_note(&app.model, &incident, &lines) {
        Ok(intent) => dialog::open(app, intent, effects),
        Err(why) => refuse(app, &why),
    }
}

fn area_input(key: Key) -> Option<AreaInput> {
    let code = match key.code {
        // A line feed: what some terminals send for a new line, and what a
        // program writes at the end. The editor would delete the line.
        KeyCode::Char('j') if key.ctrl => {
            return Some(AreaInput {
                key: AreaKey::Enter,
                ..AreaInput::default()
            });
        }
        KeyCode::Char(character) => AreaKey::Char(character),
        KeyCode::Enter => AreaKey::Enter,
        KeyCode::Tab => AreaKey::Tab,
        KeyCode::Backspace => AreaKey::Backspace,
        KeyCode::Delete => AreaKey::Delete,
        KeyCode::Up => AreaKey::Up,
        KeyCode::Down => AreaKey::Down,
        KeyCode::Left => AreaKey::Left,
        KeyCode::Right => AreaKey::Right,
        KeyCode::Home => AreaKey::Home,
        KeyCode::End => AreaKey::End,
        KeyCode::PageUp => AreaKey::PageUp,
        KeyCode::PageDown => AreaKey::PageDown,
        KeyCode::Esc | KeyCode::Insert | KeyCode::F(_) => return None,
    };
    Some(AreaInput {
        key: code,
        ctrl: key.ctrl,
        alt: key.alt,
        shift: key.shift,
    })
}
