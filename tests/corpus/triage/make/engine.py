"""Runs the broken projects of the corpus as a CI job would, and keeps what the tools printed.

A case is a small project (files) and a list of steps. Each step runs in a real shell in the directory that the CI
system would use; every line is kept with the moment it came. `dress.py` then writes the CI system's own lines around
that raw record and finds the line of the label.
"""
import hashlib, json, os, re, shutil, signal, subprocess, threading, time

RAW = os.environ.get("CORPUS_RAW", "raw")
HOME = "/home/runner"
TOOLS = "/opt/hostedtoolcache/Python/3.11.7/x64"
CASES = {}
PROJS = set()
COUNT = [0]
CYCLE = ["github", "gitlab", "jenkins", "github", "gitlab", "bare"]
ADJ = ["amber", "brisk", "cedar", "delta", "ember", "fjord", "grove", "harbor", "indigo", "juniper", "kestrel", "lumen",
       "maple", "north", "onyx", "pine", "quartz", "river", "slate", "tidal", "umber", "vale", "willow", "zephyr"]
NOUN = ["api", "web", "billing", "orders", "search", "ledger", "gateway", "worker", "catalog", "mailer", "reports", "auth",
        "render", "export", "parser", "client", "agent", "console", "inventory", "payments", "router", "tracker", "indexer", "portal"]


def h(text):
    return int(hashlib.sha256(text.encode()).hexdigest(), 16)


class S:
    """One step: a name, its commands, and how it ends."""

    def __init__(self, name, *cmds, always=False, soft=False, env=None, out=None, rc=1, kill=None):
        self.name, self.cmds, self.always, self.soft = name, list(cmds), always, soft
        self.env, self.out, self.rc, self.kill = env or {}, out, rc, kill


def case(name, family, cls, steps, first=None, files=None, tests=(), tools=(), system=None, lang="en", accept=(),
         end=None, synthetic=False, doubt=None, tpl=None, env=None, nth=1, where=None, before=None, proj=None):
    assert name not in CASES, name
    system = system or CYCLE[COUNT[0] % len(CYCLE)]
    COUNT[0] += 1
    if end is None:
        end = "success" if cls == "none" else "failure"
    k = h("proj" + name)
    while proj is None and f"{ADJ[k % len(ADJ)]}-{NOUN[(k // 97) % len(NOUN)]}" in PROJS:
        k += 1009
    if cls == "none" and system == "bare":  # nothing there says that the job succeeded all the same
        steps = [s for s in steps if not s.always or "rm -rf" in s.cmds[0]]
    if cls == "none" and system != "gitlab":  # a clean-up step that fails would fail the job there
        steps = [S(s.name, *[c + " || true" for c in s.cmds], always=True, env=s.env) if s.always and "rm -rf" not in s.cmds[0] else s for s in steps]
    files = dict(files or {})
    if system == "bare" and len(files) and "steps_noise" not in (before or ""):
        import noise
        if not any(f in files for f in ("mod.mk", "unit/test_pay.py", "unit/pay.test.js", "records/errors.t", "CHANGES.md", "site/index.html")):
            extra, more = noise.pick(name, 2)
            names = {x.name for x in steps}
            if not any(x.name in names for x in extra):
                steps, files = extra + list(steps), {**more, **files}
    PROJS.add(proj or f"{ADJ[k % len(ADJ)]}-{NOUN[(k // 97) % len(NOUN)]}")
    CASES[name] = dict(name=name, family=family, cls=cls, steps=steps, first=first, files=files or {}, tests=list(tests),
                       tools=list(tools) or [family], system=system, lang=lang, accept=list(accept), end=end,
                       synthetic=synthetic, doubt=doubt, tpl=tpl, env=env or {}, nth=nth, where=where, before=before,
                       proj=proj or f"{ADJ[k % len(ADJ)]}-{NOUN[(k // 97) % len(NOUN)]}")


def drop(name):
    """Takes a case out again, so that those after it keep their CI system."""
    del CASES[name]


