//! The Kubernetes integration against a real cluster, where there is one:
//! `TMINUS_TEST_KUBECONFIG` names the kubeconfig, `TMINUS_TEST_NAMESPACE` the
//! namespace (`default` without it). It only looks.

use tminus::{
    config::{Config, fetch_secret},
    domain::{Body, Connection},
    integrations::http::Access,
};

use super::company::collect;

#[tokio::test]
async fn a_real_cluster_is_read() {
    let Ok(kubeconfig) = std::env::var("TMINUS_TEST_KUBECONFIG") else {
        println!("skipped: TMINUS_TEST_KUBECONFIG names no kubeconfig of a cluster to look at");
        return;
    };
    let namespace = std::env::var("TMINUS_TEST_NAMESPACE").unwrap_or_else(|_| "default".to_owned());
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("tminus.toml");
    let text = format!(
        "version = 1\n[integrations.cluster]\nkind = \"kubernetes\"\nkubeconfig = {kubeconfig:?}\n\
         namespaces = {{ {namespace} = \"production\" }}\n"
    );
    std::fs::write(&path, text).unwrap();
    let config = Config::find(Some(path)).unwrap();
    let id = "cluster".into();
    let cluster = config.systems[&id]
        .connect(
            "cluster".into(),
            &fetch_secret,
            &config.catalog,
            Access::ReadOnly,
        )
        .unwrap();
    let (result, bodies) = collect(&cluster).await;
    result.unwrap();
    let health = bodies.iter().find_map(|body| match body {
        Body::Health(health) => Some(health.connection),
        _ => None,
    });
    assert_eq!(health, Some(Connection::Ok));
    let findings = cluster.doctor().await;
    assert!(
        findings
            .iter()
            .any(|finding| finding.title.as_str() == "API server answers"
                && finding.ok == Some(true)),
        "{findings:?}"
    );
}
