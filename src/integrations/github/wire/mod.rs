//! GitHub's words, as they come over the wire. Every enumeration is a plain
//! string here, every field that tminus can live without has a default, and
//! lists are read object by object, so that one odd object costs itself alone.

pub mod graph;
pub mod rest;

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

/// A list whose members were read one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct List<T> {
    /// The members that could be read, in order.
    pub items: Vec<T>,
    /// How many could not.
    pub malformed: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            malformed: 0,
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    /// Reads member by member from the text where it lies: lists of lists of
    /// lists are held neither twice nor all at once.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: DeserializeOwned> Visitor<'de> for Members<T> {
            type Value = List<T>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<List<T>, A::Error> {
                let mut list = List::default();
                // GraphQL lists hold null where an object may not be seen.
                while let Some(member) = members.next_element::<Option<&RawValue>>()? {
                    match member.map(|member| serde_json::from_str(member.get())) {
                        Some(Ok(item)) => list.items.push(item),
                        Some(Err(_)) => list.malformed += 1,
                        None => {}
                    }
                }
                Ok(list)
            }
        }

        deserializer.deserialize_seq(Members(PhantomData))
    }
}

/// Reads a missing or `null` value as the default.
pub fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}

/// An object that is known by its `login`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Login {
    /// The account's name.
    #[serde(default)]
    pub login: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_malformed_member_of_a_hundred_costs_itself_alone() {
        let mut members: Vec<String> = (0..99)
            .map(|number| format!(r#"{{"login":"user-{number}"}}"#))
            .collect();
        members.insert(50, r#"{"login":"\ud800"}"#.to_owned());
        let list: List<Login> =
            serde_json::from_str(&format!("[{}]", members.join(","))).expect("a list");
        assert_eq!((list.items.len(), list.malformed), (99, 1));
    }

    #[test]
    fn null_members_are_not_malformed() {
        let list: List<Login> = serde_json::from_str(r#"[null,{"login":"ana"}]"#).expect("a list");
        assert_eq!((list.items.len(), list.malformed), (1, 0));
    }

    #[test]
    fn what_is_no_list_is_no_empty_list() {
        assert!(serde_json::from_str::<List<Login>>("{}").is_err());
        assert!(serde_json::from_str::<List<Login>>("null").is_err());
        assert!(serde_json::from_str::<List<Login>>(r#""ok""#).is_err());
    }
}
