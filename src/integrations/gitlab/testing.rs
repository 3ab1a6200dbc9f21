//! GitLab in front of a vendor on loopback.

use std::sync::{Arc, Mutex};

use super::{Settings, client::Client, connect, look::Eyes, memory};
use crate::{
    domain::{
        Catalog, EnvironmentName, EnvironmentSpec, Fact, ServiceName, ServiceSpec, SourceId, Text,
    },
    integrations::{
        contract::{FactSink, Integration},
        http::Access,
        testing,
    },
};

pub(super) use crate::integrations::testing::{Asked, Reply, Vendor, bodies};

/// The token that no stranger may see.
pub(super) const TOKEN: &str = "glpat-tminus_canary_0123456789";

/// The integration in front of the vendor, watching these services, each in
/// `larkspur/shop/NAME`.
pub(super) fn gitlab(url: &str, services: &[&str]) -> Arc<dyn Integration> {
    connect(
        SourceId::new("gitlab"),
        &settings(url),
        &|_| Ok(TOKEN.to_owned().into()),
        &catalog(services),
        Access::ReadWrite,
    )
    .unwrap()
}

/// The eyes of [`gitlab`], without a token: one look at a time.
pub(super) fn eyes(url: &str, services: &[&str]) -> Eyes {
    let (source, settings) = (SourceId::new("gitlab"), settings(url));
    let projects = memory::projects(&source, &settings, &catalog(services));
    let client = Client::new(&settings, None).unwrap();
    Eyes::new(source, client, projects, Vec::new())
}

fn catalog(services: &[&str]) -> Arc<Catalog> {
    Arc::new(Catalog {
        services: services
            .iter()
            .map(|name| ServiceSpec {
                name: ServiceName::new(name),
                repository: Some(Text::new(&format!("larkspur/shop/{name}"))),
                ..ServiceSpec::default()
            })
            .collect(),
        environments: vec![EnvironmentSpec {
            name: EnvironmentName::new("production"),
            production: true,
        }],
        ..Catalog::default()
    })
}

fn settings(url: &str) -> Settings {
    Settings {
        url: url.to_owned(),
        token: Some(crate::domain::TokenSource::Env("UNUSED".to_owned())),
        requests_per_minute: 6000,
        ..Settings::default()
    }
}

/// A sink that keeps what it is given.
pub(super) fn sink() -> (FactSink, Arc<Mutex<Vec<Fact>>>) {
    testing::sink("gitlab")
}

/// What the request is about: the path below the API, without the query.
pub(super) fn path(asked: &Asked) -> &str {
    let path = asked.path.split('?').next().unwrap_or_default();
    path.strip_prefix("/api/v4/").unwrap_or(path)
}

/// Answers by path below the project `larkspur/shop/web`; anything else there
/// is an empty list.
pub(super) async fn project(routes: &'static [(&'static str, &'static str)]) -> Vendor {
    Vendor::start(move |asked| answer(asked, routes)).await
}

/// The answer of [`project`].
pub(super) fn answer(asked: &Asked, routes: &[(&str, &str)]) -> Reply {
    let whole = path(asked);
    let inside = whole
        .strip_prefix("projects/larkspur%2Fshop%2Fweb/")
        .unwrap_or(whole);
    let found = routes.iter().find(|(route, _)| *route == inside);
    match found {
        Some((_, body)) => Reply::json(body),
        None if inside.contains(|character: char| character.is_ascii_digit())
            && !inside.ends_with("/jobs") =>
        {
            Reply::status(404, r#"{"message":"404 Not found"}"#)
        }
        None => Reply::json("[]"),
    }
}
