//! The parameter `tree`: which fields of an answer are wanted, such as
//! `jobs[name,builds[number]{0,5}]`. Fields that do not exist are left out
//! without a word, as Jenkins does it.

use serde_json::{Map, Value};

/// What is wanted of an object, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    fields: Vec<Field>,
}

/// A field: its name, what is wanted of it, and which members of a list.
type Field = (String, Tree, Option<(usize, usize)>);

/// Reads a `tree`; none when it makes no sense.
pub fn read(text: &str) -> Option<Tree> {
    let mut rest = text;
    let tree = fields(&mut rest)?;
    rest.is_empty().then_some(tree)
}

fn fields(rest: &mut &str) -> Option<Tree> {
    let mut tree = Tree::default();
    loop {
        let end = rest.find([',', '[', ']', '{']).unwrap_or(rest.len());
        let name = rest[..end].trim();
        if name.is_empty() {
            return None;
        }
        *rest = &rest[end..];
        let below = match rest.strip_prefix('[') {
            Some(after) => {
                *rest = after;
                let below = fields(rest)?;
                *rest = rest.strip_prefix(']')?;
                below
            }
            None => Tree::default(),
        };
        let range = match rest.strip_prefix('{') {
            Some(after) => {
                let (range, after) = after.split_once('}')?;
                *rest = after;
                let (from, to) = range.split_once(',')?;
                Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
            }
            None => None,
        };
        tree.fields.push((name.to_owned(), below, range));
        match rest.strip_prefix(',') {
            Some(after) => *rest = after,
            None => return Some(tree),
        }
    }
}

/// What is left of a value. The class of an object is always told; an object of
/// which nothing is wanted is told with its class alone.
pub fn cut(value: &Value, tree: &Tree) -> Value {
    match value {
        Value::Object(all) => {
            let mut kept = Map::new();
            if let Some(class) = all.get("_class") {
                kept.insert("_class".to_owned(), class.clone());
            }
            for (name, below, range) in &tree.fields {
                if let Some(found) = all.get(name) {
                    let cut = match (found, range) {
                        (Value::Array(list), Some((from, to))) => {
                            let end = (*to).min(list.len());
                            Value::Array(list[(*from).min(end)..end].to_vec())
                        }
                        (found, _) => found.clone(),
                    };
                    kept.insert(name.clone(), self::cut(&cut, below));
                }
            }
            Value::Object(kept)
        }
        Value::Array(list) => Value::Array(list.iter().map(|one| cut(one, tree)).collect()),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_asked_for_is_told() {
        let whole = json!({
            "_class": "Folder", "name": "a", "url": "u",
            "jobs": [
                { "_class": "Job", "name": "b", "builds": [{"number": 3}, {"number": 2}, {"number": 1}] },
            ],
        });
        let tree = read("name,nowhere,jobs[name,builds[number]{0,2}]{0,9}").unwrap();
        assert_eq!(
            cut(&whole, &tree),
            json!({
                "_class": "Folder", "name": "a",
                "jobs": [{ "_class": "Job", "name": "b", "builds": [{"number": 3}, {"number": 2}] }],
            })
        );
        for wrong in ["", "a,", "a[b", "a]", "a{1}", "a[b]c"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
