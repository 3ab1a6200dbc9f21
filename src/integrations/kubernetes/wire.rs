//! Kubernetes' and Argo Rollouts' words, as far as tminus reads them. Every set
//! of words is open, and an odd field does not cost its object.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::integrations::http::{Lenient, odd_as_default};

/// A page of a list.
#[derive(Debug, Deserialize)]
#[serde(bound = "T: serde::de::DeserializeOwned")]
pub struct List<T> {
    /// Where the list goes on.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub metadata: ListMeta,
    /// The objects.
    pub items: Lenient<T>,
}

/// What is said of a list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListMeta {
    /// The token of the next page; empty on the last.
    #[serde(rename = "continue")]
    pub next: String,
}

/// What every object has.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// Its name.
    pub name: String,
    /// Its identity.
    #[serde(default)]
    pub uid: String,
    /// Number of changes to what is wanted.
    #[serde(default)]
    pub generation: u64,
    /// When it was made.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub creation_timestamp: Option<DateTime<Utc>>,
    /// Since when it is being deleted.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub deletion_timestamp: Option<DateTime<Utc>>,
    /// Labels.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub annotations: BTreeMap<String, String>,
    /// Who owns it.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub owner_references: Vec<Owner>,
}

/// An owner of an object.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// Its identity.
    pub uid: String,
    /// Whether it looks after the object.
    pub controller: bool,
}

/// A workload: a Rollout or a Deployment.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Workload {
    /// What every object has.
    pub metadata: Meta,
    /// What is wanted.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub spec: Spec,
    /// What is so.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub status: Status,
}

/// What is wanted of a workload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Spec {
    /// How many instances.
    #[serde(deserialize_with = "odd_as_default")]
    pub replicas: Option<u32>,
    /// Whether a person holds it.
    #[serde(deserialize_with = "odd_as_default")]
    pub paused: bool,
    /// How it replaces the old version.
    #[serde(deserialize_with = "odd_as_default")]
    pub strategy: BTreeMap<String, Value>,
    /// What its instances are.
    #[serde(deserialize_with = "odd_as_default")]
    pub template: Value,
    /// The object that has the template instead.
    #[serde(deserialize_with = "odd_as_default")]
    pub workload_ref: Option<Value>,
}

/// What is so of a workload.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Status {
    /// Up to which change it was looked at: a text in a Rollout, a number in a
    /// Deployment.
    #[serde(deserialize_with = "number")]
    pub observed_generation: u64,
    /// Where it stands.
    #[serde(deserialize_with = "odd_as_default")]
    pub phase: String,
    /// Why.
    #[serde(deserialize_with = "odd_as_default")]
    pub message: String,
    /// What it waits for.
    #[serde(deserialize_with = "odd_as_default")]
    pub pause_conditions: Vec<PauseCondition>,
    /// Whether the controller itself paused it.
    #[serde(deserialize_with = "odd_as_default")]
    pub controller_pause: bool,
    /// Whether it was given up.
    #[serde(deserialize_with = "odd_as_default")]
    pub abort: bool,
    /// Whether it skips what is left.
    #[serde(deserialize_with = "odd_as_default")]
    pub promote_full: bool,
    /// The step that it stands at, from 0.
    #[serde(deserialize_with = "odd_as_default")]
    pub current_step_index: Option<u32>,
    /// What tells the content of what is wanted.
    #[serde(deserialize_with = "odd_as_default")]
    pub current_pod_hash: String,
    /// The same of what serves.
    #[serde(rename = "stableRS", deserialize_with = "odd_as_default")]
    pub stable_rs: String,
    /// What a canary is like.
    #[serde(deserialize_with = "odd_as_default")]
    pub canary: CanaryStatus,
    /// What a blue-green change is like.
    #[serde(deserialize_with = "odd_as_default")]
    pub blue_green: BlueGreenStatus,
    /// How it is in several respects.
    #[serde(deserialize_with = "odd_as_default")]
    pub conditions: Vec<Condition>,
    /// Instances.
    #[serde(deserialize_with = "odd_as_default")]
    pub replicas: u32,
    /// Those of the new version.
    #[serde(deserialize_with = "odd_as_default")]
    pub updated_replicas: u32,
    /// Those that serve.
    #[serde(deserialize_with = "odd_as_default")]
    pub available_replicas: u32,
}

