//! Reading the policy: the files that ship, and those of the user's own
//! configuration, which add to them or take their place.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::{
    error::{Error, Kind},
    store::journal::{PolicyFile, PolicyRecord, digest},
};

/// A file larger than this is a mistake, in bytes.
const LARGEST: u64 = 256 * 1024;
/// What a file of tests ends in.
const TEST: &str = "_test";

macro_rules! shipped {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../assets/policy/", $name)))),*]
    };
}

/// The policy that ships.
const SHIPPED: &[(&str, &str)] = shipped![
    "fixture_test.rego",
    "canary.rego",
    "canary_test.rego",
    "change_window.rego",
    "change_window_test.rego",
    "confirmation.rego",
    "confirmation_test.rego",
    "conn.rego",
    "conn_test.rego",
    "connection.rego",
    "connection_test.rego",
    "freeze.rego",
    "freeze_test.rego",
    "freshness.rego",
    "freshness_test.rego",
    "in_flight.rego",
    "in_flight_test.rego",
    "incident.rego",
    "incident_test.rego",
    "reason.rego",
    "reason_test.rego",
    "risk.rego",
    "risk_test.rego",
    "segregation_of_duties.rego",
    "segregation_of_duties_test.rego",
];

/// One file of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name without a directory, such as `freeze.rego`.
    pub name: String,
    /// What messages call it: the path, or `shipped NAME`.
    pub place: String,
    /// Its text.
    pub text: String,
}

impl Source {
    /// The rule or the tests that it holds: its name without the ending.
    #[must_use]
    pub fn stem(&self) -> &str {
        self.name.strip_suffix(".rego").unwrap_or(&self.name)
    }

    /// Whether it holds tests.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.stem().ends_with(TEST)
    }
}

/// The files that ship.
#[must_use]
pub fn shipped() -> Vec<Source> {
    SHIPPED
        .iter()
        .map(|(name, text)| Source {
            name: (*name).to_owned(),
            place: format!("shipped {name}"),
            text: (*text).to_owned(),
        })
        .collect()
}

/// The files that ship, with those of a directory and those that are named
/// added or in their place. A file of tests never takes the place of a rule.
///
/// # Errors
/// When a file or the directory cannot be read, others may write to it, or
/// two of the user's files have one name.
pub fn gather(directory: Option<&Path>, files: &[PathBuf]) -> Result<Vec<Source>, Error> {
    let mut all: BTreeMap<String, Source> = shipped()
        .into_iter()
        .map(|source| (source.name.clone(), source))
        .collect();
    let mut own: BTreeMap<String, PathBuf> = BTreeMap::new();
    let listed = match directory {
        Some(directory) => list(directory)?,
        None => Vec::new(),
    };
    for path in listed.iter().chain(files) {
        let source = read(path)?;
        if let Some(other) = own.insert(source.name.clone(), path.clone()) {
            return Err(wrong(
                path,
                &format!("{} has the same name", other.display()),
            ));
        }
        all.insert(source.name.clone(), source);
    }
    Ok(all.into_values().collect())
}

/// Puts one more file among the others, or in the place of the one of its
/// name. Returns that name.
///
/// # Errors
/// When it cannot be read, or others may write to it.
pub fn add(sources: &mut Vec<Source>, path: &Path) -> Result<String, Error> {
    let source = read(path)?;
    let name = source.name.clone();
    sources.retain(|other| other.name != name);
    sources.push(source);
    sources.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(name)
}

