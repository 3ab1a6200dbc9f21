//! What a repository has for one version: its tag, and the page of the tag.

use super::Eyes;
use crate::{
    domain::{Body, Connection, Page, ServiceName, Text, Version, VersionPage},
    integrations::{
        contract::{FactSink, Fault},
        github::wire::rest,
        http::{Need, clock, fault::fault},
    },
};

impl Eyes {
    /// Loads what the repository of a service has for a version.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn version_page(
        &self,
        service: &ServiceName,
        version: &Version,
        facts: &FactSink,
    ) -> Result<(), Fault> {
        let Some(repository) = self.of_service(service) else {
            return Err(fault(
                Connection::Degraded,
                &format!("{service} has no repository at {}", self.source),
            ));
        };
        let name = &repository.name;
        let wanted = repository.tags.reference(version.as_str());
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
    pub async fn commit_of_tag(&self, repository: &str, tag: &str) -> Result<Option<Text>, Fault> {
        match self.client.commit_of_tag(repository, tag).await {
            Ok(seen) => Ok(Some(Text::new(&seen.value.sha))),
            // GitHub says 422 where nothing has that name.
            Err(failure) if matches!(failure.status, Some(404 | 422)) => Ok(None),
            Err(failure) => Err(failure.fault),
        }
    }

    /// The page of a tag, or its draft, which is listed and not found by its
    /// tag; none where there is neither.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn page(
        &self,
        repository: &str,
        tag: &str,
        need: Need,
    ) -> Result<Option<Page>, Fault> {
        match self.client.release_of_tag(repository, tag, need).await {
            Ok(seen) => return Ok(Some(page(&seen.value))),
            Err(failure) if failure.status == Some(404) => {}
            Err(failure) => return Err(failure.fault),
        }
        let list = self.client.newest_releases(repository, need).await?.value;
        if list.malformed > 0 {
            return Err(fault(
                Connection::Degraded,
                "GitHub's list of releases cannot be read as a whole",
            ));
        }
        let mut drafts = list.items.iter();
        let draft = drafts.find(|one| one.draft && one.tag_name == tag);
        Ok(draft.map(page))
    }
}

fn page(one: &rest::Release) -> Page {
    Page {
        key: Text::new(&one.id.to_string()),
        draft: one.draft,
        title: Text::new(one.name.as_deref().unwrap_or_default()),
        lines: Page::lines_of(one.body.as_deref().unwrap_or_default()),
        url: Text::new(&one.html_url),
    }
}
