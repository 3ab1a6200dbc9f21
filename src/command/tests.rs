use std::collections::{BTreeMap, BTreeSet};

use super::*;

#[test]
fn every_row_says_what_it_does_and_no_two_share_a_name() {
    let mut ids = BTreeSet::new();
    let mut commands = BTreeSet::new();
    for row in TABLE {
        assert!(row.doc.ends_with('.'), "{} has no sentence", row.id);
        assert!(!row.title.is_empty(), "{} has no title", row.id);
        assert!(ids.insert(row.id), "{} is there twice", row.id);
        assert!(commands.insert(row.command), "{} is there twice", row.id);
    }
}

#[test]
fn no_two_rows_share_a_key_in_one_scope() {
    let mut seen = BTreeMap::new();
    for row in TABLE {
        for key in row.keys {
            let before = seen.insert((row.scope, *key), row.id);
            assert_eq!(before, None, "{key} is taken twice, by {}", row.id);
        }
    }
}

#[test]
fn capital_letters_change_production() {
    for row in TABLE {
        for key in row.keys {
            let KeyCode::Char(character) = key.code else {
                continue;
            };
            let capital = character.is_uppercase();
            if row.danger == Danger::Production {
                assert!(capital, "{} changes production on {key}", row.id);
            } else if capital {
                // Fixed meanings that every pager has, the start of a hotfix,
                // which is on the record, and in a log four that only change
                // how it is shown.
                let harmless = match row.scope {
                    Scope::Text => "GNYWTFV",
                    Scope::Everywhere | Scope::Calendar => "GNYF",
                };
                assert!(
                    harmless.contains(character),
                    "{} is harmless on {key}",
                    row.id
                );
            }
        }
    }
}

#[test]
fn every_view_has_a_number_key() {
    let map = KeyMap::default();
    for view in View::ALL {
        let key = Key::parse(&view.number().to_string());
        assert_eq!(
            key.and_then(|key| map.command(key, Scope::Everywhere)),
            Some(Command::Show(view))
        );
        assert_eq!(View::parse(view.word()), Some(view));
    }
}

#[test]
fn a_person_can_move_keys_and_is_told_what_is_wrong() {
    let change = |id: &str, keys: &[&str]| {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        KeyMap::with(&BTreeMap::from([(id.to_owned(), keys)]))
    };
    let map = change("compare", &["ctrl-k", "v"]).unwrap();
    assert_eq!(
        map.command(Key::char('v'), Scope::Everywhere),
        Some(Command::Compare)
    );
    assert_eq!(map.command(Key::char('c'), Scope::Everywhere), None);
    assert_eq!(map.shown(Command::Compare), "ctrl-k");

    let map = change("compare", &["l"]).unwrap();
    assert_eq!(
        map.command(Key::char('l'), Scope::Everywhere),
        Some(Command::Compare)
    );
    assert_eq!(
        map.keys(Command::Log),
        &[],
        "a key that is taken over is lost"
    );

    let fault = change("aprove", &["A"]).unwrap_err();
    assert!(fault[0].to_string().contains("did you mean 'approve'"));
    assert!(change("approve", &["hyper-a"]).is_err());
    assert!(
        change("approve", &["a"]).is_err(),
        "lower case never changes production"
    );
    assert!(change("approve", &["ctrl-a"]).is_ok());
    let both = BTreeMap::from([
        ("log".to_owned(), vec!["v".to_owned()]),
        ("compare".to_owned(), vec!["v".to_owned()]),
    ]);
    assert!(matches!(
        KeyMap::with(&both).unwrap_err()[0],
        KeyFault::Twice { .. }
    ));
}
