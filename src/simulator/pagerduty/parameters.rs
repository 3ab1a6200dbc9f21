//! What a request carries in its address, and the pages of a list
//! (developer documentation, "Pagination", classic).

use serde_json::{Value as Json, json};

use crate::domain::Timestamp;

use super::refusal::Refusal;

/// Parameters of the address, in order.
#[derive(Clone, Debug, Default)]
pub struct Parameters(pub Vec<(String, String)>);

impl Parameters {
    /// The first value; an empty one counts as not given.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Whether a value is wanted by a list such as `statuses[]`; an absent
    /// list wants everything.
    pub fn wants(&self, list: &str, value: &str) -> bool {
        let mut given = self.0.iter().filter(|(name, _)| name == list).peekable();
        given.peek().is_none() || given.any(|(_, wanted)| wanted == value)
    }

    /// Whether a list holds only words that are known.
    ///
    /// # Errors
    /// 400 naming the list.
    pub fn only(&self, list: &str, known: &[&str]) -> Result<(), Refusal> {
        match self
            .0
            .iter()
            .find(|(name, value)| name == list && !known.contains(&value.as_str()))
        {
            Some((_, value)) => Err(Refusal::arguments(&format!(
                "{list} has the unknown value {value}"
            ))),
            None => Ok(()),
        }
    }

    /// Whether a switch is on.
    pub fn on(&self, name: &str) -> bool {
        self.first(name) == Some("true")
    }

    /// An instant in ISO 8601; a day alone is its midnight in UTC.
    ///
    /// # Errors
    /// 400 where it is none.
    pub fn instant(&self, name: &str) -> Result<Option<Timestamp>, Refusal> {
        let Some(text) = self.first(name) else {
            return Ok(None);
        };
        let whole = if text.len() == 10 {
            format!("{text}T00:00:00Z")
        } else {
            text.to_owned()
        };
        whole
            .parse()
            .map(Some)
            .map_err(|_| Refusal::dates(&format!("{name} is no date: {text}")))
    }

    fn number(&self, name: &str, standard: usize) -> Result<usize, Refusal> {
        self.first(name).map_or(Ok(standard), |text| {
            text.parse()
                .map_err(|_| Refusal::arguments(&format!("{name} is no number: {text}")))
        })
    }

    /// One page of a list under its name: 25 at a time, at most 100, within
    /// the first 10,000; `total` is told only on demand.
    ///
    /// # Errors
    /// 400 for numbers that make no sense, and beyond the first 10,000.
    pub fn page(&self, name: &str, all: &[Json]) -> Result<Json, Refusal> {
        let limit = self.number("limit", 25)?.clamp(1, 100);
        let offset = self.number("offset", 0)?;
        if offset + limit > 10_000 {
            return Err(Refusal::arguments(
                "Offset must be less than or equal to 10000",
            ));
        }
        let page: Vec<&Json> = all.iter().skip(offset).take(limit).collect();
        let mut answer = json!({
            "limit": limit,
            "offset": offset,
            "more": offset + page.len() < all.len(),
            "total": self.on("total").then_some(all.len()),
        });
        answer[name] = json!(page);
        Ok(answer)
    }
}
