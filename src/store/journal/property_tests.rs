//! What `verify` must find, whatever the journal: properties over journals
//! that were written at random, and heads that were kept elsewhere.

use proptest::prelude::*;

use super::{
    entry::{Stored, line},
    memory::Memory,
    *,
};
use crate::domain::{OperationId, OperationState};

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_800_000 + second, 0).unwrap_or_default()
}

/// Any entry, with text that JSON has to escape.
fn body() -> impl Strategy<Value = EntryBody> {
    let operation = "[a-z0-9-]{1,20}".prop_map(|id| OperationId::new(&id));
    (operation, ".{0,40}", 0..3_u8).prop_map(|(operation, detail, kind)| match kind {
        0 => EntryBody::Sent {
            operation,
            seen: Vec::new(),
        },
        1 => EntryBody::Recovered {
            operation,
            detail: detail.into(),
        },
        _ => EntryBody::Outcome {
            operation,
            state: OperationState::Observed,
            detail: detail.into(),
            seen: Vec::new(),
        },
    })
}

/// A journal of some entries.
fn journal() -> impl Strategy<Value = Memory> {
    prop::collection::vec((body(), 0..100_000_i64), 1..24).prop_map(|bodies| {
        let memory = Memory::default();
        let journal = memory.journal();
        for (body, second) in bodies {
            journal.append(at(second), body).unwrap();
        }
        memory
    })
}

fn lines(memory: &Memory) -> Vec<Vec<u8>> {
    memory.with(|platter| {
        platter
            .lines
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    })
}

/// The first broken entry after the lines became these.
fn broken_at(memory: &Memory, changed: &[Vec<u8>]) -> Option<u64> {
    let good = memory.with(|platter| std::mem::replace(&mut platter.lines, changed.concat()));
    let verdict = memory.journal().verify().unwrap();
    memory.with(|platter| platter.lines = good);
    match verdict {
        Verdict::Broken(found) => Some(found.seq),
        Verdict::Whole { .. } => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_whole_journal_is_whole_and_every_single_bit_counts(
        memory in journal(),
        places in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u8), 1..12),
    ) {
        let good = lines(&memory);
        prop_assert_eq!(broken_at(&memory, &good), None);
        for (index, bit) in places {
            let bytes = good.concat();
            let place = index.index(bytes.len());
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let seq = bytes[..place].split(|byte| *byte == b'\n').count() as u64;
            prop_assert_eq!(broken_at(&memory, &[changed]), Some(seq));
        }
    }

    #[test]
    fn every_removal_swap_doubling_insertion_and_cut_is_found_and_named(
        memory in journal(),
        other in journal(),
        one in any::<prop::sample::Index>(),
        two in any::<prop::sample::Index>(),
    ) {
        let good = lines(&memory);
        let first = one.index(good.len());
        let seq = first as u64 + 1;

        let mut removed = good.clone();
        removed.remove(first);
        prop_assert_eq!(broken_at(&memory, &removed), Some(seq));

        let mut doubled = good.clone();
        doubled.insert(first, good[first].clone());
        prop_assert_eq!(broken_at(&memory, &doubled), Some(seq + 1));

        let second = two.index(good.len());
        if first != second {
            let mut swapped = good.clone();
            swapped.swap(first, second);
            prop_assert_eq!(broken_at(&memory, &swapped), Some(first.min(second) as u64 + 1));
        }

        // An entry of another journal, and one that was made to fit in.
        let stranger = lines(&other).swap_remove(0);
        let mut inserted = good.clone();
        inserted.insert(first, stranger);
        prop_assert!(broken_at(&memory, &inserted).is_some());
        let forged = forged_at(&memory, &good, first);
        let mut inserted = good.clone();
        inserted.insert(first, forged);
        prop_assert!(broken_at(&memory, &inserted).is_some());

        for keep in 0..good.len() {
            prop_assert_eq!(broken_at(&memory, &good[..keep]), Some(keep as u64 + 1));
        }
    }

    /// The quick reading of a line never takes what the slow one would not,
    /// and never takes it for something else.
    #[test]
    fn the_quick_reading_of_a_line_agrees_with_the_slow_one(
        memory in journal(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..4),
    ) {
        let good = lines(&memory);
        let chain = memory.with(|platter| Head::parse(platter.head.as_ref().unwrap()).unwrap().chain);
        let (mut prev, mut seq) = (entry::NOTHING_BEFORE.to_owned(), 0);
        for line in good {
            seq += 1;
            let mut content = line[..line.len() - 1].to_vec();
            for (index, value, kind) in &edits {
                let place = index.index(content.len());
                match kind {
                    0 => content[place] = *value,
                    1 => content.insert(place, *value),
                    2 => { content.remove(place); }
                    _ => {}
                }
            }
            if let Some(quick) = Stored::expect(&content, &chain, seq, &prev) {
                let slow = Stored::parse(&content);
                prop_assert!(slow.is_ok(), "{}", String::from_utf8_lossy(&content));
                let slow = slow.unwrap();
                prop_assert_eq!(
                    (quick.v, quick.chain, quick.seq, quick.at, quick.prev, quick.body()),
                    (slow.v, slow.chain, slow.seq, slow.at, slow.prev, slow.body())
                );
            }
            if edits.is_empty() {
                prop_assert!(Stored::expect(&content, &chain, seq, &prev).is_some());
            }
            prev = digest(&line);
        }
    }

    #[test]
    fn a_journal_that_was_replaced_with_its_head_does_not_fit_a_head_kept_elsewhere(
        memory in journal(),
        kept in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let good = lines(&memory);
        let anchors: Vec<Anchor> = (1..)
            .zip(&good)
            .map(|(seq, line)| Anchor { chain: None, seq, hash: digest(line) })
            .collect();
        let all = memory.journal().verify_against(&anchors).unwrap();
        let whole = matches!(all, Verdict::Whole { .. });
        prop_assert!(whole);

        // Cut at the end, continued, and the head made to fit.
        let keep = cut.index(good.len());
        let forged = rewritten(&memory, &good[..keep], good.len());
        let whole = matches!(forged.journal().verify().unwrap(), Verdict::Whole { .. });
        prop_assert!(whole);
        let anchor = &anchors[keep + kept.index(good.len() - keep)];
        let Verdict::Broken(found) = forged.journal().verify_against(std::slice::from_ref(anchor)).unwrap() else {
            return Err(TestCaseError::fail("it was taken for whole"));
        };
        prop_assert_eq!(found.seq, anchor.seq);

        // Cut at the end only, and the head made to fit.
        let short = rewritten(&memory, &good[..keep], keep);
        let found = short.journal().verify_against(&anchors[good.len() - 1..]).unwrap();
        prop_assert_eq!(found, Verdict::Broken(Break::new(
            keep as u64 + 1,
            format!("it was cut off; a head kept elsewhere names {} entries", good.len()),
        )));
    }
}

