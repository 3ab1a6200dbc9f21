//! A company in a box: Larkspur Goods, its services and one scripted day,
//! served over HTTP on loopback in the vendors' own protocols. It shares no
//! code with the integrations that are tested against it.

/// The one place that reads time.
pub mod clock;
/// What can go wrong between a vendor and its client.
mod faults;
/// The configuration for the real clients.
mod files;
/// GitHub: REST and GraphQL.
mod github;
/// GitLab: pipelines, deployments and their approvals.
mod gitlab;
/// Jenkins: builds, stages, inputs.
mod jenkins;
/// Kubernetes with Argo Rollouts: workloads, their sets, patches.
mod kubernetes;
/// PagerDuty: incidents, their log and notes, who is on call.
pub mod pagerduty;
/// The query API over the metrics, and their exposition.
pub mod prometheus;
/// The script of a day, as TOML.
pub mod scenario;
/// Listening on loopback.
mod server;
/// What every vendor's server shares.
pub mod site;
mod uri;
/// The state of the company.
pub mod world;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::error::Error;

use self::{clock::Clock, scenario::Scenario, server::Loopback, site::Site, world::World};

/// A vendor: its name and what it serves.
type Vendor = (&'static str, fn(Site) -> Router);

/// The vendors that have nothing but their own origin; GitHub, which sends
/// its logs from a second one, is started beside them.
const VENDORS: &[Vendor] = &[
    ("gitlab", gitlab::router),
    ("jenkins", jenkins::router),
    ("pagerduty", pagerduty::router),
    ("prometheus", prometheus::router),
];

/// The shortest and the longest pause of the background tick.
const TICK: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Which world, and how fast.
#[derive(Clone, Debug)]
pub struct Options {
    /// One of the embedded scenarios, such as `release-day`.
    pub scenario: String,
    /// The same seed makes the same world.
    pub seed: u64,
    /// How many times faster than written the script runs.
    pub speed: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            scenario: "release-day".to_owned(),
            seed: 1,
            speed: 1.0,
        }
    }
}

/// A simulator that runs; it stops when this is dropped.
pub struct Running {
    /// Base URL of each vendor by its name.
    pub urls: BTreeMap<String, String>,
    tokens: BTreeMap<String, String>,
    scenario: Scenario,
    clock: Clock,
    world: Arc<Mutex<World>>,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts the servers on free ports of 127.0.0.1.
///
/// # Errors
/// When there is no such scenario, or no port is free.
pub async fn start(options: Options) -> Result<Running, Error> {
    let scenario = Scenario::load(&options.scenario)?;
    let clock = Clock::start_now(options.speed);
    let world = Arc::new(Mutex::new(World::new(&scenario, options.seed, clock)));
    let stop = CancellationToken::new();
    let mut running = Running {
        urls: BTreeMap::new(),
        tokens: BTreeMap::new(),
        scenario,
        clock,
        world,
        stop,
        tasks: Vec::new(),
    };
    let blobs = Loopback::bind().await?;
    let github = running.site("github", options.seed);
    let blob_site = running.site("github-blobs", options.seed);
    running.tokens.remove("github-blobs");
    let router = github::router(github.clone(), &blobs.url());
    running.serve(blobs, github::blobs(blob_site.clone()), blob_site);
    running.open("github", router, github).await?;
    for (vendor, router) in VENDORS {
        let site = running.site(vendor, options.seed);
        running.open(vendor, router(site.clone()), site).await?;
    }
    // Not every company has a cluster.
    if !running.scenario.rollouts.is_empty() {
        let site = running.site("kubernetes", options.seed);
        running
            .open("kubernetes", kubernetes::router(site.clone()), site)
            .await?;
    }
    running.tick();
    Ok(running)
}

impl Running {
    /// The configuration for the real clients; tokens are read from files in
    /// `directory`.
    #[must_use]
    pub fn config_toml(&self, directory: &Path) -> String {
        let world = site::lock(&self.world);
        files::configuration(
            &world,
            &self.scenario,
            self.clock,
            &self.urls,
            &self.tokens,
            directory,
        )
    }

    /// Writes `tminus.toml`, `urls.json` and the tokens' files, which only
    /// the owner may read.
    ///
    /// # Errors
    /// When the directory cannot be written.
    pub fn write_files(&self, directory: &Path) -> Result<(), Error> {
        let configuration = self.config_toml(directory);
        files::write(directory, &configuration, &self.urls, &self.tokens)
    }

    /// Stops the servers and waits until they are gone.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked is gone, too.
            let _ = task.await;
        }
    }

    fn site(&mut self, vendor: &'static str, seed: u64) -> Site {
        let token = format!("larkspur-{vendor}-{seed:08x}");
        self.tokens.insert(vendor.to_owned(), token.clone());
        Site::new(vendor, token, Arc::clone(&self.world), self.clock)
    }

    async fn open(&mut self, vendor: &str, router: Router, site: Site) -> Result<(), Error> {
        let listener = Loopback::bind().await?;
        self.urls.insert(vendor.to_owned(), listener.url());
        self.serve(listener, router, site);
        Ok(())
    }

    fn serve(&mut self, listener: Loopback, router: Router, site: Site) {
        let task = server::serve(listener, router, site, self.stop.clone());
        self.tasks.push(task);
    }

    /// Plays the world on when nobody asks.
    fn tick(&mut self) {
        let world = Arc::clone(&self.world);
        let clock = self.clock;
        let stop = self.stop.clone();
        self.tasks.push(tokio::spawn(async move {
            loop {
                let pause = {
                    let mut world = site::lock(&world);
                    world.advance(clock.now());
                    (world.next_due() - world.now())
                        .to_std()
                        .unwrap_or_default()
                };
                tokio::select! {
                    () = tokio::time::sleep(pause.clamp(TICK.0, TICK.1)) => {}
                    () = stop.cancelled() => break,
                }
            }
        }));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
