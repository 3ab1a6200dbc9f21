//! Which job deploys what to where, as the configuration tells it: Jenkins
//! itself has no deployments.

use crate::domain::{EnvironmentName, ServiceName, Version};

use super::config::Deploys;

/// A rule of the configuration, for one service or for the service that a
/// parameter names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    job: String,
    service: Option<ServiceName>,
    deploys: Deploys,
}

/// Where a build goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Goes<'a> {
    /// To one environment, with all of it.
    To(EnvironmentName),
    /// To an environment with each of these stages.
    ByStages(&'a std::collections::BTreeMap<String, String>),
}

/// The rules, with `{service}` filled in.
#[must_use]
pub fn rules(deploys: &[Deploys], services: &[ServiceName]) -> Vec<Rule> {
    let mut all = Vec::new();
    for one in deploys {
        if one.job.contains("{service}") {
            all.extend(services.iter().map(|service| Rule {
                job: one.job.replace("{service}", service.as_str()),
                service: Some(service.clone()),
                deploys: one.clone(),
            }));
        } else {
            all.push(Rule {
                job: one.job.clone(),
                service: None,
                deploys: one.clone(),
            });
        }
    }
    all
}

impl Rule {
    /// The full name of the job.
    #[must_use]
    pub fn job(&self) -> &str {
        &self.job
    }

    /// The service that it deploys, where the job's name tells.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        self.service.as_ref()
    }

    /// Whether it is about this job.
    #[must_use]
    pub fn fits(&self, job: &str) -> bool {
        job.strip_prefix(&self.job)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Whether stages tell what is deployed.
    #[must_use]
    pub fn has_stages(&self) -> bool {
        !self.deploys.stages.is_empty()
    }

    /// The environments that it names itself.
    #[must_use]
    pub fn environments(&self) -> Vec<EnvironmentName> {
        let fixed = self.deploys.environment.iter();
        let all = fixed.chain(self.deploys.stages.values());
        all.map(|name| EnvironmentName::new(name)).collect()
    }

    /// The service of a build with these parameters, where the rule tells.
    #[must_use]
    pub fn service_of(&self, parameter: impl Fn(&str) -> Option<String>) -> Option<ServiceName> {
        match &self.deploys.service_parameter {
            Some(name) => parameter(name)
                .filter(|value| !value.is_empty())
                .map(|value| ServiceName::new(&value)),
            None => self.service.clone(),
        }
    }

    /// The version of a build with these parameters, where one tells.
    #[must_use]
    pub fn version_of(&self, parameter: impl Fn(&str) -> Option<String>) -> Option<Version> {
        let value = parameter(self.deploys.version.as_deref()?)?;
        let value = value.trim();
        (!value.is_empty()).then(|| {
            crate::integrations::versions::of_tag(value).unwrap_or_else(|| Version::new(value))
        })
    }

    /// Where a build with these parameters goes to; none when the parameter is
    /// empty.
    #[must_use]
    pub fn goes(&self, parameter: impl Fn(&str) -> Option<String>) -> Option<Goes<'_>> {
        if self.has_stages() {
            return Some(Goes::ByStages(&self.deploys.stages));
        }
        let name = match (
            &self.deploys.environment,
            &self.deploys.environment_parameter,
        ) {
            (Some(name), _) => name.clone(),
            (None, Some(name)) => parameter(name)?,
            (None, None) => return None,
        };
        (!name.is_empty()).then(|| Goes::To(EnvironmentName::new(&name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_about_its_job_and_those_below() {
        let deploys = Deploys {
            job: "larkspur/{service}".to_owned(),
            environment: Some("production".to_owned()),
            ..Deploys::default()
        };
        let rules = rules(&[deploys], &["web".into(), "cart".into()]);
        assert_eq!(rules.len(), 2);
        assert!(rules[0].fits("larkspur/web"));
        assert!(rules[0].fits("larkspur/web/v4.12.0"));
        assert!(!rules[0].fits("larkspur/webshop"));
    }

    #[test]
    fn parameters_tell_service_version_and_environment() {
        let deploys = Deploys {
            job: "deploy".to_owned(),
            service_parameter: Some("SERVICE".to_owned()),
            version: Some("VERSION".to_owned()),
            environment_parameter: Some("ENV".to_owned()),
            ..Deploys::default()
        };
        let rule = &rules(&[deploys], &["web".into()])[0];
        let given = |name: &str| match name {
            "SERVICE" => Some("cart".to_owned()),
            "VERSION" => Some("v4.12.0".to_owned()),
            "ENV" => Some("production".to_owned()),
            _ => None,
        };
        assert_eq!(rule.service_of(given), Some("cart".into()));
        assert_eq!(rule.version_of(given), Some("4.12.0".into()));
        assert_eq!(rule.goes(given), Some(Goes::To("production".into())));
        assert_eq!(rule.goes(|_| None), None);
        assert_eq!(rule.goes(|_| Some(String::new())), None);
    }
}
