use std::sync::Arc;

use proptest::prelude::*;

use super::{memory::Memory, *};
use crate::domain::{OperationId, OperationState};

fn at(second: i64) -> Timestamp {
    Timestamp::from_timestamp(1_763_800_000 + second, 0).unwrap_or_default()
}

fn sent(number: u64) -> EntryBody {
    EntryBody::Sent {
        operation: OperationId::new(&format!("operation-{number}")),
        seen: Vec::new(),
    }
}

fn outcome(number: u64) -> EntryBody {
    EntryBody::Outcome {
        operation: OperationId::new(&format!("operation-{number}")),
        state: OperationState::Observed,
        detail: "ünïcode \" and 回".into(),
        seen: Vec::new(),
    }
}

/// A journal of 30 entries in memory.
fn thirty() -> Memory {
    journal_of(30)
}

fn journal_of(entries: u64) -> Memory {
    let memory = Memory::default();
    let journal = memory.journal();
    for number in 0..entries / 2 {
        journal.append(at(1), sent(number)).unwrap();
        journal.append(at(2), outcome(number)).unwrap();
    }
    memory
}

fn verdict(memory: &Memory) -> Verdict {
    memory.journal().verify().unwrap()
}

fn broken_at(memory: &Memory) -> Option<u64> {
    match verdict(memory) {
        Verdict::Broken(found) => Some(found.seq),
        Verdict::Whole { .. } => None,
    }
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

#[test]
fn what_was_appended_is_read_again_in_order() {
    let memory = thirty();
    let mut cursor = Cursor::default();
    let journal = memory.journal();
    let entries = journal.read(&mut cursor).unwrap();
    assert_eq!(entries.len(), 30);
    assert_eq!(entries[0].body, sent(0));
    assert_eq!(entries[29].body, outcome(14));
    assert!(entries.iter().zip(1..).all(|(entry, seq)| entry.seq == seq));
    journal.append(at(3), sent(99)).unwrap();
    assert_eq!(journal.read(&mut cursor).unwrap()[0].body, sent(99));
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole {
            entries: 31,
            loose_bytes: 0,
            ..
        }
    ));
}

#[test]
fn an_entry_costs_one_sync_of_the_lines() {
    assert_eq!(thirty().with(|platter| platter.syncs), 30);
}

#[test]
fn every_single_bit_that_changes_is_found_and_named() {
    // All bits of a short journal, and one bit of each byte of a long one:
    // all bits of the long one take a quarter of a minute without optimising.
    flip_bits(&journal_of(8), |_| 0..8);
    flip_bits(&thirty(), |index| index % 8..index % 8 + 1);
}

fn flip_bits(good: &Memory, bits: impl Fn(usize) -> std::ops::Range<usize>) {
    let bytes = good.with(|platter| platter.lines.clone());
    let mut seq = 1;
    for (index, byte) in bytes.iter().enumerate() {
        for bit in bits(index) {
            let memory = copy_of(good);
            memory.with(|platter| platter.lines[index] ^= 1 << bit);
            assert_eq!(broken_at(&memory), Some(seq), "byte {index} bit {bit}");
        }
        if *byte == b'\n' {
            seq += 1;
        }
    }
}

fn copy_of(good: &Memory) -> Memory {
    let copy = Memory::default();
    copy.with(|platter| *platter = good.with(|platter| platter.clone()));
    copy
}

#[test]
fn every_single_bit_of_the_head_that_changes_is_found() {
    let good = thirty();
    let length = good.with(|platter| platter.head.as_ref().unwrap().len());
    for index in 0..length {
        for bit in 0..8 {
            let memory = copy_of(&good);
            memory.with(|platter| platter.head.as_mut().unwrap()[index] ^= 1 << bit);
            assert!(broken_at(&memory).is_some(), "byte {index} bit {bit}");
            assert!(memory.journal().append(at(9), sent(1)).is_err());
        }
    }
}

#[test]
fn every_removal_swap_and_doubling_is_found_and_named() {
    let good = thirty();
    let whole = lines(&good);
    let put = |changed: Vec<Vec<u8>>| {
        let memory = copy_of(&good);
        memory.with(|platter| platter.lines = changed.concat());
        broken_at(&memory)
    };
    for first in 0..whole.len() {
        let seq = first as u64 + 1;
        let mut removed = whole.clone();
        removed.remove(first);
        assert_eq!(put(removed), Some(seq));
        let mut doubled = whole.clone();
        doubled.insert(first, whole[first].clone());
        assert_eq!(put(doubled), Some(seq + 1));
        for second in first + 1..whole.len() {
            let mut swapped = whole.clone();
            swapped.swap(first, second);
            assert_eq!(put(swapped), Some(seq));
        }
    }
}

