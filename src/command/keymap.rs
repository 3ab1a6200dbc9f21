//! Which key does what: the table's defaults with the person's changes.

use std::collections::BTreeMap;

use super::Key;

/// Which key does what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeyMap {
    _keys: BTreeMap<Key, ()>,
}
