//! Objects of one kind, found by their identity and listed newest first within
//! their group: the runs of a service, the deployments of a place.
//!
//! A large company has some ten thousand of them, so an object is stored once
//! and every index holds four bytes a piece. What is seen again unchanged costs
//! one comparison and touches no index.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
    hash::BuildHasher as _,
};

use hashbrown::{DefaultHashBuilder, HashTable};
use serde::Serialize;

use super::Stamped;
use crate::domain::{Origin, Timestamp};

/// What a shelf can keep.
pub(super) trait Kept: Serialize + PartialEq {
    /// What its objects are listed by.
    type Group: Ord + Clone;

    /// Its identity.
    fn id(&self) -> &Origin;

    /// When it was created; lists are newest first.
    fn created(&self) -> Timestamp;

    /// The group that it is listed in.
    fn group(&self) -> Self::Group;

    /// Shares the bytes of the texts that are equal in `other`.
    fn share(&mut self, other: &Self);
}

/// What became of an object that was to be kept.
#[derive(Debug)]
pub(super) enum Put<T> {
    /// A newer observation was there already.
    Older,
    /// The same is known; only the time of its observation is newer.
    Same,
    /// It is new, or not what it was.
    Changed {
        /// What it was.
        before: Option<Stamped<T>>,
        /// The oldest of its group, which went for it.
        gone: Option<Stamped<T>>,
    },
}

/// The objects of one kind.
#[derive(Clone, Debug)]
pub(super) struct Shelf<T: Kept> {
    places: Vec<Option<Box<Stamped<T>>>>,
    free: Vec<u32>,
    by_id: HashTable<u32>,
    hasher: DefaultHashBuilder,
    groups: BTreeMap<T::Group, Vec<u32>>,
    most: usize,
    order: u64,
}

