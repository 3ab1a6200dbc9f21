"""Shell, git, docker client, curl, wget, databases, perl, tcl, and their German, French and Spanish messages."""
from engine import S, case, drop
from common import *
import noise

F = {"README.md": "# tools\n", "scripts/build.sh": "#!/bin/bash\nset -e\necho building\nmkdir -p dist\ntar -cf dist/app.tar README.md\necho built dist/app.tar\n"}
BUILD = S("Build", "./scripts/build.sh", "ls dist")


def sh(name, cls, fam, cmds, first, files=None, post=(), pre=(BUILD,), **kw):
    n, nf = noise.pick(name)
    case(name, fam, cls, [*n, *pre, S(kw.pop("step", "Deploy"), *cmds, **kw.pop("so", {})), S("Notify", "echo notified")] + list(post), first, {**nf, **F, **(files or {})}, kw.pop("tests", ()), kw.pop("tools", ["bash"]), **kw)


# commands, files, variables
sh("bash-not-found", "configuration", "shell", ["pulumi version", "pulumi up --yes"], r"command not found|not found")
sh("bash-no-script", "configuration", "shell", ["chmod +x scripts/*.sh", "./scripts/deploy.sh staging"], r"No such file or directory", post=[docker_down()])
sh("bash-permission", "configuration", "shell", ["chmod -x scripts/build.sh", "./scripts/build.sh"], r"Permission denied")
sh("bash-unset-var", "missing-env", "configuration", ["./scripts/release.sh"], r"unbound variable", {"scripts/release.sh": "#!/bin/bash\nset -euo pipefail\necho \"release of $(date +%Y)\" >/dev/null\necho checking credentials\ncurl -s -H \"Authorization: Bearer $RELEASE_TOKEN\" http://api.acme.example/\n"}) if False else sh("bash-unset-var", "configuration", "missing-env", ["./scripts/release.sh"], r"unbound variable", {"scripts/release.sh": "#!/bin/bash\nset -euo pipefail\necho checking credentials\ncurl -s -H \"Authorization: Bearer $RELEASE_TOKEN\" http://api.acme.example/\n"})
sh("bash-param-check", "configuration", "missing-env", ["./scripts/release.sh"], r"must be set|DEPLOY_KEY", {"scripts/release.sh": "#!/bin/bash\nset -e\necho release\n: \"${DEPLOY_KEY:?DEPLOY_KEY must be set in the CI settings}\"\n"}, post=[kill_server()])
sh("script-own-check", "configuration", "missing-env", ["./scripts/release.sh prod"], r"ERROR: secret", {"scripts/release.sh": "#!/bin/bash\necho \"deploying to $1\"\nif [ -z \"$REGISTRY_PASSWORD\" ]; then echo 'ERROR: secret REGISTRY_PASSWORD is not set for this environment' >&2; exit 1; fi\n"})
sh("bash-syntax", "code", "shell", ["./scripts/pack.sh"], r"syntax error", {"scripts/pack.sh": "#!/bin/bash\nset -e\necho packing\nfor f in *.md; do\n  echo $f\n"})
sh("shellcheck-lint", "code", "shell-lint", ["shellcheck --version | sed -n 2p", "shellcheck scripts/*.sh"], r"SC2086|SC\d+|^In scripts", {"scripts/rm.sh": "#!/bin/bash\ndir=$1\nrm -rf $dir/*\nif [ $x = 1 ]; then echo error; fi\n"}, step="Lint", tools=["shellcheck"], accept=["SC\\d+", "^In scripts"])
sh("yamllint-lint", "code", "shell-lint", ["yamllint -s ."], r" +error ", {"deploy/app.yml": "a: 1\nb:   [1,2]\nc:\n   - x\n  - y\n"}, step="Lint", tools=["yamllint"], accept=["app.yml"])
sh("jq-parse", "configuration", "shell", ["jq .replicas deploy/app.json"], r"parse error", {"deploy/app.json": "{\"replicas\": 3,\n \"port\": 80,}\n"}, tools=["jq"])
sh("unknown-grep-q", "unknown", "silent", ["grep -q 'release-ready' README.md"], "EXIT", step="Gate")
sh("unknown-quiet-script", "unknown", "silent", ["./scripts/gate.sh > /dev/null 2>&1"], "EXIT", {"scripts/gate.sh": "#!/bin/bash\necho gate\nexit 12\n"}, step="Gate", post=[docker_down()])
sh("unknown-false", "unknown", "silent", ["echo 'checking 3 gates: errors 0, warnings 0'", "[ $(date +%Y) -lt 2000 ]"], "EXIT", step="Gate", system="bare")
sh("unknown-exit-1-gl", "unknown", "silent", ["bash -c 'sleep 1; exit 42'"], "EXIT", step="Gate", system="gitlab", post=[reports()])
sh("unknown-perl-exit", "unknown", "silent", ["perl -e 'print \"compared 14 tables\\n\"; exit 9'"], "EXIT", step="Compare", tools=["perl"])
sh("unknown-sigkill", "unknown", "silent", ["bash -c 'echo working; kill -9 $$'"], r"Killed|EXIT", step="Work", doubt="killed by signal 9 without a word of memory: unknown; a reader could say out_of_memory (exit 137)")
drop("unknown-sigkill")  # the log cannot tell it from the kernel's kill
# curl, wget
NET = [("curl-refused", ["curl -fsSL -o tool.tgz http://db.acme.example/tool.tgz"], r"curl: \(7\)"), ("curl-dns", ["curl -fsSL https://downloads.acme-tools.invalid/tool.tgz | tar xz"], r"curl: \(6\)"),
       ("curl-expired", ["curl -fsSLO https://cdn.acme.example/tool.tgz"], r"curl: \(60\)"), ("curl-selfsigned", ["curl -sS https://nexus.acme.example/repository/tool.tgz -o tool.tgz"], r"curl: \(60\)"),
       ("curl-503-retry", ["curl -fL --retry 2 --retry-delay 1 -o tool.tgz http://registry.acme.example/tool.tgz"], r"503"), ("curl-429", ["curl -fsS http://artifacts.acme.example/api/v1/packages/tool"], r"curl: \(22\)|429"),
       ("curl-timeout", ["curl -fsS --max-time 3 http://mirror.acme.example/tool.tgz -o tool.tgz"], r"curl: \(28\)"), ("curl-reset", ["curl -fsS http://reset.acme.example/tool.tgz -o tool.tgz"], r"curl: \((56|52|35)\)"),
       ("curl-truncated", ["curl -fsS http://drop.acme.example/tool.tgz -o tool.tgz"], r"curl: \(18\)"), ("wget-500", ["wget --tries=1 http://git.acme.example/archive/v1.tar.gz"], r"ERROR 500"),
       ("wget-dns", ["wget -q --show-progress=off https://files.acme-dl.invalid/v1.tar.gz || wget https://files.acme-dl.invalid/v1.tar.gz"], r"unable to resolve"), ("wget-untrusted", ["wget --tries=1 https://cdn.acme.example/v1.tar.gz"], r"cannot verify|ERROR: The certificate")]