/// An entry that names the one before `place` as its predecessor.
fn forged_at(memory: &Memory, good: &[Vec<u8>], place: usize) -> Vec<u8> {
    let chain = memory.with(|platter| Head::parse(platter.head.as_ref().unwrap()).unwrap().chain);
    let prev = match place {
        0 => entry::NOTHING_BEFORE.to_owned(),
        place => digest(&good[place - 1]),
    };
    let body = EntryBody::Sent {
        operation: OperationId::new("forged"),
        seen: Vec::new(),
    };
    line(&chain, place as u64 + 1, at(7), &prev, &body).unwrap()
}

/// The journal with only these lines, continued with forged ones to a length.
fn rewritten(memory: &Memory, kept: &[Vec<u8>], length: usize) -> Memory {
    let copy = Memory::default();
    let chain = memory.with(|platter| Head::parse(platter.head.as_ref().unwrap()).unwrap().chain);
    let mut cursor = Cursor {
        chain: Some(chain.clone()),
        ..Cursor::default()
    };
    for line in kept {
        assert!(cursor.take(line, false).is_ok());
    }
    let head = serde_json::to_vec(&Head::at(&cursor, &chain)).unwrap();
    copy.with(|platter| {
        platter.lines = kept.concat();
        platter.head = Some(head);
    });
    let journal = copy.journal();
    for _ in kept.len()..length {
        let operation = OperationId::new("forged");
        let seen = Vec::new();
        journal
            .append(at(9), EntryBody::Sent { operation, seen })
            .unwrap();
    }
    copy
}

#[test]
fn a_head_kept_elsewhere_of_another_journal_is_told_apart() {
    let (one, other) = (Memory::default(), Memory::default());
    let body = EntryBody::Sent {
        operation: OperationId::new("a"),
        seen: Vec::new(),
    };
    let hash = one.journal().append(at(1), body.clone()).unwrap().hash;
    other.journal().append(at(2), body).unwrap();
    let anchor = Anchor {
        chain: Some("0192d3c4-0000-7000-8000-000000000000".to_owned()),
        seq: 1,
        hash,
    };
    let Verdict::Broken(found) = other
        .journal()
        .verify_against(std::slice::from_ref(&anchor))
        .unwrap()
    else {
        panic!("it is another journal");
    };
    assert!(found.why.contains("kept elsewhere"), "{}", found.why);
    let own = Anchor {
        chain: None,
        ..anchor
    };
    assert!(matches!(
        one.journal().verify_against(&[own]).unwrap(),
        Verdict::Whole { .. }
    ));
    // A journal that is gone is cut off too.
    let gone = Anchor {
        chain: None,
        seq: 1,
        hash: digest(b""),
    };
    assert!(matches!(
        Memory::default().journal().verify_against(&[gone]).unwrap(),
        Verdict::Broken(Break { seq: 1, .. })
    ));
}

#[test]
fn an_anchor_is_a_number_and_a_hash() {
    let hash = digest(b"x");
    let anchor = Anchor::parse(&format!(" 7:{} \n", hash.to_uppercase())).unwrap();
    assert_eq!((anchor.seq, anchor.hash), (7, hash.clone()));
    for wrong in [
        "7",
        "7:",
        "x:1",
        &format!("-1:{hash}"),
        &format!("7:{}", &hash[1..]),
    ] {
        assert_eq!(Anchor::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn an_excerpt_has_the_very_bytes_of_the_lines() {
    let memory = Memory::default();
    let journal = memory.journal();
    for number in 0..6 {
        let operation = OperationId::new(&format!("operation-{}", number % 2));
        let seen = Vec::new();
        journal
            .append(at(number), EntryBody::Sent { operation, seen })
            .unwrap();
    }
    let excerpt = journal.excerpt(|entry| entry.seq % 2 == 1).unwrap();
    let lines = lines(&memory);
    assert_eq!(excerpt.seq, 6);
    assert_eq!(excerpt.hash, digest(&lines[5]));
    let taken: Vec<&Vec<u8>> = excerpt.entries.iter().map(|raw| &raw.line).collect();
    assert_eq!(taken, [&lines[0], &lines[2], &lines[4]]);
    for raw in &excerpt.entries {
        assert_eq!(&RawEntry::parse(&raw.line).unwrap(), raw);
    }
    assert!(RawEntry::parse(&lines[0][..30]).is_err());
    memory.with(|platter| platter.lines[40] ^= 1);
    assert!(journal.excerpt(|_| true).is_err());
}
