//! What steps and commands are for, by their names: the job's own work, or
//! clean-up that runs whatever happened.

/// What a command that the log shows is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    /// It does the work.
    Work,
    /// It says how another ended: `exit 1`, `rc=2`, `echo failed`.
    Says,
    /// It cleans up, whatever happened.
    CleansUp,
}

impl Command {
    pub fn of(command: &str) -> Self {
        if command.starts_with('[') || command.starts_with("'['") {
            return Self::Says;
        }
        let mut words = command.split_whitespace();
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        let third = words.next().unwrap_or_default();
        match (first, second) {
            (
                "exit" | "return" | "test" | "echo" | "printf" | "set" | "trap" | "local"
                | "export",
                _,
            ) => Self::Says,
            ("rm" | "kill" | "pkill" | "killall" | "umount" | "cleanup" | "teardown", _) => {
                Self::CleansUp
            }
            ("docker" | "docker-compose" | "podman", "down" | "stop" | "rm" | "logs" | "kill") => {
                Self::CleansUp
            }
            ("docker", "compose") if matches!(third, "down" | "stop" | "rm" | "logs" | "kill") => {
                Self::CleansUp
            }
            ("kubectl", "logs" | "delete" | "describe" | "get") => Self::CleansUp,
            _ if first.contains('=') && second.is_empty() => Self::Says,
            _ => Self::Work,
        }
    }
}

/// Words in the name of a step that runs after others failed, to clean up, to
/// keep or to tell something.
const CLEANUP_WORDS: [&str; 33] = [
    "post ",
    "clean",
    "teardown",
    "tear down",
    "tear-down",
    "compose down",
    "compose stop",
    "compose logs",
    "docker stop",
    "docker rm",
    "docker logs",
    "docker kill",
    "kubectl logs",
    "kubectl delete",
    "kubectl get",
    "kubectl describe",
    "upload-artifact",
    "upload artifact",
    "rm -",
    "kill ",
    "notify",
    "notification",
    "slack",
    "test report",
    "test-report",
    "publish report",
    "upload report",
    "codecov",
    "coverage upload",
    "save-cache",
    "cache/save",
    "publish-unit-test",
    "always",
];

/// Words in the name of a step that does the job's own work.
const WORK_WORDS: [&str; 22] = [
    "cargo ",
    "npm ",
    "yarn ",
    "pnpm ",
    "go test",
    "go build",
    "make",
    "pytest",
    "python ",
    "mvn ",
    "gradle",
    "docker build",
    "docker push",
    "kubectl apply",
    "helm ",
    "terraform ",
    "dotnet ",
    "deploy",
    "tox",
    "cmake",
    "publish",
    "bundle ",
];

/// Whether a step of this name only cleans up, keeps or tells something.
pub(super) fn is_cleanup(name: &str) -> bool {
    let name = name.to_lowercase();
    CLEANUP_WORDS.iter().any(|word| name.contains(word))
}

/// Whether a step of this name does the job's own work.
pub(super) fn is_work(name: &str) -> bool {
    let lower = name.to_lowercase();
    !is_cleanup(name) && WORK_WORDS.iter().any(|word| lower.contains(word))
}
