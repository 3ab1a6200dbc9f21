use super::{file::embedded_files, *};

/// Roles that only draw lines and need not be read.
const LINES: [&str; 3] = ["border", "border_focused", "chart_axis"];

#[test]
fn every_embedded_theme_is_read_and_sets_every_role() {
    let themes = Themes::embedded(Depth::True);
    let names: Vec<_> = themes.names().collect();
    assert_eq!(
        names,
        [
            "dark",
            "light",
            "high-contrast",
            "colour-blind",
            "no-colour"
        ]
    );
    for (name, file) in embedded_files() {
        assert_eq!(
            themes.get(name).map(|theme| theme.name.as_str()),
            Some(name)
        );
        for role in ROLES {
            assert!(file.styles.contains_key(*role), "{name} lacks {role}");
        }
    }
}

#[test]
fn what_is_read_stands_out_from_its_background() {
    for (name, file) in embedded_files() {
        let Some(canvas) = &file.designed_for else {
            assert_eq!(name, "no-colour");
            continue;
        };
        let canvas = Rgb::parse(canvas).expect("a colour");
        let wanted = if name == "high-contrast" { 7.0 } else { 4.5 };
        for (role, style) in file.styles {
            let style = style.full();
            let ink = style.fg.as_deref().and_then(Rgb::parse).expect("a colour");
            let paper = style
                .bg
                .as_deref()
                .map_or(canvas, |bg| Rgb::parse(bg).expect("a colour"));
            let wanted = if LINES.contains(&role.as_str()) {
                1.5
            } else {
                wanted
            };
            let ratio = ink.contrast(paper);
            assert!(
                ratio >= wanted,
                "{name}: {role} has {ratio:.2}, wants {wanted}"
            );
        }
    }
}

#[test]
fn no_colour_has_no_colour() {
    let theme = Themes::embedded(Depth::True).get_or_first("no-colour");
    for role in ROLES {
        let style = theme.role(role).expect(role);
        assert_eq!((style.fg, style.bg), (None, None), "{role}");
    }
    assert_eq!(theme.base, Style::new());
}

#[test]
fn the_dark_theme_keeps_the_terminals_background_and_light_sets_its_own() {
    let themes = Themes::embedded(Depth::True);
    assert_eq!(themes.get_or_first("dark").base.bg, None);
    assert!(themes.get_or_first("light").base.bg.is_some());
}

#[test]
fn a_smaller_terminal_gets_no_colour_that_it_cannot_show() {
    use ratatui::style::Color;
    for depth in [Depth::Indexed, Depth::Ansi] {
        let themes = Themes::embedded(depth);
        for name in themes.names() {
            let theme = themes.get_or_first(name);
            for role in ROLES {
                let style = theme.role(role).expect(role);
                for colour in [style.fg, style.bg].into_iter().flatten() {
                    assert!(!matches!(colour, Color::Rgb(..)), "{name} {role} {depth:?}");
                    assert!(
                        depth == Depth::Indexed || !matches!(colour, Color::Indexed(_)),
                        "{name} {role}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_theme_of_the_user_extends_another_and_its_faults_are_named() {
    let mut themes = Themes::embedded(Depth::True);
    themes
        .add("mine", "extends = \"dark\"\n[styles]\ndanger = \"#ff00ff\"")
        .expect("a good file");
    let mine = themes.get("mine").expect("it is there");
    assert_ne!(mine.danger, themes.get_or_first("dark").danger);
    assert_eq!(mine.success, themes.get_or_first("dark").success);
    assert_eq!(themes.after("mine").name, "dark");

    let fault = |text: &str| {
        Themes::embedded(Depth::True)
            .add("bad", text)
            .expect_err("a fault")
            .to_string()
    };
    assert!(fault("[styles]\ndangr = \"#ff00ff\"").contains("did you mean \"danger\"?"));
    assert!(fault("[styles]\ndanger = \"purple-ish\"").contains("\"#rrggbb\""));
    assert!(fault("extends = \"drak\"").contains("not one of dark, light"));
    assert!(fault("colour = 3").contains("line 1"));
}

#[test]
fn a_directory_of_themes_is_read_file_by_file() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("ours.toml"), "extends = \"light\"").expect("written");
    std::fs::write(directory.path().join("bad.toml"), "extends = 7").expect("written");
    std::fs::write(directory.path().join("notes.txt"), "not a theme").expect("written");
    let mut themes = Themes::embedded(Depth::True);
    let complaints = themes.add_directory(directory.path());
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].contains("bad.toml"), "{complaints:?}");
    assert!(themes.get("ours").is_some());
    assert!(
        themes
            .add_directory(&directory.path().join("none"))
            .is_empty()
    );
}

#[test]
fn a_state_is_told_by_glyph_and_word() {
    let theme = Theme::dark();
    assert_eq!(theme.glyph(State::Failed), ("✗", "failed"));
    assert_eq!(theme.with_ascii(true).glyph(State::Failed), ("x", "failed"));
}
