//! From a deployment that failed to the line that failed, its class and who may
//! have broken it, by keys alone and in fewer than ten of them, on each system
//! of pipelines.

use super::rehearsal::Rehearsal;

/// One deployment that fails.
struct Failed {
    /// Letters that no other service of the day has.
    letters: &'static str,
    service: &'static str,
    version: &'static str,
    /// The line that states the cause.
    line: &'static str,
    /// Its class, as it stands above the log.
    class: &'static str,
    /// What served before, and the file that a suspect changes.
    before: &'static str,
    file: &'static str,
}

const GITHUB: Failed = Failed {
    letters: "pay",
    service: "payments",
    version: "4.5.0",
    line: "error: deployment \"payments\" exceeded its progress deadline",
    class: "timeout · ",
    before: "4.4.1 serves staging now",
    file: "config/limits.toml",
};

const GITLAB: Failed = Failed {
    letters: "ide",
    service: "identity",
    version: "7.15.0",
    line: "psql:migrations/0031_expand_sessions.sql:12: ERROR",
    class: "code · ",
    before: "7.14.0 serves staging now",
    file: "migrations/0031_expand_sessions.sql",
};

const JENKINS: Failed = Failed {
    letters: "loy",
    service: "loyalty",
    version: "2.5.0",
    line: "Error from server (NotFound): secrets \"loyalty-ledger\" not found",
    class: "configuration · ",
    before: "2.4.1 serves staging now",
    file: "chart/templates/deployment.yaml",
};

/// A rehearsal whose keys are counted.
struct Counted {
    day: Rehearsal,
    keys: usize,
}

impl Counted {
    /// The day on which deployments fail, once this one has.
    fn start(failed: &Failed) -> Self {
        let day = Rehearsal::start_with(120, 40, |command| {
            command.args(["--scenario", "bad-deploys"]);
        })
        .ready();
        day.session
            .wait_until("a failed deployment that needs a person", |screen| {
                let text = screen.contents();
                text.lines()
                    .any(|line| line.contains("deploy failed") && line.contains(failed.service))
            });
        Self { day, keys: 0 }
    }

    fn press(&mut self, keys: &str) {
        let mut rest = keys;
        while let Some(character) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|name| name.split_once('>'));
            rest = named.map_or(&rest[character.len_utf8()..], |(_, after)| after);
            self.keys += 1;
        }
        self.day.session.press(keys);
    }

    /// The log opens at the line that failed, and its class stands above it;
    /// the comparison says what served before and who is suspected.
    fn reads_on_to_the_suspects(mut self, failed: &Failed) {
        self.press("l");
        self.day.session.wait_for(failed.line);
        self.day.session.wait_for(failed.class);
        self.press("c");
        self.day.session.wait_for(failed.before);
        self.day
            .session
            .wait_for("a guess, by what the error names");
        let suspect = format!("changes {}, which the error names", failed.file);
        self.day.session.wait_for(&suspect);
        assert!(self.keys < 10, "{} keys", self.keys);
        assert_eq!(self.day.writes(), 0, "looking changes nothing");
        self.day.session.press("<ctrl-c>");
        self.day.session.wait_for_end();
        self.day.session.assert_given_back();
    }
}

/// From the inbox of the deck.
fn from_the_inbox(failed: &Failed) {
    let mut day = Counted::start(failed);
    day.press(&format!("/{}<enter>", failed.letters));
    day.day.session.wait_until("only that need", |screen| {
        let text = screen.contents();
        let mut failed_ones = text.lines().filter(|line| line.contains("deploy failed"));
        failed_ones
            .next()
            .is_some_and(|line| line.contains(failed.service))
            && failed_ones.next().is_none()
    });
    day.reads_on_to_the_suspects(failed);
}

/// From the deployment itself, where the war room tells it.
fn from_the_timeline(failed: &Failed) {
    let mut day = Counted::start(failed);
    let told = format!("{} {} failed in staging", failed.service, failed.version);
    day.press("5<tab>");
    day.day.session.wait_for(&told);
    day.press(&format!("/{}<enter>", failed.letters));
    day.day.session.wait_until("only what failed", |screen| {
        let text = screen.contents();
        text.contains(&told) && text.matches(" failed in staging").count() == 1
    });
    day.reads_on_to_the_suspects(failed);
}

#[test]
fn a_deployment_that_failed_on_github_leads_to_its_suspects() {
    from_the_inbox(&GITHUB);
    from_the_timeline(&GITHUB);
}

#[test]
fn a_deployment_that_failed_on_gitlab_leads_to_its_suspects() {
    from_the_inbox(&GITLAB);
    from_the_timeline(&GITLAB);
}

#[test]
fn a_deployment_that_failed_on_jenkins_leads_to_its_suspects() {
    from_the_inbox(&JENKINS);
    from_the_timeline(&JENKINS);
}