for i, (n, cmds, rx) in enumerate(NET):
    sh(n, "infrastructure", "net-curl", cmds, rx, step="Download", tools=[n.split("-")[0]], post=[[], [docker_down()], [ok_clean()]][i % 3], accept=["503|429|certificate|The requested URL"], doubt="a rate limit (429)" if False else None)
sh("curl-404", "dependency", "net-404", ["curl -fsSLO http://gone.acme.example/tools/lint-2.9.tar.gz"], r"curl: \(22\)", step="Download", tools=["curl"], doubt="a file that is not on the server: dependency, or configuration (a wrong address)")
sh("wget-404", "dependency", "net-404", ["wget --tries=2 http://gone.acme.example/v9/tool.tar.gz"], r"ERROR 404", step="Download", tools=["wget"], doubt="a file that is not on the server: dependency, or configuration (a wrong address)")
sh("checksum-mismatch", "dependency", "net-404", ["curl -fsS http://api.acme.example/tool -o tool.bin", "echo '0f343b0931126a20f133d67c2b018a3b2b1e6f0ef4d8b0e2e8ea7f9d28d8d4c1  tool.bin' | sha256sum -c -"], r"FAILED|did NOT match", step="Download", tools=["sha256sum"], accept=["did NOT match"])
sh("ok-curl-retry", "none", "net-curl", ["curl -fsS --retry 4 --retry-delay 0 http://flaky.acme.example/health", "echo deployed"], None, step="Wait for service", tools=["curl"], post=[kill_server()])
sh("wget-refused-de", "infrastructure", "net-intl", ["wget --tries=1 http://db.acme.example/werkzeug.tgz"], r"Verbindungsaufbau abgelehnt|fehlgeschlagen", step="Herunterladen", tools=["wget"], lang="de")
sh("wget-dns-fr", "infrastructure", "net-intl", ["wget --tries=1 https://depot.acme-outils.invalid/outil.tgz"], r"impossible de résoudre|échec|Échec", step="Télécharger", tools=["wget"], lang="fr")
sh("wget-503-es", "infrastructure", "net-intl", ["wget --tries=1 http://registry.acme.example/herramienta.tgz"], r"ERROR 503|503", step="Descargar", tools=["wget"], lang="es")
# git
sh("git-dns", "infrastructure", "git-net", ["git clone --depth 1 https://git.acme-code.invalid/team/lib.git vendor/lib"], r"Could not resolve host", step="Vendor", tools=["git"], accept=["^fatal"])
sh("git-refused", "infrastructure", "git-net", ["git clone http://db.acme.example/team/lib.git vendor/lib"], r"^fatal: unable to access", step="Vendor", tools=["git"], post=[docker_down()])
sh("git-500", "infrastructure", "git-net", ["git clone http://git.acme.example/team/lib.git vendor/lib"], r"^fatal: unable to access|error: 500|returned error: 500", step="Vendor", tools=["git"])
sh("git-expired-de", "infrastructure", "git-intl", ["git clone https://cdn.acme.example/team/lib.git vendor/lib"], r"^(fatal|Schwerwiegend): ", step="Klonen", tools=["git"], lang="de")
sh("git-refused-fr", "infrastructure", "git-intl", ["git clone http://db.acme.example/equipe/lib.git vendor/lib"], r"^fatal.?: ", step="Cloner", tools=["git"], lang="fr")
sh("git-no-repo", "configuration", "git-config", ["git clone http://gone.acme.example/team/lib.git vendor/lib"], r"^fatal: repository", step="Vendor", tools=["git"], accept=["^remote"], doubt="a repository that is not there (or not to be seen): configuration")
sh("git-auth", "configuration", "auth", ["git clone http://private.acme.example/team/secret.git vendor/secret"], r"^fatal: could not read Username|Authentication failed", step="Vendor", tools=["git"])
sh("git-pathspec", "configuration", "git-config", ["git checkout release/2.4"], r"^error: pathspec", step="Checkout release", tools=["git"])
sh("git-bad-ref", "configuration", "git-config", ["git fetch -q . main", "git diff --stat v1.9.0..HEAD"], r"^fatal: ambiguous|unknown revision", step="Changelog", tools=["git"], post=[ok_clean()])
sh("git-pathspec-de", "configuration", "git-intl", ["git checkout release/2.4"], r"Pfadspezifikation", step="Wechseln", tools=["git"], lang="de")
sh("git-pathspec-es", "configuration", "git-intl", ["git checkout version/3.1"], r"^error: ", step="Cambiar", tools=["git"], lang="es")
MRG = "git config user.email ci@acme.example; git config user.name ci; git checkout -q -b feature; echo 'limit = 5' > app.conf; git commit -qam five; git checkout -q main; echo 'limit = 9' > app.conf; git commit -qam nine"
for lang, rx in (("en", r"^CONFLICT"), ("de", r"^KONFLIKT"), ("fr", r"^CONFLIT"), ("es", r"^CONFLICTO")):
    sh("git-merge-conflict" + ("" if lang == "en" else "-" + lang), "code", "git-merge", ["git merge --no-edit feature"], rx, {"app.conf": "limit = 3\n"}, step="Merge", tools=["git"], before=MRG, lang=lang)
