//! Verdicts on canaries with what they rested on, a file each, for whoever
//! asks later whether another way to judge would have said otherwise.

use super::{Directory, Durability, journal::digest};
use crate::{
    domain::{Calibration, KeptVerdict, ServiceName, Text},
    error::{Error, Kind},
};

const PLACE: &str = "verdicts";
const CALIBRATIONS: &str = "calibrations";
const CALIBRATION: &str = "canary";

/// The most verdicts that are kept; the oldest go first.
pub const MOST: usize = 5_000;

/// What was kept.
#[derive(Debug, Default)]
pub struct KeptVerdicts {
    /// The verdicts, oldest first.
    pub verdicts: Vec<KeptVerdict>,
    /// Files that cannot be read, each with why.
    pub unread: Vec<Text>,
}

/// Keeps a verdict. It may be lost with the machine: it is no record of what
/// somebody did.
///
/// # Errors
/// When it cannot be written.
pub fn keep(data: &Directory, verdict: &KeptVerdict) -> Result<(), Error> {
    let place = data.sub(PLACE)?;
    let bytes = serde_json::to_vec(verdict).map_err(|error| {
        Error::new(
            Kind::Unknown,
            format!("a verdict cannot be written down: {error}"),
        )
    })?;
    place.replace(&name(verdict), &bytes, Durability::Cached)?;
    let mut names = place.names()?;
    names.sort_unstable();
    let over = names.len().saturating_sub(MOST);
    for old in &names[..over] {
        place.remove(old)?;
    }
    Ok(())
}

/// Keeps what a service's past says; what was said before goes.
///
/// # Errors
/// When it cannot be written.
pub fn keep_calibration(data: &Directory, calibration: &Calibration) -> Result<(), Error> {
    let bytes = serde_json::to_vec(calibration).map_err(|error| {
        Error::new(
            Kind::Unknown,
            format!("a calibration cannot be written down: {error}"),
        )
    })?;
    let name = format!("{CALIBRATION}{}.json", mark(&calibration.service));
    data.sub(CALIBRATIONS)?
        .replace(&name, &bytes, Durability::Cached)
}

/// What was kept of all services; what cannot be read is left out, for it can
/// be made again.
#[must_use]
pub fn calibrations(data: &Directory) -> Vec<Calibration> {
    let Ok(Some(place)) = data.existing(CALIBRATIONS) else {
        return Vec::new();
    };
    let names = place.names().unwrap_or_default();
    names
        .iter()
        .filter_map(|name| serde_json::from_slice(&place.read(name).ok()??).ok())
        .collect()
}

/// The verdicts that were kept of a service.
///
/// # Errors
/// When the directory cannot be read.
pub fn of_service(data: &Directory, service: &ServiceName) -> Result<KeptVerdicts, Error> {
    let mut kept = KeptVerdicts::default();
    let Some(place) = data.existing(PLACE)? else {
        return Ok(kept);
    };
    let mark = mark(service);
    let mut names = place.names()?;
    names.retain(|name| name.contains(&mark));
    // The names begin with the time.
    names.sort_unstable();
    for name in names {
        let verdict = place.read(&name).and_then(|bytes| {
            serde_json::from_slice::<KeptVerdict>(&bytes.unwrap_or_default())
                .map_err(|error| Error::new(Kind::Refused, error.to_string()))
        });
        match verdict {
            Ok(verdict) if &verdict.reading.service == service => kept.verdicts.push(verdict),
            Ok(_) => {}
            Err(error) => kept.unread.push(Text::from(format!("{name}: {error}"))),
        }
    }
    Ok(kept)
}

fn name(verdict: &KeptVerdict) -> String {
    format!(
        "{:014}{}.json",
        verdict.at.timestamp_millis().max(0),
        mark(&verdict.reading.service)
    )
}

/// A name of a service may hold what no file's name can.
fn mark(service: &ServiceName) -> String {
    let digest = digest(service.as_str().as_bytes());
    format!("-{}", digest.get(..16).unwrap_or(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{CanaryReading, Timestamp};

    fn verdict(service: &str, second: i64) -> KeptVerdict {
        KeptVerdict {
            at: Timestamp::from_timestamp(1_800_000_000 + second, 0).unwrap(),
            verdict: "fail".into(),
            metrics: vec!["fail".into()],
            sentence: "it fails".into(),
            reading: CanaryReading {
                service: service.into(),
                environment: "production".into(),
                weight: Some(5.0),
                ..CanaryReading::default()
            },
        }
    }

    #[test]
    fn what_was_kept_comes_back_in_order_and_only_of_the_service() {
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        assert!(
            of_service(&data, &"checkout".into())
                .unwrap()
                .verdicts
                .is_empty()
        );
        for (service, second) in [("checkout", 20), ("../x\u{1b}", 5), ("checkout", 10)] {
            keep(&data, &verdict(service, second)).unwrap();
        }
        let kept = of_service(&data, &"checkout".into()).unwrap();
        assert_eq!(
            kept.verdicts,
            [verdict("checkout", 10), verdict("checkout", 20)]
        );
        assert_eq!(
            of_service(&data, &"../x\u{1b}".into())
                .unwrap()
                .verdicts
                .len(),
            1
        );
    }

    #[test]
    fn a_torn_file_costs_itself_and_is_told() {
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        keep(&data, &verdict("checkout", 1)).unwrap();
        keep(&data, &verdict("checkout", 2)).unwrap();
        let below = data.existing(PLACE).unwrap().unwrap();
        let first = name(&verdict("checkout", 1));
        below
            .replace(&first, b"{\"at\":", Durability::Cached)
            .unwrap();
        let kept = of_service(&data, &"checkout".into()).unwrap();
        assert_eq!(kept.verdicts, [verdict("checkout", 2)]);
        assert!(kept.unread[0].starts_with(&first), "{:?}", kept.unread);
    }

    #[test]
    fn the_last_calibration_of_each_service_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        assert_eq!(calibrations(&data), []);
        let of = |service: &str, second: i64| Calibration {
            service: service.into(),
            at: Timestamp::from_timestamp(second, 0).unwrap(),
            bake_seconds: 600,
            past_seconds: 86_400,
            share: 0.05,
            metrics: Vec::new(),
        };
        for (service, second) in [("a", 1), ("b", 2), ("a", 3)] {
            keep_calibration(&data, &of(service, second)).unwrap();
        }
        let mut kept = calibrations(&data);
        kept.sort_by_key(|one| one.at);
        assert_eq!(kept, [of("b", 2), of("a", 3)]);
    }

    #[test]
    fn the_oldest_go_first() {
        let place = tempfile::tempdir().unwrap();
        let data = Directory::open(place.path()).unwrap();
        let below = data.sub(PLACE).unwrap();
        for second in 0..MOST {
            let name = name(&verdict("search", i64::try_from(second).unwrap()));
            below.replace(&name, b"", Durability::Cached).unwrap();
        }
        keep(&data, &verdict("checkout", 1_000_000)).unwrap();
        let names = below.names().unwrap();
        assert_eq!(names.len(), MOST);
        assert!(!names.contains(&name(&verdict("search", 0))));
    }
}
