"""Java, Maven (offline, Debian's repository), Gradle, Kotlin, C#, Ruby, PHP."""
from engine import S, case, drop
from common import *

CART = "package shop;\n\nimport java.util.ArrayList;\nimport java.util.List;\n\npublic class Cart {\n    private final List<Integer> items = new ArrayList<>();\n\n    public void add(int cents) {\n        if (cents < 0) throw new IllegalArgumentException(\"negative price\");\n        items.add(cents);\n    }\n\n    public int total() {\n        int t = 0;\n        for (int i : items) t += i;\n        return t;\n    }\n%s}\n"
JC = [S("Versions", "java --version | sed -n 1p", "javac --version"), S("Compile", "mkdir -p out", "javac -Xlint:all -d out $(find src -name '*.java')")]


def jv(name, cls, cart, first, run=None, fam="javac", post=(), files=None, **kw):
    case(name, fam, cls, JC + ([run] if run else []) + list(post), first, {"src/shop/Cart.java": CART % cart, **(files or {})}, kw.pop("tests", ()), kw.pop("tools", ["javac"]), **kw)


jv("javac-symbol", "code", "    public int count() {\n        return itmes.size();\n    }\n", r"error: cannot find symbol")
jv("javac-types", "code", "    public String label() {\n        int n = \"a\";\n        return total();\n    }\n", r"error: incompatible types", post=[docker_down()])
jv("javac-semicolon", "code", "    public int count() {\n        return items.size()\n    }\n", r"error: ';' expected")
jv("javac-package", "dependency", "    com.google.common.base.Joiner j;\n", r"error: package .* does not exist", fam="jvm-dep")
jv("java-npe", "code", "", r"^Exception in thread", S("Report", "java -cp out shop.Main orders.csv"), fam="java-run", files={"src/shop/Main.java": "package shop;\n\npublic class Main {\n    static String region(String[] a) { return a.length > 3 ? a[3] : null; }\n    public static void main(String[] a) {\n        System.out.println(\"report of \" + a[0]);\n        System.out.println(region(a).toUpperCase());\n    }\n}\n"}, tools=["java"])
jv("java-cause", "code", "", r"^Exception in thread", S("Import", "java -cp out shop.Main"), fam="java-run", files={"src/shop/Main.java": "package shop;\n\npublic class Main {\n    static void load(Cart c, String row) {\n        try { c.add(Integer.parseInt(row)); } catch (RuntimeException e) { throw new IllegalStateException(\"row 3 of orders.csv\", e); }\n    }\n    public static void main(String[] a) {\n        Cart c = new Cart();\n        for (String r : new String[] {\"12\", \"7\", \"1x\"}) { load(c, r); System.out.println(\"loaded \" + r); }\n    }\n}\n"}, tools=["java"], accept=["^Caused by"])
jv("java-no-class", "configuration", "", r"Could not find or load main class", S("Start", "java -cp out shop.Server"), fam="jvm-config", tools=["java"], post=[kill_server()])
jv("java-heap", "out_of_memory", "", r"OutOfMemoryError", S("Index", "java -Xmx8m -cp out shop.Main"), fam="oom-lang", files={"src/shop/Main.java": "package shop;\n\nimport java.util.*;\n\npublic class Main {\n    public static void main(String[] a) {\n        List<byte[]> l = new ArrayList<>();\n        for (int i = 0; ; i++) { l.add(new byte[400000]); System.out.println(\"segment \" + i); }\n    }\n}\n"}, tools=["java"])
jv("java-old-release", "configuration", "", r"error: |invalid target|release version", S("Compile for target", "javac --release 21 -d out src/shop/Cart.java"), fam="jvm-config", tools=["javac"])
JUNIT = "/usr/share/java/junit4.jar:/usr/share/java/hamcrest-core.jar"