#[test]
fn every_cut_at_the_end_is_found_and_named_and_nothing_is_appended_to_it() {
    let good = thirty();
    let bytes = good.with(|platter| platter.lines.clone());
    for length in 0..bytes.len() {
        let memory = copy_of(&good);
        memory.with(|platter| platter.lines.truncate(length));
        let whole = bytes[..length].split(|byte| *byte == b'\n').count() as u64 - 1;
        assert_eq!(broken_at(&memory), Some(whole + 1), "cut at {length}");
        let error = memory.journal().append(at(9), sent(1)).unwrap_err();
        assert!(error.message.contains("cut off"), "{error}");
    }
}

#[test]
fn a_journal_without_its_head_is_broken() {
    let memory = thirty();
    memory.with(|platter| platter.head = None);
    assert_eq!(broken_at(&memory), Some(1));
    assert!(memory.journal().append(at(9), sent(1)).is_err());
}

#[test]
fn yesterdays_backup_is_noticed_by_a_running_process() {
    let memory = thirty();
    let backup = copy_of(&memory);
    let journal = memory.journal();
    journal.append(at(3), sent(1)).unwrap();
    memory.with(|platter| *platter = backup.with(|platter| platter.clone()));
    assert!(
        journal
            .append(at(4), sent(2))
            .unwrap_err()
            .message
            .contains("went back")
    );
}

#[test]
fn a_crash_between_the_entry_and_the_head_keeps_the_entry() {
    let memory = thirty();
    let old_head = memory.with(|platter| platter.head.clone());
    memory.journal().append(at(3), sent(20)).unwrap();
    memory.with(|platter| platter.head = old_head);
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole { entries: 31, .. }
    ));
    let entry = memory.journal().append(at(4), sent(21)).unwrap();
    assert_eq!(entry.seq, 32);
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole { entries: 32, .. }
    ));
}

#[test]
fn a_torn_last_line_is_put_aside_and_said_at_whatever_byte_it_tore() {
    let next = {
        let memory = thirty();
        memory.journal().append(at(3), outcome(20)).unwrap();
        lines(&memory).pop().unwrap()
    };
    for torn in 1..next.len() {
        let memory = thirty();
        memory.with(|platter| platter.lines.extend_from_slice(&next[..torn]));
        let Verdict::Whole {
            entries,
            loose_bytes,
            ..
        } = verdict(&memory)
        else {
            panic!("torn at {torn}");
        };
        assert_eq!((entries, loose_bytes), (30, torn as u64));
        let journal = memory.journal();
        journal.append(at(4), sent(21)).unwrap();
        assert!(journal.notices()[0].contains("journal-torn-1"));
        assert!(journal.notices().is_empty());
        assert_eq!(
            memory.with(|platter| platter.aside.clone()),
            [&next[..torn]]
        );
        let mut entries = journal.read(&mut Cursor::default()).unwrap();
        assert_eq!(entries.pop().unwrap().body, sent(21));
        assert!(matches!(
            entries.pop().unwrap().body,
            EntryBody::TornTail { .. }
        ));
    }
}

#[test]
fn blocks_that_the_file_system_left_empty_are_torn_too() {
    let memory = thirty();
    memory.with(|platter| platter.lines.extend_from_slice(b"{\"v\":1,\0\0\0\0\0}\n"));
    let journal = memory.journal();
    journal.append(at(4), sent(21)).unwrap();
    assert_eq!(journal.notices().len(), 1);
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole { entries: 32, .. }
    ));
}

#[test]
fn a_forged_entry_after_the_head_stops_the_journal() {
    let memory = thirty();
    let doubled = lines(&memory).pop().unwrap();
    memory.with(|platter| platter.lines.extend_from_slice(&doubled));
    assert_eq!(broken_at(&memory), Some(31));
    assert!(memory.journal().append(at(4), sent(21)).is_err());
}

