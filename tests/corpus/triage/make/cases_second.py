"""A second held-out part: tools, languages of programs and ways to fail that the first 480 logs do not have, or say
otherwise. Written and labelled when the rules were done; nobody writes rules from these."""
from engine import S, case
from common import *
import noise

SECOND = []


def second(name, cls, fam, cmds, first, files=None, step="Check", tools=(), post=(), noisy=True, **kw):
    """One log: noise that passes, one step that fails, what a job still does."""
    SECOND.append(name)
    steps, more = noise.pick("second" + name) if noisy else ([], {})
    case(name, fam, cls, [*steps, S(step, *cmds, **kw.pop("so", {})), S("Notify", "echo notified"), *post], first,
         {**more, **(files or {})}, kw.pop("tests", ()), tools or [fam], **kw)


# --- code
second("go-import-cycle", "code", "go-build", ["go build ./..."], r"import cycle not allowed",
       {"go.mod": "module acme.example/shop\n\ngo 1.19\n", "cart/cart.go": "package cart\n\nimport \"acme.example/shop/price\"\n\nfunc Total() int { return price.Of(1) }\n",
        "price/price.go": "package price\n\nimport \"acme.example/shop/cart\"\n\nfunc Of(n int) int { return n * cart.Total() }\n"}, tools=["go"], accept=["imports acme.example", "^package acme.example"])
