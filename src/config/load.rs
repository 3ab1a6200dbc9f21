//! Finding and reading the file, and saying what is wrong with it.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use super::{File, windows};
use crate::error::{Error, Kind};

/// The example that documents every setting.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A configuration larger than this is a mistake, not a configuration.
const LARGEST: u64 = 1024 * 1024;

fn directories() -> Option<ProjectDirs> {
    ProjectDirs::from("", "", "tminus")
}

/// Where the configuration is looked for when no file is named; none when
/// there is no home directory.
#[must_use]
pub fn default_path() -> Option<PathBuf> {
    directories().map(|directories| directories.config_dir().join("tminus.toml"))
}

/// Where journal, notes and cache live when nothing else is said; none when
/// there is no home directory.
#[must_use]
pub fn default_data_dir() -> Option<PathBuf> {
    directories().map(|directories| directories.data_dir().to_owned())
}

/// Reads a configuration file.
///
/// # Errors
/// When it is no regular file, larger than 1 MiB, or cannot be read.
pub fn read(path: &Path) -> Result<String, Error> {
    let fail = |why: String| {
        Error::new(
            Kind::Usage,
            format!("cannot read the configuration {}: {why}", path.display()),
        )
    };
    let metadata = fs::metadata(path).map_err(|error| {
        fail(error.to_string()).hint("`tminus init` writes one; `--config FILE` names another")
    })?;
    // A FIFO or a device would hang the start or never end.
    if !metadata.is_file() {
        return Err(fail("it is not a regular file".to_owned()));
    }
    if metadata.len() > LARGEST {
        return Err(fail(format!(
            "it has {} bytes, more than 1 MiB",
            metadata.len()
        )));
    }
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|file| file.take(LARGEST).read_to_string(&mut text))
        .map_err(|error| fail(error.to_string()))?;
    Ok(text)
}

/// Parses a configuration. `name` is what messages call it.
///
/// # Errors
/// Names line and column, the key, and the nearest known key.
pub fn parse(text: &str, name: &str) -> Result<File, Error> {
    let file: File = toml::from_str(text).map_err(|error| explain(text, name, &error))?;
    if file.version != 1 {
        return Err(Error::new(
            Kind::Usage,
            format!(
                "{name}: version {} of the format is not known",
                file.version
            ),
        )
        .hint("this tminus reads version = 1"));
    }
    windows::check(&file).map_err(|wrong| {
        Error::new(
            Kind::Usage,
            format!(
                "{name}{}: {}",
                place_of(text, wrong.place.start),
                wrong.message
            ),
        )
        .hint(wrong.hint)
    })?;
    Ok(file)
}

fn explain(text: &str, name: &str, error: &toml::de::Error) -> Error {
    let message = error.message().trim().replace('\n', " ");
    let message = message.as_str();
    let place = error.span().map_or_else(String::new, |span| {
        let start = unknown_key(message)
            .and_then(|key| find_key(text, span.clone(), key))
            .unwrap_or(span.start);
        place_of(text, start)
    });
    let result = Error::new(Kind::Usage, format!("{name}{place}: {message}"));
    match suggestion(message) {
        Some(nearest) => result.hint(format!("did you mean `{nearest}`?")),
        None => result
            .hint("config.example.toml shows every setting; `tminus config check` checks a file"),
    }
}

/// `:line:column` of a byte of the text.
fn place_of(text: &str, start: usize) -> String {
    let before = text.get(..start.min(text.len())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .unwrap_or_default()
        .chars()
        .count()
        + 1;
    format!(":{line}:{column}")
}

/// The key that serde did not know, from its message.
fn unknown_key(message: &str) -> Option<&str> {
    let rest = message
        .strip_prefix("unknown field `")
        .or_else(|| message.strip_prefix("unknown variant `"))?;
    rest.split('`').next()
}

/// Serde gives the span of the table or of its heading for some shapes: the
/// key itself, which stands below it, is a better place to look.
fn find_key(text: &str, span: std::ops::Range<usize>, key: &str) -> Option<usize> {
    if let Some(offset) = text.get(span.clone())?.find(key) {
        return Some(span.start + offset);
    }
    let mut place = span.start;
    for (index, line) in text.get(span.start..)?.split_inclusive('\n').enumerate() {
        if index > 0 && line.starts_with('[') {
            return None;
        }
        if line.trim_start().starts_with(key) {
            return Some(place + line.len() - line.trim_start().len());
        }
        place += line.len();
    }
    None
}

fn suggestion(message: &str) -> Option<&str> {
    let unknown = unknown_key(message)?;
    let known = message.split_once("expected ")?.1;
    known
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|candidate| (strsim::damerau_levenshtein(unknown, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(2))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> String {
        parse(text, "tminus.toml").unwrap_err().to_string()
    }

    #[test]
    fn a_typo_is_named_with_its_place_and_the_nearest_key() {
        let message = message("version = 1\n[ui]\nteme = \"dark\"\n");
        assert!(message.contains("tminus.toml:3:1"), "{message}");
        assert!(message.contains("`teme`"), "{message}");
        assert!(message.contains("did you mean `theme`?"), "{message}");
    }

    #[test]
    fn a_typo_in_an_integration_is_named_too() {
        let message = message(
            "version = 1\n[integrations.github]\nkind = \"github\"\nurl = \"https://api.github.com\"\ntokn = { env = \"T\" }\n",
        );
        assert!(message.contains("`tokn`"), "{message}");
        assert!(message.contains("did you mean `token`?"), "{message}");
        assert!(message.contains("tminus.toml:5:1"), "{message}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let message = message("version = 1\n[ui]\nmouse = \"yes\"\n");
        assert!(message.contains("tminus.toml:3:9"), "{message}");
    }

    #[test]
    fn broken_toml_is_named_with_its_place() {
        let message = message("version = 1\n[ui\n");
        assert!(message.contains("tminus.toml:2:"), "{message}");
    }

    #[test]
    fn another_version_of_the_format_is_refused() {
        assert!(message("version = 2\n").contains("version 2"));
    }

    #[test]
    fn the_example_parses() {
        parse(EXAMPLE, "config.example.toml").unwrap();
    }

    /// A line with words after its value is left as it is.
    #[test]
    fn what_the_example_leaves_out_parses_too() {
        let mut settings = 0;
        let mut text = String::new();
        for line in EXAMPLE.lines() {
            let setting = line.strip_prefix("# ").filter(|line| {
                let (key, value) = line.split_once(" = ").unwrap_or_default();
                !key.is_empty()
                    && key
                        .bytes()
                        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
                    && !value.contains('#')
            });
            settings += usize::from(setting.is_some());
            text.push_str(setting.unwrap_or(line));
            text.push('\n');
        }
        parse(&text, "config.example.toml").unwrap();
        assert!(settings >= 9, "{settings}");
        assert_eq!(text.matches("\nca_file = ").count(), 6);
    }
}
