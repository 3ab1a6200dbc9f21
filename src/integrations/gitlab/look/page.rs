//! What a project has for one version: its tag, and the page of the tag.

use super::Eyes;
use crate::{
    domain::{Body, Connection, Page, ServiceName, Text, Version, VersionPage},
    integrations::{
        contract::{FactSink, Fault},
        http::{Need, clock, fault::fault},
    },
};

impl Eyes {
    /// Loads what the project of a service has for a version.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn version_page(
        &self,
        service: &ServiceName,
        version: &Version,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let Some(project) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no project at {}", self.source),
            ));
        };
        let name = &project.name;
        let wanted = project.tags.reference(version.as_str());
        let commit = self.commit_of_tag(name, &wanted).await?;
        let page = match &commit {
            Some(_) => self.page(name, &wanted, Need::Fresh).await?,
            None => None,
        };
        let found = VersionPage {
            service: service.clone(),
            version: version.clone(),
            repository: Text::new(name),
            tag: commit.is_some().then(|| Text::new(&wanted)),
            commit: commit.unwrap_or_default(),
            page,
        };
        facts.emit(clock::now(), [Body::VersionPage(found)]);
        Ok(())
    }

    /// The commit that a tag names; none where there is no such tag.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn commit_of_tag(&self, project: &str, tag: &str) -> Result<Option<Text>, Fault> {
        match self.client.tag(project, tag).await {
            Ok(seen) => Ok(Some(Text::new(&seen.value.commit.id))),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(failure.fault),
        }
    }

    /// The page of a tag; none where there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn page(&self, project: &str, tag: &str, need: Need) -> Result<Option<Page>, Fault> {
        match self.client.release_of_tag(project, tag, need).await {
            Ok(seen) => Ok(Some(Page {
                key: Text::new(&seen.value.tag_name),
                draft: false,
                title: Text::new(&seen.value.name),
                lines: Page::lines_of(&seen.value.description),
                url: Text::new(&seen.value.links.page),
            })),
            Err(failure) if failure.status == Some(404) => Ok(None),
            Err(failure) => Err(failure.fault),
        }
    }
}
