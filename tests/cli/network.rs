//! Between here and a vendor: a proxy, a company's authority, a machine
//! without a store of certificates.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    sync::{Arc, Mutex},
    thread,
};

use crate::world::{Said, World, said};

/// A host that exists nowhere.
const NOWHERE: &str = "https://git.corp.example/api/v3";
/// The password of the proxy, which nobody may see.
const PASSWORD: &str = "tminus-canary-proxy";

/// A proxy that lets nobody through and keeps the first lines of requests.
fn gate() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it has an address");
    let seen: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&seen);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("somebody connects");
            let lines = BufReader::new(stream.try_clone().expect("a second handle")).lines();
            let head: Vec<String> = lines
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let first = head.first().cloned().unwrap_or_default();
            kept.lock().expect("nobody panicked").push(first);
            let _answered = stream.write_all(b"HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (address.to_string(), seen)
}

fn run(world: &World, arguments: &[&str], variables: &[(&str, &str)]) -> Said {
    let mut command = world.command(arguments);
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "ALL_PROXY",
        "NO_PROXY",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied());
    said(&command.output().expect("the binary runs"))
}

#[test]
fn the_doctor_names_the_proxy_and_never_its_password() {
    let world = World::start("quiet-day");
    world.replace_in_config(&world.url("github"), NOWHERE);
    let (address, seen) = gate();
    let proxy = format!("http://ana:{PASSWORD}@{address}");
    let log = world.data().with_file_name("trace.log");
    let log = log.to_str().expect("a path in UTF-8");
    let variables = [
        ("ALL_PROXY", proxy.as_str()),
        ("TMINUS_LOG_FILE", log),
        ("RUST_LOG", "trace"),
    ];
    let doctor = run(&world, &["doctor"], &variables);
    assert_eq!(doctor.status, 1, "{}", doctor.stdout);
    for words in [
        format!("✓ github proxy: requests go through {address}, as ALL_PROXY says"),
        format!(
            "✗ github GitHub answers: the proxy {address} does not accept its user and password (407)"
        ),
        "    → set them anew in ALL_PROXY".to_owned(),
        "✓ pagerduty PagerDuty answers".to_owned(),
        "✓ prometheus Prometheus answers".to_owned(),
    ] {
        assert!(doctor.stdout.contains(&words), "{words}\n{}", doctor.stdout);
    }
    let seen = seen.lock().expect("nobody panicked").clone();
    assert!(!seen.is_empty());
    for line in seen {
        assert_eq!(line, "CONNECT git.corp.example:443 HTTP/1.1");
    }
    let log = fs::read_to_string(log).unwrap_or_default();
    for text in [&doctor.stdout, &doctor.stderr, &log] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    let without = [("ALL_PROXY", proxy.as_str()), ("no_proxy", "corp.example")];
    let doctor = run(&world, &["doctor"], &without);
    let words = "✗ github GitHub answers: no address is known for git.corp.example";
    assert!(doctor.stdout.contains(words), "{}", doctor.stdout);
    assert!(!doctor.stdout.contains("proxy:"), "{}", doctor.stdout);
}

#[test]
fn a_file_of_authorities_that_is_not_there_costs_its_integration_alone() {
    let world = World::start("quiet-day");
    let from = "kind = \"pagerduty\"";
    world.replace_in_config(from, &format!("{from}\nca_file = \"/nowhere/ca.pem\""));
    let doctor = world.run(&["doctor"]);
    assert_eq!(doctor.status, 1);
    for words in [
        "✗ pagerduty: `ca_file` /nowhere/ca.pem cannot be read",
        "    → No such file or directory",
        "name the file with the certificate of your company's authority, in PEM",
        "✓ github token",
        "✓ prometheus Prometheus answers",
    ] {
        assert!(doctor.stdout.contains(words), "{words}\n{}", doctor.stdout);
    }
    let status = world.run(&["status", "--json"]);
    assert_eq!(status.status, 3);
    let integrations = status.json()["integrations"].clone();
    let all = integrations.as_array().expect("a list");
    let states: Vec<&str> = all.iter().filter_map(|one| one["state"].as_str()).collect();
    assert_eq!(
        states,
        ["ok", "ok", "ok", "unreachable", "ok"],
        "{integrations}"
    );
}

#[test]
fn plain_http_on_this_machine_needs_no_store_of_certificates() {
    let world = World::start("quiet-day");
    let nothing = [
        ("SSL_CERT_FILE", "/nowhere.pem"),
        ("SSL_CERT_DIR", "/nowhere"),
    ];
    let status = run(&world, &["status"], &nothing);
    assert_eq!(status.status, 0, "{}", status.stderr);
    world.replace_in_config(&world.url("github"), NOWHERE);
    let status = run(&world, &["status"], &nothing);
    assert_eq!(status.status, 3);
    assert!(
        status
            .stderr
            .contains("this machine has no store of certificates"),
        "{}",
        status.stderr
    );
}
