//! Names and identities. A vendor's own id is kept beside the name of the
//! integration that said it, so that two systems never collide.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Text;

/// An instant in UTC. Every age on the screen is computed from one of these.
pub type Timestamp = chrono::DateTime<chrono::Utc>;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[derive(schemars::JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(pub Text);

        impl $name {
            /// Makes the name from outside text, which is neutralised.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Text::new(text))
            }

            /// Shares the bytes of `other` where the two are equal.
            pub fn share(&mut self, other: &Self) {
                self.0.share(&other.0);
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::new(text)
            }
        }
    };
}

name! {
    /// A service as the team calls it, such as `checkout`.
    ServiceName
}
name! {
    /// An environment as the team calls it, such as `production`.
    EnvironmentName
}
name! {
    /// A version as it was released, such as `4.12.0`; a short commit where a
    /// service has no version numbers.
    Version
}
name! {
    /// The name of one configured integration, such as `github`. Two hosts of
    /// one vendor have two names.
    SourceId
}
name! {
    /// The identity of one operation: a UUID of version 7, made before the
    /// first attempt so that journal, request and vendor can all carry it.
    OperationId
}

/// Who said it and under which key: the identity of a vendor's object.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
pub struct Origin {
    /// The integration that knows the object.
    pub source: SourceId,
    /// The object's key inside that integration, for example
    /// `larkspur/checkout/runs/8841`.
    pub key: Text,
}

impl Origin {
    /// Makes an identity from an integration's name and its own key.
    #[must_use]
    pub fn new(source: &SourceId, key: &str) -> Self {
        Self {
            source: source.clone(),
            key: Text::new(key),
        }
    }

    /// Shares the bytes of `other` where the two are equal.
    pub fn share(&mut self, other: &Self) {
        self.source.share(&other.source);
        self.key.share(&other.key);
    }

    /// Reads the form that [`fmt::Display`] writes: `source:key`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (source, key) = text.split_once(':')?;
        (!source.is_empty() && !key.is_empty()).then(|| Self::new(&SourceId::new(source), key))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.source, self.key)
    }
}
