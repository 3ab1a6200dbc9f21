#!/usr/bin/env python3
"""Resident memory of the whole program while a log of a gigabyte is open.

    python3 benches/log_memory.py PROGRAM [LOG]

PROGRAM is a tminus as it is handed out (target/dist/tminus). Without LOG one of
TMINUS_LOG_MB (1000) megabytes is made in a temporary directory, as `cargo bench
--bench log` makes it: coloured lines with instants, the first error in the
middle, a rare word at the end. Each log is opened in a terminal of 120x40; after
each key it waits until the program has rested for a second. The same with a log
of a thousand lines is the base. Linux only: it reads /proc.
"""
import fcntl
import os
import pty
import struct
import sys
import tempfile
import termios
import threading
import time

REST = 1.0
PATIENCE = 120.0
# What is pressed, and what a row of the table calls it.
KEYS = [
    ("", "opened at its first error"),
    ("G", "its end"),
    ("g", "its beginning"),
    ("}", "the next error"),
    ("/needle in the hay\r", "a search through all of it"),
    ("n", "the next match"),
]


def line(number):
    """A line as a build writes it; about 90 bytes."""
    second = number // 4000
    instant = f"2026-11-22T{second // 3600 % 24:02}:{second // 60 % 60:02}:{second % 60:02}.{number % 1000000:07}Z"
    return f"{instant} \x1b[32m   Compiling\x1b[0m package-{number % 977} v1.{number % 31}.{number % 7} (/builds/shop)\n"


def make(path, megabytes):
    """A log of so many megabytes; block by block, because there are millions of lines."""
    block = "".join(line(number) for number in range(40_000)).encode()
    error = b"2026-11-22T12:00:00.0000000Z \x1b[1m\x1b[31merror\x1b[0m\x1b[1m: linking with `cc` failed: exit status: 1\x1b[0m\n"
    rare = b"2026-11-22T23:00:00.0000000Z a needle in the hay\n"
    wanted, written, failed = megabytes * 1_000_000, 0, False
    with open(path, "wb") as file:
        while written < wanted:
            written += file.write(block)
            if not failed and written >= wanted // 2:
                written += file.write(error)
                failed = True
        file.write(rare)


class Program:
    """The program in a terminal of its own, whose output is read and dropped."""

    def __init__(self, program, log, home):
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ.update(HOME=home, XDG_DATA_HOME=home, TERM="xterm-256color", COLORTERM="truecolor")
            os.chdir(home)
            os.execv(program, [program, "log", log])
        self.pid = pid
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        self.bytes = 0
        threading.Thread(target=self.drain, daemon=True).start()

    def drain(self):
        try:
            while data := os.read(self.terminal, 65536):
                self.bytes += len(data)
        except OSError:
            pass

    def press(self, keys):
        for key in keys:
            os.write(self.terminal, key.encode())
            time.sleep(0.03)

    def worked(self):
        """Processor time so far, in ticks, and bytes written."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12]), self.bytes

    def rest(self):
        """Waits until it has worked for no tick during REST."""
        end = time.monotonic() + PATIENCE
        before = None
        while time.monotonic() < end:
            now = self.worked()
            if before is not None and now[0] - before[0] <= 1:
                return
            before = now
            time.sleep(REST)
        sys.exit("it never rested")

    def memory(self):
        """Resident, private and peak memory in MiB."""
        with open(f"/proc/{self.pid}/status") as status:
            fields = dict(row.split(":", 1) for row in status if ":" in row)
        return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")]

    def end(self):
        self.press("\x03")
        os.waitpid(self.pid, 0)


def measure(program, log, home):
    running = Program(program, log, home)
    rows = []
    for keys, name in KEYS:
        running.press(keys)
        running.rest()
        rows.append((name, running.memory()))
    if running.bytes < 1000:
        sys.exit("it drew nothing: is PROGRAM a tminus?")
    running.end()
    return rows


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        small = os.path.join(place, "small.log")
        with open(small, "w") as file:
            file.writelines(line(number) for number in range(1000))
            file.write("error: linking failed\na needle in the hay\n")
        large = sys.argv[2] if len(sys.argv) == 3 else os.path.join(place, "large.log")
        if len(sys.argv) == 2:
            make(large, int(os.environ.get("TMINUS_LOG_MB", "1000")))
        base = measure(program, small, place)
        found = measure(program, large, place)
    print(f"{'MiB':<28}{'resident':>9}{'private':>9}{'peak':>9}{'above the base: resident, peak':>34}")
    for (name, small), (_, big) in zip(base, found):
        above = f"{big[0] - small[0]:.1f}, {big[2] - small[2]:.1f}"
        print(f"{name:<28}{big[0]:>9.1f}{big[1]:>9.1f}{big[2]:>9.1f}{above:>34}")


main()
