//! Jenkins in front of a vendor on loopback.

use std::sync::{Arc, Mutex};

use super::{Settings, config::Deploys, connect};
use crate::{
    domain::{Catalog, Fact, Origin, ServiceName, ServiceSpec, SourceId, Text},
    integrations::{
        contract::{FactSink, Integration},
        http::Access,
        testing,
    },
};

pub(super) use crate::integrations::testing::{Asked, Reply, Vendor, bodies};

/// The token that no stranger may see.
pub(super) const TOKEN: &str = "11tminus_canary_0123456789abcdef";

/// Settings for a Jenkins that lies below `/ci` and in which the job `web`
/// deploys to production, `rel` by stages.
pub(super) fn settings(url: &str) -> Settings {
    Settings {
        url: format!("{url}/ci"),
        user: Some("ana".to_owned()),
        token: Some(crate::domain::TokenSource::Env("UNUSED".to_owned())),
        requests_per_minute: 6000,
        deploys: vec![
            Deploys {
                job: "shop/{service}/deploy".to_owned(),
                version: Some("VERSION".to_owned()),
                environment_parameter: Some("ENVIRONMENT".to_owned()),
                ..Deploys::default()
            },
            Deploys {
                job: "shop/{service}/rel".to_owned(),
                stages: [("Ship".to_owned(), "production".to_owned())].into(),
                ..Deploys::default()
            },
        ],
        ..Settings::default()
    }
}

/// The integration, watching the service `web` in the folder `shop/web`.
pub(super) fn with(settings: &Settings, access: Access) -> Arc<dyn Integration> {
    let catalog = Arc::new(Catalog {
        services: vec![ServiceSpec {
            name: ServiceName::new("web"),
            repository: Some(Text::new("shop/web")),
            ..ServiceSpec::default()
        }],
        ..Catalog::default()
    });
    connect(
        SourceId::new("jenkins"),
        settings,
        &|_| Ok(TOKEN.to_owned().into()),
        &catalog,
        access,
    )
    .unwrap()
}

/// The integration in front of the vendor.
pub(super) fn jenkins(url: &str) -> Arc<dyn Integration> {
    with(&settings(url), Access::ReadWrite)
}

/// A sink that keeps what it is given.
pub(super) fn sink() -> (FactSink, Arc<Mutex<Vec<Fact>>>) {
    testing::sink("jenkins")
}

/// An object of the folder `shop/web`.
pub(super) fn origin(key: &str) -> Origin {
    Origin::new(&SourceId::new("jenkins"), &format!("shop/web/{key}"))
}

/// What a request is about: the path below the folder, without `job/` and the
/// query.
pub(super) fn path(asked: &Asked) -> String {
    let path = asked.path.split('?').next().unwrap_or_default();
    let path = path.strip_prefix("/ci/").unwrap_or(path);
    path.replace("job/", "")
        .trim_start_matches("shop/web/")
        .to_owned()
}

/// Answers by path; anything else is not there.
pub(super) fn answer(asked: &Asked, routes: &[(&str, &str)]) -> Reply {
    let path = path(asked);
    let found = routes.iter().find(|(route, _)| *route == path);
    match found {
        Some((_, body)) => Reply::json(body),
        None => Reply::Say(
            404,
            "content-type: text/html\r\n".to_owned(),
            "<html><h2>HTTP ERROR 404 Not Found</h2></html>".to_owned(),
        ),
    }
}

/// A vendor that answers by path.
pub(super) async fn vendor(routes: &'static [(&'static str, &'static str)]) -> Vendor {
    Vendor::start(move |asked| answer(asked, routes)).await
}

/// A part of a log.
pub(super) fn console(text: &str, next: u64, more: bool) -> Reply {
    let more = if more { "x-more-data: true\r\n" } else { "" };
    Reply::Say(
        200,
        format!("content-type: text/plain\r\nx-text-size: {next}\r\n{more}"),
        text.to_owned(),
    )
}
