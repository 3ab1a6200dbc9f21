//! A request, taken apart, and an answer before it is sent.

use axum::http::{StatusCode, Uri};
use serde_json::{Value, json};

use crate::simulator::uri::{decoded, encoded};

/// One request.
#[derive(Debug, Default)]
pub struct Call {
    /// Decoded segments of the path below `/api/v4`; a project's path is one.
    pub path: Vec<String>,
    /// Decoded query, in order.
    pub query: Vec<(String, String)>,
    /// The body; null when there is none.
    pub body: Value,
    /// `http://HOST/api/v4/PATH`, to build links of.
    url: String,
}

impl Call {
    /// Takes a request apart.
    pub fn new(host: &str, path: &str, uri: &Uri, body: Value) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            path: path.split('/').map(decoded).collect(),
            query: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|pair| {
                    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                    (in_query(name), in_query(value))
                })
                .collect(),
            body,
            url: format!("http://{host}{}", uri.path()),
        }
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// A text of the body, which may stand in the query as well.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.body
            .get(name)
            .and_then(Value::as_str)
            .or_else(|| self.parameter(name))
    }

    /// One page of a list, in the order in which it is given, which is turned
    /// round where the caller asks for it. Only what is on the page is built.
    pub fn list<T>(&self, all: &[T], build: impl Fn(&T) -> Value) -> Answer {
        let number = |name: &str, default: usize| {
            self.parameter(name)
                .and_then(|value| value.parse::<usize>().ok())
                .filter(|value| *value > 0)
                .unwrap_or(default)
        };
        let size = number("per_page", 20).min(100);
        let page = number("page", 1);
        let begin = (page - 1).saturating_mul(size).min(all.len());
        let end = begin.saturating_add(size).min(all.len());
        let items: Vec<Value> = all[begin..end].iter().map(build).collect();
        let mut answer = Answer::ok(&Value::Array(items));
        answer.headers.push(("x-page", page.to_string()));
        answer.headers.push(("x-per-page", size.to_string()));
        if end < all.len() {
            let link = format!("<{}>; rel=\"next\"", self.with_page(page + 1));
            answer.headers.push(("link", link));
            answer.headers.push(("x-next-page", (page + 1).to_string()));
        }
        answer
    }

    fn with_page(&self, page: usize) -> String {
        let mut pairs: Vec<String> = self
            .query
            .iter()
            .filter(|(name, _)| name != "page")
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        pairs.push(format!("page={page}"));
        format!("{}?{}", self.url, pairs.join("&"))
    }
}

/// A plus sign is a blank in a query, and only there.
fn in_query(text: &str) -> String {
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
    /// JSON.
    pub fn new(status: StatusCode, body: &Value) -> Self {
        Self {
            status,
            body: body.to_string().into_bytes(),
            media: "application/json",
            headers: Vec::new(),
        }
    }

    /// 200 with JSON.
    pub fn ok(body: &Value) -> Self {
        Self::new(StatusCode::OK, body)
    }

    /// Plain text.
    pub fn text(status: StatusCode, body: &str) -> Self {
        Self {
            status,
            body: body.as_bytes().to_vec(),
            media: "text/plain",
            headers: Vec::new(),
        }
    }

    /// A refusal in GitLab's words.
    pub fn refused(status: StatusCode, message: &str) -> Self {
        Self::new(status, &json!({ "message": message }))
    }

    /// 404, as GitLab answers for what is absent and for what must not be
    /// seen.
    pub fn not_found(what: &str) -> Self {
        Self::refused(StatusCode::NOT_FOUND, &format!("404 {what}Not Found"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(uri: &str) -> Call {
        let uri: Uri = uri.parse().unwrap();
        let path = uri.path().strip_prefix("/api/v4/").unwrap().to_owned();
        Call::new("h", &path, &uri, Value::Null)
    }

    #[test]
    fn the_path_of_a_project_is_one_segment() {
        let call = call("/api/v4/projects/a%2Fb%2Fc/jobs/7?ref=x%20y&name=a+b");
        assert_eq!(call.path, ["projects", "a/b/c", "jobs", "7"]);
        assert_eq!(call.parameter("ref"), Some("x y"));
        assert_eq!(call.parameter("name"), Some("a b"));
    }

    #[test]
    fn a_page_names_the_next_and_no_totals() {
        let all: Vec<u32> = (0..5).collect();
        let answer = call("/api/v4/x?per_page=2&page=2").list(&all, |n| (*n).into());
        assert_eq!(answer.body, b"[2,3]");
        let link = answer.headers.iter().find(|(name, _)| *name == "link");
        assert_eq!(
            link.map(|(_, link)| link.as_str()),
            Some("<http://h/api/v4/x?per_page=2&page=3>; rel=\"next\"")
        );
        let last = call("/api/v4/x?per_page=2&page=3").list(&all, |n| (*n).into());
        assert!(last.headers.iter().all(|(name, _)| *name != "link"));
    }
}
