//! How Jenkins wants its changes and how it answers them: forms go in, and a
//! redirect or a page for people comes out.

use reqwest::Url;
use serde_json::{Value, json};

use crate::integrations::{
    http::{Dialect, Reply},
    jenkins::wire::Input,
};

/// Longest of Jenkins' own words that are shown, in characters.
const WORDS: usize = 200;

/// How Jenkins speaks. It answers what it took with 200, with 201 and the item
/// of the queue, or with a redirect to a page; a redirect to its login page says
/// that nobody was logged in. The host in a redirect is Jenkins' idea of its own
/// name, which need not be ours.
#[must_use]
pub fn dialect() -> Dialect {
    Dialect {
        media: "application/x-www-form-urlencoded",
        taken: |reply| match reply.status {
            200..300 => true,
            302 | 303 => reply.redirect().is_some_and(|to| !is_login(&to)),
            _ => false,
        },
        words,
    }
}

/// Whether it is Jenkins' page to log in. A job may have that name as well: it
/// stands behind `job`.
fn is_login(to: &Url) -> bool {
    let mut before = "";
    to.path_segments().into_iter().flatten().any(|segment| {
        let named = before == "job";
        before = segment;
        !named && matches!(segment, "login" | "securityRealm")
    })
}

/// What Jenkins says in a refusal: a sentence in a page for people.
fn words(reply: &Reply) -> String {
    let page = reply.text();
    let said = after(&page, "<h1>Error</h1>", "<p>")
        .or_else(|| after(&page, "<h2>", ""))
        .or_else(|| after(&page, "<title>", ""))
        .unwrap_or_default();
    let said: String = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let said: String = said.chars().take(WORDS).collect();
    if said.contains("No valid crumb") {
        format!("{said} (the credential is no API token: set `crumb = true`)")
    } else {
        said
    }
}

/// The text between two marks and the next tag.
fn after<'p>(page: &'p str, mark: &str, then: &str) -> Option<&'p str> {
    let (_, rest) = page.split_once(mark)?;
    let (_, rest) = if then.is_empty() {
        ("", rest)
    } else {
        rest.split_once(then)?
    };
    let text = rest.split('<').next()?.trim();
    (!text.is_empty()).then_some(text)
}

/// The default of each value that an input asks for.
///
/// # Errors
/// When one has none that could be sent; for people.
pub fn defaults(input: &Input) -> Result<Vec<(String, Value)>, String> {
    let cannot = |name: &str, why: &str| {
        Err(format!(
            "it asks for {name}, which {why}: answer it on its page"
        ))
    };
    if input.inputs.malformed > 0 {
        return cannot("a value", "cannot be read");
    }
    let mut values = Vec::new();
    for field in &input.inputs.items {
        let given = &field.definition["defaultVal"];
        let value = match field.kind.as_str() {
            "PasswordParameterDefinition" => return cannot(&field.name, "is a password"),
            "BooleanParameterDefinition" if given.is_boolean() => given.clone(),
            "StringParameterDefinition"
            | "TextParameterDefinition"
            | "ChoiceParameterDefinition"
                if given.is_string() =>
            {
                given.clone()
            }
            "ChoiceParameterDefinition" if field.definition["choices"][0].is_string() => {
                field.definition["choices"][0].clone()
            }
            _ => return cannot(&field.name, "has no default"),
        };
        values.push((field.name.clone(), value));
    }
    Ok(values)
}

/// A value for people.
#[must_use]
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "(empty)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// What Jenkins' own page would submit for an input.
#[must_use]
pub fn submitted(values: &[(String, Value)]) -> String {
    let list: Vec<Value> = values
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let form = json!({ "parameter": list }).to_string();
    fields([("json", form.as_str())].into_iter())
}

/// A form.
#[must_use]
pub fn fields<'a>(values: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let Ok(mut url) = Url::parse("http://form/") else {
        return String::new();
    };
    for (name, value) in values {
        url.query_pairs_mut().append_pair(name, value);
    }
    url.query().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(fields: &str) -> Input {
        serde_json::from_str(&format!(r#"{{"id":"Go","inputs":[{fields}]}}"#)).unwrap()
    }

    #[test]
    fn each_value_is_given_its_default_and_no_other() {
        let asked = input(
            r#"{"type":"BooleanParameterDefinition","name":"DRY","definition":{"defaultVal":false}},
               {"type":"StringParameterDefinition","name":"WHO","definition":{"defaultVal":""}},
               {"type":"ChoiceParameterDefinition","name":"SPEED","definition":{"choices":["slow","fast"]}}"#,
        );
        let values = defaults(&asked).unwrap();
        assert_eq!(
            submitted(&values),
            fields(
                [(
                    "json",
                    r#"{"parameter":[{"name":"DRY","value":false},{"name":"WHO","value":""},{"name":"SPEED","value":"slow"}]}"#
                )]
                .into_iter()
            )
        );
        for (field, why) in [
            (
                r#"{"type":"PasswordParameterDefinition","name":"P","definition":{"defaultVal":"x"}}"#,
                "password",
            ),
            (
                r#"{"type":"FileParameterDefinition","name":"F","definition":{}}"#,
                "no default",
            ),
            (
                r#"{"type":"StringParameterDefinition","name":"S","definition":{}}"#,
                "no default",
            ),
            (r#"{"type":"StringParameterDefinition"}"#, "cannot be read"),
        ] {
            let refused = defaults(&input(field)).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
    }

    #[test]
    fn a_form_is_encoded() {
        assert_eq!(
            fields([("A B", "1&2=3"), ("C", "ü")].into_iter()),
            "A+B=1%262%3D3&C=%C3%BC"
        );
    }
}
