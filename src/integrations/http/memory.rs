//! What earlier answers said, for conditional requests (RFC 9110, 13.1.2).

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use http::{HeaderMap, HeaderValue};
use tokio_util::bytes::Bytes;

/// Bodies kept in all, in bytes; the least recently used go first.
const CAPACITY: usize = 8 * 1024 * 1024;

/// An answer that may still hold.
#[derive(Clone)]
pub(super) struct Remembered {
    pub(super) tag: HeaderValue,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

#[derive(Default)]
pub(super) struct Memory {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: HashMap<String, (u64, Remembered)>,
    bytes: usize,
    clock: u64,
}

impl Memory {
    pub(super) fn get(&self, key: &str) -> Option<Remembered> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clock += 1;
        let clock = state.clock;
        let (used, found) = state.entries.get_mut(key)?;
        *used = clock;
        Some(found.clone())
    }

    pub(super) fn put(&self, key: String, answer: Remembered) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if answer.body.len() > CAPACITY / 4 {
            return;
        }
        state.clock += 1;
        let clock = state.clock;
        state.bytes += answer.body.len();
        if let Some((_, old)) = state.entries.insert(key, (clock, answer)) {
            state.bytes -= old.body.len();
        }
        while state.bytes > CAPACITY {
            let oldest = state
                .entries
                .iter()
                .min_by_key(|(_, (used, _))| *used)
                .map(|(key, _)| key.clone());
            let Some((_, gone)) = oldest.and_then(|key| state.entries.remove(&key)) else {
                break;
            };
            state.bytes -= gone.body.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_recently_used_goes_first_and_the_cap_holds() {
        let memory = Memory::default();
        let answer = || Remembered {
            tag: HeaderValue::from_static("\"1\""),
            headers: HeaderMap::new(),
            body: vec![0; CAPACITY / 8].into(),
        };
        memory.put("first".to_owned(), answer());
        for n in 0..20 {
            memory.put(n.to_string(), answer());
            assert!(memory.get("first").is_some(), "used each time");
        }
        assert!(memory.get("0").is_none());
        let state = memory.state.lock().unwrap();
        assert!(state.bytes <= CAPACITY);
        let sum: usize = state.entries.values().map(|(_, a)| a.body.len()).sum();
        assert_eq!(state.bytes, sum);
    }
}