#[test]
fn a_failing_disk_refuses_and_never_forgets_what_it_promised() {
    for short_write in [0, 1, 40, 10_000] {
        for fail_after in 0..12 {
            let memory = thirty();
            memory.with(|platter| {
                platter.fail_after = Some(fail_after);
                platter.short_write = short_write;
            });
            let journal = memory.journal();
            let promised = (0..8)
                .filter(|n| journal.append(at(3), sent(*n)).is_ok())
                .count();
            assert!(promised < 8);
            // Reading goes on; a restart on a good disk finds every promise.
            assert!(journal.read(&mut Cursor::default()).unwrap().len() >= 30 + promised);
            memory.with(|platter| platter.lose_power(0));
            let again = memory.journal();
            again.append(at(4), sent(50)).unwrap();
            assert!(again.read(&mut Cursor::default()).unwrap().len() > 30 + promised);
            assert!(matches!(again.verify().unwrap(), Verdict::Whole { .. }));
        }
    }
}

#[test]
fn a_failed_sync_ends_all_writing_of_this_process() {
    let memory = thirty();
    let journal = memory.journal();
    journal.append(at(3), sent(1)).unwrap();
    // The next head and the line are written, the line's sync fails.
    memory.with(|platter| platter.fail_after = Some(2));
    assert!(journal.append(at(3), sent(2)).is_err());
    memory.with(|platter| platter.fail_after = None);
    let error = journal.append(at(3), sent(3)).unwrap_err();
    assert!(error.message.contains("closed for writing"), "{error}");
    assert!(journal.ready().is_err());
}

#[test]
fn a_full_disk_refuses_an_entry_wherever_it_fills_and_the_next_one_is_taken_when_there_is_room() {
    // The old head's bytes are free again only when the new one took its place.
    let needed = {
        let memory = thirty();
        memory.journal().append(at(3), sent(20)).unwrap();
        let head = memory.with(|platter| platter.head.as_ref().unwrap().len());
        lines(&memory).pop().unwrap().len() + head
    };
    let mut refused = 0;
    for room in 0..needed + 10 {
        let memory = thirty();
        let journal = memory.journal();
        memory.with(|platter| platter.room = Some(room));
        let taken = journal.append(at(3), sent(20)).is_ok();
        refused += usize::from(!taken);
        assert_eq!(journal.refusal(), None, "{room} bytes of room");
        assert_eq!(journal.ready(), Ok(()));
        let entries = 30 + u64::from(taken);
        let whole = |entries, verdict| match verdict {
            Verdict::Whole {
                entries: found,
                loose_bytes: 0,
                ..
            } => found == entries,
            _ => false,
        };
        assert!(whole(entries, verdict(&memory)), "{room} bytes of room");
        // What was refused is not there, and the process goes on.
        memory.with(|platter| platter.room = None);
        journal.append(at(4), sent(21)).unwrap();
        assert!(whole(entries + 1, verdict(&memory)), "{room} bytes of room");
        // What is cut off is found as ever.
        memory.with(|platter| {
            let lines = platter.lines.len();
            platter.lines.truncate(lines - 1);
        });
        assert_eq!(broken_at(&memory), Some(entries + 1));
    }
    assert_eq!(refused, needed);
}

#[test]
fn a_head_that_cannot_be_put_in_its_place_closes_the_journal_and_loses_nothing() {
    let memory = thirty();
    let journal = memory.journal();
    memory.with(|platter| platter.fail_after = Some(3));
    assert!(journal.append(at(3), sent(20)).is_err());
    memory.with(|platter| platter.fail_after = None);
    assert!(journal.append(at(4), sent(21)).is_err());
    // The entry is durable: the next process adopts it.
    memory.with(|platter| platter.lose_power(0));
    let again = memory.journal();
    assert_eq!(again.append(at(5), sent(22)).unwrap().seq, 32);
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole { entries: 32, .. }
    ));
}

#[test]
fn a_disk_that_is_full_at_the_first_entry_can_be_made_room_on() {
    let memory = Memory::default();
    let journal = memory.journal();
    memory.with(|platter| platter.fail_after = Some(0));
    assert!(journal.append(at(1), sent(1)).is_err());
    assert_eq!(journal.refusal(), None);
    memory.with(|platter| platter.fail_after = None);
    journal.append(at(2), sent(1)).unwrap();
    assert!(matches!(
        verdict(&memory),
        Verdict::Whole { entries: 1, .. }
    ));
}

