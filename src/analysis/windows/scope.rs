//! What a window concerns: services, environments, teams, classes of change.

use globset::{Glob, GlobSet, GlobSetBuilder};

/// What is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// The service.
    pub service: &'a str,
    /// The environment; none when any may be meant.
    pub environment: Option<&'a str>,
    /// The team that owns it, where that is known.
    pub team: Option<&'a str>,
    /// The class of the change, where that is known.
    pub change: Option<&'a str>,
}

/// Whether a window concerns a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// It does not.
    No,
    /// It depends on something that was not said, such as the team.
    Perhaps,
    /// It does.
    Yes,
}

/// Globs for each; an empty list takes everything.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    services: Globs,
    environments: Globs,
    teams: Globs,
    changes: Globs,
}

/// The globs as they were written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selectors<'a, S> {
    /// Services.
    pub services: &'a [S],
    /// Environments.
    pub environments: &'a [S],
    /// Teams.
    pub teams: &'a [S],
    /// Classes of change.
    pub changes: &'a [S],
}

impl Scope {
    /// Reads the globs.
    ///
    /// # Errors
    /// Which selector and glob cannot be read.
    pub fn new<S: AsRef<str>>(
        selectors: &Selectors<'_, S>,
    ) -> Result<Self, (&'static str, String)> {
        let globs = |name: &'static str, globs: &[S]| Globs::new(globs).map_err(|why| (name, why));
        Ok(Self {
            services: globs("services", selectors.services)?,
            environments: globs("environments", selectors.environments)?,
            teams: globs("teams", selectors.teams)?,
            changes: globs("changes", selectors.changes)?,
        })
    }

    /// The scope of named services and everything else.
    #[must_use]
    pub fn of_services<S: AsRef<str>>(services: &[S]) -> Self {
        let names: Vec<String> = services
            .iter()
            .map(|name| globset::escape(name.as_ref()))
            .collect();
        // An escaped name is always a glob; one that were none would take
        // everything, which is the careful way to be wrong for a freeze.
        Self {
            services: Globs::new(&names).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// Whether the target is concerned.
    #[must_use]
    pub fn concerns(&self, target: &Target<'_>) -> Concern {
        self.services
            .take(Some(target.service))
            .min(self.environments.take(target.environment))
            .min(self.teams.take(target.team))
            .min(self.changes.take(target.change))
    }
}

#[derive(Clone, Debug, Default)]
struct Globs(Option<GlobSet>);

impl Globs {
    fn new<S: AsRef<str>>(globs: &[S]) -> Result<Self, String> {
        if globs.is_empty() {
            return Ok(Self(None));
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let glob = glob.as_ref();
            let wrong = |why: globset::Error| format!("`{glob}` is no glob: {}", why.kind());
            set.add(Glob::new(glob).map_err(wrong)?);
        }
        set.build()
            .map(|set| Self(Some(set)))
            .map_err(|why| why.to_string())
    }

    fn take(&self, name: Option<&str>) -> Concern {
        match (&self.0, name) {
            (None, _) => Concern::Yes,
            (Some(_), None) => Concern::Perhaps,
            (Some(set), Some(name)) if set.is_match(name) => Concern::Yes,
            (Some(_), Some(_)) => Concern::No,
        }
    }
}
