#!/usr/bin/env bash
# Measures the screen from the far end of its pseudo-terminal, beside a bare
# ratatui program in the same run (examples/floor.rs).
#
#   benches/terminal.sh HARNESS [OUT.json]
#
# HARNESS is a program that takes a list of specs as JSON, starts each in a
# pseudo-terminal by turns, and times every byte (--compare, --baseline, …).
# Builds with the profile of what is handed out. Needs python3 and a quarter of an
# hour.
set -euo pipefail
harness=$(realpath "$1")
out=$(realpath -m "${2:-terminal.json}")
cd "$(dirname "$0")/.."
cargo build --locked --profile dist --bins --examples
target=$(realpath "${CARGO_TARGET_DIR:-target}")/dist
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; pkill -f "sim --dir $work/" || true; rm -rf "$work"' EXIT

# The rehearsal's company, and one of 500 services and 10,000 runs.
for scenario in quiet-day large; do
  "$target/tminus" sim --dir "$work/$scenario" --scenario "$scenario" --seed 7 >"$work/$scenario.log" &
  pids+=($!)
  until grep -q ready "$work/$scenario.log"; do sleep 0.1; done
done

# Forty starts in ten minutes would use up the large company's rate limit, and
# what is measured then is a client that waits: each start has a new company.
cat >"$work/anew.sh" <<SH
pkill -f "sim --dir $work/large" || true
rm -f "$work/large.log"
$target/tminus sim --dir "$work/large" --scenario large --seed 7 >"$work/large.log" &
until grep -q ready "$work/large.log"; do sleep 0.1; done
SH

# Fill the caches, as a first start does; the large company takes a while.
fill() {
  python3 - "$target/tminus" "$work/$1/tminus.toml" "$work/data-$1" "$2" <<'PY'
import os, pty, select, signal, sys, time, fcntl, struct, termios
binary, config, data, seconds = sys.argv[1:]
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execv(binary, [binary, "--config", config, "--data-dir", data])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
end = time.monotonic() + float(seconds)
while time.monotonic() < end:
    if select.select([fd], [], [], 0.2)[0]:
        os.read(fd, 65536)
os.kill(pid, signal.SIGTERM)
os.waitpid(pid, 0)
PY
}
fill quiet-day 10
fill large 150

cat >"$work/specs.json" <<JSON
[
 {"name": "floor", "cmd": "exec $target/examples/floor", "marker": "service-000", "keys": "Down Down Up Up", "quit": "q"},
 {"name": "tminus-14", "cmd": "exec $target/tminus --config $work/quiet-day/tminus.toml --data-dir $work/data-quiet-day",
  "marker": "Needs you", "keys": "Down Down Up Up", "quit": "C-c", "prepare": "3", "settle": 4},
 {"name": "tminus-500", "cmd": "exec $target/tminus --config $work/large/tminus.toml --data-dir $work/data-large",
  "before": "bash $work/anew.sh", "marker": "Needs you", "keys": "Down Down Up Up", "quit": "C-c", "prepare": "3", "settle": 4},
 {"name": "demo", "cmd": "exec $target/tminus demo --seed 7 --scenario quiet-day",
  "marker": "Needs you", "keys": "Down Down Up Up", "quit": "C-c", "prepare": "3", "settle": 4}
]
JSON
"$harness" --compare "$work/specs.json" --baseline floor --rounds 2 --idle 60 --json "$out"

# Requests in a steady minute, 500 services of which some 20 are active.
python3 - "$target/tminus" "$work/large" "$work/data-large" <<'PY'
import json, os, pty, select, signal, sys, time, urllib.request
binary, company, data = sys.argv[1:]
url = json.load(open(f"{company}/urls.json"))["github"]
token = open(f"{company}/github.token").read().strip()
def count():
    request = urllib.request.Request(f"{url}/__sim/requests", headers={"Authorization": f"Bearer {token}"})
    return json.load(urllib.request.urlopen(request))["total"]
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm-256color"
    os.execv(binary, [binary, "--config", f"{company}/tminus.toml", "--data-dir", data])
def wait(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([fd], [], [], 0.2)[0]:
            os.read(fd, 65536)
wait(60)
# The first minute reads everything.
before = count()
wait(60)
print(f"requests in a steady minute with 500 services: {count() - before}")
status = open(f"/proc/{pid}/status").read()
print([line for line in status.splitlines() if line.startswith(("VmHWM", "RssAnon"))])
os.kill(pid, signal.SIGTERM)
os.waitpid(pid, 0)
PY
