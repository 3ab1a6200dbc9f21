//! Releases that the configuration declares.

use super::{
    file,
    resolve::{Fold, parse_time},
};
use crate::{
    analysis::releases::template,
    domain::{EnvironmentName, Release, ReleaseItem, ReleaseLink, ServiceName, Text, Version},
    error::Error,
};

/// Resolves one release, with what its kind brings.
///
/// # Errors
/// When a time cannot be read.
pub(super) fn resolve(release: &file::Release, review_hours: u32) -> Result<Release, Error> {
    let time = |text: &Option<String>| {
        text.as_deref()
            .map(|text| parse_time(text, release.zone.as_deref(), Fold::Earliest))
            .transpose()
    };
    let declared = Release {
        id: Text::new(&release.id),
        name: Text::new(release.name.as_deref().unwrap_or(&release.id)),
        kind: release.kind,
        captain: release.captain.as_deref().map(Text::new),
        items: release
            .items
            .iter()
            .map(|item| ReleaseItem {
                service: ServiceName::new(&item.service),
                environment: EnvironmentName::new(&item.environment),
                from: item.from.as_deref().map(Version::new),
                to: Version::new(&item.to),
                commit: item.commit.as_deref().map(Text::new),
                digest: item.digest.as_deref().map(Text::new),
            })
            .collect(),
        start: time(&release.start)?,
        end: time(&release.end)?,
        declared: release.state,
        plan: release.plan.iter().map(|line| Text::new(line)).collect(),
        bake_minutes: release.bake_minutes.unwrap_or_default(),
        links: release
            .links
            .iter()
            .map(|link| ReleaseLink {
                title: Text::new(&link.title),
                url: Text::new(&link.url),
            })
            .collect(),
        ..Release::default()
    };
    let made = declared.end.or(declared.start);
    Ok(template::of(release.kind).fill(declared, made, review_hours))
}