def ju(name, cls, body, first, tests=(), post=(), **kw):
    case(name, "junit", cls, [JC[0], S("Compile", "mkdir -p out", f"javac -cp {JUNIT} -d out $(find src test -name '*.java')"), S("Test", f"java -cp out:{JUNIT} org.junit.runner.JUnitCore shop.CartTest")] + list(post), first,
         {"src/shop/Cart.java": CART % "", "test/shop/CartTest.java": "package shop;\n\nimport static org.junit.Assert.*;\nimport org.junit.Test;\n\npublic class CartTest {\n    @Test public void totals() {\n        Cart c = new Cart();\n        c.add(3);\n        assertEquals(3, c.total());\n    }\n" + body + "}\n"}, list(tests), ["junit4"], **kw)


ju("junit-assert", "test", "    @Test public void doubles() {\n        Cart c = new Cart();\n        c.add(2);\n        c.add(2);\n        assertEquals(\"two items\", 5, c.total());\n    }\n", r"^1\) ", ["doubles(shop.CartTest)"])
ju("junit-exception", "test", "    @Test public void refund() {\n        Cart c = new Cart();\n        c.add(-2);\n    }\n", r"^1\) ", ["refund(shop.CartTest)"], accept=["IllegalArgumentException"], post=[docker_down()])
ju("ok-junit", "none", "    @Test(expected = IllegalArgumentException.class) public void errorOnNegative() {\n        System.out.println(\"ERROR: negative price -2 (expected)\");\n        new Cart().add(-2);\n    }\n", None)
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>com.acme</groupId>
  <artifactId>shop</artifactId>
  <version>1.4.0</version>
  <properties><maven.compiler.source>11</maven.compiler.source><maven.compiler.target>11</maven.compiler.target><project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
  <dependencies><dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.x</version><scope>test</scope></dependency>%s</dependencies>
