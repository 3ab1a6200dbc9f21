//! GitHub in front of a vendor on loopback.

use std::sync::{Arc, Mutex};

use super::{Settings, connect};
use crate::{
    domain::{Catalog, Fact, ServiceName, ServiceSpec, SourceId, Text},
    integrations::{
        contract::{FactSink, Integration},
        http::Access,
        testing,
    },
};

pub(super) use crate::integrations::testing::{Asked, Reply, Vendor, bodies};

/// The token that no stranger may see.
pub(super) const TOKEN: &str = "ghp_tminus_canary_0123456789";

/// A service with its repository.
pub(super) fn service(name: &str) -> ServiceSpec {
    ServiceSpec {
        name: ServiceName::new(name),
        repository: Some(Text::new(&format!("larkspur/{name}"))),
        ..ServiceSpec::default()
    }
}

/// The integration in front of the vendor, watching these services.
pub(super) fn github(url: &str, services: &[&str]) -> Arc<dyn Integration> {
    let catalog = Arc::new(Catalog {
        services: services.iter().map(|name| service(name)).collect(),
        ..Catalog::default()
    });
    let settings = Settings {
        url: url.to_owned(),
        token: Some(crate::domain::TokenSource::Env("UNUSED".to_owned())),
        requests_per_minute: 6000,
        ..Settings::default()
    };
    connect(
        SourceId::new("github"),
        &settings,
        &|_| Ok(TOKEN.to_owned().into()),
        &catalog,
        Access::ReadWrite,
    )
    .unwrap()
}

/// A sink that keeps what it is given.
pub(super) fn sink() -> (FactSink, Arc<Mutex<Vec<Fact>>>) {
    testing::sink("github")
}
