//! Who may sign what: the `allowed_signers` file of OpenSSH (ssh-keygen(1),
//! ALLOWED SIGNERS). Each line names people, may limit what they sign and
//! when, and ends with their key.

use chrono::{Local, NaiveDate, NaiveDateTime, TimeZone as _};
use ssh_key::{PublicKey, public::KeyData};

use super::Flaw;
use crate::{
    domain::{Text, Timestamp},
    error::{Error, Kind},
};

/// Everybody who may sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedSigners(Vec<Line>);

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Names and patterns, as they are written.
    principals: Vec<String>,
    /// What may be signed; none is anything.
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    key: KeyData,
}

/// Whose key it is: the names that its lines give.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Principal(Vec<Text>);

impl Principal {
    /// Its first name, to show.
    #[must_use]
    pub fn name(&self) -> Text {
        self.0.first().cloned().unwrap_or_default()
    }

    /// Whether both may be one person: they share a name. A pattern that two
    /// keys share tells nobody apart, so it counts as a shared name.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().any(|name| {
            other
                .0
                .iter()
                .any(|one| one.eq_ignore_ascii_case(name) || like(name, one) || like(one, name))
        })
    }
}

impl AllowedSigners {
    /// Reads the file's text.
    ///
    /// # Errors
    /// When a line cannot be understood; names the line.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for (number, raw) in (1..).zip(text.lines()) {
            let raw = raw.trim();
            if raw.is_empty() || raw.starts_with('#') {
                continue;
            }
            let line = line(raw).map_err(|why| {
                Error::new(
                    Kind::Usage,
                    format!("line {number} of the allowed signers: {}", Text::from(why)),
                )
                .hint("a line is `NAME [namespaces=\"…\",valid-before=\"…\"] KEYTYPE KEY`")
            })?;
            lines.extend(line);
        }
        Ok(Self(lines))
    }

    /// Whether nobody may sign.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key it is, when it may sign for a namespace at a moment.
    ///
    /// # Errors
    /// Why it may not.
    pub fn who(&self, key: &KeyData, namespace: &str, at: Timestamp) -> Result<Principal, Flaw> {
        let mut flaw = Flaw::UnknownKey(super::sshsig::fingerprint(key));
        let mut names = Vec::new();
        for line in self.0.iter().filter(|line| &line.key == key) {
            match line.allows(namespace, at) {
                Ok(()) => names.extend(line.principals.iter().map(|name| Text::new(name))),
                Err(why) => flaw = why,
            }
        }
        if names.is_empty() {
            Err(flaw)
        } else {
            Ok(Principal(names))
        }
    }
}

impl Line {
    fn allows(&self, namespace: &str, at: Timestamp) -> Result<(), Flaw> {
        if let Some(allowed) = &self.namespaces
            && !matches(allowed, namespace)
        {
            return Err(Flaw::MayNotSignThis(namespace.to_owned()));
        }
        if let Some(after) = self.after.filter(|after| at < *after) {
            return Err(Flaw::KeyNotYetValid(after));
        }
        if let Some(before) = self.before.filter(|before| at >= *before) {
            return Err(Flaw::KeyExpired(before));
        }
        Ok(())
    }
}

/// One line; none when it says nothing that tminus can use.
fn line(raw: &str) -> Result<Option<Line>, String> {
    let (principals, rest) = word(raw)?;
    let principals: Vec<String> = principals
        .trim_matches('"')
        .split(',')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if principals.is_empty() {
        return Err("it names nobody".to_owned());
    }
    let (next, after) = word(rest)?;
    let is_key = ["ssh-", "ecdsa-", "sk-"]
        .iter()
        .any(|kind| next.starts_with(kind));
    let (options, key) = if is_key { ("", rest) } else { (next, after) };
    let key = PublicKey::from_openssh(key.trim())
        .map_err(|error| format!("its key cannot be read: {error}"))?;
    let mut line = Line {
        principals,
        namespaces: None,
        after: None,
        before: None,
        key: key.key_data().clone(),
    };
    for option in split_outside_quotes(options) {
        let (name, value) = match option.split_once('=') {
            Some((name, value)) => (name, Some(value.trim_matches('"'))),
            None => (option, None),
        };
        match (name.to_ascii_lowercase().as_str(), value) {
            ("", None) => {}
            // Certificates are not read, so nobody is named by it.
            ("cert-authority", None) => return Ok(None),
            ("namespaces", Some(list)) => {
                line.namespaces = Some(list.split(',').map(str::to_owned).collect());
            }
            ("valid-after", Some(time)) => line.after = Some(moment(time)?),
            ("valid-before", Some(time)) => line.before = Some(moment(time)?),
            _ => return Err(format!("the option `{option}` is not known")),
        }
    }
    Ok(Some(line))
}

/// The first word, quotes and all, and what follows it.
fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    let mut quoted = false;
    let end = text.find(|character: char| {
        quoted ^= character == '"';
        !quoted && character.is_whitespace()
    });
    match end {
        Some(end) => Ok(text.split_at(end)),
        None if quoted => Err("a quote does not end".to_owned()),
        None => Err("it has no key".to_owned()),
    }
}

fn split_outside_quotes(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        !quoted && character == ','
    })
}

