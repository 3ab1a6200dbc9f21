//! What the judge is asked: the input of `tminus canary judge`.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::domain::{Direction, Text};

/// One analysis: metrics, and how their verdicts make one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Analysis {
    /// How to judge.
    pub mode: Mode,
    /// Highest rate of false alarms of the whole analysis, over all looks.
    #[schemars(range(min = 0.0, max = 0.5))]
    pub alpha: f64,
    /// Lowest score that passes.
    pub pass: f64,
    /// Lowest score that is marginal; below it the analysis fails.
    pub marginal: f64,
    /// Weights of groups, in percent; groups that are not named share the rest.
    #[schemars(with = "BTreeMap<String, f64>")]
    pub group_weights: BTreeMap<Text, f64>,
    /// The metrics.
    pub metrics: Vec<Metric>,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            alpha: 0.05,
            pass: 95.0,
            marginal: 75.0,
            group_weights: BTreeMap::new(),
            metrics: Vec::new(),
        }
    }
}

/// How to judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Valid at every look, with six verdicts.
    #[default]
    Tminus,
    /// As Spinnaker's `NetflixACAJudge`.
    Kayenta,
}

/// One metric of both sides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Metric {
    /// Its name.
    #[serde(deserialize_with = "required_name")]
    #[schemars(with = "String")]
    pub name: Text,
    /// Groups that it scores in.
    #[schemars(with = "Vec<String>")]
    pub groups: Vec<Text>,
    /// What it measures.
    pub kind: Kind,
    /// Which way is worse; `either` when left out.
    pub direction: Option<Direction>,
    /// A critical metric decides alone.
    pub critical: bool,
    /// Weight within its groups; 1 when left out, 0 shows it only.
    pub weight: Option<f64>,
    /// Distance of the points in seconds.
    pub interval_seconds: Option<f64>,
    /// The baseline's points in order of time, null where one is missing; for
    /// a histogram its counts by bucket, or one list of them for each interval.
    pub baseline: Points,
    /// The canary's points, as the baseline's.
    pub canary: Points,
    /// When the points were taken, in seconds since 1970 or RFC 3339; one list
    /// for both sides.
    pub timestamps: Vec<Moment>,
    /// Events on the baseline: a number, or one for each interval.
    pub baseline_events: Option<Numbers>,
    /// Events on the canary.
    pub canary_events: Option<Numbers>,
    /// The canary's share of the traffic, 0 to 1: a number, or one for each
    /// interval; 0.5 when left out.
    pub canary_share: Option<Numbers>,
    /// Requests behind the baseline's events, where they are known: the share
    /// is then theirs, and `canary_share` is checked against it.
    pub baseline_total: Option<Numbers>,
    /// Requests behind the canary's events.
    pub canary_total: Option<Numbers>,
    /// Change relative to the baseline that is tolerated, such as 0.1: it has
    /// to be proven exceeded.
    pub tolerance: Option<f64>,
    /// Kayenta mode: a metric without data counts against the score.
    pub must_have_data: bool,
    /// Kayenta mode: what becomes of missing points.
    pub nan_strategy: NanStrategy,
    /// Kayenta mode: what becomes of outliers.
    pub outliers: Outliers,
    /// Kayenta mode: how many interquartile ranges from the quartiles an
    /// outlier is.
    pub outlier_factor: Option<f64>,
    /// Which measure of effect the limits below are in.
    pub effect: Effect,
    /// Least effect that is an increase.
    pub allowed_increase: Option<f64>,
    /// Largest effect that is a decrease.
    pub allowed_decrease: Option<f64>,
    /// Least effect at which an increase of a critical metric is critical.
    pub critical_increase: Option<f64>,
    /// Largest effect at which a decrease of a critical metric is critical.
    pub critical_decrease: Option<f64>,
}

/// What a metric measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Any number.
    #[default]
    Value,
    /// A time.
    Latency,
    /// A share, such as errors of requests.
    Ratio,
    /// Events.
    Count,
    /// Counts by bucket.
    Histogram,
}

/// What becomes of missing points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NanStrategy {
    /// They are left out.
    #[default]
    Remove,
    /// They are 0.
    Replace,
}

/// What becomes of outliers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outliers {
    /// They stay.
    #[default]
    Keep,
    /// They are left out.
    Remove,
}