#[test]
fn an_entry_can_depend_on_what_others_wrote() {
    let memory = Memory::default();
    let (ours, theirs) = (memory.journal(), memory.journal());
    let mut cursor = Cursor::default();
    theirs.append(at(1), sent(1)).unwrap();
    let refused = ours.append_with(&mut cursor, at(2), |news| {
        assert_eq!(news.len(), 1);
        Err(Error::new(Kind::Refused, "already there"))
    });
    assert_eq!(refused.unwrap_err().message, "already there");
    let (news, entry) = ours
        .append_with(&mut cursor, at(2), |_| Ok(sent(2)))
        .unwrap();
    assert_eq!((news.len(), entry.seq, cursor.entries()), (1, 2, 2));
}

#[test]
fn an_entry_of_a_later_version_is_kept_and_named() {
    let memory = thirty();
    let journal = memory.journal();
    let last = journal.read(&mut Cursor::default()).unwrap().pop().unwrap();
    let chain = memory.with(|platter| Head::parse(platter.head.as_ref().unwrap()).unwrap().chain);
    let line = String::from_utf8(entry::line(&chain, 31, at(5), &last.hash, &sent(7)).unwrap())
        .unwrap()
        .replace("\"kind\":\"sent\"", "\"kind\":\"voted\",\"station\":\"db\"");
    memory.with(|platter| platter.lines.extend_from_slice(line.as_bytes()));
    let read = journal.read(&mut Cursor::default()).unwrap();
    assert_eq!(read[30].body, EntryBody::Other("voted".into()));
    assert!(journal.append(at(6), sent(8)).is_ok());
}

#[test]
fn an_unavailable_journal_refuses_with_its_reason_and_reads_as_empty() {
    let journal = Journal::unavailable(Error::new(Kind::Usage, "no such place"));
    assert_eq!(
        journal.append(at(1), sent(1)).unwrap_err().message,
        "no such place"
    );
    assert!(journal.read(&mut Cursor::default()).unwrap().is_empty());
    assert!(journal.verify().is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_damage_is_found(edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..4)) {
        let memory = thirty();
        let good = memory.with(|platter| platter.lines.clone());
        let mut bytes = good.clone();
        for (index, value, kind) in edits {
            let index = index.index(bytes.len());
            match kind {
                0 => bytes[index] = value,
                1 => bytes.insert(index, value),
                _ => { bytes.remove(index); }
            }
        }
        let changed = bytes != good;
        memory.with(|platter| platter.lines = bytes);
        prop_assert_eq!(broken_at(&memory).is_some(), changed);
    }
}

mod on_disk {
    use super::*;

    #[test]
    fn processes_and_threads_share_one_chain() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let directory = Arc::new(Directory::open(&path).unwrap());
                scope.spawn(move || {
                    let journal = Journal::open(&directory);
                    for number in 0..25 {
                        journal.append(at(number), sent(writer * 100)).unwrap();
                    }
                });
            }
        });
        let journal = Journal::open(&Arc::new(Directory::open(&path).unwrap()));
        assert!(matches!(
            journal.verify().unwrap(),
            Verdict::Whole { entries: 200, .. }
        ));
        assert_eq!(journal.read(&mut Cursor::default()).unwrap().len(), 200);
    }

    #[test]
    fn a_reader_makes_nothing() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let directory = Arc::new(Directory::open(&path).unwrap());
        let journal = Journal::open(&directory);
        assert!(journal.read(&mut Cursor::default()).unwrap().is_empty());
        assert!(matches!(
            journal.verify().unwrap(),
            Verdict::Whole { entries: 0, .. }
        ));
        assert!(directory.names().unwrap().is_empty());
    }

    #[test]
    fn a_head_that_cannot_be_written_refuses_with_the_reason_and_reading_goes_on() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("data");
        let directory = Arc::new(Directory::open(&path).unwrap());
        let journal = Journal::open(&directory);
        journal.append(at(1), sent(1)).unwrap();
        // A directory in the head's place stands in for a disk that refuses:
        // the tests may run as root, whom permissions do not stop.
        std::fs::rename(path.join("journal.head"), path.join("kept")).unwrap();
        std::fs::create_dir(path.join("journal.head")).unwrap();
        assert!(journal.append(at(2), sent(2)).is_err());
        std::fs::remove_dir(path.join("journal.head")).unwrap();
        std::fs::rename(path.join("kept"), path.join("journal.head")).unwrap();
        assert_eq!(journal.read(&mut Cursor::default()).unwrap().len(), 1);
    }
}
