//! Jenkins: the core's remote API with `tree`, the stages and inputs of the
//! plugin "Pipeline: REST API", the growing log, the queue, and what can be done
//! to builds. Some services live here, each in a folder with a multibranch
//! project and two jobs that deploy. It lies below a path, as Jenkins often
//! does.

mod call;
mod console;
mod jobs;
mod objects;
mod read;
mod report;
mod stages;
mod tree;
mod write;

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::Response,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    site::Site,
    world::{OPERATOR, company::hex},
};
use call::{Answer, Call};

/// The path that it lies below.
pub const PREFIX: &str = "/ci";
/// What the account's password is, beside its API token: the token with this at
/// its end.
const PASSWORD: &str = "-password";
/// The header that a crumb travels in.
const CRUMB: &str = "Jenkins-Crumb";

/// What is said in the written configuration of the jobs that deploy.
pub const DEPLOYS: &str = r#"[[integrations.jenkins.deploys]]
job = "larkspur/{service}/release"
version = "VERSION"
stages = { "deploy staging" = "staging", "deploy production" = "production" }
[[integrations.jenkins.deploys]]
job = "larkspur/{service}/rollback"
version = "VERSION"
environment_parameter = "ENVIRONMENT"
"#;
/// How its services go back.
pub const ROLLBACK: &str = "rollback = { workflow = \"rollback\", inputs = { ENVIRONMENT = \"{environment}\", VERSION = \"{version}\", REQUEST_ID = \"{operation}\" } }\n";

/// Who asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// Nobody.
    Stranger,
    /// Whoever has the API token: needs no crumbs.
    Token,
    /// Whoever has the password.
    Password,
}

/// What Jenkins serves.
pub fn router(site: Site) -> Router {
    Router::new().fallback(serve).with_state(site)
}

async fn serve(
    State(site): State<Site>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path().strip_prefix(PREFIX);
    let Some(path) = path.filter(|path| path.starts_with('/')) else {
        return send(&site, Answer::not_found());
    };
    let caller = caller(&site, &headers);
    if caller == Caller::Stranger {
        let status = if headers.contains_key(header::AUTHORIZATION) {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::FORBIDDEN
        };
        return send(&site, Answer::page(status, "Invalid password/token"));
    }
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or("127.0.0.1");
    let form = String::from_utf8_lossy(&body);
    let call = Call::new(&format!("http://{host}{PREFIX}/"), path, &uri, &form);
    if method == Method::GET && path == "/crumbIssuer/api/json" {
        return send(&site, crumb(&site));
    }
    if method == Method::POST && caller == Caller::Password && !has_crumb(&site, &headers) {
        let why = "No valid crumb was included in the request";
        return send(&site, Answer::page(StatusCode::FORBIDDEN, why));
    }
    let answer = {
        let mut world = site.world();
        match method {
            Method::GET => read::read(&world, &call),
            Method::POST => write::write(&mut world, &call),
            _ => Answer::page(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed"),
        }
    };
    send(&site, answer)
}

fn caller(site: &Site, headers: &HeaderMap) -> Caller {
    let login = site.world().people[OPERATOR].login;
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Basic "))
        .and_then(|coded| STANDARD.decode(coded).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let secret = given
        .as_deref()
        .and_then(|pair| pair.strip_prefix(login)?.strip_prefix(':'));
    match secret {
        Some(secret) if secret == site.token() => Caller::Token,
        Some(secret) if secret.strip_suffix(PASSWORD) == Some(site.token()) => Caller::Password,
        _ => Caller::Stranger,
    }
}

/// The session of this moment, and the crumb that is bound to it.
fn session(site: &Site) -> (String, String) {
    let digest = |text: &str| hex(&Sha256::digest(text.as_bytes())[..16]);
    let session = digest(&format!("session {}", site.token()));
    let crumb = digest(&format!("crumb {session}"));
    (session, crumb)
}

fn crumb(site: &Site) -> Answer {
    let (session, crumb) = session(site);
    let mut answer = Answer::ok(&json!({
        "_class": "hudson.security.csrf.DefaultCrumbIssuer",
        "crumb": crumb,
        "crumbRequestField": CRUMB,
    }));
    answer.headers.push((
        header::SET_COOKIE.as_str(),
        format!("JSESSIONID.1f0c={session}; Path={PREFIX}; HttpOnly"),
    ));
    answer
}

/// Whether a request brings a crumb and the session that it is bound to.
fn has_crumb(site: &Site, headers: &HeaderMap) -> bool {
    let (session, crumb) = session(site);
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let cookie = format!("JSESSIONID.1f0c={session}");
    text(CRUMB) == Some(&crumb)
        && text("cookie").is_some_and(|all| all.split("; ").any(|one| one == cookie))
}

/// Sends an answer with the headers that every one carries.
fn send(site: &Site, answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(answer.media));
    out.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    out.insert("x-jenkins", HeaderValue::from_static("2.528.3"));
    let date = site.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        out.insert(header::DATE, date);
    }
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            out.insert(*name, value);
        }
    }
    response
}
