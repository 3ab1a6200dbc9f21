//! A request, taken apart, and an answer before it is sent.

use axum::http::{StatusCode, Uri, header};
use serde_json::Value;

use crate::simulator::uri::decoded;

use super::tree;

/// One request.
#[derive(Debug, Default)]
pub struct Call {
    /// Decoded segments of the path below the prefix, without empty ones.
    pub path: Vec<String>,
    /// Decoded query and form, in order.
    pub fields: Vec<(String, String)>,
    /// `http://HOST/PREFIX/`, to build addresses of.
    pub base: String,
}

impl Call {
    /// Takes a request apart. A form counts as its query does.
    pub fn new(base: &str, path: &str, uri: &Uri, form: &str) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            path: path
                .split('/')
                .filter(|part| !part.is_empty())
                .map(decoded)
                .collect(),
            fields: [query, form]
                .iter()
                .flat_map(|text| text.split('&'))
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (in_form(name), in_form(value))
                })
                .collect(),
            base: base.to_owned(),
        }
    }

    /// A field.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// An object, cut down to what `tree` asks for.
    pub fn object(&self, whole: &Value) -> Answer {
        match self.field("tree").map(tree::read) {
            None => Answer::ok(whole),
            Some(Some(tree)) => Answer::ok(&tree::cut(whole, &tree)),
            Some(None) => Answer::page(StatusCode::BAD_REQUEST, "Invalid tree parameter"),
        }
    }
}

/// A plus sign is a blank in a form.
fn in_form(text: &str) -> String {
    decoded(&text.replace('+', " "))
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Body.
    pub body: Vec<u8>,
    /// Media type of the body.
    pub media: &'static str,
    /// Headers beside those that every answer has.
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    /// 200 with JSON.
    pub fn ok(body: &Value) -> Self {
        Self {
            status: StatusCode::OK,
            body: body.to_string().into_bytes(),
            media: "application/json;charset=utf-8",
            headers: Vec::new(),
        }
    }

    /// 200 with nothing.
    pub fn nothing() -> Self {
        Self::with(StatusCode::OK, "")
    }

    fn with(status: StatusCode, page: &str) -> Self {
        Self {
            status,
            body: page.as_bytes().to_vec(),
            media: "text/html;charset=utf-8",
            headers: Vec::new(),
        }
    }

    /// A page for people, as the servlet container writes them.
    pub fn page(status: StatusCode, why: &str) -> Self {
        Self::with(
            status,
            &format!(
                "<html><head><title>Error {0} {why}</title></head>\n\
                 <body><h2>HTTP ERROR {0} {why}</h2></body></html>\n",
                status.as_u16()
            ),
        )
    }

    /// A page for people, as Jenkins itself writes them for a mistake of theirs.
    pub fn mistake(why: &str) -> Self {
        Self::with(
            StatusCode::BAD_REQUEST,
            &format!("<!DOCTYPE html><html><body><h1>Error</h1><p>{why}</p></body></html>"),
        )
    }

    /// 404.
    pub fn not_found() -> Self {
        Self::page(StatusCode::NOT_FOUND, "Not Found")
    }

    /// Sends people elsewhere.
    pub fn to(status: StatusCode, location: String) -> Self {
        let mut answer = Self::with(status, "");
        answer.headers.push((header::LOCATION.as_str(), location));
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_encoded_twice_in_an_address() {
        let uri: Uri = "/ci/job/a/job/fix%252Fx/7/stop?id=1+2".parse().unwrap();
        let path = uri.path().strip_prefix("/ci/").unwrap().to_owned();
        let call = Call::new("http://h/ci/", &path, &uri, "json=%7B%7D");
        assert_eq!(call.path, ["job", "a", "job", "fix%2Fx", "7", "stop"]);
        assert_eq!(call.field("id"), Some("1 2"));
        assert_eq!(call.field("json"), Some("{}"));
    }
}
