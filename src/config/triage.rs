//! The rules by which logs are read: those that ship, and the user's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    analysis::triage::{RuleFile, Rules, shipped},
    domain::Text,
    error::{Error, Kind},
};

/// A file of rules larger than this is a mistake, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// The rules that ship, and those of these files and directories, which add to
/// them or take the place of one with the same id.
///
/// # Errors
/// When a file cannot be read or a rule is broken: with file, line and reason.
pub fn rules(paths: &[PathBuf]) -> Result<Rules, Error> {
    let mut files = shipped();
    for path in paths {
        if path.is_dir() {
            files.extend(directory(path)?);
        } else {
            files.push(file(path)?);
        }
    }
    Rules::build(&files).map_err(|flaw| {
        Error::new(Kind::Usage, format!("a rule of triage is broken: {flaw}"))
            .hint("docs/triage.md describes the format")
    })
}

fn directory(directory: &Path) -> Result<Vec<RuleFile>, Error> {
    let entries =
        fs::read_dir(directory).map_err(|error| unreadable(directory, &error.to_string()))?;
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Result<RuleFile, Error> {
    let size = fs::metadata(path).map_or(0, |facts| facts.len());
    if size > LARGEST {
        return Err(unreadable(path, "it is larger than 1 MiB"));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(path, &error.to_string()))?;
    let family = path
        .file_stem()
        .map(|stem| stem.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(RuleFile {
        family,
        place: path.display().to_string(),
        text,
    })
}

fn unreadable(path: &Path, why: &str) -> Error {
    let name = path.display().to_string();
    Error::new(
        Kind::Usage,
        format!(
            "cannot read the rules of triage in {}: {why}",
            Text::new(&name)
        ),
    )
    .hint("name TOML files, or a directory of them, in `rules` of `[triage]`, or leave it out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_directories_add_to_what_ships_and_a_flaw_is_named_with_its_place() {
        let place = tempfile::tempdir().unwrap();
        let good = place.path().join("good.toml");
        let rule = "[[rule]]\nid = \"widget\"\nclass = \"dependency\"\nsummary = \"No widget.\"\n\
                    patterns = ['^widget is missing']\n";
        fs::write(&good, rule).unwrap();
        let with = rules(std::slice::from_ref(&good)).unwrap();
        let report = crate::analysis::triage::triage(&with, b"widget is missing\n");
        assert_eq!(report.rule.as_deref(), Some("widget"));
        assert!(rules(&[place.path().to_owned()]).is_ok());
        fs::write(place.path().join("bad.toml"), format!("{rule}weight = 7\n")).unwrap();
        let error = rules(&[place.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("bad.toml:"), "{error}");
        assert!(rules(&[place.path().join("none.toml")]).is_err());
    }
}
