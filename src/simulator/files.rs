//! The configuration for the real clients, and the files around it.

use std::{collections::BTreeMap, fmt::Write as _, io::Write as _, path::Path};

use crate::{
    domain::Timestamp,
    error::{Error, Kind},
};

use super::{
    clock::Clock,
    gitlab::GROUP,
    jenkins, kubernetes,
    prometheus::queries,
    scenario::{Polling, Scenario},
    world::{OPERATOR, ORGANIZATION, World, company::Host},
};

/// Writes the configuration in tminus' own format.
pub fn configuration(
    world: &World,
    scenario: &Scenario,
    clock: Clock,
    urls: &BTreeMap<String, String>,
    tokens: &BTreeMap<String, String>,
    directory: &Path,
) -> String {
    let mut text = format!(
        "# Written by `tminus sim`: scenario {}. {}\nversion = 1\n",
        scenario.name, scenario.summary
    );
    integrations(&mut text, world, scenario, urls, tokens, directory);
    text.push_str(
        "\n[[environments]]\nname = \"staging\"\n\n[[environments]]\nname = \"production\"\nproduction = true\n",
    );
    text.push_str(DEFAULTS);
    if urls.contains_key("prometheus") {
        profile(&mut text, clock);
    }
    services(&mut text, world, urls);
    releases(&mut text, scenario, clock);
    text
}

const DEFAULTS: &str = r#"
[defaults]
host = "github"
rollback = { workflow = "rollback.yml", ref = "main", inputs = { service = "{service}", environment = "{environment}", version = "{version}", request_id = "{operation}" } }
migrations = ["migrations/**"]
contract = ["migrations/*_contract_*"]
config_files = ["config/**"]
"#;

fn integrations(
    text: &mut String,
    world: &World,
    scenario: &Scenario,
    urls: &BTreeMap<String, String>,
    tokens: &BTreeMap<String, String>,
    directory: &Path,
) {
    let Polling {
        requests_per_minute,
        poll_seconds,
    } = scenario.polling.unwrap_or_default();
    for (vendor, url) in urls {
        let _ = writeln!(text, "\n[integrations.{vendor}]");
        let _ = writeln!(text, "kind = {}", quoted(vendor));
        if vendor == "jenkins" {
            let _ = writeln!(
                text,
                "url = {}",
                quoted(&format!("{url}{}", jenkins::PREFIX))
            );
            let _ = writeln!(text, "user = {}", quoted(world.people[OPERATOR].login));
        } else {
            let _ = writeln!(text, "url = {}", quoted(url));
        }
        if tokens.contains_key(vendor) {
            let file = directory.join(format!("{vendor}.token"));
            let _ = writeln!(
                text,
                "token = {{ file = {} }}",
                quoted(&file.to_string_lossy())
            );
        }
        if vendor == "pagerduty" {
            let _ = writeln!(text, "from = {}", quoted(&world.people[OPERATOR].email));
        }
        let _ = writeln!(text, "requests_per_minute = {requests_per_minute}");
        let _ = writeln!(text, "poll_seconds = {poll_seconds}");
        if vendor == "jenkins" {
            text.push_str(jenkins::DEPLOYS);
        }
        if vendor == "kubernetes" {
            text.push_str(kubernetes::NAMESPACES);
        }
    }
}

/// The canary profile.
fn profile(text: &mut String, clock: Clock) {
    let window = queries::window(clock.speed());
    let counted = queries::counted(clock.speed());
    let _ = write!(
        text,
        "\n[profiles.http-service]\nsource = \"prometheus\"\nenvironment = \"production\"\nweight = '{}'\nsteps = [5, 25, 50, 100]\nbake = \"10m\"\ncount_every = \"{counted}s\"\nmetrics = [\n",
        queries::weight()
    );
    let [baseline, canary] = queries::TRACKS;
    let counts = format!(
        "baseline_events = '{}', canary_events = '{}', baseline_total = '{}', canary_total = '{}'",
        queries::errors(baseline),
        queries::errors(canary),
        queries::requests(baseline),
        queries::requests(canary)
    );
    let errors = format!(
        r#"name = "error rate", unit = "ratio", direction = "increase", critical = true, max_ratio = 1.5, min_difference = 0.001, {counts}"#
    );
    for (head, query) in [
        (
            errors.as_str(),
            &(|track: &str| queries::error_ratio(track, window)) as &dyn Fn(&str) -> String,
        ),
        (
            r#"name = "latency p99", unit = "seconds", direction = "increase", max_ratio = 1.25, min_difference = 0.05"#,
            &|track: &str| queries::latency(0.99, track, window),
        ),
        (
            r#"name = "saturation", unit = "ratio", direction = "increase", max_ratio = 1.5, min_difference = 0.1"#,
            &|track: &str| queries::saturation(track),
        ),
    ] {
        let _ = writeln!(
            text,
            "  {{ {head}, baseline = '{}', canary = '{}' }},",
            query(baseline),
            query(canary)
        );
    }
    text.push_str("]\n");
}