</project>
"""
MT = "package shop;\n\nimport static org.junit.Assert.*;\nimport org.junit.Test;\n\npublic class CartTest {\n    @Test public void totals() {\n        Cart c = new Cart();\n        c.add(3);\n        assertEquals(3, c.total());\n    }\n%s}\n"
MVN = "mvn -o -B -Dmaven.repo.local=/home/runner/.m2/repository"


def mv(name, cls, cart, test, first, goal="test", dep="", post=(), files=None, fam="maven", **kw):
    case(name, fam, cls, [S("Versions", "mvn --version | sed -n 1p"), S("Build", f"{MVN} {goal}")] + list(post), first,
         {"pom.xml": POM % dep, "src/main/java/shop/Cart.java": CART % cart, "src/test/java/shop/CartTest.java": MT % test, **(files or {})}, kw.pop("tests", ()), ["maven"] + kw.pop("tools", []), **kw)


mv("mvn-compile", "code", "    public int count() {\n        return itmes.size();\n    }\n", "", r"\[ERROR\] .*Cart.java:\[")
mv("mvn-test-compile", "code", "", "    @Test public void n() {\n        assertEquals(1, new Cart().count());\n    }\n", r"\[ERROR\] .*CartTest.java:\[", post=[docker_down()])
mv("mvn-test-fail", "test", "", "    @Test public void doubles() {\n        Cart c = new Cart();\n        c.add(2);\n        assertEquals(4, c.total());\n    }\n", r"\[ERROR\].*doubles", fam="junit", tests=["shop.CartTest.doubles"], tools=["surefire"])
mv("mvn-test-error", "test", "", "    @Test public void refund() {\n        new Cart().add(-1);\n    }\n", r"\[ERROR\].*refund", fam="junit", tests=["shop.CartTest.refund"], tools=["surefire"], post=[reports()])
mv("mvn-two-tests", "test", "", "    @Test public void a() {\n        assertTrue(\"stock is checked\", new Cart().total() > 0);\n    }\n    @Test public void b() {\n        System.out.println(\"error: shown, not failed\");\n        assertNotNull(null);\n    }\n", r"\[ERROR\] a\(", fam="junit", tests=["shop.CartTest.a", "shop.CartTest.b"], tools=["surefire"], system="gitlab")
mv("mvn-dep-missing", "dependency", "", "", r"\[ERROR\] Failed to execute goal|Could not resolve dependencies|Cannot access", dep="<dependency><groupId>com.acme</groupId><artifactId>pricing-core</artifactId><version>9.1</version></dependency>", fam="jvm-dep", accept=["Could not"], doubt="mvn -o: the package is not in the local repository (offline): dependency")
mv("mvn-bad-pom", "configuration", "", "", r"Non-parseable POM", files={"pom.xml": (POM % "").replace("</dependencies>", "</dependancies>")}, fam="jvm-config", accept=["Some problems were", "Non-parseable"])
mv("mvn-no-phase", "configuration", "", "", r"Unknown lifecycle phase", goal="deploy-prod", fam="jvm-config")
mv("mvn-no-profile-pom", "configuration", "", "", r"no POM in this directory|POM file .* does not exist|\[ERROR\]", goal="-f services/pom.xml package", fam="jvm-config", accept=["does not exist"])
mv("ok-mvn", "none", "", "    @Test(expected = IllegalArgumentException.class) public void errorIsThrown() {\n        System.err.println(\"[ERROR] price rejected: -1\");\n        new Cart().add(-1);\n    }\n", None, fam="junit")
# gradle (Debian's)
GR = "gradle --offline --no-daemon --console=plain"


def gr(name, cls, cart, first, task="compileJava", build="apply plugin: 'java'\n", fam="gradle", post=(), files=None, **kw):
    case(name, fam, cls, [S("Build", f"{GR} {task}")] + list(post), first, {"build.gradle": build, "settings.gradle": "rootProject.name = 'shop'\n", "src/main/java/shop/Cart.java": CART % cart, **(files or {})}, kw.pop("tests", ()), ["gradle"], **kw)


gr("gradle-compile", "code", "    public int count() { return itmes.size(); }\n", r"error: cannot find symbol")
gr("gradle-script", "configuration", "", r"Could not find method", build="apply plugin: 'java'\ndependancies {\n  compile 'a:b:1'\n}\n", fam="gradle", accept=["What went wrong", "Could not find method", "A problem occurred"])
gr("gradle-no-task", "configuration", "", r"Task 'publishProd' not found", task="publishProd", accept=["What went wrong"])
gr("gradle-dep", "dependency", "", r"^Could not resolve all", build="apply plugin: 'java'\nrepositories { mavenCentral() }\ndependencies { compile 'com.acme:pricing:3.1' }\n", accept=["What went wrong", "Could not resolve", "No cached"], fam="jvm-dep")
gr("gradle-test", "test", "", r"doubles FAILED", task="test", build="apply plugin: 'java'\ndependencies { testCompile files('/usr/share/java/junit4.jar', '/usr/share/java/hamcrest-core.jar') }\ntest { testLogging { events 'passed', 'failed'; exceptionFormat 'full' } }\n", fam="junit", files={"src/test/java/shop/CartTest.java": MT % "    @Test public void doubles() {\n        assertEquals(4, new Cart().total());\n    }\n"}, tests=["shop.CartTest > doubles"], accept=["AssertionError", "expected:"])
# C#
case("kotlinc-types", "kotlin", "code", [S("Compile", "kotlinc src")], r"error: ", {"src/a.kt": "fun main() {}\n"})
drop("kotlinc-types")  # no Kotlin compiler was to be had
case("mcs-error", "csharp", "code", [S("Compile", "mcs -out:app.exe src/Cart.cs src/Main.cs")], r"error CS", {"src/Cart.cs": "using System;\nclass Cart { int unused; public int Total() { return \"3\"; } }\n", "src/Main.cs": "class P { static void Main() { System.Console.WriteLine(new Cart().Totl()); } }\n"}, tools=["mcs"])
case("mono-exception", "csharp", "code", [S("Compile", "mcs -out:app.exe src/Main.cs"), S("Run", "mono app.exe")], r"Unhandled Exception", {"src/Main.cs": "using System;\nusing System.Collections.Generic;\nclass P { static void Main() { Console.WriteLine(\"prices\"); var d = new Dictionary<string,int>(); Console.WriteLine(d[\"tea\"]); } }\n"}, tools=["mono"], accept=["KeyNotFound"])
# ruby
RB = {"lib/cart.rb": "class Cart\n  def initialize\n    @items = []\n  end\n\n  def add(n)\n    @items << n\n    self\n  end\n\n  def total\n    @items.sum\n  end\nend\n"}
RS = [S("Versions", "ruby --version", "rspec --version | sed -n 1p"), S("Test", "rspec --format documentation")]


def rb(name, spec, first, tests, cls="test", steps=None, post=(), fam="rspec", files=None, **kw):
    case(name, fam, cls, (steps or RS) + list(post), first, {**RB, "spec/cart_spec.rb": "require_relative '../lib/cart'\n\nRSpec.describe Cart do\n  it 'starts at zero' do\n    expect(Cart.new.total).to eq(0)\n  end\n" + spec + "end\n", **(files or {})}, tests, kw.pop("tools", ["rspec"]), **kw)


rb("rspec-expect", "  it 'adds items' do\n    expect(Cart.new.add(2).add(3).total).to eq(6)\n  end\n", r"^  1\) ", ["Cart adds items"])
rb("rspec-nomethod", "  it 'gives a discount' do\n    expect(Cart.new.discount(10)).to eq(0)\n  end\n", r"^  1\) ", ["Cart gives a discount"], steps=[S("Test", "rspec --force-color")], post=[docker_down()], accept=["NoMethodError"])
rb("rspec-two", "  context 'when empty' do\n    it 'is nil' do\n      expect(Cart.new.total).to be_nil\n    end\n    it 'raises' do\n      expect { Cart.new.total }.to raise_error(ArgumentError)\n    end\n  end\n", r"^  1\) ", ["Cart when empty is nil", "Cart when empty raises"])
rb("rspec-load", "", r"LoadError|cannot load such file", [], cls="dependency", fam="ruby-dep", files={"spec/http_spec.rb": "require 'faraday_middleware_x'\nRSpec.describe('http') { it('gets') {} }\n"}, accept=["An error occurred"])
rb("ruby-syntax", "", r"syntax error", [], cls="code", fam="ruby-code", steps=[S("Check", "for f in lib/*.rb; do ruby -wc $f; done")], files={"lib/tax.rb": "class Tax\n  def rate\n    if true\n      0.19\n  end\nend\n"}, tools=["ruby"])
rb("ruby-exception", "", r"undefined method|NoMethodError", [], cls="code", fam="ruby-code", steps=[S("Seed", "ruby db/seed.rb")], files={"db/seed.rb": "require_relative '../lib/cart'\nputs 'seeding 3 carts'\n[1, 2, nil].each { |n| Cart.new.add(n + 1) }\n"}, tools=["ruby"])
rb("minitest-fail", "", r"^  1\) Failure|^CartTest#|Failure:", ["CartTest#test_total"], fam="minitest", steps=[S("Test", "ruby -Ilib test/cart_test.rb --seed 7")], files={"test/cart_test.rb": "require 'minitest/autorun'\nrequire 'cart'\nclass CartTest < Minitest::Test\n  def test_total\n    assert_equal 5, Cart.new.add(2).total\n  end\n  def test_error\n    assert_raises(TypeError) { Cart.new.add('a').add(1).total }\n  end\nend\n"}, tools=["minitest"], accept=["CartTest#test_total", "Expected: 5"])
rb("bundler-missing", "", r"Could not find gem|could not find|Could not reach|not found", [], cls="dependency", fam="ruby-dep", steps=[S("Install dependencies", "bundle config set --local frozen false", "bundle install --local"), RS[1]], files={"Gemfile": "source 'https://rubygems.org'\ngem 'rspec'\ngem 'acme-payments-core', '~> 4.2'\n"}, tools=["bundler"], doubt="bundle install --local: the gem is not on the machine (no index asked)")
rb("bundler-no-gemfile", "", r"Could not locate Gemfile", [], cls="configuration", fam="ruby-config", steps=[S("Test", "bundle exec rspec")], tools=["bundler"])
rb("bundler-refused", "", r"Could not (fetch specs|reach host)|Connection refused|Retrying", [], cls="infrastructure", fam="net-gem", steps=[S("Install dependencies", "bundle install --retry 1"), RS[1]], files={"Gemfile": "source 'http://db.acme.example'\ngem 'acme-payments-core'\n"}, tools=["bundler"], accept=["Could not"])
rb("gem-503", "", r"503|bad response|Could not", [], cls="infrastructure", fam="net-gem", steps=[S("Install dependencies", "gem install acme-payments-core --clear-sources --source http://registry.acme.example")], tools=["gem"], accept=["503"])
rb("rake-no-task", "", r"Don't know how to build task", [], cls="configuration", fam="ruby-config", steps=[S("Deploy", "rake deploy:staging")], files={"Rakefile": "task(:build) { puts 'built' }\n"}, tools=["rake"])
rb("ok-rspec", "  it 'raises an error on nil' do\n    warn 'Error: nil item (expected)'\n    expect { Cart.new.add(nil).total }.to raise_error(TypeError)\n  end\n", None, [], cls="none")
# php
PH = {"src/Cart.php": "<?php\nclass Cart {\n    private array $items = [];\n    public function add(int $n): self { $this->items[] = $n; return $this; }\n    public function total(): int { return array_sum($this->items); }\n}\n", "phpunit.xml": "<phpunit colors=\"false\"><testsuites><testsuite name=\"unit\"><directory>tests</directory></testsuite></testsuites></phpunit>\n"}


def ph(name, body, first, tests, cls="test", steps=None, post=(), fam="phpunit", files=None, **kw):
    case(name, fam, cls, (steps or [S("Versions", "php --version | sed -n 1p"), S("Test", "phpunit --testdox-text /dev/null")]) + list(post), first, {**PH, "tests/CartTest.php": "<?php\nuse PHPUnit\\Framework\\TestCase;\nrequire_once __DIR__ . '/../src/Cart.php';\nfinal class CartTest extends TestCase {\n    public function testEmpty(): void { $this->assertSame(0, (new Cart)->total()); }\n" + body + "}\n", **(files or {})}, tests, kw.pop("tools", ["phpunit"]), **kw)


ph("phpunit-assert", "    public function testTotal(): void { $this->assertSame(6, (new Cart)->add(2)->add(3)->total()); }\n", r"^1\) ", ["CartTest::testTotal"])
ph("phpunit-error", "    public function testDiscount(): void { $this->assertSame(1, (new Cart)->discount(2)); }\n", r"^1\) ", ["CartTest::testDiscount"], accept=["Error: Call"], post=[docker_down()])
ph("phpunit-two", "    public function testA(): void { $this->assertCount(2, [1]); }\n    public function testB(): void { $this->expectException(TypeError::class); (new Cart)->add(1); }\n", r"^1\) ", ["CartTest::testA", "CartTest::testB"], steps=[S("Test", "phpunit --colors=always")])
ph("php-parse", "", r"Parse error", [], cls="code", fam="php-code", steps=[S("Lint", "for f in src/*.php; do php -l $f; done")], files={"src/Tax.php": "<?php\nclass Tax {\n    public function rate() { return 0.19 }\n}\n"}, tools=["php"])
ph("php-fatal", "", r"Fatal error|Uncaught", [], cls="code", fam="php-code", steps=[S("Warm cache", "php bin/warm.php")], files={"bin/warm.php": "<?php\nrequire __DIR__ . '/../src/Cart.php';\necho \"warming\\n\";\n(new Cart)->add('ten');\n"}, tools=["php"])
ph("php-memory", "", r"Allowed memory size", [], cls="out_of_memory", fam="oom-lang", steps=[S("Export", "php -d memory_limit=16M bin/export.php")], files={"bin/export.php": "<?php\necho \"exporting\\n\";\n$a = [];\nwhile (true) { $a[] = str_repeat('x', 10000); }\n"}, tools=["php"])
ph("ok-phpunit", "    public function testErrorText(): void { fwrite(STDERR, \"Fatal error: simulated\\n\"); $this->assertTrue(true); }\n", None, [], cls="none")
