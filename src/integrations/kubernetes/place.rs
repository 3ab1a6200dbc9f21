//! Where a cluster is and what proves who we are there: from the settings, from
//! the pod that tminus runs in, or from a kubeconfig.
//!
//! `kube-client` reads the kubeconfig (files that are merged, relative paths);
//! its HTTP client is not used, for it repeats writes and follows its own rules.

use std::{collections::BTreeMap, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kube_client::config::{AuthInfo, Cluster, ExecConfig, Kubeconfig, NamedContext};
use reqwest::Url;
use secrecy::SecretString;

use super::config::Settings;
use crate::{
    domain::{ExecPlugin, TokenSource},
    error::{Error, Kind},
    integrations::{
        http::{Access, Credential, Identity, Transport, parse_base},
        systems::Secrets,
    },
};

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A cluster, ready to be talked to.
pub struct Place {
    /// The API server.
    pub base: Url,
    /// The way there.
    pub transport: Transport,
    /// What proves who we are when we look.
    pub read: Option<Credential>,
    /// The same when we act, where it is another.
    pub act: Option<Credential>,
}

/// Finds the cluster. A read-only process never fetches the token for acting.
///
/// # Errors
/// When it is not said where it is, or a secret cannot be had; for people.
pub fn find(settings: &Settings, secrets: &Secrets<'_>, access: Access) -> Result<Place, Error> {
    let bearer = |source: &TokenSource| Credential::bearer(&secrets(source)?);
    let act = settings
        .act_token
        .as_ref()
        .filter(|_| access == Access::ReadWrite)
        .map(bearer)
        .transpose()?;
    if let Some(url) = &settings.url {
        return Ok(Place {
            base: parse_base(url, settings.token.is_some(), settings.insecure)?,
            transport: Transport::trusting(settings.ca_file.as_deref())?,
            read: settings.token.as_ref().map(bearer).transpose()?,
            act,
        });
    }
    if settings.in_cluster {
        return in_cluster(act);
    }
    let config = match &settings.kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let config = config.map_err(|error| {
        wrong(format!("the kubeconfig cannot be read: {error}"))
            .hint("set `kubeconfig`, or KUBECONFIG; or say where the cluster is with `url`")
    })?;
    let mut place = by_file(&config, settings.context.as_deref(), secrets)?;
    place.act = act;
    Ok(place)
}

/// The service account of the pod that tminus runs in.
fn in_cluster(act: Option<Credential>) -> Result<Place, Error> {
    let variable = |name: &str| {
        std::env::var(name).map_err(|_| {
            wrong(format!("{name} is not set, so this is no pod"))
                .hint("take `in_cluster` out, and say where the cluster is")
        })
    };
    let host = variable("KUBERNETES_SERVICE_HOST")?;
    let port = variable("KUBERNETES_SERVICE_PORT")?;
    // An address of IPv6 stands in brackets.
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let account = Path::new(ACCOUNT);
    Ok(Place {
        base: parse_base(&format!("https://{host}:{port}"), true, false)?,
        transport: Transport::trusting(Some(&account.join("ca.crt")))?,
        read: Some(Credential::bearer(&read_token(&account.join("token"))?)?),
        act,
    })
}

fn by_file(
    config: &Kubeconfig,
    context: Option<&str>,
    secrets: &Secrets<'_>,
) -> Result<Place, Error> {
    let name = context
        .or(config.current_context.as_deref())
        .ok_or_else(|| {
            wrong("the kubeconfig has no current context".to_owned())
                .hint("set `context` to one of `kubectl config get-contexts`")
        })?;
    let known = |named: &&NamedContext| named.name == name;
    let context = config
        .contexts
        .iter()
        .find(known)
        .and_then(|named| named.context.as_ref())
        .ok_or_else(|| {
            let all: Vec<&str> = config
                .contexts
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            wrong(format!("the kubeconfig has no context {name:?}"))
                .hint(format!("it has: {}", all.join(", ")))
        })?;
    let cluster = config
        .clusters
        .iter()
        .find(|named| named.name == context.cluster)
        .and_then(|named| named.cluster.as_ref())
        .ok_or_else(|| {
            wrong(format!(
                "the kubeconfig has no cluster {:?}",
                context.cluster
            ))
        })?;
    let user = context.user.as_ref().and_then(|user| {
        let named = config.auth_infos.iter().find(|named| &named.name == user)?;
        named.auth_info.as_ref()
    });
    let mut transport = trust(cluster)?;
    let mut read = None;
    if let Some(user) = user {
        if user.impersonate.is_some() {
            return Err(wrong(format!(
                "context {name:?} impersonates somebody, which tminus does not do"
            )));
        }
        if let Some(identity) = identity(user)? {
            transport = transport.with_identity(identity);
        }
        read = credential(user, secrets)?;
    }
    let server = cluster.server.as_deref().unwrap_or_default();
    Ok(Place {
        base: parse_base(server, true, false)?,
        transport,
        read,
        act: None,
    })
}

/// Whom a cluster's entry has us believe.
fn trust(cluster: &Cluster) -> Result<Transport, Error> {
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(
            wrong("the kubeconfig asks not to check the cluster's certificate".to_owned()).hint(
                "give it `certificate-authority` instead: a certificate is mended, never ignored",
            ),
        );
    }
    for (given, what) in [
        (cluster.proxy_url.is_some(), "proxy-url"),
        (cluster.tls_server_name.is_some(), "tls-server-name"),
    ] {
        if given {
            return Err(wrong(format!(
                "the kubeconfig sets `{what}` for the cluster, which tminus does not know"
            ))
            .hint("use HTTPS_PROXY for a proxy, and an address that is in the certificate"));
        }
    }
    if let Some(data) = &cluster.certificate_authority_data {
        let bytes = STANDARD.decode(data.trim()).map_err(|_| {
            wrong("`certificate-authority-data` of the kubeconfig is no base64".to_owned())
        })?;
        return Transport::trusting_bytes("the kubeconfig", &bytes);
    }
    Transport::trusting(cluster.certificate_authority.as_deref().map(Path::new))
}