fn services(text: &mut String, world: &World, urls: &BTreeMap<String, String>) {
    for service in &world.services {
        let _ = writeln!(text, "\n[[services]]");
        let _ = writeln!(text, "name = {}", quoted(&service.name));
        let _ = writeln!(text, "tier = {}", service.tier);
        let repository = match service.host {
            Host::GitHub => {
                if world.rollouts.iter().any(|one| one.name == service.name) {
                    text.push_str(kubernetes::ROLLBACK);
                }
                format!("{ORGANIZATION}/{}", service.name)
            }
            Host::GitLab => {
                text.push_str("host = \"gitlab\"\nrollback = { mechanism = \"rerun\" }\n");
                format!("{GROUP}/{}", service.name)
            }
            Host::Jenkins => {
                text.push_str("host = \"jenkins\"\n");
                text.push_str(jenkins::ROLLBACK);
                format!("{ORGANIZATION}/{}", service.name)
            }
        };
        let _ = writeln!(text, "repository = {}", quoted(&repository));
        if urls.contains_key("pagerduty") {
            let _ = writeln!(
                text,
                "incident_services = [{}]",
                quoted(&service.pagerduty_id)
            );
        }
        if !service.depends_on.is_empty() {
            let names: Vec<String> = service.depends_on.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(text, "depends_on = [{}]", names.join(", "));
        }
        if service.traffic.is_some() && urls.contains_key("prometheus") {
            let _ = writeln!(text, "canary = \"http-service\"");
        }
    }
}

fn releases(text: &mut String, scenario: &Scenario, clock: Clock) {
    for release in &scenario.releases {
        let _ = writeln!(text, "\n[[releases]]");
        for (key, value) in [
            ("id", &release.id),
            ("name", &release.name),
            ("kind", &release.kind),
            ("captain", &release.captain),
        ] {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
        let _ = writeln!(text, "start = {}", instant(clock.offset(release.start)));
        let _ = writeln!(text, "end = {}", instant(clock.offset(release.end)));
        text.push_str("items = [\n");
        for item in &release.items {
            let _ = writeln!(
                text,
                "  {{ service = {}, environment = \"production\", from = {}, to = {} }},",
                quoted(&item.service),
                quoted(&item.from),
                quoted(&item.to)
            );
        }
        text.push_str("]\n");
        let plan: Vec<String> = release.plan.iter().map(|line| quoted(line)).collect();
        let _ = writeln!(text, "plan = [{}]", plan.join(", "));
    }
    for window in &scenario.windows {
        let _ = writeln!(text, "\n[[windows]]");
        for (key, value) in [
            ("id", &window.id),
            ("kind", &window.kind),
            ("title", &window.title),
            ("reason", &window.reason),
        ] {
            let _ = writeln!(text, "{key} = {}", quoted(value));
        }
        let _ = writeln!(text, "start = {}", instant(clock.offset(window.start)));
        let _ = writeln!(text, "end = {}", instant(clock.offset(window.end)));
    }
}

fn instant(at: Timestamp) -> String {
    quoted(&at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// Writes the configuration, the addresses and the tokens.
pub fn write(
    directory: &Path,
    configuration: &str,
    urls: &BTreeMap<String, String>,
    tokens: &BTreeMap<String, String>,
) -> Result<(), Error> {
    let failed = |path: &Path, error: &std::io::Error| {
        Error::new(
            Kind::Usage,
            format!("cannot write {}: {error}", path.display()),
        )
        .hint("name a directory that can be written with --dir")
    };
    std::fs::create_dir_all(directory).map_err(|error| failed(directory, &error))?;
    for (vendor, token) in tokens {
        let path = directory.join(format!("{vendor}.token"));
        private(&path, token).map_err(|error| failed(&path, &error))?;
    }
    let path = directory.join("urls.json");
    let addresses = serde_json::to_string_pretty(urls).unwrap_or_default();
    std::fs::write(&path, addresses + "\n").map_err(|error| failed(&path, &error))?;
    let path = directory.join("tminus.toml");
    std::fs::write(&path, configuration).map_err(|error| failed(&path, &error))
}

/// Writes a file that only its owner may read, from its first byte on.
fn private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
        options.mode(0o600);
        let mut file = options.open(path)?;
        file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
        file.write_all(text.as_bytes())
    }
    #[cfg(not(unix))]
    options.open(path)?.write_all(text.as_bytes())
}
