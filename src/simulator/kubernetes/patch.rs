//! Patches: JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7396).

use serde_json::Value;

/// Applies a JSON Patch; none when a test or a path fails.
pub fn json(mut object: Value, patch: &Value) -> Option<Value> {
    for operation in patch.as_array()? {
        let path = operation["path"].as_str()?;
        let value = operation.get("value");
        match operation["op"].as_str()? {
            "test" => {
                if object.pointer(path)? != value? {
                    return None;
                }
            }
            "add" => put(&mut object, path, value?.clone(), true)?,
            "replace" => put(&mut object, path, value?.clone(), false)?,
            "remove" => {
                let (parent, key) = place(&mut object, path)?;
                parent.as_object_mut()?.remove(&key)?;
            }
            _ => return None,
        }
    }
    Some(object)
}

fn place<'v>(object: &'v mut Value, path: &str) -> Option<(&'v mut Value, String)> {
    let (parent, key) = path.rsplit_once('/')?;
    Some((
        object.pointer_mut(parent)?,
        key.replace("~1", "/").replace("~0", "~"),
    ))
}

fn put(object: &mut Value, path: &str, value: Value, may_be_new: bool) -> Option<()> {
    let (parent, key) = place(object, path)?;
    let parent = parent.as_object_mut()?;
    if !may_be_new && !parent.contains_key(&key) {
        return None;
    }
    parent.insert(key, value);
    Some(())
}

/// Applies a JSON Merge Patch.
pub fn merge(object: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    for (name, value) in patch {
        if value.is_null() {
            fields.remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;

    #[test]
    fn a_patch_whose_test_fails_changes_nothing() {
        let object = value!({"a": {"b": 1}});
        let test = |wanted: i32| {
            value!([
                {"op": "test", "path": "/a/b", "value": wanted},
                {"op": "add", "path": "/a/c", "value": true},
                {"op": "remove", "path": "/a/b"},
            ])
        };
        assert_eq!(json(object.clone(), &test(2)), None);
        assert_eq!(json(object, &test(1)), Some(value!({"a": {"c": true}})));
    }

    #[test]
    fn what_is_not_there_cannot_be_replaced_removed_or_tested() {
        for operation in ["replace", "remove", "test"] {
            let patch = value!([{"op": operation, "path": "/x", "value": 1}]);
            assert_eq!(json(value!({}), &patch), None, "{operation}");
        }
    }

    #[test]
    fn null_takes_away_in_a_merge() {
        let mut object = value!({"a": {"b": 1, "c": 2}});
        merge(&mut object, &value!({"a": {"b": null, "d": 3}}));
        assert_eq!(object, value!({"a": {"c": 2, "d": 3}}));
    }
}
