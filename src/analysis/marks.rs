//! What sort of file a path is, for whoever reads what changed: some break
//! more than the code that they stand beside.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::domain::WatchedFiles;

/// What sort of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// It changes the schema of a database.
    Migration,
    /// It says what runs where, and how it is built and shipped.
    Infrastructure,
    /// It says which version of what others made is used.
    Dependency,
    /// It is deployed apart from the code, or sets what the code reads.
    Configuration,
}

impl Mark {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 4] = [
        Self::Migration,
        Self::Infrastructure,
        Self::Dependency,
        Self::Configuration,
    ];

    /// A word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Migration => "migration",
            Self::Infrastructure => "infrastructure",
            Self::Dependency => "dependency",
            Self::Configuration => "configuration",
        }
    }

    /// What counts as one where nobody says otherwise, as globs from the root
    /// of the repository in lower case; `**/` stands for no directory, too.
    fn usual(self) -> &'static [&'static str] {
        match self {
            Self::Migration => &[
                "**/migrations/**",
                "**/migrate/**",
                "**/db/changelog/**",
                "**/flyway/**",
                "**/alembic/versions/**",
            ],
            Self::Infrastructure => &[
                "**/*.tf",
                "**/*.tfvars",
                "**/*.hcl",
                "**/dockerfile*",
                "**/*.dockerfile",
                "**/containerfile",
                "**/docker-compose*.y*ml",
                "**/compose.y*ml",
                "**/helm/**",
                "**/charts/**",
                "**/k8s/**",
                "**/kubernetes/**",
                "**/kustomiz*/**",
                "**/kustomization.y*ml",
                "**/ansible/**",
                // The hosts' own directories and files for pipelines.
                ".git*/workflows/**",
                ".git*/actions/**",
                ".git*/ci/**",
                ".git*-ci.y*ml",
                "**/jenkinsfile*",
            ],
            Self::Dependency => &[
                "**/cargo.{toml,lock}",
                "**/go.{mod,sum}",
                "**/package.json",
                "**/package-lock.json",
                "**/npm-shrinkwrap.json",
                "**/yarn.lock",
                "**/pnpm-lock.yaml",
                "**/requirements*.txt",
                "**/pyproject.toml",
                "**/poetry.lock",
                "**/uv.lock",
                "**/pipfile*",
                "**/gemfile*",
                "**/composer.{json,lock}",
                "**/pom.xml",
                "**/build.gradle*",
                "**/gradle.lockfile",
                "**/libs.versions.toml",
                "**/*.csproj",
                "**/packages.lock.json",
                "**/directory.packages.props",
                "**/.gitmodules",
            ],
            Self::Configuration => &[
                "**/config/**",
                "**/conf/**",
                "**/settings/**",
                "**/.env*",
                "**/*.properties",
                "**/application*.y*ml",
                "**/appsettings*.json",
                "**/values*.y*ml",
            ],
        }
    }
}

/// Tells what sort of file a path is.
#[derive(Clone, Debug)]
pub struct Marker {
    sets: Vec<(Mark, GlobSet)>,
}

impl Marker {
    /// With what a service declares: its own globs for migrations and
    /// configuration stand instead of the usual ones. A glob that cannot be
    /// read was refused with the configuration, and matches nothing here.
    #[must_use]
    pub fn new(declared: &WatchedFiles) -> Self {
        let sets = Mark::ALL.into_iter().map(|mark| {
            let own = match mark {
                Mark::Migration => &declared.migrations[..],
                Mark::Configuration => &declared.configuration[..],
                Mark::Infrastructure | Mark::Dependency => &[],
            };
            let mut builder = GlobSetBuilder::new();
            let mut add = |glob: &str| {
                let glob = glob.to_lowercase();
                if let Ok(glob) = GlobBuilder::new(&glob).literal_separator(true).build() {
                    builder.add(glob);
                }
            };
            if own.is_empty() {
                for glob in mark.usual() {
                    add(glob);
                }
            } else {
                for glob in own {
                    add(glob);
                }
            }
            (mark, builder.build().unwrap_or_default())
        });
        Self {
            sets: sets.collect(),
        }
    }

    /// The first mark, in the order of [`Mark::ALL`], that fits a path.
    #[must_use]
    pub fn mark(&self, path: &str) -> Option<Mark> {
        let path = path.to_lowercase();
        self.sets
            .iter()
            .find(|(_, set)| set.is_match(&path))
            .map(|(mark, _)| *mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Text;

    #[test]
    fn files_that_break_more_are_told_from_the_rest() {
        let marker = Marker::new(&WatchedFiles::default());
        for (path, wanted) in [
            ("migrations/0043_drop.sql", Some(Mark::Migration)),
            ("app/db/migrate/2026_add.rb", Some(Mark::Migration)),
            ("deploy/main.tf", Some(Mark::Infrastructure)),
            ("Dockerfile", Some(Mark::Infrastructure)),
            ("svc/Dockerfile.dev", Some(Mark::Infrastructure)),
            (".github/workflows/ci.yml", Some(Mark::Infrastructure)),
            (".gitlab-ci.yml", Some(Mark::Infrastructure)),
            ("charts/web/values.yaml", Some(Mark::Infrastructure)),
            ("Cargo.lock", Some(Mark::Dependency)),
            ("web/package.json", Some(Mark::Dependency)),
            ("requirements-dev.txt", Some(Mark::Dependency)),
            ("config/timeouts.toml", Some(Mark::Configuration)),
            (".env.production", Some(Mark::Configuration)),
            ("src/config.rs", None),
            ("src/migrations.rs", None),
            ("README.md", None),
        ] {
            assert_eq!(marker.mark(path), wanted, "{path}");
        }
    }

    #[test]
    fn what_a_service_declares_stands_instead() {
        let marker = Marker::new(&WatchedFiles {
            migrations: vec![Text::new("schema/*.sql")],
            ..WatchedFiles::default()
        });
        assert_eq!(marker.mark("schema/1.sql"), Some(Mark::Migration));
        assert_eq!(marker.mark("migrations/1.sql"), None);
        assert_eq!(marker.mark("config/a.toml"), Some(Mark::Configuration));
    }
}
