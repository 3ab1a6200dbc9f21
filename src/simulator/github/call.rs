//! A request, taken apart: path segments, query and paging.

use std::collections::HashMap;

use axum::{extract::Query, http::Uri};
use serde_json::Value;

use super::answer::Answer;
use crate::simulator::uri::{decoded, encoded};

/// One request.
#[derive(Debug, Default)]
pub struct Call {
    /// Decoded segments of the path.
    pub path: Vec<String>,
    /// Decoded query.
    pub query: HashMap<String, String>,
    /// The body; null when there is none.
    pub body: Value,
    /// `http://HOST/PATH`, to build links of.
    pub url: String,
    /// `http://HOST`.
    pub base: String,
}

impl Call {
    /// Takes an address apart.
    pub fn new(base: &str, uri: &Uri, body: Value) -> Self {
        let path = uri.path();
        let query = Query::<HashMap<String, String>>::try_from_uri(uri)
            .map(|query| query.0)
            .unwrap_or_default();
        Self {
            path: path
                .trim_start_matches('/')
                .split('/')
                .map(decoded)
                .collect(),
            query,
            body,
            url: format!("{base}{path}"),
            base: base.to_owned(),
        }
    }

    /// A parameter of the query.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// One page of a list, in the order in which it is given. Only what is
    /// on the page is built.
    pub fn page<T>(&self, all: &[T], build: impl Fn(&T) -> Value) -> (Vec<Value>, Option<String>) {
        let number = |name: &str, default: usize| {
            self.parameter(name)
                .and_then(|value| value.parse::<usize>().ok())
                .filter(|value| *value > 0)
                .unwrap_or(default)
        };
        let size = number("per_page", 30).min(100);
        let page = number("page", 1);
        let last = all.len().div_ceil(size).max(1);
        let begin = (page - 1).saturating_mul(size).min(all.len());
        let end = begin.saturating_add(size).min(all.len());
        let items = all[begin..end].iter().map(build).collect();
        let mut links = Vec::new();
        for (relation, target, there) in [
            ("prev", page.saturating_sub(1), page > 1 && page <= last),
            ("next", page + 1, page < last),
            ("last", last, page < last),
            ("first", 1, page > 1),
        ] {
            if there {
                links.push(format!("<{}>; rel=\"{relation}\"", self.with_page(target)));
            }
        }
        (items, (!links.is_empty()).then(|| links.join(", ")))
    }

    /// A page of a list as the whole body.
    pub fn list<T>(&self, all: &[T], build: impl Fn(&T) -> Value) -> Answer {
        let (items, link) = self.page(all, build);
        Answer {
            link,
            ..Answer::ok(Value::Array(items))
        }
    }

    /// A page of a list with its length, under a name.
    pub fn counted<T>(&self, name: &str, all: &[T], build: impl Fn(&T) -> Value) -> Answer {
        let (items, link) = self.page(all, build);
        Answer {
            link,
            ..Answer::ok(super::json::object([
                ("total_count".to_owned(), all.len().into()),
                (name.to_owned(), Value::Array(items)),
            ]))
        }
    }

    fn with_page(&self, page: usize) -> String {
        let mut names: Vec<&String> = self.query.keys().filter(|name| *name != "page").collect();
        names.sort();
        let mut pairs: Vec<String> = names
            .into_iter()
            .map(|name| format!("{}={}", encoded(name), encoded(&self.query[name])))
            .collect();
        pairs.push(format!("page={page}"));
        let query = pairs.join("&");
        format!("{}?{query}", self.url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(uri: &str) -> Call {
        Call::new("http://h", &uri.parse().unwrap(), Value::Null)
    }

    #[test]
    fn segments_and_queries_are_decoded() {
        let call = call("/repos/a%2Fb/x?created=%3E%3D2026&per_page=2");
        assert_eq!(call.path, ["repos", "a/b", "x"]);
        assert_eq!(call.parameter("created"), Some(">=2026"));
    }

    #[test]
    fn pages_name_their_neighbours() {
        let all: Vec<u32> = (0..5).collect();
        let (items, link) = call("/x?per_page=2&page=2&q=a%20b").page(&all, |n| (*n).into());
        assert_eq!(items, [Value::from(2), Value::from(3)]);
        assert_eq!(
            link.unwrap(),
            "<http://h/x?per_page=2&q=a%20b&page=1>; rel=\"prev\", \
             <http://h/x?per_page=2&q=a%20b&page=3>; rel=\"next\", \
             <http://h/x?per_page=2&q=a%20b&page=3>; rel=\"last\", \
             <http://h/x?per_page=2&q=a%20b&page=1>; rel=\"first\""
        );
        let (items, link) = call("/x?page=9").page(&all, |n| (*n).into());
        assert!(items.is_empty());
        assert!(link.unwrap().contains("first"));
        assert_eq!(call("/x").page(&all, |n| (*n).into()).1, None);
    }
}