/// `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, in UTC with a `Z` behind it and in the
/// machine's own time without.
fn moment(text: &str) -> Result<Timestamp, String> {
    let wrong =
        || format!("`{text}` is no time: write YYYYMMDD or YYYYMMDDHHMM[SS], and Z for UTC");
    let (digits, utc) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(wrong());
    }
    let naive = match digits.len() {
        8 => NaiveDate::parse_from_str(digits, "%Y%m%d")
            .ok()
            .and_then(|day| day.and_hms_opt(0, 0, 0)),
        12 => NaiveDateTime::parse_from_str(&format!("{digits}00"), "%Y%m%d%H%M%S").ok(),
        14 => NaiveDateTime::parse_from_str(digits, "%Y%m%d%H%M%S").ok(),
        _ => None,
    }
    .ok_or_else(wrong)?;
    if utc {
        Ok(naive.and_utc())
    } else {
        Local
            .from_local_datetime(&naive)
            .earliest()
            .map(|local| local.to_utc())
            .ok_or_else(wrong)
    }
}

/// Whether a list of patterns takes a name: one must, and none with `!` may.
fn matches(patterns: &[String], name: &str) -> bool {
    let mut taken = false;
    for pattern in patterns {
        match pattern.strip_prefix('!') {
            Some(pattern) if like(pattern, name) => return false,
            Some(_) => {}
            None => taken |= like(pattern, name),
        }
    }
    taken
}

/// `*` stands for any characters, `?` for one.
fn like(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut in_name) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(byte) if *byte == b'?' || *byte == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match star {
                Some((before, from)) => {
                    at = before + 1;
                    in_name = from + 1;
                    star = Some((before, from + 1));
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJN5p7bIcqW5WcYI3tI8ZfjDPYYWmGqCo6Rzk6mY6n0Z";

    fn key() -> KeyData {
        PublicKey::from_openssh(KEY).unwrap().key_data().clone()
    }

    fn who(line: &str, at: &str) -> Result<Text, Flaw> {
        let signers =
            AllowedSigners::parse(&format!("# people\n\n{line} {KEY} ana@laptop\n")).unwrap();
        let at = moment(at).unwrap();
        signers
            .who(&key(), "tminus-evidence-v1@tminus.dev", at)
            .map(|principal| principal.name())
    }

    #[test]
    fn a_line_names_a_person_and_may_limit_what_and_when() {
        let noon = "20261122120000Z";
        assert_eq!(who("ana", noon).unwrap().as_str(), "ana");
        assert_eq!(
            who("ana@larkspur.dev,ana", noon).unwrap().as_str(),
            "ana@larkspur.dev"
        );
        assert!(who("ana namespaces=\"tminus-*\"", noon).is_ok());
        assert!(who("ana namespaces=\"git,file\"", noon).is_err());
        assert!(matches!(
            who("ana namespaces=\"*,!tminus-evidence-*\"", noon),
            Err(Flaw::MayNotSignThis(_))
        ));
        let window = "ana valid-after=\"20261122110000Z\",valid-before=\"202611221300Z\"";
        assert!(who(window, noon).is_ok());
        assert!(matches!(
            who(window, "20261122105959Z"),
            Err(Flaw::KeyNotYetValid(_))
        ));
        assert!(matches!(
            who(window, "20261122130000Z"),
            Err(Flaw::KeyExpired(_))
        ));
    }

    #[test]
    fn an_unknown_key_is_named_by_its_fingerprint() {
        let signers = AllowedSigners::parse("").unwrap();
        let Err(Flaw::UnknownKey(name)) = signers.who(&key(), "x", Timestamp::default()) else {
            panic!("nobody is allowed");
        };
        assert!(name.starts_with("SHA256:"));
    }

    #[test]
    fn a_line_that_is_not_understood_is_named_and_nobody_slips_through() {
        for (line, why) in [
            ("ana", "no key"),
            ("ana ssh-ed25519 AAAA", "key cannot be read"),
            ("ana verified-by=\"x\"", "verified-by"),
            ("ana valid-before=\"tomorrow\"", "no time"),
            ("ana valid-before=\"20261", "does not end"),
        ] {
            let text = if line.contains('=') && !line.ends_with("261") {
                format!("{line} {KEY}")
            } else {
                line.to_owned()
            };
            let error = AllowedSigners::parse(&format!("\n{text}")).unwrap_err();
            assert!(
                error.message.contains("line 2") && error.message.contains(why),
                "{line}: {error}"
            );
        }
        // Certificates are not read: the authority's own key signs nothing.
        assert!(
            AllowedSigners::parse(&format!("*@larkspur.dev cert-authority {KEY}"))
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn one_person_is_recognised_under_any_shared_name() {
        let name = |names: &[&str]| Principal(names.iter().map(|name| Text::new(name)).collect());
        assert!(name(&["ana"]).overlaps(&name(&["ana@larkspur.dev", "Ana"])));
        assert!(!name(&["ana"]).overlaps(&name(&["ben"])));
        assert!(name(&["*@larkspur.dev"]).overlaps(&name(&["ben@larkspur.dev"])));
    }

    #[test]
    fn patterns_are_those_of_openssh() {
        for (pattern, name, matches) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*-v1@*", "tminus-evidence-v1@tminus.dev", true),
            ("", "a", false),
        ] {
            assert_eq!(like(pattern, name), matches, "{pattern} {name}");
        }
    }
}
