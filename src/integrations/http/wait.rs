//! One parser for all the ways in which vendors say "wait" and "so many are
//! left".

use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;

use crate::domain::{Budget, Timestamp};

/// Longest wait that is believed, in seconds: a day.
const LONGEST: i64 = 86_400;

/// When the next request may be sent, as the headers tell: `Retry-After` in
/// seconds or as an HTTP date (RFC 9110, 10.2.3), else the end of the current
/// window when nothing is left in it.
#[must_use]
pub fn retry_at(headers: &HeaderMap, now: Timestamp) -> Option<Timestamp> {
    if let Some(value) = text(headers, "retry-after") {
        return instant(value, now);
    }
    let budget = budget(headers, now)?;
    (budget.remaining == 0).then_some(budget.resets)
}

/// The request budget that the headers tell: GitHub's and Datadog's
/// `x-ratelimit-*`, PagerDuty's and the IETF draft's `ratelimit-*`.
#[must_use]
pub fn budget(headers: &HeaderMap, now: Timestamp) -> Option<Budget> {
    let read = |names: [&str; 2]| names.iter().find_map(|name| text(headers, name));
    let count = |value: &str| {
        value
            .split([',', ';'])
            .next()
            .and_then(|number| number.trim().parse::<u32>().ok())
    };
    let limit = count(read(["x-ratelimit-limit", "ratelimit-limit"])?)?;
    let remaining = count(read(["x-ratelimit-remaining", "ratelimit-remaining"])?)?;
    let resets = instant(read(["x-ratelimit-reset", "ratelimit-reset"])?, now)?;
    Some(Budget {
        limit,
        remaining,
        resets,
    })
}

/// How far the vendor's clock is ahead of ours, in seconds, by its `Date`.
#[must_use]
pub fn skew(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let date = DateTime::parse_from_rfc2822(text(headers, "date")?).ok()?;
    Some((date.with_timezone(&Utc) - now).num_seconds())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Seconds from now, seconds or milliseconds since 1970, an HTTP date or ISO
/// 8601: the size of a number tells which, for no vendor asks for a wait of
/// thirty years.
fn instant(value: &str, now: Timestamp) -> Option<Timestamp> {
    let found = if let Ok(number) = value.parse::<f64>() {
        if !number.is_finite() || number < 0.0 {
            return None;
        }
        if number >= 1e12 {
            DateTime::from_timestamp_millis(number as i64)?
        } else if number >= 1e9 {
            DateTime::from_timestamp(number as i64, 0)?
        } else {
            now + TimeDelta::milliseconds((number * 1000.0).min(LONGEST as f64 * 1000.0) as i64)
        }
    } else {
        DateTime::parse_from_rfc2822(value)
            .or_else(|_| DateTime::parse_from_rfc3339(value))
            .ok()?
            .with_timezone(&Utc)
    };
    Some(found.clamp(now, now + TimeDelta::seconds(LONGEST)))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-22T14:00:00Z".parse().unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_str(value).unwrap(),
                )
            })
            .collect()
    }

    #[test]
    fn every_form_of_the_wait_is_read() {
        for (name, value, seconds) in [
            ("retry-after", "30", 30),
            ("retry-after", "Sun, 22 Nov 2026 14:01:00 GMT", 60),
            ("retry-after", "0", 0),
            ("retry-after", "999999999", LONGEST),
        ] {
            let at = retry_at(&headers(&[(name, value)]), now()).unwrap();
            assert_eq!((at - now()).num_seconds(), seconds, "{value}");
        }
        for value in ["", "soon", "-5", "NaN"] {
            assert_eq!(retry_at(&headers(&[("retry-after", value)]), now()), None);
        }
    }

    #[test]
    fn every_form_of_the_budget_is_read() {
        let epoch = now().timestamp() + 90;
        for reset in [
            "90".to_owned(),
            epoch.to_string(),
            format!("{epoch}000"),
            "2026-11-22T14:01:30Z".to_owned(),
        ] {
            for prefix in ["x-ratelimit", "ratelimit"] {
                let mut map = HeaderMap::new();
                for (name, value) in [("limit", "960"), ("remaining", "0"), ("reset", &reset)] {
                    map.insert(
                        HeaderName::try_from(format!("{prefix}-{name}")).unwrap(),
                        HeaderValue::from_str(value).unwrap(),
                    );
                }
                let found = budget(&map, now()).unwrap();
                assert_eq!((found.limit, found.remaining), (960, 0));
                assert_eq!((found.resets - now()).num_seconds(), 90, "{reset}");
                assert_eq!(retry_at(&map, now()), Some(found.resets));
            }
        }
    }

    #[test]
    fn the_skew_is_signed() {
        let ahead = headers(&[("date", "Sun, 22 Nov 2026 14:05:00 GMT")]);
        assert_eq!(skew(&ahead, now()), Some(300));
        let behind = headers(&[("date", "Sun, 22 Nov 2026 13:00:00 GMT")]);
        assert_eq!(skew(&behind, now()), Some(-3600));
    }

    proptest! {
        #[test]
        fn no_header_asks_for_more_than_a_day(value in "[ -~]{0,24}") {
            if let Some(at) = retry_at(&headers(&[("retry-after", &value)]), now()) {
                prop_assert!(at >= now());
                prop_assert!(at <= now() + TimeDelta::seconds(LONGEST));
            }
        }
    }
}
