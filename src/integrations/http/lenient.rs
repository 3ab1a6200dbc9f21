//! Lists, decoded object by object: one malformed object costs that object.

use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;

/// The objects of a list that could be read, and how many could not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lenient<T> {
    /// What could be read, in order.
    pub items: Vec<T>,
    /// How many objects were malformed.
    pub malformed: usize,
}

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            malformed: 0,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Vendors send `null` where a list is empty.
        let raw = Option::<Vec<Box<RawValue>>>::deserialize(deserializer)?.unwrap_or_default();
        let mut list = Self::default();
        for object in raw {
            match serde_json::from_str(object.get()) {
                Ok(item) => list.items.push(item),
                Err(_) => list.malformed += 1,
            }
        }
        Ok(list)
    }
}

/// Reads a missing, `null` or odd value as the default: one strange field does
/// not cost its object.
///
/// # Errors
/// When what stands there is no JSON at all.
pub fn odd_as_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str::<Option<T>>(raw.get())
        .ok()
        .flatten()
        .unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Item {
        id: String,
    }

    #[derive(Deserialize)]
    struct Page {
        items: Lenient<Item>,
    }

    #[test]
    fn one_poisoned_of_a_hundred_costs_one() {
        for poison in [
            r#"{"id":"\ud800"}"#.to_owned(),
            r#"{"id":1e999}"#.to_owned(),
            r#"{"id":"a","id":"b"}"#.to_owned(),
            "null".to_owned(),
            format!("{}{}", "[".repeat(5000), "]".repeat(5000)),
        ] {
            let mut objects: Vec<String> = (0..99).map(|n| format!(r#"{{"id":"{n}"}}"#)).collect();
            objects.insert(40, poison.clone());
            let page = format!(r#"{{"items":[{}]}}"#, objects.join(","));
            let page: Page = serde_json::from_str(&page).unwrap();
            assert_eq!(page.items.items.len(), 99, "{poison:.40}");
            assert_eq!(page.items.malformed, 1, "{poison:.40}");
            assert_eq!(page.items.items[98].id, "98");
        }
    }

    #[test]
    fn null_is_an_empty_list() {
        let page: Page = serde_json::from_str(r#"{"items":null}"#).unwrap();
        assert!(page.items.items.is_empty());
    }
}
