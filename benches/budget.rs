//! What watching costs and how soon it sees: requests an hour, and the delay
//! between the end of a run and the fact about it.
//!
//! `cargo bench --bench budget -- SERVICES quiet|busy MINUTES`, such as
//! `cargo bench --bench budget -- 100 busy 10`. It takes that long and a minute
//! more: the watch starts with a look at everything, which is not counted. About
//! four runs a minute end in the busy hour, so half an hour shows a hundred. The
//! simulator serves the scenario `large` on loopback, in real time: twenty of its
//! services are pushed to all the time, which `quiet` leaves out.
//! The screen shows forty services, those that are pushed to first, and the
//! newest run at work is selected. Numbers: docs/performance.md.

#![expect(clippy::print_stdout, reason = "a benchmark tells what it measured")]

use std::{
    collections::BTreeSet,
    io::{Read as _, Write as _},
    net::TcpStream,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tminus::{
    config::{Config, fetch_secret},
    domain::{Body, Fact, Origin, RunState, ServiceName},
    integrations::{
        contract::{Attention, FactSink},
        http::Access,
    },
    simulator::{Options, start},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Services on the screen.
const SHOWN: usize = 40;

/// Services that are pushed to all the time.
const ACTIVE: usize = 20;

/// What the facts told so far.
#[derive(Default)]
struct Told {
    live: BTreeSet<Origin>,
    /// Runs that ended: what is told again is no news.
    ended: BTreeSet<Origin>,
    newest: Option<Origin>,
    /// Services with a run at work, the one that was pushed to last first.
    active: Vec<ServiceName>,
    /// Seconds between the end of a run and the fact about it.
    delays: Vec<f64>,
}

impl Told {
    fn take(&mut self, fact: &Fact) {
        let Body::Run(run) = &fact.body else { return };
        if run.state.is_live() {
            if self.live.insert(run.id.clone()) {
                self.active.retain(|service| service != &run.service);
                self.active.insert(0, run.service.clone());
                self.newest = Some(run.id.clone());
            }
        } else if matches!(run.state, RunState::Done(_))
            && self.ended.insert(run.id.clone())
            && self.live.remove(&run.id)
        {
            let delay = fact.observed - run.updated;
            self.delays.push(delay.num_milliseconds() as f64 / 1000.0);
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let (services, busy, minutes) = match words[..] {
        [services, kind, minutes] => (services.parse()?, kind == "busy", minutes.parse()?),
        _ => {
            println!("usage: cargo bench --bench budget -- SERVICES quiet|busy MINUTES");
            return Ok(());
        }
    };
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(measure(services, busy, minutes))
}

async fn measure(
    services: usize,
    busy: bool,
    minutes: u64,
) -> Result<(), Box<dyn std::error::Error>> {
    let running = start(Options {
        scenario: "large".to_owned(),
        seed: 7,
        speed: 1.0,
    })
    .await?;
    let place = tempfile::tempdir()?;
    running.write_files(place.path())?;
    let config = Config::find(Some(place.path().join("tminus.toml")))?;
    let mut catalog = (*config.catalog).clone();
    if !busy {
        // Those that are pushed to come first.
        catalog.services.rotate_left(ACTIVE);
        let quiet = catalog.services.len() - ACTIVE;
        catalog.services.truncate(quiet);
    }
    catalog.services.truncate(services);
    let services = catalog.services.len();
    let shown: Vec<ServiceName> = catalog
        .services
        .iter()
        .take(SHOWN)
        .map(|service| service.name.clone())
        .collect();
    let token = std::fs::read_to_string(place.path().join("github.token"))?;
    let id = "github".into();
    let settings = config.systems.get(&id).ok_or("no such system")?;
    let github = settings.connect(
        id.clone(),
        &fetch_secret,
        &Arc::new(catalog),
        Access::ReadOnly,
    )?;
    let told = Arc::new(Mutex::new(Told::default()));
    let sink = {
        let told = Arc::clone(&told);
        FactSink::new(
            id,
            Arc::new(move |facts| {
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                for fact in &facts {
                    told.take(fact);
                }
            }),
        )
    };
    let (look, attention) = watch::channel(Attention {
        services: shown.clone(),
        ..Attention::default()
    });
    let stop = CancellationToken::new();
    let watching = tokio::spawn(Arc::clone(&github).watch(sink, attention, stop.clone()));
    let url = running.urls.get("github").ok_or("no address")?.clone();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let (before, began) = (requests(&url, &token).await?, Instant::now());
    told.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .delays
        .clear();
    while began.elapsed() < Duration::from_secs(60 * minutes) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        let (newest, active) = {
            let told = told.lock().unwrap_or_else(PoisonError::into_inner);
            (told.newest.clone(), told.active.clone())
        };
        // What was pushed to last stands at the top of a list of runs.
        let mut services = active;
        let others = shown.iter().filter(|service| !services.contains(service));
        let others: Vec<ServiceName> = others.cloned().collect();
        services.extend(others);
        services.truncate(SHOWN);
        look.send_replace(Attention {
            services,
            runs: newest.into_iter().collect(),
            ..Attention::default()
        });
    }
    let hours = began.elapsed().as_secs_f64() / 3600.0;
    let sent = requests(&url, &token).await? - before;
    stop.cancel();
    watching.await?;
    let mut delays =
        std::mem::take(&mut told.lock().unwrap_or_else(PoisonError::into_inner).delays);
    delays.sort_by(f64::total_cmp);
    let at = |share: f64| {
        let place = (delays.len().saturating_sub(1) as f64 * share).round() as usize;
        delays
            .get(place)
            .map_or_else(|| "-".to_owned(), |delay| format!("{delay:.1} s"))
    };
    println!(
        "{services} services, {}: {:.0} requests an hour; {} runs ended, seen after {} (median), {} (p90), {} (longest)",
        if busy { "busy" } else { "quiet" },
        sent as f64 / hours,
        delays.len(),
        at(0.5),
        at(0.9),
        at(1.0),
    );
    running.shutdown().await;
    Ok(())
}

/// Requests that the simulator has seen.
async fn requests(url: &str, token: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let host = url.trim_start_matches("http://");
    let host = host.split('/').next().unwrap_or(host).to_owned();
    let token = token.trim().to_owned();
    // The simulator answers on this thread, so another one asks.
    let answer = tokio::task::spawn_blocking(move || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(&host)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "GET /__sim/requests HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\
             Connection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    })
    .await??;
    let total = answer.split("\"total\":").nth(1).ok_or("no total")?;
    let digits: String = total.chars().take_while(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}