second("rustc-trait-bound", "code", "rustc", ["cargo build"], r"error\[E0277\]",
       {"Cargo.toml": "[package]\nname = \"ledger\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "src/main.rs": "struct Money(i64);\n\nfn sum<T: std::iter::Sum<T> + Copy>(all: &[T]) -> T {\n    all.iter().copied().sum()\n}\n\nfn main() {\n    let total = sum(&[Money(1), Money(2)]);\n    println!(\"{}\", total.0);\n}\n"}, tools=["rustc"], step="Build")
second("cargo-build-script", "code", "rustc", ["cargo build --release"], r"thread 'main'.* panicked at build.rs",
       {"Cargo.toml": "[package]\nname = \"ledger\"\nversion = \"0.1.0\"\nedition = \"2021\"\nbuild = \"build.rs\"\n", "build.rs": "fn main() {\n    let lines: Vec<&str> = include_str!(\"schema.txt\").lines().collect();\n    println!(\"cargo:rerun-if-changed=schema.txt\");\n    println!(\"{}\", lines[7]);\n}\n", "schema.txt": "a\nb\n", "src/main.rs": "fn main() {}\n"},
       tools=["cargo"], step="Build", accept=["failed to run custom build command", "index out of bounds"], doubt="the repository's own build script crashes: code")
second("ld-multiple-definition", "code", "gcc", ["make"], r"multiple definition of",
       {"Makefile": "app: main.o util.o\n\tgcc -o $@ $^\n%.o: %.c\n\tgcc -c -o $@ $<\n", "limit.h": "int limit = 5;\n", "main.c": "#include \"limit.h\"\nint main(void) { return limit; }\n", "util.c": "#include \"limit.h\"\nint twice(void) { return limit * 2; }\n"}, tools=["ld", "gcc"], step="Build")
second("clang-werror", "code", "gcc", ["clang --version | head -1", "clang -std=c11 -Wall -Wextra -Werror -c -o app.o src/app.c"], r"error: .*\[-Werror",
       {"src/app.c": "#include <stdio.h>\nint main(void) {\n    unsigned n = 3;\n    int unused;\n    if (n < 0) printf(\"%d\\n\", \"n\");\n    return 0;\n}\n"}, tools=["clang"], step="Compile")
second("python-circular", "code", "python-code", ["python -m shop.report"], r"^ImportError: cannot import name",
       {"shop/__init__.py": "", "shop/report.py": "from shop.cart import Cart\n\n\ndef render():\n    return Cart()\n\n\nprint(render())\n", "shop/cart.py": "from shop.price import price\n\n\nclass Cart:\n    total = price(1)\n", "shop/price.py": "from shop.cart import Cart\n\n\ndef price(n):\n    return Cart, n\n"}, step="Report", tools=["python"], accept=["^Traceback"])
second("python-decode", "code", "python-code", ["python import_orders.py data/orders.csv"], r"^UnicodeDecodeError",
       {"data/orders.csv": "id,name\n1,Zo\u00eb\n", "import_orders.py": "import sys\n\n\ndef rows(path):\n    with open(path, encoding='ascii') as f:\n        for line in f:\n            yield line.strip().split(',')\n\n\nprint('importing', sys.argv[1], flush=True)\nfor row in rows(sys.argv[1]):\n    print(row)\n"}, step="Import", tools=["python"], accept=["^Traceback"])
second("python-recursion", "code", "python-code", ["python tree.py"], r"^RecursionError",
       {"tree.py": "def depth(node):\n    return 1 + depth(node.get('parent', node))\n\n\nprint('checking the tree of categories', flush=True)\nprint(depth({'id': 1}))\n"}, step="Check tree", tools=["python"], accept=["^Traceback"], post=[docker_down()])
second("java-class-cast", "code", "java-run", ["javac -d out src/Report.java", "java -cp out Report"], r"ClassCastException",
       {"src/Report.java": "import java.util.*;\n\npublic class Report {\n    static int sum(List<Object> all) {\n        int sum = 0;\n        for (Object one : all) sum += (Integer) one;\n        return sum;\n    }\n    public static void main(String[] a) {\n        System.out.println(\"rows: 3, errors: 0\");\n        System.out.println(sum(Arrays.asList(1, 2, \"3\")));\n    }\n}\n"}, tools=["java"], step="Nightly")
second("javac-unreported", "code", "javac", ["javac -d out $(find src -name '*.java')"], r"error: unreported exception",
       {"src/Load.java": "import java.nio.file.*;\n\nclass Load {\n    static String all(String p) { return new String(Files.readAllBytes(Paths.get(p))); }\n}\n"}, tools=["javac"], step="Compile")
second("php-type-error", "code", "php-code", ["php -l bin/rates.php", "php bin/rates.php"], r"PHP Fatal error|Fatal error:  ?Uncaught TypeError|Uncaught TypeError",
       {"bin/rates.php": "<?php\ndeclare(strict_types=1);\nfunction rate(int $cents): float { return $cents / 100; }\necho \"loading rates\\n\";\necho rate(\"1200\"), \"\\n\";\n"}, tools=["php"], step="Rates", accept=["TypeError"])
second("ruby-key-error", "code", "ruby-code", ["ruby bin/prices.rb"], r"KeyError|key not found",
       {"bin/prices.rb": "prices = { 'tea' => 3 }\nputs 'checking prices'\n%w[tea coffee].each { |name| puts \"#{name} #{prices.fetch(name)}\" }\n"}, tools=["ruby"], step="Prices")
second("node-esm-require", "code", "node-code", ["node tools/index.mjs"], r"^ReferenceError: require is not defined",
       {"tools/index.mjs": "const fs = require('fs');\nconsole.log(fs.readdirSync('.'));\n"}, tools=["node"], step="Index", accept=["index.mjs:1"])
second("c-segv", "code", "c-run", ["gcc -O0 -o walk walk.c", "./walk"], r"Segmentation fault",
       {"walk.c": "#include <stdio.h>\nstruct node { struct node *next; int value; };\nint main(void) {\n    struct node last = { (struct node *)8, 1 };\n    puts(\"walking\");\n    fflush(stdout);\n    for (struct node *n = &last;; n = n->next) printf(\"%d\\n\", n->value);\n}\n"}, tools=["bash", "gcc"], step="Walk")
second("xmllint-malformed", "code", "xml-lint", ["xmllint --version 2>&1 | head -1", "xmllint --noout feeds/*.xml"], r"parser error",
       {"feeds/a.xml": "<rss><channel><title>ok</title></channel></rss>\n", "feeds/b.xml": "<rss>\n <channel>\n  <title>Errors & fixes</title>\n </channel>\n</rss>\n"}, tools=["xmllint"], step="Lint feeds")
second("bash-arithmetic", "code", "shell", ["./scripts/percent.sh 7 20"], r"syntax error|arithmetic|division by 0",
       {"scripts/percent.sh": "#!/bin/bash\nset -eu\ndone=$1\nall=$2\necho \"done $done of $all\"\necho \"$((100 * done / (all - 20)))%\"\n"}, tools=["bash"], step="Percent")
second("awk-syntax", "code", "shell", ["awk --version 2>/dev/null | head -1 || true", "awk -F, -f tools/sum.awk data.csv"], r"syntax error",
       {"tools/sum.awk": "{ total += $2 }\nEND { print total }}\n", "data.csv": "a,1\nb,2\n"}, tools=["awk"], step="Sum", system="github")
second("sqlite-unique", "code", "db-sql", ["rm -f app.db", "sqlite3 -bail app.db < db/seed.sql"], r"UNIQUE constraint failed",
       {"db/seed.sql": "create table plan(id integer primary key, name text unique);\ninsert into plan(name) values ('basic');\ninsert into plan(name) values ('team');\ninsert into plan(name) values ('basic');\n"}, tools=["sqlite3"], step="Seed")
second("patch-rejected", "code", "git-merge", ["patch -p1 < debian/limit.patch"], r"Hunk #1 FAILED|FAILED at",
       {"app.conf": "limit = 3\nport = 1\nname = x\n", "debian/limit.patch": "--- a/app.conf\n+++ b/app.conf\n@@ -1,3 +1,3 @@\n-limit = 4\n+limit = 8\n port = 2\n name = y\n"}, tools=["patch"], step="Apply patches", accept=["hunks? FAILED"])
second("rust-stack-overflow", "code", "rust-run", ["cargo run -q"], r"has overflowed its stack",
       {"Cargo.toml": "[package]\nname = \"tree\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "src/main.rs": "#[allow(unconditional_recursion)]\nfn depth(n: u64) -> u64 {\n    let pad = [n; 64];\n    1 + depth(pad[(n % 64) as usize] + 1)\n}\n\nfn main() {\n    println!(\"depth of the tree\");\n    println!(\"{}\", depth(1));\n}\n"}, tools=["rust"], step="Depth", accept=["stack overflow"])

# --- test
second("python-doctest", "test", "doctest", ["python -m doctest shop/money.py"], r"^File \".*money.py\", line|^Failed example",
       {"shop/money.py": "def rounded(cents):\n    \"\"\"Whole units.\n\n    >>> rounded(149)\n    1\n    >>> rounded(151)\n    2\n    \"\"\"\n    return cents // 100\n"}, tools=["doctest"], step="Test", accept=["Failed example", "^Expected", "^Got"], tests=["money.rounded"])
second("go-example", "test", "go-test", ["go test ./..."], r"^--- FAIL: ExampleTotal",
       {"go.mod": "module acme.example/shop\n\ngo 1.19\n", "cart.go": "package shop\n\nfunc Total(a, b int) int { return a - b }\n", "cart_test.go": "package shop\n\nimport \"fmt\"\n\nfunc ExampleTotal() {\n\tfmt.Println(Total(2, 3))\n\t// Output: 5\n}\n"}, tools=["go"], tests=["ExampleTotal"], step="Test", accept=["^got:", "^want:"])
second("go-fuzz-seed", "test", "go-test", ["go test -run=Fuzz ./..."], r"--- FAIL: FuzzTrim",
       {"go.mod": "module acme.example/text\n\ngo 1.19\n", "trim.go": "package text\n\nfunc Trim(s string) string { return s[:len(s)-1] }\n", "trim_test.go": "package text\n\nimport \"testing\"\n\nfunc FuzzTrim(f *testing.F) {\n\tf.Add(\"ab\")\n\tf.Add(\"b\")\n\tf.Fuzz(func(t *testing.T, s string) {\n\t\tif len(Trim(s)) == 0 {\n\t\t\tt.Errorf(\"nothing left of %q\", s)\n\t\t}\n\t})\n}\n"}, tools=["go"], tests=["FuzzTrim/seed#1"], step="Test", accept=["nothing left of"])
second("cargo-should-panic", "test", "cargo-test", ["cargo test"], r"test did not panic as expected",
       {"Cargo.toml": "[package]\nname = \"stack\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "src/lib.rs": "pub fn take(n: i64) -> i64 {\n    n - 1\n}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn takes_one() {\n        assert_eq!(super::take(2), 1);\n    }\n\n    #[test]\n    #[should_panic(expected = \"negative\")]\n    fn refuses_none() {\n        super::take(0);\n    }\n}\n"}, tools=["cargo"], tests=["tests::refuses_none"], step="Test", accept=["refuses_none"])
second("junit-core", "test", "junit", ["javac -cp /usr/share/java/junit4.jar -d out test/CartTest.java", "java -cp out:/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar org.junit.runner.JUnitCore CartTest"], r"^1\) doubles\(CartTest\)",
       {"test/CartTest.java": "import org.junit.Test;\nimport static org.junit.Assert.*;\n\npublic class CartTest {\n    @Test public void adds() { assertEquals(3, 1 + 2); }\n    @Test public void doubles() { assertEquals(\"total\", 8, 3 * 2); }\n}\n"}, tools=["junit"], tests=["doubles(CartTest)"], step="Test", accept=["AssertionError", "There was 1 failure"])
second("prove-shell", "test", "perl-test", ["prove --exec bash t/"], r"^# a before b",
       {"t/pack.t": "echo 1..3\necho 'ok 1 - packs'\necho 'not ok 2 - keeps the order'\necho '# a before b, got b before a' >&2\necho 'ok 3 - cleans up'\n", "t/sum.t": "echo 1..1\necho 'ok 1 - sums'\n"}, tools=["prove"], tests=["t/pack.t"], step="Test", accept=["Failed", "Failed test", "Wstat"])
second("unittest-unexpected", "test", "unittest", ["python -m unittest -v test_tax.py"], r"unexpected success",
       {"test_tax.py": "import unittest\n\n\nclass TaxTest(unittest.TestCase):\n    def test_rate(self):\n        self.assertEqual(19, 19)\n\n    @unittest.expectedFailure\n    def test_rounding(self):\n        self.assertEqual(round(2.4), 2)\n"}, tools=["unittest"], tests=["test_rounding"], step="Test", accept=["unexpected success", "^FAILED"])
second("perl-is-deeply", "test", "perl-test", ["perl t/order.t"], r"Failed test 'order'",
       {"t/order.t": "use strict;\nuse Test::More tests => 2;\nis_deeply([1, 2], [1, 2], 'same');\nis_deeply({ id => 1, lines => [2, 3] }, { id => 1, lines => [2, 4] }, 'order');\n"}, tools=["perl"], tests=["order"], step="Test", accept=["^not ok", "Structures begin differing", "got->"])
second("minitest-error", "test", "minitest", ["ruby -Ilib test/cart_test.rb"], r"^CartTest#test_discount|^Error:",
       {"lib/cart.rb": "class Cart\n  def total = 3\nend\n", "test/cart_test.rb": "require 'minitest/autorun'\nrequire 'cart'\nclass CartTest < Minitest::Test\n  def test_total = assert_equal(3, Cart.new.total)\n  def test_discount = assert_equal(2, Cart.new.discount(1))\nend\n"}, tools=["minitest"], tests=["CartTest#test_discount"], step="Test", accept=["Error:", "NoMethodError", "CartTest#test_discount"])
second("ctest-regex", "test", "ctest", ["cmake -S . -B build > /dev/null", "cmake --build build > /dev/null", "ctest --test-dir build --output-on-failure"], r"Required regular expression not found|\*\*\*Failed",
       {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(greet C)\nenable_testing()\nadd_executable(greet greet.c)\nadd_test(NAME greets COMMAND greet Ana)\nset_tests_properties(greets PROPERTIES PASS_REGULAR_EXPRESSION \"Hello, Ana\")\n", "greet.c": "#include <stdio.h>\nint main(int n, char **v) { printf(\"Hello %s\\n\", v[1]); return 0; }\n"}, tools=["ctest"], tests=["greets"], step="Test", accept=["greets", "Hello Ana", "Failed"])
second("go-cover-gate", "test", "coverage", ["go test -cover ./...", "./ci/gate.sh 80"], r"coverage .* is below",
       {"go.mod": "module acme.example/shop\n\ngo 1.19\n", "cart.go": "package shop\n\nfunc Total(a, b int) int {\n\tif a < 0 {\n\t\treturn b\n\t}\n\treturn a + b\n}\n", "cart_test.go": "package shop\n\nimport \"testing\"\n\nfunc TestTotal(t *testing.T) { Total(1, 2) }\n", "ci/gate.sh": "#!/bin/bash\nset -e\nhave=$(go test -cover ./... | sed -n 's/.*coverage: \\([0-9]*\\).*/\\1/p')\nif [ \"$have\" -lt \"$1\" ]; then echo \"coverage $have % is below the gate of $1 %\"; exit 1; fi\n"}, tools=["go", "bash"], step="Coverage")
second("pytest-class", "test", "pytest", ["python -m pytest -v tests/test_stock.py"], r"^E  ",
       {"stock.py": "class Stock:\n    def __init__(self):\n        self.items = {}\n\n    def add(self, name, n=1):\n        self.items[name] = n\n", "tests/test_stock.py": "import pytest\nfrom stock import Stock\n\n\n@pytest.fixture\ndef stock():\n    return Stock()\n\n\nclass TestStock:\n    @pytest.mark.parametrize('n', [1, 2, 5])\n    def test_adds(self, stock, n):\n        stock.add('tea', n)\n        stock.add('tea', n)\n        assert stock.items == {'tea': 2 * n}, 'error: the second add is lost'\n"}, tools=["pytest"], tests=["tests/test_stock.py::TestStock::test_adds[1]"], step="Test", accept=["^E  ", "FAILED"])

# --- dependency
second("go-proxy-off", "dependency", "go-dep", ["GOPROXY=off go build ./..."], r"module lookup disabled by GOPROXY=off|cannot find module|no required module",
       {"go.mod": "module acme.example/shop\n\ngo 1.19\n\nrequire github.com/acme-internal/ledger v1.4.0\n", "main.go": "package main\n\nimport \"github.com/acme-internal/ledger\"\n\nfunc main() { ledger.Open() }\n"}, tools=["go"], step="Build")
second("cargo-offline", "dependency", "cargo-dep", ["cargo build --offline"], r"no matching package named",
       {"Cargo.toml": "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nacme-ledger-client = \"2\"\n", "src/main.rs": "fn main() {}\n"}, tools=["cargo"], step="Build")
second("java-no-class-def", "dependency", "jvm-dep", ["javac -cp /usr/share/java/junit4.jar -d out src/Check.java", "java -cp out Check"], r"NoClassDefFoundError",
       {"src/Check.java": "import org.junit.Assert;\n\npublic class Check {\n    public static void main(String[] a) {\n        System.out.println(\"checking\");\n        Assert.assertEquals(1, 1);\n    }\n}\n"}, tools=["java"], step="Check", accept=["ClassNotFoundException"])
second("shared-library", "dependency", "native-dep", ["gcc -shared -fPIC -o libprice.so price.c", "gcc -o shop shop.c -L. -lprice", "./shop"], r"error while loading shared libraries",
       {"price.c": "int price(void) { return 3; }\n", "shop.c": "int price(void);\nint main(void) { return price() - 3; }\n"}, tools=["ld.so"], step="Smoke test")
second("clang-header", "dependency", "native-dep", ["clang -c -o store.o src/store.c"], r"fatal error: 'zstd_acme.h' file not found",
       {"src/store.c": "#include <stdio.h>\n#include <zstd_acme.h>\nint store(void) { return 0; }\n"}, tools=["clang"], step="Compile")
second("node-package-esm", "dependency", "node-dep", ["node bin/serve.mjs --check"], r"^Error \[ERR_MODULE_NOT_FOUND\]",
       {"bin/serve.mjs": "import chalk from 'chalk';\nconsole.log(chalk.green('up'));\n"}, tools=["node"], step="Serve", accept=["Cannot find package"])
second("pip-no-index", "dependency", "pip", ["pip install --no-index --find-links wheels acme-ledger-client==2.4.0"], r"Could not find a version that satisfies|No matching distribution",
       {"wheels/README.md": "built elsewhere\n"}, tools=["pip"], step="Install", accept=["No matching distribution"])
second("gem-local", "dependency", "ruby-dep", ["gem install --local acme-ledger --version 2.4"], r"Could not find a valid gem",
       {"README.md": "x\n"}, tools=["gem"], step="Install")
second("php-autoload", "dependency", "php-dep", ["php bin/console.php cache:clear"], r"PHP Fatal error|Fatal error: .*vendor/autoload|Failed opening required|Failed to open stream",
       {"bin/console.php": "<?php\nrequire __DIR__ . '/../vendor/autoload.php';\necho \"cleared\\n\";\n"}, tools=["php"], step="Clear cache", accept=["autoload.php"], doubt="nobody ran the installer of packages: dependency, or configuration of the job")

# --- infrastructure
second("ssh-refused", "infrastructure", "net-ssh", ["ssh -o BatchMode=yes -o StrictHostKeyChecking=no -p 15432 deploy@127.0.0.1 ./restart.sh"], r"ssh: connect to host", tools=["ssh"], step="Restart")
second("ssh-dns", "infrastructure", "net-ssh", ["ssh -o BatchMode=yes deploy@bastion.acme-hosts.invalid uptime"], r"ssh: Could not resolve hostname", tools=["ssh"], step="Restart", post=[docker_down()])
second("git-ssh-refused", "infrastructure", "git-net", ["git ls-remote ssh://git@127.0.0.1:15432/team/lib.git"], r"ssh: connect to host|Could not read from remote", tools=["git", "ssh"], step="Mirror", accept=["Could not read from remote"])
second("python-urllib-refused", "infrastructure", "net-python", ["python notify.py"], r"^ConnectionRefusedError|^urllib.error.URLError",
       {"notify.py": "import urllib.request\n\nprint('telling http://127.0.0.1:15432/hooks', flush=True)\nurllib.request.urlopen('http://127.0.0.1:15432/hooks', data=b'{}', timeout=5)\n"}, tools=["python"], step="Tell", accept=["urlopen error", "ConnectionRefusedError", "^Traceback"])
second("node-fetch-dns", "infrastructure", "net-node", ["node seed.mjs"], r"fetch failed|ENOTFOUND|EAI_AGAIN",
       {"seed.mjs": "console.log('loading rates');\nconst answer = await fetch('https://rates.acme-api.invalid/v1');\nconsole.log(await answer.json());\n"}, tools=["node"], step="Rates", accept=["fetch failed", "ENOTFOUND|EAI_AGAIN"])
second("ruby-http-refused", "infrastructure", "net-ruby", ["ruby bin/publish.rb"], r"Failed to open TCP connection|ECONNREFUSED",
       {"bin/publish.rb": "require 'net/http'\nputs 'publishing'\nNet::HTTP.post(URI('http://127.0.0.1:15432/packages'), 'x')\n"}, tools=["ruby"], step="Publish")
second("java-connect", "infrastructure", "net-java", ["javac -d out src/Ping.java", "java -cp out Ping"], r"ConnectException",
       {"src/Ping.java": "import java.net.*;\n\npublic class Ping {\n    public static void main(String[] a) throws Exception {\n        System.out.println(\"asking the broker\");\n        new Socket(\"127.0.0.1\", 15432).close();\n    }\n}\n"}, tools=["java"], step="Ping broker")
second("go-dial-refused", "infrastructure", "net-go-run", ["go run ."], r"connect: connection refused",
       {"go.mod": "module acme.example/ping\n\ngo 1.19\n", "main.go": "package main\n\nimport (\n\t\"log\"\n\t\"net\"\n)\n\nfunc main() {\n\tlog.Println(\"migrating\")\n\tc, err := net.Dial(\"tcp\", \"127.0.0.1:15432\")\n\tif err != nil {\n\t\tlog.Fatalf(\"database: %v\", err)\n\t}\n\tc.Close()\n}\n"}, tools=["go"], step="Migrate")
second("aws-endpoint", "infrastructure", "cloud", ["AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws --region eu-central-1 --endpoint-url http://127.0.0.1:15432 s3 cp README.md s3://acme-artifacts/"], r"Could not connect to the endpoint URL",
       {"README.md": "# artifacts\n"}, tools=["aws"], step="Upload")
second("sqlite-disk-full", "infrastructure", "disk", ["sqlite3 -bail /mnt/ci-small/cache.db < db/fill.sql"], r"database or disk is full",
       {"db/fill.sql": "create table t(x blob);\nwith recursive n(i) as (select 1 union all select i + 1 from n where i < 900) insert into t select randomblob(4000) from n;\n"}, tools=["sqlite3"], step="Warm cache", before="rm -rf /mnt/ci-small/*")
second("python-disk-full", "infrastructure", "disk", ["python export.py /mnt/ci-small/export.csv"], r"^OSError: \[Errno 28\]",
       {"export.py": "import sys\n\nprint('exporting 40000 rows', flush=True)\nwith open(sys.argv[1], 'w') as f:\n    for i in range(200000):\n        f.write(f'{i},error-free\\n')\n"}, tools=["python"], step="Export", before="rm -rf /mnt/ci-small/*", accept=["^Traceback", "No space left"])

# --- configuration
second("kustomize-missing", "configuration", "kubernetes", ["kubectl kustomize deploy/staging"], r"no such file or directory|accumulating resources",
       {"deploy/staging/kustomization.yaml": "resources:\n- ../base\n- ingress.yaml\n", "deploy/base/kustomization.yaml": "resources: []\n"}, tools=["kubectl"], step="Render")
second("aws-no-credentials", "configuration", "cloud", ["AWS_EC2_METADATA_DISABLED=true aws --region eu-central-1 s3 ls s3://acme-artifacts"], r"Unable to locate credentials|NoCredentials", {"README.md": "x\n"}, tools=["aws"], step="List artifacts")
second("cfn-lint", "configuration", "cloud", ["cfn-lint infra/queue.yaml"], r"^E\d{4} ",
       {"infra/queue.yaml": "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: soon\n      QueueNam: orders\n"}, tools=["cfn-lint"], step="Lint infrastructure", accept=[r"^E\d{4} ", "queue.yaml:"], doubt="an invalid template: configuration (IaC), although a linter says it")
second("docker-context", "configuration", "docker-config", ["docker --context production ps"], r"context .*not found", {"Dockerfile": "FROM scratch\n"}, tools=["docker"], step="Look at production")
second("jar-no-manifest", "configuration", "jvm-config", ["javac -d out src/App.java", "jar cf app.jar -C out .", "java -jar app.jar"], r"no main manifest attribute",
       {"src/App.java": "public class App {\n    public static void main(String[] a) { System.out.println(\"up\"); }\n}\n"}, tools=["java"], step="Smoke test")
second("node-no-script", "configuration", "node-config", ["node tools/publish.js"], r"Cannot find module '.*tools/publish.js'", {"tools/pack.js": "console.log('packed');\n"}, tools=["node"], step="Publish", accept=["MODULE_NOT_FOUND"])
second("ruby-version", "configuration", "ruby-config", ["bundle install --local"], r"Your Ruby version is",
       {"Gemfile": "source 'https://rubygems.org'\nruby '3.9.1'\n"}, tools=["bundler"], step="Install gems")
second("make-no-directory", "configuration", "make", ["make -C packages/reports all"], r"\*\*\* packages/reports: No such file", {"packages/web/Makefile": "all:\n\techo web\n"}, tools=["make"], step="Build")
second("openssl-no-file", "configuration", "missing-env", ["openssl x509 -in secrets/server.pem -noout -enddate"], r"Could not open file|Can't open|No such file|Could not find certificate", {"README.md": "x\n"}, tools=["openssl"], step="Check certificate", accept=["secrets/server.pem", "Unable to load|unable to load"])
second("python-env-key", "configuration", "missing-env", ["python manage.py migrate"], r"^KeyError: 'DATABASE_URL'",
       {"manage.py": "import os\n\nfrom settings import DATABASE\n\nprint('migrating', DATABASE)\n", "settings.py": "import os\n\nDATABASE = os.environ['DATABASE_URL']\n"}, tools=["python"], step="Migrate", accept=["^Traceback", "DATABASE_URL"])
second("go-run-no-directory", "configuration", "go-config", ["go run ./cmd/migrat"], r"cmd/migrat", {"go.mod": "module acme.example/shop\n\ngo 1.19\n", "cmd/migrate/main.go": "package main\n\nfunc main() {}\n"}, tools=["go"], step="Migrate")
second("git-submodule-url", "configuration", "git-config", ["git submodule update --init"], r"No url found for submodule path", {"README.md": "x\n"}, tools=["git"], step="Submodules",
       before="git -c user.email=a@b -c user.name=a update-index --add --cacheinfo 160000,$(git rev-parse HEAD),vendor/lib && git -c user.email=a@b -c user.name=a commit -qm sub")
second("pytest-marker", "configuration", "pytest", ["python -m pytest --strict-markers tests"], r"not found in `markers`",
       {"pytest.ini": "[pytest]\nmarkers =\n    fast: quick ones\n", "tests/test_a.py": "import pytest\n\n\n@pytest.mark.slow\ndef test_a():\n    assert True\n"}, tools=["pytest"], step="Test", accept=["ERROR tests", "Interrupted"], doubt="a marker that nobody declared: configuration; a reader could say code")
second("tf-validation", "configuration", "terraform", ["terraform init -input=false -no-color > /dev/null", "terraform plan -input=false -no-color -var stage=prod"], r"Error: Invalid value for variable",
       {"main.tf": "variable \"stage\" {\n  type = string\n  validation {\n    condition     = contains([\"staging\", \"production\"], var.stage)\n    error_message = \"The stage is staging or production.\"\n  }\n}\n\noutput \"stage\" {\n  value = var.stage\n}\n"}, tools=["terraform"], step="Plan")
second("rustup-toolchain", "configuration", "cargo-config", ["RUSTUP_DIST_SERVER=http://127.0.0.1:15432 cargo +acme-nightly build"], r"toolchain 'acme-nightly.*is not installed", {"Cargo.toml": "[package]\nname = \"a\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "src/lib.rs": ""}, tools=["rustup"], step="Build")
second("cmake-no-fortran", "configuration", "cmake", ["cmake -S . -B build"], r"CMake Error at CMakeLists.txt:2|No CMAKE_Fortran_COMPILER", {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(solver C Fortran)\n"}, tools=["cmake"], step="Configure", accept=["No CMAKE_Fortran_COMPILER", "CMake Error"])

# --- timeout
second("python-subprocess-timeout", "timeout", "tool-timeout", ["python smoke.py"], r"^subprocess.TimeoutExpired",
       {"smoke.py": "import subprocess\n\nprint('asking the service', flush=True)\nsubprocess.run(['sleep', '30'], timeout=2, check=True)\n"}, tools=["python"], step="Smoke test", accept=["^Traceback"])
second("ruby-timeout", "timeout", "tool-timeout", ["ruby bin/wait.rb"], r"execution expired|Timeout::Error",
       {"bin/wait.rb": "require 'timeout'\nputs 'waiting for the index'\nTimeout.timeout(2) { sleep 30 }\n"}, tools=["ruby"], step="Wait")
second("asyncio-timeout", "timeout", "tool-timeout", ["python wait.py"], r"^TimeoutError",
       {"wait.py": "import asyncio\n\n\nasync def ready():\n    while True:\n        await asyncio.sleep(0.2)\n\n\nprint('waiting for the replica', flush=True)\nasyncio.run(asyncio.wait_for(ready(), timeout=2))\n"}, tools=["python"], step="Wait for replica", accept=["^Traceback"])
second("timeout-verbose-go", "timeout", "tool-timeout", ["timeout --verbose 4 go test -v ./..."], r"timeout: sending signal",
       {"go.mod": "module acme.example/soak\n\ngo 1.19\n", "soak_test.go": "package soak\n\nimport (\n\t\"testing\"\n\t\"time\"\n)\n\nfunc TestFast(t *testing.T) {}\n\nfunc TestSoak(t *testing.T) { time.Sleep(60 * time.Second) }\n"}, tools=["timeout", "go"], step="Soak")

# --- out of memory
second("git-out-of-memory", "out_of_memory", "oom-native", ["head -c 300000000 /dev/zero > model.bin", "bash -c 'ulimit -v 250000; git hash-object -w model.bin'"], r"Out of memory|out of memory|cannot allocate|mmap failed", {"README.md": "x\n"}, tools=["git"], step="Store model", before="git config core.bigFileThreshold 900m")
second("xz-memory", "out_of_memory", "oom-native", ["head -c 4000000 /dev/urandom > dump.sql", "bash -c 'ulimit -v 120000; xz -9e -T1 -k dump.sql'"], r"Cannot allocate memory", {"README.md": "x\n"}, tools=["xz"], step="Compress")
second("java-direct-memory", "out_of_memory", "oom-lang", ["javac -d out src/Buffers.java", "java -XX:MaxDirectMemorySize=16m -cp out Buffers"], r"OutOfMemoryError",
       {"src/Buffers.java": "import java.nio.ByteBuffer;\nimport java.util.*;\n\npublic class Buffers {\n    public static void main(String[] a) {\n        List<ByteBuffer> all = new ArrayList<>();\n        for (int i = 0; ; i++) { System.out.println(\"buffer \" + i); all.add(ByteBuffer.allocateDirect(4 << 20)); }\n    }\n}\n"}, tools=["java"], step="Load test")

# --- unknown
second("unknown-awk-exit", "unknown", "silent", ["awk -F, '$2 > 9 { exit 3 }' limits.csv"], "EXIT", {"limits.csv": "a,1\nb,12\n"}, tools=["awk"], step="Gate", system="gitlab")
second("unknown-php-exit", "unknown", "silent", ["php bin/gate.php"], "EXIT", {"bin/gate.php": "<?php\necho \"compared 12 tables\\n\";\nexit(4);\n"}, tools=["php"], step="Gate", system="github")
second("unknown-diff-quiet", "unknown", "silent", ["cp api.gen api.now", "git diff --quiet --no-index api.gen api.old"], "EXIT", {"api.gen": "1\n", "api.old": "2\n"}, tools=["git"], step="Gate", system="jenkins")

# --- cancelled
second("cancel-gh-rollout", "cancelled", "cancel", ["for i in $(seq 40); do echo \"ready: $i of 60, failed: 0\"; sleep 1; done"], "CI", tools=["github"], step="Rollout", end="cancel", system="github", so={"kill": (4, "TERM")}, synthetic=True)

# --- none
second("ok-doctest", "none", "doctest", ["python -m doctest -v shop/money.py"], None,
       {"shop/money.py": "def whole(cents):\n    \"\"\"Whole units.\n\n    >>> whole(-1)\n    Traceback (most recent call last):\n        ...\n    ValueError: error: negative amount\n    >>> whole(200)\n    2\n    \"\"\"\n    if cents < 0:\n        raise ValueError('error: negative amount')\n    return cents // 100\n"}, tools=["doctest"], step="Test")
second("ok-junit-core", "none", "junit", ["javac -cp /usr/share/java/junit4.jar -d out test/CartTest.java", "java -cp out:/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar org.junit.runner.JUnitCore CartTest"], None,
       {"test/CartTest.java": "import org.junit.Test;\n\npublic class CartTest {\n    @Test(expected = IllegalStateException.class) public void refuses() { System.err.println(\"java.lang.IllegalStateException: failed on purpose\"); throw new IllegalStateException(\"error\"); }\n}\n"}, tools=["junit"], step="Test")
second("ok-git-apply-3way", "none", "git-merge", ["git apply patches/0001.patch || git apply --3way --allow-empty patches/0001.patch || git checkout -q -- app.conf", "echo 'patches: 1 skipped, 0 failed'"], None,
       {"app.conf": "limit = 3\nport = 1\n", "patches/0001.patch": "--- a/app.conf\n+++ b/app.conf\n@@ -1,2 +1,2 @@\n-limit = 4\n+limit = 8\n port = 1\n"}, tools=["git"], step="Patches")
second("ok-valgrind", "none", "sanitizer", ["gcc -g -o t t.c", "valgrind --leak-check=full --error-exitcode=9 ./t"], None, {"t.c": "#include <stdio.h>\n#include <stdlib.h>\nint main(void) { char *p = malloc(4); p[0] = 1; puts(\"error path: ok\"); free(p); return 0; }\n"}, tools=["valgrind"], step="Memory check")
second("ok-clang-warnings", "none", "gcc", ["clang -Wall -Wextra -c -o a.o a.c", "echo 'build ok'"], None, {"a.c": "int error(int unused) { int fatal = 3; return 0; }\nint failed(void) { }\n"}, tools=["clang"], step="Compile")
second("ok-wait-loop", "none", "net-python", ["(sleep 3; exec python -m http.server 15781 --bind 127.0.0.1 > /dev/null 2>&1) & echo $! > server.pid", "for i in $(seq 40); do if curl -fsS -o /dev/null http://127.0.0.1:15781/; then echo ready after $i; break; fi; sleep 0.5; done", "kill $(cat server.pid) || true"], None, {"index.html": "up\n"}, tools=["curl"], step="Wait for service")
