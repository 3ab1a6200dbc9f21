//! `tminus snapshot`: one screen without a terminal, from the same drawing
//! that the terminal gets.

mod render;

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    args::{Format, Global, Snapshot},
    context::{Context, remember},
    print, single_thread,
};
use crate::{
    command::{Form, KeyMap, View},
    error::{Error, Kind},
    runtime::{now, terminal::ColourDepth, themes, zone},
    ui::{
        self,
        app::{App, Settings},
        update::{Event, update},
    },
};

/// Largest side of a snapshot.
const LARGEST: u16 = 1000;

/// Draws the screen.
///
/// # Errors
/// When view, size or theme are not known, or the file cannot be written.
pub fn run(global: &Global, snapshot: &Snapshot) -> Result<(), Error> {
    // A form of the calendar is as good as a view.
    let form = Form::ALL
        .into_iter()
        .find(|form| form.word() == snapshot.view);
    let view = form.map(|_| View::Calendar);
    let view = view.or_else(|| View::parse(&snapshot.view));
    let view = view.ok_or_else(|| {
        let known = View::ALL.iter().chain(&View::OTHERS);
        let known: Vec<&str> = known.map(|view| view.word()).collect();
        Error::new(Kind::Usage, format!("there is no view `{}`", snapshot.view))
            .hint(format!("known: {}", known.join(", ")))
    })?;
    let (width, height) = parse_size(&snapshot.size)?;
    let context = Context::open(global)?;
    let themes = themes(ColourDepth::True)?;
    let name = global.theme.as_deref().unwrap_or(&context.config.ui.theme);
    let theme = themes
        .get(name)
        .ok_or_else(|| {
            let known: Vec<&str> = themes.names().collect();
            Error::new(Kind::Usage, format!("there is no theme `{name}`"))
                .hint(format!("known: {}", known.join(", ")))
        })?
        .clone()
        .with_ascii(context.config.ui.ascii);
    let mut model = single_thread()?.block_on(async {
        if snapshot.after > 0 {
            tokio::time::sleep(Duration::from_secs(snapshot.after)).await;
        }
        context.sweep().await
    });
    remember(&mut model, &context.desk());

    let settings = Settings {
        read_only: context.read_only,
        theme: theme.name.clone(),
        themes: themes.names().map(str::to_owned).collect(),
        zone: zone(context.config.ui.zone.as_deref()),
        zones: context
            .config
            .ui
            .zones
            .iter()
            .filter_map(|zone| zone.parse().ok())
            .collect(),
        ..Settings::default()
    };
    let mut app = App::new(model, settings, KeyMap::default(), now());
    app.view = view;
    app.show_form(form.unwrap_or_default());
    // What the views would load on demand is left out: a snapshot waits for
    // nobody.
    let _ = update(
        &mut app,
        Event::Resize {
            width,
            height,
            at: now(),
        },
    );
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    ui::draw(&app, &theme, area, &mut buffer);
    let drawn = match snapshot.format {
        Format::Text => render::text(&buffer),
        Format::Ansi => render::ansi(&buffer),
        Format::Svg => render::svg(&buffer),
    };
    match &snapshot.out {
        None => print::text(&drawn),
        Some(path) => std::fs::write(path, drawn).map_err(|error| {
            Error::new(
                Kind::Usage,
                format!("cannot write {}: {error}", path.display()),
            )
        }),
    }
}

fn parse_size(text: &str) -> Result<(u16, u16), Error> {
    let side = |part: &str| {
        part.parse::<u16>()
            .ok()
            .filter(|side| (1..=LARGEST).contains(side))
    };
    text.split_once('x')
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .ok_or_else(|| {
            Error::new(Kind::Usage, format!("`{text}` is no size")).hint("such as 120x40")
        })
}
