//! Opening the full screen and leaving it.

use std::{
    fs::File,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
        mpsc::{self, Sender},
    },
};

use tokio::runtime::Runtime;

use super::{
    background::{Background, Setting},
    connect::login,
    memory::Memory,
    now,
    screen_loop::ScreenLoop,
    terminal::{ColourDepth, Input, Options, Terminal, Timed},
};
use chrono_tz::Tz;

use crate::{
    command::{self, KeyMap},
    config::{Config, default_path},
    domain::Text,
    error::{Error, Kind},
    model::Model,
    ui::{
        app::{App, Settings},
        theme::{Depth, Themes},
        update::Event,
    },
};

/// What the screen is opened with.
pub struct ScreenOptions {
    /// The configuration.
    pub config: Config,
    /// The data directory.
    pub directory: PathBuf,
    /// Nothing that changes anything can be sent.
    pub read_only: bool,
    /// Theme from the command line.
    pub theme: Option<String>,
    /// A log that is shown instead of everything else.
    pub log: Option<LogFile>,
}

/// A log that a person named.
pub struct LogFile {
    /// Its bytes, which may grow.
    pub file: File,
    /// What it is called.
    pub name: Text,
}

/// Opens the screen and returns when it was left. The status is 0 for a
/// person's own wish, 128 + n for signal n, 101 after a panic.
///
/// # Errors
/// When there is no terminal that can show a full screen, or a setting is
/// wrong.
pub fn run(options: ScreenOptions, runtime: Runtime) -> Result<i32, Error> {
    let terminal_options = Options {
        mouse: options.config.ui.mouse,
        ..Options::from_environment()
    };
    let themes = themes(terminal_options.colours)?;
    let keys = key_map(&options.config)?;
    let settings = settings(&options, &themes, terminal_options.colours)?;
    let mut memory = Memory::open(&options.directory);
    let mut model = Model::new(Arc::clone(&options.config.catalog));
    memory.recall(&mut model);
    let app = App::new(model, settings, keys, now());

    let (events, inbox) = mpsc::channel();
    let ended_by = Arc::new(AtomicI32::new(0));
    let on_input = {
        let (events, ended_by) = (events.clone(), Arc::clone(&ended_by));
        move |timed: Timed| take_input(timed, &events, &ended_by)
    };
    let on_flushed = {
        let events = events.clone();
        move |frame| drop(events.send(Event::Flushed { frame, at: now() }))
    };
    let terminal = Terminal::open(&terminal_options, on_input, on_flushed)?;

    let (log, name) = match options.log {
        Some(log) => (Some(Arc::new(log.file)), Some(log.name)),
        None => (None, None),
    };
    let ascii = options.config.ui.ascii;
    let theme_of = |name: &str| themes.get_or_first(name).with_ascii(ascii);
    let screen = ScreenLoop::open(app, name, &theme_of, &terminal, inbox);
    let setting = Setting {
        config: options.config,
        directory: options.directory,
        read_only: options.read_only,
        memory: memory.clone(),
        log,
    };
    let mut background = Background::start(runtime, setting, events)?;
    let app = screen.run(&background, &mut memory);
    // The person has the terminal back before anything else is tidied up.
    terminal.close();
    background.leave();
    memory.keep(&app.model);
    background.end();
    // The process ends: nobody needs the memory of ten thousand runs one by one.
    std::mem::forget(app);
    Ok(ended_by.load(Ordering::SeqCst))
}

/// The themes that come along, and those beside the configuration.
pub fn themes(colours: ColourDepth) -> Result<Themes, Error> {
    let depth = match colours {
        ColourDepth::True => Depth::True,
        ColourDepth::Indexed => Depth::Indexed,
        ColourDepth::Sixteen | ColourDepth::None => Depth::Ansi,
    };
    let mut themes = Themes::embedded(depth);
    if let Some(directory) = default_path().and_then(|path| Some(path.parent()?.join("themes")))
        && let Some(complaint) = themes.add_directory(&directory).first()
    {
        return Err(Error::new(Kind::Usage, complaint.clone()));
    }
    Ok(themes)
}

fn key_map(config: &Config) -> Result<KeyMap, Error> {
    KeyMap::with(&config.keys).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Error::new(Kind::Usage, format!("[keys]: {}", faults.join("; ")))
    })
}

fn settings(
    options: &ScreenOptions,
    themes: &Themes,
    colours: ColourDepth,
) -> Result<Settings, Error> {
    let wanted = options.theme.as_deref().unwrap_or(&options.config.ui.theme);
    if themes.get(wanted).is_none() {
        let known: Vec<&str> = themes.names().collect();
        return Err(
            Error::new(Kind::Usage, format!("there is no theme `{wanted}`"))
                .hint(format!("known: {}", known.join(", "))),
        );
    }
    // NO_COLOR wins over a theme that nobody named on the command line.
    let theme = if colours == ColourDepth::None && options.theme.is_none() {
        "no-colour"
    } else {
        wanted
    };
    let why = if options.config.operations.read_only {
        "the configuration says read_only = true"
    } else {
        "started with --read-only"
    };
    Ok(Settings {
        person: login(),
        read_only: options.read_only,
        read_only_why: Text::new(if options.read_only { why } else { "" }),
        arm: options.config.operations.arm,
        mouse: options.config.ui.mouse,
        themes: themes.names().map(str::to_owned).collect(),
        theme: theme.to_owned(),
        zone: zone(options.config.ui.zone.as_deref()),
        zones: options
            .config
            .ui
            .zones
            .iter()
            .filter_map(|zone| zone.parse().ok())
            .collect(),
        seed: uuid::Uuid::now_v7().as_u64_pair().1,
        ..Settings::default()
    })
}

/// The person's time zone: what was configured, else what `TZ` names, else the
/// machine's; UTC where nothing says it.
#[must_use]
pub fn zone(configured: Option<&str>) -> Tz {
    let named = |name: &str| name.trim_start_matches(':').parse().ok();
    let zone = configured
        .and_then(named)
        .or_else(|| named(&std::env::var("TZ").ok()?))
        .or_else(|| named(&iana_time_zone::get_timezone().ok()?));
    match zone {
        // Servers call it so.
        None | Some(Tz::Etc__UTC | Tz::Etc__UCT | Tz::UCT | Tz::Zulu) => Tz::UTC,
        Some(zone) => zone,
    }
}

fn take_input(timed: Timed, events: &Sender<Event>, ended_by: &AtomicI32) {
    let at = now();
    let end = |status: i32| {
        // The first reason is the one that counts.
        let _ = ended_by.compare_exchange(0, status, Ordering::SeqCst, Ordering::SeqCst);
        Some(Event::Signal(at))
    };
    let from_crossterm = |event| {
        command::Input::from_crossterm(event).map(|input| Event::Input {
            input,
            at,
            burst: timed.burst,
        })
    };
    use crossterm::event::Event as Crossterm;
    let event = match timed.input {
        Input::Key(key) => from_crossterm(Crossterm::Key(key)),
        Input::Mouse(mouse) => from_crossterm(Crossterm::Mouse(mouse)),
        Input::Paste(text) => from_crossterm(Crossterm::Paste(text)),
        Input::FocusGained => from_crossterm(Crossterm::FocusGained),
        Input::FocusLost => from_crossterm(Crossterm::FocusLost),
        Input::Resize(width, height) => Some(Event::Resize { width, height, at }),
        Input::Hangup => end(129),
        Input::Terminate(signal) => end(128 + signal),
        Input::Panicked => end(101),
    };
    if let Some(event) = event {
        // The loop is gone only when the program ends.
        let _ = events.send(event);
    }
}
