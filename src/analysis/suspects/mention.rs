//! What a line of a report names: a file, a class or a package.

/// One thing that a report names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mention {
    /// A file, by a path from some root, with `/` between its parts.
    File(String),
    /// A class, with dots between its parts.
    Class(String),
    /// A package or directory, with `/` between its parts.
    Package(String),
}

/// Endings of files that people write. Others are rather hosts, versions and
/// ends of sentences.
const ENDINGS: [&str; 66] = [
    "bash", "c", "cc", "cjs", "clj", "cmake", "cpp", "cs", "css", "cxx", "dart", "erl", "ex",
    "exs", "fs", "go", "gradle", "graphql", "groovy", "h", "hcl", "hh", "hpp", "hs", "html",
    "java", "jl", "js", "json", "jsx", "kt", "kts", "lock", "lua", "m", "mjs", "mk", "ml", "mm",
    "mod", "php", "pl", "pm", "proto", "ps1", "py", "rb", "rs", "scala", "scss", "sh", "sql",
    "sum", "svelte", "swift", "tf", "tfvars", "toml", "ts", "tsx", "vb", "vue", "xml", "yaml",
    "yml", "zig",
];

/// Files without an ending.
const NAMES: [&str; 6] = [
    "Dockerfile",
    "Makefile",
    "Jenkinsfile",
    "Gemfile",
    "Rakefile",
    "Containerfile",
];

/// Stems that many files share, so that they tell nothing.
const COMMON: [&str; 12] = [
    "index", "main", "mod", "lib", "init", "__init__", "utils", "util", "helpers", "common",
    "conftest", "setup",
];

/// Longest line that is read, in bytes: what is longer is data.
const LONGEST: usize = 2_000;

/// What these lines name, each once, in the order of their first mention.
#[must_use]
pub fn mentions<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for line in lines {
        if line.len() > LONGEST {
            continue;
        }
        for mention in of_line(line) {
            if !found.contains(&mention) {
                found.push(mention);
            }
        }
    }
    found
}

fn of_line(line: &str) -> Vec<Mention> {
    let mut found = Vec::new();
    let words = line.split(|character: char| {
        character.is_whitespace() || "()[]{}<>\"'`,;=|›".contains(character)
    });
    for word in words.filter(|word| !word.is_empty() && !word.contains("://")) {
        if let Some(mention) = file(word).or_else(|| class(word)) {
            found.push(mention);
        }
    }
    // `FAIL` and the package, as Go and others have it.
    let mut words = line.split_whitespace();
    if words.next() == Some("FAIL")
        && let Some(package) = words.next().filter(|word| is_package(word))
        && !found.iter().any(|known| matches!(known, Mention::File(_)))
    {
        found.push(Mention::Package(package.to_owned()));
    }
    found
}

/// `src/a.rs:3:4`, `tests/test_a.py::test_b`, `C:\src\a.cs`.
fn file(word: &str) -> Option<Mention> {
    let word = word.split("::").next()?;
    let word = word.replace('\\', "/");
    // A letter of a drive is no end of a path.
    let drive = word.as_bytes().get(1) == Some(&b':') && word.as_bytes().get(2) == Some(&b'/');
    let path = if drive { word.get(2..)? } else { &word };
    let path = path.split(':').next()?;
    let path = path.trim_end_matches(['.', '!', '?']);
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != "." && *part != "..")
        .collect();
    let name = *parts.last()?;
    let known = NAMES.contains(&name)
        || name.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && stem.chars().any(char::is_alphabetic) && ENDINGS.contains(&ending)
        });
    known.then(|| Mention::File(parts.join("/")))
}

/// `com.acme.shop.BasketTest.total:42`: up to the first part that begins with
/// a capital.
fn class(word: &str) -> Option<Mention> {
    let word = word.split([':', '#', '$']).next()?;
    let parts: Vec<&str> = word.split('.').collect();
    let is_name = |part: &str| {
        part.chars()
            .all(|character| character.is_alphanumeric() || character == '_')
            && part.chars().next().is_some_and(char::is_alphabetic)
    };
    if parts.len() < 3 || !parts.iter().all(|part| is_name(part)) {
        return None;
    }
    let end = parts
        .iter()
        .position(|part| part.chars().next().is_some_and(char::is_uppercase))?;
    (end > 0).then(|| Mention::Class(parts[..=end].join(".")))
}

fn is_package(word: &str) -> bool {
    word.contains('/')
        && word
            .chars()
            .all(|character| character.is_alphanumeric() || "/._-".contains(character))
}

/// Whether a path looks like one of a test.
pub(super) fn is_test(path: &str) -> bool {
    let mut parts: Vec<&str> = path.split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    core(name) != stem.to_lowercase()
        || name.contains(".test.")
        || name.contains(".spec.")
        || parts.iter().any(|part| {
            matches!(
                *part,
                "test" | "tests" | "spec" | "specs" | "__tests__" | "e2e"
            )
        })
}

/// The stem of a file's name without what marks it as a test, in lower case:
/// `basket` of `test_basket.py`, `basket_test.go`, `basket.spec.ts` and
/// `BasketTest.java`.
pub(super) fn core(name: &str) -> String {
    let stem = name.split('.').next().unwrap_or_default();
    let lower = stem.to_lowercase();
    for mark in ["test_", "spec_"] {
        if let Some(rest) = lower.strip_prefix(mark).filter(|rest| !rest.is_empty()) {
            return rest.to_owned();
        }
    }
    for mark in ["_test", "_tests", "_spec", "-test", "-spec"] {
        if let Some(rest) = lower.strip_suffix(mark).filter(|rest| !rest.is_empty()) {
            return rest.to_owned();
        }
    }
    for mark in ["Tests", "Test", "Spec", "IT"] {
        if let Some(rest) = stem.strip_suffix(mark).filter(|rest| !rest.is_empty()) {
            return rest.to_lowercase();
        }
    }
    lower
}

/// Whether many files share this stem.
pub(super) fn is_common(core: &str) -> bool {
    core.len() < 2 || COMMON.contains(&core)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_what_it_names_once() {
        let named = mentions([
            "  at src/a.rs:3:4 and src/a.rs:9",
            "FAIL checkout/storage",
            "com.acme.Basket$Inner.total(Basket.java:3)",
            "took 3.5s, see README",
        ]);
        assert_eq!(
            named,
            [
                Mention::File("src/a.rs".to_owned()),
                Mention::Package("checkout/storage".to_owned()),
                Mention::Class("com.acme.Basket".to_owned()),
                Mention::File("Basket.java".to_owned()),
            ]
        );
    }

    #[test]
    fn the_marks_of_tests_are_taken_off() {
        for name in [
            "test_basket.py",
            "basket_test.go",
            "basket.spec.ts",
            "BasketTest.java",
            "BasketIT.java",
            "basket-test.js",
        ] {
            assert_eq!(core(name), "basket", "{name}");
        }
        assert_eq!(core("test.py"), "test");
        assert!(is_test("e2e/checkout.ts"));
        assert!(is_test("basket.spec.ts"));
        assert!(!is_test("src/checkout.ts"));
    }
}
