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
        let names = services.iter().map(|name| name.as_ref().to_owned());
        Self {
            services: if services.is_empty() {
                Globs::Any
            } else {
                Globs::Names(names.collect())
            },
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
enum Globs {
    /// Everything.
    #[default]
    Any,
    /// These and nothing else. Most windows that a system tells concern one
    /// service: there is no glob to build for each of thousands of them.
    Names(Vec<String>),
    /// What matches.
    Matching(GlobSet),
}

impl Globs {
    fn new<S: AsRef<str>>(globs: &[S]) -> Result<Self, String> {
        if globs.is_empty() {
            return Ok(Self::Any);
        }
        let mut set = GlobSetBuilder::new();
        for glob in globs {
            let glob = glob.as_ref();
            let wrong = |why: globset::Error| format!("`{glob}` is no glob: {}", why.kind());
            set.add(Glob::new(glob).map_err(wrong)?);
        }
        set.build()
            .map(Self::Matching)
            .map_err(|why| why.to_string())
    }

    fn take(&self, name: Option<&str>) -> Concern {
        let takes = |name: &str| match self {
            Self::Any => true,
            Self::Names(names) => names.iter().any(|known| known == name),
            Self::Matching(set) => set.is_match(name),
        };
        match (self, name) {
            (Self::Any, _) => Concern::Yes,
            (_, None) => Concern::Perhaps,
            (_, Some(name)) if takes(name) => Concern::Yes,
            (_, Some(_)) => Concern::No,
        }
    }
}