/// The client certificate of a user.
fn identity(user: &AuthInfo) -> Result<Option<Identity>, Error> {
    let certificate = match (&user.client_certificate_data, &user.client_certificate) {
        (Some(data), _) => STANDARD.decode(data.trim()).map_err(|_| {
            wrong("`client-certificate-data` of the kubeconfig is no base64".to_owned())
        })?,
        (None, Some(path)) => std::fs::read(path).map_err(|error| {
            wrong(format!(
                "the client certificate {path} cannot be read: {error}"
            ))
        })?,
        (None, None) => return Ok(None),
    };
    match (&user.client_key_data, &user.client_key) {
        (Some(data), _) => Identity::of_base64(&certificate, data),
        (None, Some(path)) => Identity::of_file(&certificate, Path::new(path)),
        (None, None) => Err(wrong(
            "the kubeconfig has a client certificate without its key".to_owned(),
        )),
    }
    .map(Some)
}

/// The token or password of a user.
fn credential(user: &AuthInfo, secrets: &Secrets<'_>) -> Result<Option<Credential>, Error> {
    if let Some(exec) = &user.exec {
        return Credential::bearer(&secrets(&plugin(exec)?)?).map(Some);
    }
    if let Some(path) = &user.token_file {
        return Credential::bearer(&read_token(Path::new(path))?).map(Some);
    }
    if let Some(token) = &user.token {
        return Credential::bearer(token).map(Some);
    }
    if let (Some(name), Some(password)) = (&user.username, &user.password) {
        return Credential::basic(name, password).map(Some);
    }
    if let Some(provider) = &user.auth_provider {
        return Err(wrong(format!(
            "the kubeconfig uses the auth-provider {:?}, which Kubernetes took out",
            provider.name
        ))
        .hint("use its exec plug-in"));
    }
    Ok(None)
}