def workdir(c):
    p = c["proj"]
    return {"github": f"/home/runner/work/{p}/{p}", "gitlab": f"/builds/acme/{p}",
            "jenkins": f"/var/lib/jenkins/workspace/{p}", "bare": f"/srv/ci/{p}"}[c["system"]]


def base_env(c):
    e = {"HOME": HOME, "PATH": f"{TOOLS}/bin:/opt/ci-node/node_modules/.bin:/home/runner/.cargo/bin:/root/.cargo/bin:/usr/local/sbin:/usr/local/bin:"
         "/usr/sbin:/usr/bin:/sbin:/bin", "RUSTUP_HOME": "/root/.rustup", "CARGO_HOME": "/home/runner/.cargo",
         "LANG": "C.UTF-8", "CI": "true", "USER": "runner", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive",
         "GIT_TERMINAL_PROMPT": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_ROOT_USER_ACTION": "ignore",
         "GOFLAGS": "-mod=mod", "GOPATH": "/home/runner/go", "GOCACHE": "/home/runner/.cache/go-build", "npm_config_fund": "false", "npm_config_audit": "false",
         "npm_config_update_notifier": "false", "PYTHONDONTWRITEBYTECODE": "1"}
    for k in ("CURL_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "SSL_CERT_FILE"):
        e[k] = HOME + "/ca.pem"
    e.update({"github": {"GITHUB_ACTIONS": "true"}, "gitlab": {"GITLAB_CI": "true", "TERM": "xterm"},
              "jenkins": {"JENKINS_HOME": "/var/lib/jenkins"}, "bare": {}}[c["system"]])
    if c["lang"] != "en":
        loc = {"de": "de_DE.UTF-8", "fr": "fr_FR.UTF-8", "es": "es_ES.UTF-8"}[c["lang"]]
        e.update({"LANG": loc, "LC_ALL": loc, "LANGUAGE": "", "PATH": e["PATH"].replace("/usr/local/sbin:/usr/local/bin:", "")})
    e.update(c["env"])
    return e


def script(c, step):
    sys_, out = c["system"], []
    if sys_ == "gitlab":
        out.append("set -eo pipefail")
        for cmd in step.cmds:
            shown = cmd.split("\n")[0] + (" # collapsed multi-line command" if "\n" in cmd else "")
            out.append("printf '%s\\n' " + "'\x1b[32;1m$ " + shown.replace("'", "'\\''") + "\x1b[0;m'")
            out.append(cmd)
        return ["bash"], "\n".join(out) + "\n"
    text = "\n".join(step.cmds) + "\n"
    if sys_ == "jenkins":
        return ["bash", "-xe"], text
    if sys_ == "bare" and h("x" + c["name"]) % 2:
        return ["bash", "-xe"], text
    return ["bash", "-e"], text


def run_step(c, step, cwd, t0):
    lines = []
    if step.out is not None:
        t = time.time() - t0
        pre = []
        if c["system"] == "gitlab":
            pre = ["\x1b[32;1m$ " + x.split("\n")[0] + "\x1b[0;m" for x in step.cmds]
        elif c["system"] == "jenkins" or (c["system"] == "bare" and h("x" + c["name"]) % 2):
            pre = ["+ " + x for x in step.cmds]
        body = step.out.strip("\n").split("\n") if step.out.strip() else []
        return [[t + i * 0.05, x] for i, x in enumerate(pre + body)], step.rc
    argv, text = script(c, step)
    sh = f"/tmp/corpus-sh-{os.getpid()}/script.sh"
    os.makedirs(os.path.dirname(sh), exist_ok=True)
    with open(sh, "w") as f:
        f.write(text)
    env = base_env(c)
    env.update(step.env)
    p = subprocess.Popen(argv + [sh], cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, start_new_session=True)

    def reader():
        for raw in p.stdout:
            lines.append([time.time() - t0, raw.decode("utf-8", "replace").rstrip("\n")])

    th = threading.Thread(target=reader, daemon=True)
    th.start()
    limit = step.kill[0] if step.kill else 280
    try:
        p.wait(limit)
    except subprocess.TimeoutExpired:
        sig = {"INT": signal.SIGINT, "TERM": signal.SIGTERM, "KILL": signal.SIGKILL}[step.kill[1] if step.kill else "KILL"]
        if not step.kill:
            print("   !! step over 280 s:", c["name"], step.name)
        os.killpg(p.pid, sig)
        try:
            p.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(p.pid, signal.SIGKILL)
            p.wait()
    th.join(5)
    try:
        os.killpg(p.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    rc = p.returncode
    return [[t, x.replace(sh, step_script_name(c))] for t, x in lines], rc if rc >= 0 else 128 - rc


def step_script_name(c):
    return {"github": "/home/runner/work/_temp/" + hashlib.sha256(c["name"].encode()).hexdigest()[:8] + ".sh",
            "gitlab": "bash", "jenkins": f"/var/lib/jenkins/workspace/{c['proj']}@tmp/durable-{h(c['name']) % 0xffffffff:08x}/script.sh.copy",
            "bare": "./ci.sh"}[c["system"]]


TPL = os.environ.get("CORPUS_TPL", "/opt/ci-tpl")


def lay(c, cwd):
    for up in (cwd,):
        shutil.rmtree(up, ignore_errors=True)
    os.makedirs(cwd)
    if c["tpl"]:
        for f in ("package.json", "package-lock.json"):
            shutil.copy(f"{TPL}/{c['tpl']}/{f}", cwd)
    for path, text in c["files"].items():
        full = os.path.join(cwd, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        if c["tpl"] and path == "package.json+":
            pj = json.load(open(f"{cwd}/package.json"))
            pj.update(json.loads(text))
            json.dump(pj, open(f"{cwd}/package.json", "w"), indent=2)
            continue
        with open(full, "w") as f:
            f.write(text.lstrip("\n") if isinstance(text, str) else text)
        if text.startswith("#!") or path.endswith(".sh"):
            os.chmod(full, 0o755)


def git(cwd, *args):
    e = dict(os.environ, HOME=HOME, GIT_AUTHOR_NAME="Dana Reyes", GIT_AUTHOR_EMAIL="dana@acme.example", GIT_COMMITTER_NAME="Dana Reyes",
             GIT_COMMITTER_EMAIL="dana@acme.example", GIT_AUTHOR_DATE="2026-11-24T09:00:00Z", GIT_COMMITTER_DATE="2026-11-24T09:00:00Z", LC_ALL="C.UTF-8")
    return subprocess.run(["git", *args], cwd=cwd, env=e, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run(c):
    cwd = workdir(c)
    lay(c, cwd)
    os.makedirs(HOME, exist_ok=True)
    git(cwd, "init", "-q", "-b", "main")
    git(cwd, "add", "-A")
    git(cwd, "commit", "-q", "--allow-empty", "-m", "work in progress")
    sha = git(cwd, "rev-parse", "HEAD").stdout.strip()
    if c["before"]:
        subprocess.run(["bash", "-c", c["before"]], cwd=cwd, env=dict(base_env(c), LC_ALL="C.UTF-8"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    t0 = time.time()
    steps, failed = [], False
    for s in c["steps"]:
        if failed and not s.always:
            steps.append(dict(name=s.name, cmds=s.cmds, env=s.env, skipped=True, always=s.always, soft=s.soft, lines=[], rc=0))
            continue
        lines, rc = run_step(c, s, cwd, t0)
        steps.append(dict(name=s.name, cmds=s.cmds, env=s.env, skipped=False, always=s.always, soft=s.soft, lines=lines, rc=rc,
                          killed=bool(s.kill), said=s.out is not None))
        if rc != 0 and not s.soft and not s.always:
            failed = True
    os.makedirs(RAW, exist_ok=True)
    json.dump(dict(name=c["name"], sha=sha, system=c["system"], proj=c["proj"], cwd=cwd, steps=steps),
              open(f"{RAW}/{c['name']}.json", "w"))
    shutil.rmtree(cwd, ignore_errors=True)
    return [s["rc"] for s in steps]