/// A measure of effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The canary's mean over the baseline's.
    #[default]
    #[serde(alias = "meanRatio")]
    MeanRatio,
    /// Share of the pairs in which the canary is above.
    Cles,
}

/// Points of one side.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Points {
    /// One number a point.
    Plain(Vec<Option<f64>>),
    /// One list of counts by bucket a point.
    Buckets(Vec<Vec<Option<f64>>>),
}

impl Default for Points {
    fn default() -> Self {
        Self::Plain(Vec::new())
    }
}

impl Points {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(points) => points.len(),
            Self::Buckets(points) => points.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers; none for lists of buckets.
    #[must_use]
    pub fn plain(&self) -> &[Option<f64>] {
        match self {
            Self::Plain(points) => points,
            Self::Buckets(_) => &[],
        }
    }
}

/// A number, or one for each interval.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Numbers {
    /// For the whole.
    One(f64),
    /// For each interval; null where it is not known.
    Each(Vec<Option<f64>>),
}

impl Numbers {
    /// The numbers in order.
    #[must_use]
    pub fn each(&self) -> Vec<Option<f64>> {
        match self {
            Self::One(number) => vec![Some(*number)],
            Self::Each(numbers) => numbers.clone(),
        }
    }
}

/// When a point was taken.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Moment {
    /// Seconds since 1970.
    Seconds(f64),
    /// RFC 3339.
    Rfc3339(String),
}

fn required_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Text, D::Error> {
    let name = Text::deserialize(deserializer)?;
    if name.is_empty() {
        return Err(de::Error::invalid_value(
            de::Unexpected::Str(""),
            &"a name that is not empty",
        ));
    }
    Ok(name)
}

/// A number or null, one level up or two.
struct Item;

#[derive(Debug)]
enum Found {
    Number(Option<f64>),
    List(Vec<Option<f64>>),
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Item)
    }
}

impl<'de> de::Visitor<'de> for Item {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or null")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Found, E> {
        Ok(Found::Number(None))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Found, E> {
        Ok(Found::Number(value.is_finite().then_some(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Found, E> {
        Ok(Found::Number(Some(value as f64)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Found, E> {
        Ok(Found::Number(Some(value as f64)))
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element::<Option<f64>>()? {
            list.push(item.filter(|value| value.is_finite()));
        }
        Ok(Found::List(list))
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> de::Visitor<'de> for List {
            type Value = Points;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of numbers or null")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Points, E> {
                Ok(Points::default())
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Points, A::Error> {
                let mut plain = Vec::new();
                let mut lists = Vec::new();
                while let Some(item) = items.next_element::<Found>()? {
                    match item {
                        Found::Number(None) if !lists.is_empty() => lists.push(Vec::new()),
                        Found::Number(number) if lists.is_empty() => plain.push(number),
                        Found::List(list) if plain.iter().all(Option::is_none) => {
                            lists.extend(plain.drain(..).map(|_| Vec::new()));
                            lists.push(list);
                        }
                        Found::Number(_) | Found::List(_) => {
                            return Err(de::Error::custom(
                                "numbers and lists are mixed, expected one or the other",
                            ));
                        }
                    }
                }
                Ok(if lists.is_empty() {
                    Points::Plain(plain)
                } else {
                    Points::Buckets(lists)
                })
            }
        }
        deserializer.deserialize_any(List)
    }
}

impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrEach;
        impl<'de> de::Visitor<'de> for OneOrEach {
            type Value = Numbers;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a number or a list of numbers")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Numbers, E> {
                Ok(Numbers::One(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Numbers, E> {
                Ok(Numbers::One(value as f64))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Numbers, E> {
                Ok(Numbers::One(value as f64))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<Numbers, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element::<Option<f64>>()? {
                    list.push(item.filter(|value| value.is_finite()));
                }
                Ok(Numbers::Each(list))
            }
        }
        deserializer.deserialize_any(OneOrEach)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = Moment;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("seconds since 1970 or an RFC 3339 time")
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Moment, E> {
                Ok(Moment::Seconds(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Moment, E> {
                Ok(Moment::Seconds(value as f64))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Moment, E> {
                Ok(Moment::Seconds(value as f64))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Moment, E> {
                Ok(Moment::Rfc3339(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Either)
    }
}
