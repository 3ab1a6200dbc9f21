"""Steps that pass before the one that fails, with the words that mislead: error, failed, fatal, warning."""
from engine import S, h

CFILES = {f"mod/{n}.c": f"#include <stdio.h>\nint {n}_init(void) {{ int error = {i}; return 0; }}\nint {n}_on_error(int code) {{ static int failed; char buf[8]; snprintf(buf, 8, \"%d\", code); return failed; }}\n"
          for i, n in enumerate(["net", "disk", "error_map", "auth", "cache", "fatal_handler", "queue", "retry"])}
MK = "OBJS = $(patsubst %.c,%.o,$(wildcard mod/*.c))\nlibmod.a: $(OBJS)\n\tar rcs $@ $(OBJS)\n%.o: %.c\n\tgcc -Wall -Wextra -c -o $@ $<\n"
UT = "import logging\nimport sys\nimport unittest\n\nlogging.basicConfig(stream=sys.stderr, level=logging.INFO)\n\n\ndef pay(n):\n    if n <= 0:\n        logging.error('payment failed: amount %s', n)\n        raise ValueError('invalid amount')\n    return n\n\n\nclass PayTest(unittest.TestCase):\n    def test_error_is_raised(self):\n        with self.assertRaises(ValueError):\n            pay(0)\n\n    def test_fatal_is_logged(self):\n        logging.critical('FATAL: gateway down (simulated)')\n\n    def test_ok(self):\n        self.assertEqual(pay(3), 3)\n\n    def test_retry_after_timeout(self):\n        logging.warning('connection timed out, retry 1 of 3')\n        logging.info('recovered')\n"
NT = "const test = require('node:test');\nconst assert = require('node:assert');\ntest('returns an error for bad input', () => { console.error('Error: bad input'); assert.throws(() => { throw new Error('bad input'); }); });\ntest('failed login is counted', () => { console.log('login failed for user 7'); });\ntest('handles ECONNREFUSED', () => { console.log('connect ECONNREFUSED 127.0.0.1:5432 (mocked)'); });\n"
PT = "use strict;\nuse Test::More tests => 4;\nok(1, 'parses an error record');\ndiag('error: record 7 has no id (expected)');\nok(1, 'fatal is not fatal here');\nis(0, 0, '0 errors');\nok(1, 'failed lookups return undef');\n"
SITE = {f"site/{n}.html": f"<h1>{n}</h1>\n" for n in ["index", "404", "500-error", "pricing", "failed-payment", "help", "error-codes", "terms", "timeout"]}


def pick(name, k=2):
    """k of the steps and their files, chosen by the name."""
    all_ = [
        ("Compile modules", ["make -f mod.mk -j1"], {**CFILES, "mod.mk": MK}),
        ("Unit tests", ["python3 -m unittest -v unit/test_pay.py"], {"unit/test_pay.py": UT, "unit/__init__.py": ""}),
        ("Node tests", ["node --test --test-reporter=spec unit/pay.test.js"], {"unit/pay.test.js": NT}),
        ("Record tests", ["prove -v records/"], {"records/errors.t": PT}),
        ("Pack site", ["mkdir -p dist", "tar -cvf dist/site.tar site", "sha256sum dist/site.tar", "echo 'broken links: 0, errors: 0, warnings: 2'"], SITE),
        ("History", ["git log --stat -3", "git status --short", "df -h /tmp | tail -1 > /dev/null", "id -un | wc -l"], {"CHANGES.md": "".join(f"- fix error {i} in retry of failed jobs\n" for i in range(12))}),
        ("Tools", ["git --version", "bash --version | sed -n 1p", "make --version | sed -n 1p", "perl -e 'print \"perl $^V\\n\"'", "python3 --version", "gcc --version | sed -n 1p", "tar --version | sed -n 1p", "curl --version | sed -n 1p"], {}),
    ]
    k0 = h("noise" + name)
    chosen = []
    while len(chosen) < k:
        i = k0 % len(all_)
        k0 //= 7
        if i not in chosen:
            chosen.append(i)
        elif k0 == 0:
            chosen.append(next(j for j in range(len(all_)) if j not in chosen))
    steps, files = [], {}
    for i in sorted(chosen):
        steps.append(S(all_[i][0], *all_[i][1]))
        files.update(all_[i][2])
    return steps, files