/// A plug-in that makes tokens.
fn plugin(exec: &ExecConfig) -> Result<TokenSource, Error> {
    let command = exec
        .command
        .clone()
        .ok_or_else(|| wrong("the kubeconfig's exec plug-in names no command".to_owned()))?;
    let mut environment = BTreeMap::new();
    for pair in exec.env.iter().flatten() {
        if let (Some(name), Some(value)) = (pair.get("name"), pair.get("value")) {
            environment.insert(name.clone(), value.clone());
        }
    }
    Ok(TokenSource::Exec(ExecPlugin {
        command,
        arguments: exec.args.clone().unwrap_or_default(),
        environment,
        api_version: exec
            .api_version
            .clone()
            .unwrap_or_else(|| "client.authentication.k8s.io/v1".to_owned()),
    }))
}

/// A token in a file: a pod's own may be read by all of the pod.
fn read_token(path: &Path) -> Result<SecretString, Error> {
    std::fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(|error| {
            wrong(format!(
                "the token file {} cannot be read: {error}",
                path.display()
            ))
        })
}

fn wrong(message: String) -> Error {
    Error::new(Kind::Usage, message)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn file(cluster: &str, user: &str) -> Kubeconfig {
        Kubeconfig::from_yaml(&format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: shop\ncontexts:\n- name: shop\n  context: \
             {{cluster: c, user: u}}\nclusters:\n- name: c\n  cluster: {{server: 'https://h:6443'{cluster}}}\n\
             users:\n- name: u\n  user: {{{user}}}\n"
        ))
        .unwrap()
    }

    fn found(config: &Kubeconfig, context: Option<&str>) -> Result<Place, Error> {
        by_file(config, context, &|_| {
            Ok("made-by-a-plug-in".to_owned().into())
        })
    }

    #[test]
    fn the_current_context_is_taken_and_another_by_name() {
        let config = file("", "token: abcdefgh");
        let place = found(&config, None).unwrap();
        assert_eq!(place.base.as_str(), "https://h:6443/");
        assert!(place.read.is_some());
        let error = found(&config, Some("elsewhere")).err().unwrap();
        assert!(error.hint.contains("shop"), "{error}");
    }

    #[test]
    fn a_plug_in_is_run_where_tokens_are_fetched() {
        let config = file(
            "",
            "exec: {apiVersion: client.authentication.k8s.io/v1, command: login, args: [a, b], \
             env: [{name: N, value: V}]}",
        );
        let asked = Mutex::new(Vec::new());
        let place = by_file(&config, None, &|source| {
            asked.lock().unwrap().push(source.clone());
            Ok("made-by-a-plug-in".to_owned().into())
        })
        .unwrap();
        assert!(place.read.is_some());
        assert_eq!(
            *asked.lock().unwrap(),
            [TokenSource::Exec(ExecPlugin {
                command: "login".to_owned(),
                arguments: vec!["a".to_owned(), "b".to_owned()],
                environment: BTreeMap::from([("N".to_owned(), "V".to_owned())]),
                api_version: "client.authentication.k8s.io/v1".to_owned(),
            })]
        );
    }

    #[test]
    fn a_client_certificate_is_used_and_a_broken_one_is_told_without_its_key() {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec!["ana".to_owned()])
            .unwrap()
            .self_signed(&key)
            .unwrap();
        let coded = |text: &str| STANDARD.encode(text);
        let pair = |certificate: &str, key: &str| {
            format!("client-certificate-data: {certificate}, client-key-data: {key}")
        };
        let good = pair(&coded(&certificate.pem()), &coded(&key.serialize_pem()));
        assert!(found(&file("", &good), None).is_ok());
        let broken = pair(&coded(&certificate.pem()), &coded("secret-key-text"));
        let error = found(&file("", &broken), None).err().unwrap();
        assert!(!format!("{error} {}", error.hint).contains("secret-key"));
    }

    #[test]
    fn what_is_not_done_is_refused_with_a_way_out() {
        for (cluster, user) in [
            (", insecure-skip-tls-verify: true", "token: abcdefgh"),
            (", tls-server-name: other", "token: abcdefgh"),
            (", proxy-url: 'http://p'", "token: abcdefgh"),
            (", certificate-authority-data: '!'", "token: abcdefgh"),
            ("", "token: abcdefgh, as: boss"),
            ("", "client-certificate-data: YQ=="),
        ] {
            assert!(
                found(&file(cluster, user), None).is_err(),
                "{cluster} {user}"
            );
        }
    }
}
