//! GitHub: the REST API and the GraphQL that release work uses, in the shape
//! of GitHub's published description.

use axum::Router;

use super::site::Site;

/// What `api.github.com` serves; logs are sent from `blobs`.
pub fn router(_site: Site, _blobs: &str) -> Router {
    Router::new()
}

/// The second origin, which sends the text of logs.
pub fn blobs(_site: Site) -> Router {
    Router::new()
}
