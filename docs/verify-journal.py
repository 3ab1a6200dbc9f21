#!/usr/bin/env python3
"""Checks a journal of tminus without tminus: `verify-journal.py DIR [SEQ:HASH]`.

DIR holds journal.jsonl and journal.head. Each line of the journal is a JSON
object with v, chain, seq, at, prev and body; `prev` is the SHA-256 of the line
before it, newline included, over the bytes as they are stored. The head names
the newest line and its bytes, so that a cut at the end is found. SEQ:HASH is a
head that was kept elsewhere. Prints what it found; exit status 1 when the chain
is broken.
"""
import hashlib
import json
import os
import sys

NOTHING = "0" * 64
FIELDS = {"v", "chain", "seq", "at", "prev", "body"}


def walk(lines, head):
    """The number of whole entries, their hashes, and why the next is none."""
    prev, hashes = NOTHING, []
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            fits = line.endswith(b"\n") and set(entry) == FIELDS and entry["v"] == 1
        except ValueError:
            fits = False
        if not fits:
            return hashes, f"entry {number}: its line is not an entry"
        if entry["seq"] != number or entry["chain"] != head["chain"]:
            return hashes, f"entry {number}: it is not the next entry of this journal"
        if entry["prev"] != prev:
            return hashes, f"entry {max(number - 1, 1)} or {number}: they are not chained"
        prev = hashlib.sha256(line).hexdigest()
        hashes.append(prev)
    return hashes, None


def check(directory, anchor=None):
    """What is wrong, or None, and a line that says what was found."""
    with open(os.path.join(directory, "journal.jsonl"), "rb") as file:
        data = file.read()
    with open(os.path.join(directory, "journal.head"), encoding="utf-8") as file:
        head = json.load(file)
    hashes, wrong = walk(data.splitlines(keepends=True), head)
    seq = head["seq"]
    if len(hashes) < seq:
        return wrong or f"entry {len(hashes) + 1}: it was cut off", None
    if seq and (hashes[seq - 1] != head["hash"]
                or hashlib.sha256(data[head["start"]:head["length"]]).hexdigest() != head["hash"]):
        return f"entry {seq}: it is not the one that the head names", None
    if anchor:
        at, _, kept = anchor.partition(":")
        if int(at) > len(hashes) or hashes[int(at) - 1] != kept:
            return f"entry {at}: it is not the one that a head kept elsewhere names", None
    return None, f"the journal is whole: {len(hashes)} entries, head {hashes[-1] if hashes else ''}"


if __name__ == "__main__":
    broken, whole = check(*sys.argv[1:3])
    print(f"the journal is broken: {broken}" if broken else whole)
    sys.exit(1 if broken else 0)