impl<T: Kept> Shelf<T> {
    /// An empty shelf that keeps at most `most` objects of each group.
    pub(super) fn new(most: usize) -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            by_id: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            groups: BTreeMap::new(),
            most,
            order: 0,
        }
    }

    /// How many objects there are.
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Raised whenever any list changes: an object came, went or moved.
    pub(super) fn order(&self) -> u64 {
        self.order
    }

    /// One object.
    pub(super) fn get(&self, id: &Origin) -> Option<&Stamped<T>> {
        self.at(self.find(id)?)
    }

    /// All objects, in no order that matters.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Stamped<T>> {
        self.places.iter().flatten().map(AsRef::as_ref)
    }

    /// The groups that have or had an object.
    pub(super) fn groups(&self) -> impl Iterator<Item = &T::Group> {
        self.groups.keys()
    }

    /// The objects of a group, newest first.
    pub(super) fn of<'shelf>(
        &'shelf self,
        group: &T::Group,
    ) -> impl Iterator<Item = &'shelf Stamped<T>> + use<'shelf, T> {
        let places = self.groups.get(group).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.at(*place))
    }

    /// All objects, newest first: the lists of the groups, merged as they are
    /// asked for.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Stamped<T>> {
        let head = |group: usize, places: &'_ [u32]| {
            let first = self.at(*places.first()?)?;
            Some((
                first.value.created(),
                Reverse(first.value.id()),
                Reverse(group),
            ))
        };
        let mut lists: Vec<&[u32]> = self.groups.values().map(Vec::as_slice).collect();
        let mut heads: BinaryHeap<_> = lists
            .iter()
            .enumerate()
            .filter_map(|(group, places)| head(group, places))
            .collect();
        std::iter::from_fn(move || {
            let (_, _, Reverse(group)) = heads.pop()?;
            let list = lists.get_mut(group)?;
            let (first, rest) = list.split_first()?;
            *list = rest;
            heads.extend(head(group, rest));
            self.at(*first)
        })
    }

    /// Keeps an object unless a newer observation of it is there.
    pub(super) fn put(&mut self, mut new: Stamped<T>) -> Put<T> {
        let Some(place) = self.find(new.value.id()) else {
            let group = new.value.group();
            let place = self.store(new);
            self.list(&group, place);
            let gone = self.thin(&group);
            return Put::Changed { before: None, gone };
        };
        let Some(old) = self.places.get_mut(place as usize).and_then(Option::as_mut) else {
            return Put::Older;
        };
        if !old.yields_to(&new) {
            return Put::Older;
        }
        if old.value == new.value {
            old.observed = new.observed;
            return Put::Same;
        }
        new.value.share(&old.value);
        let (was, is) = (old.value.group(), new.value.group());
        if was == is && old.value.created() == new.value.created() {
            let before = Some(std::mem::replace(&mut **old, new));
            return Put::Changed { before, gone: None };
        }
        self.unlist(&was, place);
        let old = self.places.get_mut(place as usize).and_then(Option::as_mut);
        let before = old.map(|old| std::mem::replace(&mut **old, new));
        self.list(&is, place);
        let gone = self.thin(&is);
        Put::Changed { before, gone }
    }

    fn at(&self, place: u32) -> Option<&Stamped<T>> {
        self.places.get(place as usize)?.as_deref()
    }

    fn find(&self, id: &Origin) -> Option<u32> {
        let is_it = |place: &u32| self.at(*place).is_some_and(|known| known.value.id() == id);
        self.by_id.find(self.hasher.hash_one(id), is_it).copied()
    }

    /// Stores a new object and finds it by its identity from now on.
    fn store(&mut self, new: Stamped<T>) -> u32 {
        let hash = self.hasher.hash_one(new.value.id());
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            u32::try_from(self.places.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(free) = self.places.get_mut(place as usize) {
            *free = Some(Box::new(new));
        }
        let (places, hasher) = (&self.places, &self.hasher);
        self.by_id.insert_unique(hash, place, |place| {
            let known = places.get(*place as usize).and_then(Option::as_deref);
            known.map_or(0, |known| hasher.hash_one(known.value.id()))
        });
        place
    }

    /// Where an object stands or would stand in the list of its group.
    fn rank(&self, places: &[u32], place: u32) -> Result<usize, usize> {
        let key = |place: u32| {
            self.at(place)
                .map(|known| (Reverse(known.value.created()), known.value.id()))
        };
        let wanted = key(place);
        places.binary_search_by(|other| key(*other).cmp(&wanted))
    }

    fn list(&mut self, group: &T::Group, place: u32) {
        self.order += 1;
        let places = self.groups.get(group).map_or(&[][..], Vec::as_slice);
        let Err(rank) = self.rank(places, place) else {
            return;
        };
        // What was created together is often about the same commit.
        let near = [rank.checked_sub(1), Some(rank)]
            .map(|near| near.and_then(|near| places.get(near).copied()));
        for near in near.into_iter().flatten() {
            self.share(place, near);
        }
        match self.groups.get_mut(group) {
            Some(places) => places.insert(rank, place),
            None => drop(self.groups.insert(group.clone(), vec![place])),
        }
    }

    fn share(&mut self, place: u32, near: u32) {
        if let Ok([Some(new), Some(near)]) = self
            .places
            .get_disjoint_mut([place as usize, near as usize])
        {
            new.value.share(&near.value);
        }
    }

    fn unlist(&mut self, group: &T::Group, place: u32) {
        self.order += 1;
        let places = self.groups.get(group).map_or(&[][..], Vec::as_slice);
        if let Ok(rank) = self.rank(places, place)
            && let Some(places) = self.groups.get_mut(group)
        {
            places.remove(rank);
        }
    }

    /// Takes the oldest object out of a group that has too many.
    fn thin(&mut self, group: &T::Group) -> Option<Stamped<T>> {
        let places = self.groups.get_mut(group)?;
        let oldest = *places.last().filter(|_| places.len() > self.most)?;
        places.pop();
        let gone = self.places.get_mut(oldest as usize)?.take()?;
        self.free.push(oldest);
        let hash = self.hasher.hash_one(gone.value.id());
        if let Ok(entry) = self.by_id.find_entry(hash, |place| *place == oldest) {
            entry.remove();
        }
        Some(*gone)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone as _;

    use super::*;
    use crate::domain::SourceId;

    #[derive(Clone, Debug, PartialEq, Serialize)]
    struct Thing {
        id: Origin,
        group: u8,
        created: i64,
        word: &'static str,
    }

    impl Kept for Thing {
        type Group = u8;

        fn id(&self) -> &Origin {
            &self.id
        }

        fn created(&self) -> Timestamp {
            chrono::Utc.timestamp_opt(self.created, 0).unwrap()
        }

        fn group(&self) -> u8 {
            self.group
        }

        fn share(&mut self, other: &Self) {
            self.id.key.share(&other.id.key);
        }
    }

    fn thing(key: &str, group: u8, created: i64, observed: i64) -> Stamped<Thing> {
        Stamped {
            observed: chrono::Utc.timestamp_opt(observed, 0).unwrap(),
            value: Thing {
                id: Origin::new(&SourceId::new("gh"), key),
                group,
                created,
                word: "",
            },
        }
    }

    fn keys<'a>(things: impl Iterator<Item = &'a Stamped<Thing>>) -> Vec<&'a str> {
        things.map(|thing| thing.value.id.key.as_str()).collect()
    }

    #[test]
    fn groups_and_the_whole_are_listed_newest_first() {
        let mut shelf = Shelf::new(10);
        for (key, group, created) in [
            ("b", 1, 5),
            ("a", 1, 5),
            ("c", 2, 7),
            ("d", 1, 9),
            ("e", 2, 1),
        ] {
            shelf.put(thing(key, group, created, 0));
        }
        assert_eq!(keys(shelf.of(&1)), ["d", "a", "b"]);
        assert_eq!(keys(shelf.of(&2)), ["c", "e"]);
        assert_eq!(keys(shelf.newest_first()), ["d", "c", "a", "b", "e"]);
        assert_eq!(shelf.len(), 5);
    }

    #[test]
    fn what_moves_is_listed_where_it_belongs_and_nowhere_else() {
        let mut shelf = Shelf::new(10);
        for key in ["a", "b", "c"] {
            shelf.put(thing(key, 1, 1, 0));
        }
        shelf.put(thing("b", 2, 1, 1));
        assert_eq!(keys(shelf.of(&1)), ["a", "c"]);
        assert_eq!(keys(shelf.of(&2)), ["b"]);
        shelf.put(thing("a", 1, 0, 1));
        assert_eq!(keys(shelf.of(&1)), ["c", "a"]);
        assert_eq!(keys(shelf.newest_first()), ["b", "c", "a"]);
    }

    #[test]
    fn what_is_seen_again_changes_no_list() {
        let mut shelf = Shelf::new(10);
        shelf.put(thing("a", 1, 1, 5));
        let order = shelf.order();
        assert!(matches!(shelf.put(thing("a", 1, 1, 9)), Put::Same));
        assert!(matches!(shelf.put(thing("a", 1, 1, 7)), Put::Older));
        let mut other = thing("a", 1, 1, 10);
        other.value.word = "other";
        assert!(matches!(shelf.put(other), Put::Changed { .. }));
        assert_eq!(shelf.order(), order);
        shelf.put(thing("b", 1, 1, 0));
        assert_ne!(shelf.order(), order);
    }

    #[test]
    fn the_oldest_of_a_full_group_goes_and_its_place_is_used_again() {
        let mut shelf = Shelf::new(2);
        for number in 0..20 {
            let put = shelf.put(thing(&number.to_string(), 1, number, 0));
            let Put::Changed { gone, .. } = put else {
                panic!("{number} is new");
            };
            let wanted = (number >= 2).then(|| (number - 2).to_string());
            assert_eq!(gone.map(|gone| gone.value.id.key.to_string()), wanted);
        }
        assert_eq!(keys(shelf.of(&1)), ["19", "18"]);
        assert_eq!(shelf.len(), 2);
        assert_eq!(shelf.places.len(), 3);
        let gone = thing("7", 1, 7, 0);
        assert!(shelf.get(&gone.value.id).is_none());
        assert!(shelf.get(&thing("19", 1, 0, 0).value.id).is_some());
    }
}
