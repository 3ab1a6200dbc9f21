"""Writes the CI system's lines around the raw record of a run and finds the line of the label. Deterministic."""
import datetime, json, os, random, re
from engine import CASES, RAW, HOME, TOOLS, h

ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\([A-Z]")
HOMES = {"github": "/home/runner", "gitlab": "/root", "jenkins": "/var/lib/jenkins", "bare": "/home/ci"}


def clean(c, text):
    sysm = c["system"]
    text = text.replace("/root/.rustup", HOME + "/.rustup").replace("/root/.cargo", HOME + "/.cargo")
    text = re.sub(r"/root/\.pyenv/versions/[0-9.]+", TOOLS, text)
    text = text.replace("/opt/ci-node/node_modules", "/usr/local/lib/node_modules")
    if sysm != "github":
        text = text.replace(TOOLS, "/usr/local")
        text = re.sub(r"/home/runner(?=/\.|/go)", HOMES[sysm], text)
    text = re.sub(r"\b\w+@vm\b", "ci@build-7", text)
    text = re.sub(r"\bvm\b(?=[:\s]|$)", "build-7", text) if "hostname" in text.lower() else text
    return text


def strip(t):
    return ANSI.sub("", t).split("\r")[-1] if not t.endswith("\r") else ANSI.sub("", t).rstrip("\r").split("\r")[-1]


class Log:
    def __init__(self, c, raw):
        self.c, self.raw, self.out = c, raw, []
        self.r = random.Random(c["name"])
        self.t = datetime.datetime(2026, 11, 24, 6, 0, 0) + datetime.timedelta(seconds=h("t" + c["name"]) % 72000,
                                                                              microseconds=h("u" + c["name"]) % 1000000)
        self.stepbase = None

    def tick(self, lo=0.0002, hi=0.02):
        self.t += datetime.timedelta(seconds=self.r.uniform(lo, hi))

    def add(self, text, tag=None):
        self.tick()
        self.out.append((self.t, text, tag))

    def jump(self, secs):
        self.t += datetime.timedelta(seconds=secs)

    def body(self, i, step):
        """The lines of a step at the distances at which they came."""
        prev = step["lines"][0][0] if step["lines"] else 0
        for j, (t, text) in enumerate(step["lines"]):
            self.t += datetime.timedelta(seconds=max(0.00003, t - prev))
            prev = t
            self.out.append((self.t, clean(self.c, text), (i, j)))


def ghgroup(log, title, lines):
    log.add("##[group]" + title)
    for x in lines:
        log.add(x)
    log.add("##[endgroup]")


def github(c, raw):
    L, p, sha, w = Log(c, raw), raw["proj"], raw["sha"], raw["cwd"]
    r = L.r
    L.add("Current runner version: '2.329.0'")
    selfh = r.random() < 0.3
    if selfh:
        L.add(f"Runner name: 'build-{r.randint(2, 9)}'")
        L.add("Runner group name: 'Default'")
        L.add("Machine name: 'build-7'")
    else:
        ghgroup(L, "Runner Image Provisioner", ["Hosted Compute Agent", "Version: 20251016.436", "Build Date: 2025-10-15T20:44:12Z"])
        ghgroup(L, "Operating System", ["Ubuntu", "24.04.3", "LTS"])
        ghgroup(L, "Runner Image", ["Image: ubuntu-24.04", "Version: 20251102.99.1",
                "Included Software: https://github.com/actions/runner-images/blob/ubuntu24/20251102.99/images/ubuntu/Ubuntu2404-Readme.md",
                "Image Release: https://github.com/actions/runner-images/releases/tag/ubuntu24%2F20251102.99"])
    ghgroup(L, "GITHUB_TOKEN Permissions", ["Contents: read", "Metadata: read", "Packages: read"])
    for x in ["Secret source: Actions", "Prepare workflow directory", "Prepare all required actions", "Getting action download info"]:
        L.add(x)
    L.jump(0.4)
    L.add("Download action repository 'actions/checkout@v4' (SHA:08eba0b27e820071cde6df949e0beb9ba4906955)")
    L.jump(0.6)
    L.add(f"Complete job name: {r.choice(['build', 'test', 'ci', 'check', 'build (ubuntu-latest)', 'verify'])}")
    ghgroup(L, "Run actions/checkout@v4", ["with:", f"  repository: acme/{p}", "  token: ***", "  ssh-strict: true", "  ssh-user: git",
            "  persist-credentials: true", "  clean: true", "  sparse-checkout-cone-mode: true", "  fetch-depth: 1", "  fetch-tags: false",
            "  show-progress: true", "  lfs: false", "  submodules: false", "  set-safe-directory: true"])
    L.add(f"Syncing repository: acme/{p}")
    ghgroup(L, "Getting Git version info", [f"Working directory is '{w}'", "[command]/usr/bin/git version", "git version 2.51.2"])
    L.add("Temporarily overriding HOME='/home/runner/work/_temp/5f4f0c3e-9d0b-4b1e-8d55-5f1b1f8f2a10' before making global git config changes")
    L.add("Adding repository directory to the temporary git global config as a safe directory")
    L.add(f"[command]/usr/bin/git config --global --add safe.directory {w}")
    L.add(f"Deleting the contents of '{w}'")
    ghgroup(L, "Initializing the repository", [f"[command]/usr/bin/git init {w}",
            "hint: Using 'master' as the name for the initial branch. This default branch name",
            "hint: is subject to change. To configure the initial branch name to use in all",
            "hint: of your new repositories, which will suppress this warning, call:", "hint:",
            "hint: \tgit config --global init.defaultBranch <name>", f"Initialized empty Git repository in {w}/.git/",
            f"[command]/usr/bin/git remote add origin https://github.com/acme/{p}"])
    ghgroup(L, "Disabling automatic garbage collection", ["[command]/usr/bin/git config --local gc.auto 0"])
    ghgroup(L, "Setting up auth", ["[command]/usr/bin/git config --local --name-only --get-regexp core\\.sshCommand",
            "[command]/usr/bin/git config --local http.https://github.com/.extraheader AUTHORIZATION: basic ***"])
    L.add("##[group]Fetching the repository")
    L.add(f"[command]/usr/bin/git -c protocol.version=2 fetch --no-tags --prune --no-recurse-submodules --depth=1 origin +{sha}:refs/remotes/origin/main")
    L.jump(0.8)
    L.add(f"From https://github.com/acme/{p}")
    L.add(f" * [new ref]         {sha} -> origin/main")
    L.add("##[endgroup]")
    ghgroup(L, "Determining the checkout info", [])
    L.add("[command]/usr/bin/git sparse-checkout disable")
    L.add("[command]/usr/bin/git config --local --unset-all extensions.worktreeConfig")
    ghgroup(L, "Checking out the ref", ["[command]/usr/bin/git checkout --progress --force -B main refs/remotes/origin/main",
            "Switched to a new branch 'main'", "branch 'main' set up to track 'origin/main'."])
    L.add("[command]/usr/bin/git log -1 --format=%H")
    L.add(sha)
    envs = {k: v for k, v in list(c["env"].items())}
    for i, s in enumerate(raw["steps"]):
        if s["skipped"]:
            continue
        L.jump(0.1)
        cmds = [x for cmd in s["cmds"] for x in cmd.split("\n")]
        L.add("##[group]Run " + cmds[0])
        for x in cmds:
            L.add("\x1b[36;1m" + clean(c, x) + "\x1b[0m")
        L.add("shell: /usr/bin/bash -e {0}")
        e = dict(envs, **s["env"])
        if e:
            L.add("env:")
            for k, v in e.items():
                L.add(f"  {k}: {v}")
        L.add("##[endgroup]")
        L.body(i, s)
        if ends(c, raw, i, s, "github", L):
            continue
        if s["rc"]:
            L.add(f"##[error]Process completed with exit code {s['rc']}.", ("exit", i))
    tail(c, raw, "github", L)
    if c["end"] not in ("runnerlost",):
        L.add("Post job cleanup.")
        L.add("[command]/usr/bin/git version")
        L.add("git version 2.51.2")
        L.add("Temporarily overriding HOME='/home/runner/work/_temp/2b9c7a55-8e0f-44f8-8f0e-b0c5e6a7f9d1' before making global git config changes")
        L.add("Adding repository directory to the temporary git global config as a safe directory")
        L.add(f"[command]/usr/bin/git config --global --add safe.directory {w}")
        L.add("[command]/usr/bin/git config --local --name-only --get-regexp core\\.sshCommand")
        L.add("[command]/usr/bin/git config --local --name-only --get-regexp http\\.https\\:\\/\\/github\\.com\\/\\.extraheader")
        L.add("http.https://github.com/.extraheader")
        L.add("[command]/usr/bin/git config --local --unset-all http.https://github.com/.extraheader")
        if r.random() < 0.25 and c["end"] == "failure":
            L.add("##[warning]Failed to save: Unable to reserve cache with key Linux-deps-4f1e, another job may be creating this cache.")
        L.add("Cleaning up orphan processes")
        if c["end"] in ("cancel", "jobtimeout"):
            L.add(f"Terminate orphan process: pid ({r.randint(1800, 4000)}) (bash)")
    lines, tags = [], []
    for t, text, tag in L.out:
        stamp = t.strftime("%Y-%m-%dT%H:%M:%S.%f") + str(L.r.randint(0, 9)) + "Z "
        lines.append(stamp + text)
        tags.append(tag)
    return lines, tags


def gitlab(c, raw):
    L, p, sha, w = Log(c, raw), raw["proj"], raw["sha"], raw["cwd"]
    r, R = L.r, "\x1b[0;m"
    newer = h("gl" + c["name"]) % 10 < 4
    rid = "".join(r.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMN0123456789") for _ in range(9))
    sec = lambda: int(L.t.timestamp())
    open_ = []

    def start(name, title):
        pre = f"section_end:{sec()}:{open_.pop()}\r\x1b[0K" if open_ else ""
        open_.append(name)
        L.add(f"{pre}section_start:{sec()}:{name}\r\x1b[0K\x1b[0K\x1b[36;1m{title}{R}{R}")

    L.add(f"\x1b[0KRunning with gitlab-runner 18.5.0 (bda84871){R}")
    L.add(f"\x1b[0K  on shared-{r.randint(1, 9)}.runners.acme.example {rid}, system ID: s_{h(c['name']) % 0xffffffffffff:012x}{R}")
    image = r.choice(["registry.gitlab.com/acme/ci-image:2026.11", "debian:12", "registry.gitlab.com/acme/build:stable"])
    start("prepare_executor", 'Preparing the "docker" executor')
    L.add(f"\x1b[0KUsing Docker executor with image {image} ...{R}")
    L.jump(1.5)
    if c["end"] == "pullfail":
        return gl_pullfail(c, raw, L, newer)
    L.add(f"\x1b[0KUsing locally found image version due to \"if-not-present\" pull policy{R}")
    L.add(f"\x1b[0KUsing docker image sha256:{h('im' + image) % (1 << 256):064x} for {image} with digest {image.split(':')[0]}@sha256:{h('dg' + image) % (1 << 256):064x} ...{R}")
    start("prepare_script", "Preparing environment")
    L.jump(0.7)
    L.add(f"Running on runner-{rid.lower()}-project-{r.randint(100, 9999)}-concurrent-0 via build-{r.randint(2, 9)}...")
    start("get_sources", "Getting source from Git repository")
    L.add(f"\x1b[32;1mFetching changes with git depth set to 20...{R}")
    L.add(f"Initialized empty Git repository in {w}/.git/")
    L.add(f"\x1b[32;1mCreated fresh repository.{R}")
    L.jump(0.8)
    L.add(f"\x1b[32;1mChecking out {sha[:8]} as detached HEAD (ref is main)...{R}")
    L.add("")
    L.add(f"\x1b[32;1mSkipping Git submodules setup{R}")
    if r.random() < 0.3:
        start("restore_cache", "Restoring cache")
        L.add(f"\x1b[32;1mChecking cache for main-protected...{R}")
        L.add(f"No URL provided, cache will not be downloaded from shared cache server. Instead a local version of cache will be extracted. ")
        L.add(f"\x1b[0;33mWARNING: Cache file does not exist                  {R} ")
        L.add(f"\x1b[0;33mFailed to extract cache{R}")
    start("step_script", 'Executing "step_script" stage of the job script')
    after = False
    L.jump(0.4)
    final = 0
    for i, s in enumerate(raw["steps"]):
        if s["skipped"]:
            continue
        if s["always"] and not after:
            after = True
            if final == 0:
                final = next((x["rc"] for x in raw["steps"] if x["rc"] and not x["soft"] and not x["always"]), 0)
            start("after_script", "Running after_script")
            L.add(f"\x1b[32;1mRunning after script...{R}")
        L.body(i, s)
        if s["rc"] and s["always"]:
            L.add(f"\x1b[0;33mWARNING: after_script failed, but job will continue unaffected: exit code {s['rc']}{R} ")
        ends(c, raw, i, s, "gitlab", L)
    if r.random() < 0.3 and c["end"] == "failure":
        start("upload_artifacts_on_failure", "Uploading artifacts for failed job")
        L.add(f"\x1b[32;1mUploading artifacts...{R}")
        L.add("Runtime platform                                  \x1b[0;m  arch\x1b[0;m=amd64 os\x1b[0;m=linux pid\x1b[0;m=31 revision\x1b[0;m=bda84871 version\x1b[0;m=18.5.0")
        L.add(f"\x1b[0;33mWARNING: reports/*.xml: no matching files. Ensure that the artifact path is relative to the working directory ({w}){R} ")
        L.add("\x1b[31;1mERROR: No files to upload                          \x1b[0;m ")
    start("cleanup_file_variables", "Cleaning up project directory and file based variables")
    L.jump(0.5)
    L.add(f"section_end:{sec()}:cleanup_file_variables\r\x1b[0K")
    tail(c, raw, "gitlab", L)
    rc = next((x["rc"] for x in raw["steps"] if x["rc"] and not x["soft"] and not x["always"]), 0)
    if c["end"] == "success":
        L.add(f"\x1b[32;1mJob succeeded{R}")
    elif c["end"] == "failure":
        L.add(f"\x1b[31;1mERROR: Job failed: exit code {rc}", ("exit", 0))
        L.add(f"{R}")
    return gl_finish(c, L, newer)


def gl_pullfail(c, raw, L, newer):
    tail(c, raw, "gitlab", L)
    return gl_finish(c, L, newer)


def gl_finish(c, L, newer):
    lines, tags = [], []
    for t, text, tag in L.out:
        if not newer:
            lines.append(text)
            tags.append(tag)
            continue
        stream = "01" if tag and tag[0] != "exit" else "00"
        stamp = t.strftime("%Y-%m-%dT%H:%M:%S.%fZ ") + stream
        parts = re.split(r"(?<=\r)", text)
        for n, part in enumerate(x for x in parts if x or len(parts) == 1):
            lines.append(stamp + "O" + ("+" if n else " ") + part)
            tags.append(tag)
    return lines, tags


def jenkins(c, raw):
    L, p, sha, w = Log(c, raw), raw["proj"], raw["sha"], raw["cwd"]
    r = L.r
    L.add(r.choice(["Started by user Dana Reyes", "Started by an SCM change", "Branch indexing", "Push event to branch main", "Started by timer"]))
    for x in [f"Obtained Jenkinsfile from {sha}", "[Pipeline] Start of Pipeline", "[Pipeline] node", f"Running on agent-{r.randint(1, 9)} in {w}",
              "[Pipeline] {", "[Pipeline] stage", "[Pipeline] { (Declarative: Checkout SCM)", "[Pipeline] checkout",
              "The recommended git tool is: NONE", "using credential acme-git", "Cloning the remote Git repository",
              "Cloning with configured refspecs honoured and without tags", f"Cloning repository https://git.acme.example/{p}.git",
              f" > git init {w} # timeout=10", f"Fetching upstream changes from https://git.acme.example/{p}.git",
              " > git --version # timeout=10", " > git --version # 'git version 2.47.3'", "using GIT_ASKPASS to set credentials ",
              f" > git fetch --no-tags --force --progress -- https://git.acme.example/{p}.git +refs/heads/main:refs/remotes/origin/main # timeout=10",
              f"Checking out Revision {sha} (main)", " > git config core.sparsecheckout # timeout=10", f" > git checkout -f {sha} # timeout=10",
              'Commit message: "work in progress"', f" > git rev-list --no-walk {h('prev' + p) % (1 << 160):040x} # timeout=10",
              "[Pipeline] }", "[Pipeline] // stage", "[Pipeline] withEnv", "[Pipeline] {"]:
        L.add(x)
    failed, post = False, False
    for i, s in enumerate(raw["steps"]):
        if s["always"] and not post:
            post = True
            for x in ["[Pipeline] stage", "[Pipeline] { (Declarative: Post Actions)"]:
                L.add(x)
        if s["always"]:
            L.add("[Pipeline] sh")
            L.body(i, s)
            if s["rc"]:
                L.add("Error when executing always post condition:")
                L.add(f"hudson.AbortException: script returned exit code {s['rc']}")
                L.add("\tat org.jenkinsci.plugins.workflow.steps.durable_task.DurableTaskStep$Execution.handleExit(DurableTaskStep.java:687)")
                L.add("\tat org.jenkinsci.plugins.workflow.steps.durable_task.DurableTaskStep$Execution.check(DurableTaskStep.java:630)")
                L.add("")
            continue
        L.add("[Pipeline] stage")
        L.add(f"[Pipeline] {{ ({s['name']})")
        if s["skipped"]:
            L.add(f'Stage "{s["name"]}" skipped due to earlier failure(s)')
            if r.random() < 0.5:
                L.add("[Pipeline] getContext")
        else:
            L.add("[Pipeline] sh")
            L.body(i, s)
            ends(c, raw, i, s, "jenkins", L)
        L.add("[Pipeline] }")
        L.add("[Pipeline] // stage")
    if post:
        L.add("[Pipeline] }")
        L.add("[Pipeline] // stage")
    for x in ["[Pipeline] }", "[Pipeline] // withEnv", "[Pipeline] }", "[Pipeline] // node", "[Pipeline] End of Pipeline"]:
        L.add(x)
    tail(c, raw, "jenkins", L)
    rc = next((x["rc"] for x in raw["steps"] if x["rc"] and not x["soft"] and not x["always"]), 0)
    if c["end"] == "failure":
        L.add(f"ERROR: script returned exit code {rc}", ("exit", 0))
        L.add("Finished: FAILURE")
    elif c["end"] == "success":
        L.add("Finished: SUCCESS")
    stamps = h("jk" + c["name"]) % 3 == 0
    lines, tags = [], []
    for t, text, tag in L.out:
        st = t.strftime("[%Y-%m-%dT%H:%M:%S.") + t.strftime("%f")[:3] + "Z] "
        lines.append((st if stamps and not text.startswith("[Pipeline]") else "") + text)
        tags.append(tag)
    return lines, tags


def bare(c, raw):
    L = Log(c, raw)
    for i, s in enumerate(raw["steps"]):
        if not s["skipped"]:
            L.body(i, s)
            ends(c, raw, i, s, "bare", L)
    return [x[1] for x in L.out], [x[2] for x in L.out]


def ends(c, raw, i, s, sysm, L):
    """CI lines right after a step that the CI system itself ended. True: no exit line follows."""
    last = not any(not x["skipped"] and not x["always"] for x in raw["steps"][i + 1:])
    if not last or s["always"]:
        return False
    end = c["end"]
    if sysm == "github":
        if end == "cancel":
            L.add("##[error]The operation was canceled.", ("ci", 0))
            return True
        if end == "jobtimeout":
            L.jump(1800)
            L.add("##[error]The job has exceeded the maximum execution time of 30m0s", ("ci", 0))
            L.add("##[error]The operation was canceled.", ("ci", 1))
            return True
        if end == "steptimeout":
            L.jump(600)
            L.add(f"##[error]The action '{s['name']}' has timed out after 10 minutes.", ("ci", 0))
            return True
        if end == "runnerlost":
            L.jump(40)
            L.add("##[error]The runner has received a shutdown signal. This can happen when the runner service is stopped, or a manually started runner is canceled.", ("ci", 0))
            L.jump(1)
            L.add("##[error]Process completed with exit code 143.", ("ci", 1))
            L.add("##[error]The operation was canceled.", ("ci", 2))
            return True
    if sysm == "gitlab" and end == "jobtimeout":
        L.jump(3600)
        L.add("\x1b[0;33mWARNING: step_script could not run to completion because the timeout was exceeded. For more control over job and script timeouts see: https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts\x1b[0;m ", ("ci", 0))
    if sysm == "jenkins":
        if end == "cancel":
            L.add("Aborted by Dana Reyes", ("ci", 0))
            L.add("Sending interrupt signal to process")
            L.add("Terminated")
            L.add("script returned exit code 143", ("ci", 1))
        if end in ("jobtimeout", "steptimeout"):
            L.jump(900)
            L.add("Cancelling nested steps due to timeout", ("ci", 0))
            L.add("Sending interrupt signal to process")
            L.add("Terminated")
            L.add("script returned exit code 143", ("ci", 1))
        if end == "runnerlost":
            L.jump(300)
            L.add("Cannot contact agent-4: hudson.remoting.ChannelClosedException: Channel \"hudson.remoting.Channel@5d1c1a3f:agent-4\": Remote call on agent-4 failed. The channel is closing down or has closed down", ("ci", 0))
            L.jump(310)
            L.add("Agent agent-4 was deleted; cancelling node body", ("ci", 1))
            L.add("Could not connect to agent-4 to send interrupt signal to process")
    return False


def tail(c, raw, sysm, L):
    """The CI system's last words, where they are not an exit code."""
    end, R = c["end"], "\x1b[0;m"
    if sysm == "gitlab":
        text = {"cancel": "ERROR: Job failed: canceled", "jobtimeout": "ERROR: Job failed: execution took longer than 1h0m0s seconds",
                "runnerlost": "ERROR: Job failed (system failure): Error response from daemon: No such container: 5a3f6bd21c7e (docker.go:713:0s)",
                "pullfail": "ERROR: Job failed: failed to pull image \"registry.gitlab.com/acme/ci-image:2026.11\" with specified policies [always]: toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit (manager.go:250:1s)"}.get(end)
        if end == "pullfail":
            L.add(f"\x1b[0KPulling docker image registry.gitlab.com/acme/ci-image:2026.11 ...{R}")
            L.add("\x1b[0;33mWARNING: Failed to pull image with policy \"always\": toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit (manager.go:250:1s)\x1b[0;m ", ("ci", 0))
            L.add(f"section_end:{int(L.t.timestamp())}:prepare_executor\r\x1b[0K")
        if text:
            L.add(f"\x1b[31;1m{text}", ("ci", 9))
            L.add(R)
    if sysm == "jenkins":
        if end == "cancel":
            L.add("Finished: ABORTED")
        if end in ("jobtimeout", "steptimeout"):
            L.add("Timeout has been exceeded", ("ci", 5))
            L.add("org.jenkinsci.plugins.workflow.actions.ErrorAction$ErrorId: 0c6a3f6e-6f0b-4d3c-9f0c-7b1f4f1f2a6d")
            L.add("Finished: ABORTED")
        if end == "runnerlost":
            L.add("org.jenkinsci.plugins.workflow.steps.FlowInterruptedException", ("ci", 6))
            L.add("Finished: ABORTED")


WRAP = dict(github=github, gitlab=gitlab, jenkins=jenkins, bare=bare)
# Further lines that state the cause, by family. "+": only within the 25 lines after the first; "=": near it.
DEF = {
    "pytest": [r"=^_{3,} .* _{3,}$", r"^FAILED ", r"^ERROR .*::", r" FAILED +\[", r"^\[gw\d\].* FAILED"],
    "unittest": [r"+^AssertionError", r"+^\w+(\.\w+)*(Error|Exception)\b", r"+^Traceback"],
    "cargo-test": [r"^test .* \.\.\. .*FAILED", r"=^---- .* stdout ----", r"+assertion|left:"],
    "jest": [r"^\s*FAIL ", r"✕", r"+expect\(", r"+TypeError|thrown:|toMatchSnapshot"],
    "vitest": [r"^ *×|^ *✗|^   [×✗]", r"+Error: "],
    "mocha": [r"^\s{4,}1\) ", r"+AssertionError|Error: "],
    "node-test": [r"+error: ", r"+code: 'ERR"],
    "go-test": [r"+^\s+\w+_test\.go:\d+:", r"+^\s+--- FAIL", r"+^panic:"],
    "rspec": [r"+Failure/Error", r"+expected|NoMethodError", r"^rspec .*:"],
    "phpunit": [r"+^Failed asserting|^Error: "],
    "junit": [r"+AssertionFailedError|AssertionError|ComparisonFailure|Exception", r"=<<< (FAILURE|ERROR)!"],
}


def label(c, raw, lines, tags):
    """(first, acceptable) as 1-based lines."""
    def text(n):
        tag = tags[n]
        if tag and isinstance(tag[0], int):
            return strip(clean(c, raw["steps"][tag[0]]["lines"][tag[1]][1])).rstrip()
        t = re.sub(r"^\S+Z (\d\d[OE][+ ])?|^\[\S+Z\] ", "", lines[n])
        return strip(t).rstrip()

    if c["cls"] == "none":
        return None, [], None
    fails = [i for i, s in enumerate(raw["steps"]) if s["rc"] and not s["soft"] and not s["always"]]
    fstep = fails[0] if fails else len(raw["steps"]) - 1
    if c["where"] is not None:
        fstep = c["where"]
    idx = [n for n, t in enumerate(tags) if t and t[0] == fstep]
    if c["first"] == "EXIT":
        hit = next((n for n, t in enumerate(tags) if t and t[0] == "exit"), None)
        if hit is None:
            return None, [], None
        return hit + 1, [], text(hit)
    if c["first"] == "CI":
        ci = [n for n, t in enumerate(tags) if t and t[0] == "ci"]
        assert ci, f"{c['name']}: no CI line"
        return ci[0] + 1, [n + 1 for n in ci[1:]], text(ci[0])
    rx = re.compile(c["first"])
    found = [n for n in idx if rx.search(text(n))]
    if len(found) < c["nth"]:
        return -1, [], None
    first = found[c["nth"] - 1]
    acc = []
    for a in c["accept"] + DEF.get(c["family"], []):
        lo, hi, a = {"+": (first, first + 25, a[1:]), "=": (first - 60, first + 8, a[1:])}.get(a[0], (0, len(lines), a))
        n = next((n for n in idx if lo <= n <= hi and re.search(a, text(n)) and n != first), None)
        if n is not None and n + 1 not in acc:
            acc.append(n + 1)
    if c.get("end") == "cancel":
        acc += [n + 1 for n, t in enumerate(tags) if t and t[0] == "ci"]
    return first + 1, sorted(acc), text(first)


def dress(name):
    c = CASES[name]
    raw = json.load(open(f"{RAW}/{name}.json"))
    if raw["system"] != c["system"] or raw["proj"] != c["proj"]:
        raise SystemExit(f"{name}: raw record is of another system: run it again")
    lines, tags = WRAP[c["system"]](c, raw)
    first, acc, ftext = label(c, raw, lines, tags)
    fails = [s for s in raw["steps"] if s["rc"] and not s["soft"] and not s["always"]]
    made = (fails or [s for s in raw["steps"] if not s["skipped"] and not s["always"]] or [{"cmds": []}])[0 if fails else -1]["cmds"]
    lab = {"class": c["cls"], "first_error_line": first, "first_error_text": ftext, "acceptable_lines": acc,
           "failed_tests": c["tests"], "system": c["system"], "family": c["family"], "tools": c["tools"], "language": c["lang"],
           "made_by": clean(c, "; ".join(made)), "synthetic": c["synthetic"]}
    if c["doubt"]:
        lab["doubt"] = c["doubt"]
    return "\n".join(lines) + "\n", lab