/// What a rollout waits for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PauseCondition {
    /// Why.
    pub reason: String,
    /// Since when.
    #[serde(deserialize_with = "odd_as_default")]
    pub start_time: Option<DateTime<Utc>>,
}

/// What a canary is like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CanaryStatus {
    /// Shares of the traffic, where something routes it.
    #[serde(deserialize_with = "odd_as_default")]
    pub weights: Option<Weights>,
    /// What measures this step.
    #[serde(deserialize_with = "odd_as_default")]
    pub current_step_analysis_run_status: Option<AnalysisStatus>,
    /// What measures all the time.
    #[serde(deserialize_with = "odd_as_default")]
    pub current_background_analysis_run_status: Option<AnalysisStatus>,
}

/// What a blue-green change is like.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BlueGreenStatus {
    /// What gets the traffic.
    #[serde(deserialize_with = "odd_as_default")]
    pub active_selector: String,
    /// What measures before the change.
    #[serde(deserialize_with = "odd_as_default")]
    pub pre_promotion_analysis_run_status: Option<AnalysisStatus>,
    /// What measures after it.
    #[serde(deserialize_with = "odd_as_default")]
    pub post_promotion_analysis_run_status: Option<AnalysisStatus>,
}

/// Shares of the traffic.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Weights {
    /// The canary's.
    pub canary: Weight,
}

/// A share of the traffic.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Weight {
    /// In percent.
    pub weight: f64,
}

/// Where an analysis stands.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct AnalysisStatus {
    /// Its name.
    pub name: String,
    /// Its phase.
    pub status: String,
    /// Why.
    pub message: String,
}

/// How a workload is in one respect.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// In which.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// Why, a word.
    pub reason: String,
    /// Why, for people.
    pub message: String,
    /// When it was last looked at.
    #[serde(deserialize_with = "odd_as_default")]
    pub last_update_time: Option<DateTime<Utc>>,
}

/// A set of like instances: one version of a workload.
#[derive(Clone, Debug, Deserialize)]
pub struct ReplicaSet {
    /// What every object has.
    pub metadata: Meta,
    /// What is wanted.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub spec: ReplicaSetSpec,
    /// What is so.
    #[serde(default, deserialize_with = "odd_as_default")]
    pub status: ReplicaSetStatus,
}

/// What is wanted of a set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplicaSetSpec {
    /// What its instances are.
    pub template: Value,
}

/// What is so of a set.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Instances.
    pub replicas: u32,
    /// Those that are ready.
    pub ready_replicas: u32,
}

/// The answer to "may I?".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccessReview {
    /// The answer.
    pub status: AccessStatus,
}

/// Whether it is allowed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct AccessStatus {
    /// Whether it is.
    pub allowed: bool,
    /// Why not.
    pub reason: String,
}

/// The answer to "who am I?".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SelfReview {
    /// The answer.
    pub status: SelfStatus,
}

/// Who it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SelfStatus {
    /// Who.
    pub user_info: UserInfo,
}

/// A user.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct UserInfo {
    /// The name.
    pub username: String,
}

/// The version of the API server.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerVersion {
    /// Such as `v1.33.2`.
    pub git_version: String,
}

/// A number, or a text that is one.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Number(number) => number.as_u64().unwrap_or_default(),
        Value::String(text) => text.parse().unwrap_or_default(),
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generation_is_a_text_in_one_and_a_number_in_the_other() {
        for (text, wanted) in [
            (r#"{"observedGeneration":"7"}"#, 7),
            (r#"{"observedGeneration":7}"#, 7),
            (r#"{"observedGeneration":"57d9bd6d"}"#, 0),
            ("{}", 0),
        ] {
            let status: Status = serde_json::from_str(text).unwrap();
            assert_eq!(status.observed_generation, wanted, "{text}");
        }
    }

    #[test]
    fn an_odd_field_costs_itself() {
        let text = r#"{"metadata":{"name":"web","labels":7},"spec":{"paused":"yes"},
            "status":{"phase":"Sideways","pauseConditions":null,"canary":[1]}}"#;
        let workload: Workload = serde_json::from_str(text).unwrap();
        assert_eq!(workload.metadata.name, "web");
        assert_eq!(workload.status.phase, "Sideways");
        assert!(!workload.spec.paused);
    }
}