/// The rules' files in a directory, by name.
fn list(directory: &Path) -> Result<Vec<PathBuf>, Error> {
    private(directory)?;
    let entries = fs::read_dir(directory).map_err(|error| wrong(directory, &error.to_string()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry
            .map_err(|error| wrong(directory, &error.to_string()))?
            .path();
        if path.extension().is_some_and(|ending| ending == "rego") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Source, Error> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .filter(|name| {
            name.strip_suffix(".rego").is_some_and(|stem| {
                stem.starts_with(|first: char| first.is_ascii_lowercase())
                    && stem
                        .chars()
                        .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
            })
        })
        .ok_or_else(|| {
            wrong(
                path,
                "a rule's file is named in small letters, digits and _, and ends in .rego",
            )
        })?
        .to_owned();
    private(path)?;
    let file = fs::File::open(path).map_err(|error| wrong(path, &error.to_string()))?;
    // Looked at after it was opened: nobody can put another one in its place.
    let metadata = file
        .metadata()
        .map_err(|error| wrong(path, &error.to_string()))?;
    if !metadata.is_file() {
        return Err(wrong(path, "it is no regular file"));
    }
    if metadata.len() > LARGEST {
        return Err(wrong(path, "it is larger than 256 KiB"));
    }
    let mut text = String::new();
    file.take(LARGEST)
        .read_to_string(&mut text)
        .map_err(|error| wrong(path, &error.to_string()))?;
    Ok(Source {
        name,
        place: path.display().to_string(),
        text,
    })
}

/// What everybody may write, anybody can loosen.
fn private(path: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|error| wrong(path, &error.to_string()))?;
    if metadata.permissions().mode() & 0o002 == 0 {
        Ok(())
    } else {
        Err(wrong(path, "everybody may write to it").hint(format!("chmod o-w {}", path.display())))
    }
}

fn wrong(path: &Path, why: &str) -> Error {
    Error::new(
        Kind::Usage,
        format!("cannot use the policy's file {}: {why}", path.display()),
    )
    .hint("[policy] in the configuration names it")
}

/// What identifies a policy: each rule's file with its SHA-256, tests left
/// out, and the SHA-256 over the list that `sha256sum` prints of them in the
/// order of their names.
#[must_use]
pub(super) fn record(sources: &[Source]) -> PolicyRecord {
    let files = sources
        .iter()
        .filter(|source| !source.is_test())
        .map(|source| PolicyFile {
            name: source.name.as_str().into(),
            sha256: digest(source.text.as_bytes()),
        })
        .collect();
    PolicyRecord::of(files)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
        let path = directory.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn text_of<'a>(sources: &'a [Source], name: &str) -> &'a str {
        &sources
            .iter()
            .find(|source| source.name == name)
            .unwrap()
            .text
    }

    #[test]
    fn ones_own_files_are_added_or_take_a_place() {
        let place = tempfile::tempdir().unwrap();
        write(place.path(), "freeze.rego", "package a");
        write(place.path(), "own.rego", "package b");
        write(place.path(), "notes.txt", "not a rule");
        let elsewhere = tempfile::tempdir().unwrap();
        let single = write(elsewhere.path(), "single.rego", "package c");
        let sources = gather(Some(place.path()), std::slice::from_ref(&single)).unwrap();
        assert_eq!(sources.len(), shipped().len() + 2);
        assert_eq!(text_of(&sources, "freeze.rego"), "package a");
        assert_eq!(text_of(&sources, "single.rego"), "package c");
        assert!(sources.is_sorted_by_key(|source| &source.name));
        // Two of one name leave open which one holds.
        write(place.path(), "single.rego", "package d");
        let error = gather(Some(place.path()), &[single]).unwrap_err();
        assert!(error.message.contains("has the same name"), "{error}");
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let here = place.path();
        for (path, reason) in [
            (write(here, "Odd-Name.rego", ""), "small letters"),
            (write(here, "rule.txt", ""), "ends in .rego"),
            (here.join("missing.rego"), "No such file"),
            (write(here, "large.rego", &"#".repeat(300_000)), "256 KiB"),
        ] {
            let error = gather(None, &[path]).unwrap_err();
            assert!(error.message.contains(reason), "{error}");
        }
        let directory = here.join("dir.rego");
        fs::create_dir(&directory).unwrap();
        let error = gather(None, &[directory]).unwrap_err();
        assert!(error.message.contains("no regular file"), "{error}");
        let bytes = here.join("bytes.rego");
        fs::write(&bytes, [0xff, 0xfe]).unwrap();
        assert!(gather(None, &[bytes]).is_err());
        assert!(gather(Some(&here.join("nowhere")), &[]).is_err());
    }

    #[test]
    fn what_everybody_may_write_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = write(place.path(), "own.rego", "package a");
        let loosen = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        loosen(&path, 0o646);
        let error = gather(Some(place.path()), &[]).unwrap_err();
        assert!(error.message.contains("everybody may write"), "{error}");
        loosen(&path, 0o664);
        gather(Some(place.path()), &[]).unwrap();
        loosen(place.path(), 0o777);
        let error = gather(Some(place.path()), &[]).unwrap_err();
        assert!(error.message.contains("everybody may write"), "{error}");
    }

    #[test]
    fn the_digest_is_that_of_what_sha256sum_prints() {
        let source = |name: &str, text: &str| Source {
            name: name.to_owned(),
            place: String::new(),
            text: text.to_owned(),
        };
        let (a, b) = (source("a.rego", "1"), source("b.rego", "2"));
        let tests = source("a_test.rego", "3");
        let made = record(&[b.clone(), tests, a.clone()]);
        let list = format!("{}  a.rego\n{}  b.rego\n", digest(b"1"), digest(b"2"));
        assert_eq!(made.digest, digest(list.as_bytes()));
        assert_eq!(made.files.len(), 2);
        // Another text and another name are another policy.
        let other = record(&[source("a.rego", "1 "), b.clone()]);
        assert_ne!(other.digest, made.digest);
        assert_ne!(record(&[source("c.rego", "1"), b]).digest, made.digest);
    }
}