sh("git-rebase-conflict", "code", "git-merge", ["git rebase main feature"], r"^CONFLICT", {"app.conf": "limit = 3\n"}, step="Rebase", tools=["git"], before=MRG)
sh("git-apply", "code", "git-merge", ["git apply patches/0001-limit.patch"], r"^error: patch failed|patch does not apply|^error: ", {"app.conf": "limit = 3\nport = 1\n", "patches/0001-limit.patch": "--- a/app.conf\n+++ b/app.conf\n@@ -1,2 +1,2 @@\n-limit = 4\n+limit = 8\n port = 1\n"}, step="Patch", tools=["git"])
sh("git-diff-generated", "code", "git-merge", ["printf 'generated 2\\n' > api.gen", "git diff --exit-code"], r"^diff --git", {"api.gen": "generated 1\n"}, step="Check generated files", tools=["git"], accept=[r"^[-+]generated"], doubt="generated files not up to date: code (a kind of lint)")
# docker without a daemon
sh("docker-build-daemon", "infrastructure", "docker", ["docker build -t acme/app ."], r"Cannot connect to the Docker daemon|failed to connect|error during connect", {"Dockerfile": "FROM debian:12\nCOPY . /app\n"}, step="Image", tools=["docker"])
sh("docker-pull-daemon", "infrastructure", "docker", ["docker version --format '{{.Client.Version}}' || true", "docker pull debian:12"], r"Cannot connect to the Docker daemon", step="Image", tools=["docker"], post=[rm_tmp()], nth=2, accept=["Cannot connect"])
sh("docker-host-refused", "infrastructure", "docker", ["DOCKER_HOST=tcp://db.acme.example:2375 docker run --rm debian:12 true"], r"Cannot connect|connection refused|error during connect", step="Image", tools=["docker"])
sh("docker-host-dns", "infrastructure", "docker", ["DOCKER_HOST=tcp://docker.ci-dind.invalid:2375 docker info"], r"no such host|error during connect|lookup", step="Image", tools=["docker"])
sh("docker-bad-flag", "configuration", "docker-config", ["docker build --tagg acme/app ."], r"unknown flag", step="Image", tools=["docker"])
sh("compose-bad", "configuration", "docker-config", ["docker-compose -f docker-compose.yml config -q"], r"yaml|validating|invalid|unknown", {"docker-compose.yml": "services:\n  api:\n    image: acme/api\n    ports:\n     - 80:80\n    replicas 3\n"}, step="Compose", tools=["docker-compose"])
sh("compose-no-file", "configuration", "docker-config", ["docker-compose up -d"], r"no configuration file|not found|Can.t find a suitable", step="Compose", tools=["docker-compose"])
# databases
sh("psql-refused", "infrastructure", "db", ["psql 'postgresql://app@127.0.0.1:15432/app' -c 'select 1'"], r"psql: error", step="Migrate", tools=["psql"], accept=["Is the server running|Connection refused"])
sh("psql-dns", "infrastructure", "db", ["PGCONNECT_TIMEOUT=5 psql -h postgres.ci-services.invalid -U app -c 'select 1'"], r"psql: error", step="Migrate", tools=["psql"], post=[docker_down()])
sh("psql-refused-de", "infrastructure", "db", ["psql -h 127.0.0.1 -p 15432 -U app app -f migrate.sql"], r"psql: Fehler", {"migrate.sql": "select 1;\n"}, step="Migrieren", tools=["psql"], lang="de", accept=["Läuft der Server|abgelehnt"])
sh("psql-refused-fr", "infrastructure", "db", ["psql -h 127.0.0.1 -p 15432 -U app app -f migrate.sql"], r"psql: erreur", {"migrate.sql": "select 1;\n"}, step="Migrer", tools=["psql"], lang="fr", accept=["Le serveur est-il"])
sh("redis-refused", "infrastructure", "db", ["redis-cli -h 127.0.0.1 -p 16379 ping", "redis-cli -h 127.0.0.1 -p 16379 flushall"], r"Could not connect to Redis", step="Flush cache", tools=["redis-cli"])
sh("python-db-refused", "infrastructure", "db", ["python -m pytest -q test_orders.py"], r"^E .*(ConnectionRefused|Connection refused)", {"test_orders.py": "import socket\nimport pytest\n\n\n@pytest.fixture\ndef db():\n    s = socket.create_connection(('127.0.0.1', 15432), timeout=3)\n    yield s\n\n\ndef test_insert(db):\n    assert db\n\n\ndef test_list(db):\n    assert db\n"}, step="Test", tests=["test_orders.py::test_insert", "test_orders.py::test_list"], tools=["pytest"], accept=["^ERROR "])
sh("node-db-refused", "infrastructure", "db", ["node seed.js"], r"ECONNREFUSED", {"seed.js": "const net = require('net');\nconsole.log('seeding 127.0.0.1:15432');\nnet.connect(15432, '127.0.0.1');\n"}, step="Seed", tools=["node"])
# disk
SM = "rm -rf /mnt/ci-small/*"
sh("disk-dd", "infrastructure", "disk", ["dd if=/dev/zero of=/mnt/ci-small/cache.img bs=64k count=200"], r"No space left", step="Cache image", tools=["dd"], before=SM)
sh("disk-tar", "infrastructure", "disk", ["head -c 3000000 /dev/urandom > blob.bin", "gzip -c blob.bin > /mnt/ci-small/blob.gz", "ls -l /mnt/ci-small"], r"No space left", step="Package", tools=["gzip"], before=SM, post=[docker_down()])
sh("disk-cp-de", "infrastructure", "disk", ["head -c 3000000 /dev/urandom > abbild.bin", "cp abbild.bin /mnt/ci-small/"], r"Auf dem Gerät ist kein", step="Ablegen", tools=["cp"], before=SM, lang="de")
sh("disk-cp-fr", "infrastructure", "disk", ["head -c 3000000 /dev/urandom > image.bin", "cp image.bin /mnt/ci-small/"], r"Aucun espace disponible", step="Copier", tools=["cp"], before=SM, lang="fr")
sh("disk-gcc", "infrastructure", "disk", ["cd gen && gcc -c -o /mnt/ci-small/big.o big.c"], r"No space left", {"gen/big.c": "const char t[3000000] = {1};\n"}, step="Compile", tools=["gcc", "as"], before=SM)
sh("disk-git", "infrastructure", "disk", ["git clone -q . /mnt/ci-small/mirror"], r"No space left|error: ", {"asset.txt": "".join(str(i * 7919 % 1000003) for i in range(700000))}, step="Mirror", tools=["git"], before=SM, accept=["^fatal"])
# commands in other languages
sh("bash-not-found-de", "configuration", "shell-intl", ["kubectl-deploy --env test"], r"Kommando nicht gefunden|nicht gefunden", step="Ausrollen", lang="de")
sh("bash-not-found-fr", "configuration", "shell-intl", ["deployer-outil --cible prod"], r"commande introuvable", step="Déployer", lang="fr")
sh("bash-not-found-es", "configuration", "shell-intl", ["desplegar --entorno prod"], r"orden no encontrada|no se encontró", step="Desplegar", lang="es")
sh("bash-no-file-fr", "configuration", "shell-intl", ["cat config/production.env", "./scripts/deploy.sh"], r"Aucun fichier ou dossier", step="Configurer", tools=["cat"], lang="fr")
sh("make-killed-es", "out_of_memory", "oom-native", ["echo $$ > /sys/fs/cgroup/memory/ci-small/cgroup.procs", "python -c 'x=[b\"y\"*1000000 for i in range(4000)]'"], r"Terminado \(killed\)|Killed|Matado|Terminado", step="Calcular", tools=["linux", "bash"], lang="es", doubt="the kernel's kill, in Spanish")
sh("oom-killed-de", "out_of_memory", "oom-native", ["echo $$ > /sys/fs/cgroup/memory/ci-small/cgroup.procs", "python -c 'print(\"lade Daten\", flush=True); x=[b\"y\"*1000000 for i in range(4000)]'"], r"Getötet", step="Berechnen", tools=["linux", "bash"], lang="de")
sh("ok-bash-es", "none", "shell-intl", ["ls no-existe || true", "echo '0 errores, 0 fallos'"], None, step="Comprobar", lang="es")
sh("ok-noise", "none", "shell", ["echo 'Error budget: 99.95%'", "echo 'failed=0 error=0 fatal=0'", "ls missing-dir 2>&1 || echo 'no cache, going on'", "echo 'WARNING: 2 deprecated flags'", "grep -c ERROR README.md || true", "echo 'error_report.py: wrote 14 rows'"], None, post=[docker_down(), kill_server()], step="Report")
# perl, tcl
PL = {"lib/Cart.pm": "package Cart;\nuse strict;\nuse warnings;\nsub new { bless { items => [] }, shift }\nsub add { my ($s, $n) = @_; push @{ $s->{items} }, $n; $s }\nsub total { my $s = shift; my $t = 0; $t += $_ for @{ $s->{items} }; $t }\n1;\n", "t/00-load.t": "use strict;\nuse Test::More tests => 1;\nuse_ok('Cart');\n"}
sh("perl-prove", "test", "perl-test", ["prove -lv t"], r"Failed test 'total'", {**PL, "t/01-total.t": "use strict;\nuse Test::More tests => 2;\nuse Cart;\nis(Cart->new->add(2)->total, 2, 'one item');\nis(Cart->new->add(2)->add(3)->total, 6, 'total');\n"}, step="Test", tests=["total"], tools=["prove"], accept=["^not ok", r"got: |Failed test"])
sh("perl-prove-dies", "test", "perl-test", ["prove -l t"], r"Can't locate object method|Dubious", {**PL, "t/02-disc.t": "use strict;\nuse Test::More;\nuse Cart;\nis(Cart->new->discount(2), 1, 'discount');\ndone_testing;\n"}, step="Test", tests=["t/02-disc.t"], tools=["prove"], accept=["Dubious", "No tests run|Wstat"])
sh("perl-syntax", "code", "perl", ["perl -Ilib -c bin/report.pl"], r"syntax error", {**PL, "bin/report.pl": "use strict;\nuse Cart;\nmy $c = Cart->new\nprint $c->total;\n"}, step="Compile", tools=["perl"])
sh("perl-module", "dependency", "perl", ["perl -Ilib bin/report.pl"], r"Can't locate", {**PL, "bin/report.pl": "use strict;\nuse Spreadsheet::WriteExcel::Fast;\nprint 1;\n"}, step="Report", tools=["perl"])
sh("ok-prove", "none", "perl-test", ["prove -lv t"], None, {**PL, "t/03-err.t": "use strict;\nuse Test::More tests => 1;\ndiag('error: bad item (expected)');\nok(1, 'not ok is reported as error');\n"}, step="Test", tools=["prove"])
sh("tcl-error", "code", "tcl", ["tclsh report.tcl"], r"can't read|wrong #|invalid command", {"report.tcl": "proc total {items} {\n  foreach i $items { incr t $i }\n  return $sum\n}\nputs \"report\"\nputs [total {1 2 3}]\n"}, step="Report", tools=["tclsh"])
sh("tcl-test", "test", "tcl", ["tclsh all.test"], r"==== round-1.2", {"all.test": "package require tcltest\nnamespace import ::tcltest::*\ntest round-1.1 {down} {expr {int(2.4)}} 2\ntest round-1.2 {up} {expr {round(2.4)}} 3\nset failed $::tcltest::numTests(Failed)\ncleanupTests\nexit [expr {$failed > 0}]\n"}, step="Test", tests=["round-1.2"], tools=["tcltest"], accept=["FAILED", "Result was"])
sh("sqlite-sql", "code", "db-sql", ["python -c \"import sqlite3,sys; c=sqlite3.connect(':memory:'); [ (print('migration', i), c.executescript(open(f'db/{i}.sql').read())) for i in (1,2) ]\""], r"OperationalError", {"db/1.sql": "create table a(id int);\n", "db/2.sql": "alter table a add colum b int;\ncreate tabel c(x);\n"}, step="Migrate", tools=["python", "sqlite"], accept=["^Traceback"])
sh("timeout-bash", "timeout", "tool-timeout", ["timeout 3 ./scripts/wait.sh || { rc=$?; echo \"wait.sh timed out after 3s (exit $rc)\"; exit $rc; }"], r"timed out after", {"scripts/wait.sh": "#!/bin/bash\nwhile :; do echo waiting for rollout; sleep 1; done\n"}, step="Wait", tools=["timeout"])
sh("timeout-make", "timeout", "tool-timeout", ["timeout --verbose -s INT 3 make soak"], r"timeout: sending signal", {"Makefile": "soak:\n\t@for i in 1 2 3 4 5 6 7 8; do echo soak round $$i; sleep 1; done\n"}, step="Soak", tools=["timeout", "make"])
sh("cancel-make", "cancelled", "cancel", ["make soak"], r"Interrupt|EXIT", {"Makefile": "soak:\n\t@for i in 1 2 3 4 5 6 7 8; do echo soak round $$i; sleep 1; done\n"}, step="Soak", tools=["make"], end="cancel", system="bare", so={"kill": (3, "INT")})
sh("cancel-gh-wait", "cancelled", "cancel", ["for i in $(seq 40); do echo \"waiting for canary, $i\"; sleep 1; done"], "CI", step="Canary", tools=["github"], end="cancel", system="github", so={"kill": (4, "TERM")}, synthetic=True)
sh("cancel-gl-wait", "cancelled", "cancel", ["for i in $(seq 40); do echo \"pods ready: $i/60\"; sleep 1; done"], "CI", step="Rollout", tools=["gitlab"], end="cancel", system="gitlab", so={"kill": (4, "TERM")}, synthetic=True)
sh("cancel-jk-wait", "cancelled", "cancel", ["for i in $(seq 40); do echo \"tests run: $i, errors: 0\"; sleep 1; done"], "CI", step="Soak", tools=["jenkins"], end="cancel", system="jenkins", so={"kill": (4, "TERM")}, synthetic=True)
sh("ci-timeout-gl", "timeout", "ci-timeout", ["for i in $(seq 40); do echo \"copying shard $i\"; sleep 1; done"], "CI", step="Copy", tools=["gitlab"], end="jobtimeout", system="gitlab", so={"kill": (4, "TERM")}, synthetic=True)
sh("ci-timeout-gh", "timeout", "ci-timeout", ["for i in $(seq 40); do echo \"error rate 0.0%, sample $i\"; sleep 1; done"], "CI", step="Soak", tools=["github"], end="jobtimeout", system="github", so={"kill": (4, "TERM")}, synthetic=True)
sh("ci-timeout-jk", "timeout", "ci-timeout", ["for i in $(seq 40); do echo \"waiting for approval $i\"; sleep 1; done"], "CI", step="Soak", tools=["jenkins"], end="jobtimeout", system="jenkins", so={"kill": (4, "TERM")}, synthetic=True)
sh("runner-lost-gh", "infrastructure", "ci-lost", ["for i in $(seq 40); do echo \"compiling unit $i of 900\"; sleep 0.3; done"], "CI", step="Build all", tools=["github"], end="runnerlost", system="github", so={"kill": (4, "KILL")}, synthetic=True)
sh("runner-lost-gl", "infrastructure", "ci-lost", ["for i in $(seq 40); do echo \"compiling unit $i of 700\"; sleep 0.3; done"], "CI", step="Build all", tools=["gitlab"], end="runnerlost", system="gitlab", so={"kill": (4, "KILL")}, synthetic=True)
sh("runner-lost-jk", "infrastructure", "ci-lost", ["for i in $(seq 40); do echo \"linking unit $i of 300\"; sleep 0.3; done"], "CI", step="Build all", tools=["jenkins"], end="runnerlost", system="jenkins", so={"kill": (4, "KILL")}, synthetic=True)
case("image-pull-limit-gl", "ci-lost", "infrastructure", [S("Build", "make")], "CI", {"Makefile": "all:\n"}, tools=["gitlab"], system="gitlab", end="pullfail", synthetic=True)
