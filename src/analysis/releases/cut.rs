//! What if an item is cut: what leaves with it, what needs it, what it needs.

use std::collections::BTreeSet;

use crate::domain::{Catalog, Release, ReleaseItem, ServiceName, Text};

/// What a cut would do.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIf<'a> {
    /// What leaves.
    pub leaves: &'a ReleaseItem,
    /// What stays, in order.
    pub stays: Vec<&'a ReleaseItem>,
    /// What stays and needs what leaves, directly or through others, each with
    /// the reason.
    pub affected: Vec<(ServiceName, Text)>,
    /// What stays and was needed by what leaves: nothing else in the release
    /// may need it now.
    pub idle: Vec<ServiceName>,
}

/// What happens when a service is cut from a release.
///
/// # Errors
/// When the service is not in it, as a sentence without its full stop.
pub fn what_if<'a>(
    catalog: &Catalog,
    release: &'a Release,
    service: &ServiceName,
) -> Result<WhatIf<'a>, String> {
    let leaves = release
        .items
        .iter()
        .find(|item| &item.service == service)
        .ok_or_else(|| format!("{service} is not in {}", release.id))?;
    let stays: Vec<&ReleaseItem> = release
        .items
        .iter()
        .filter(|item| &item.service != service)
        .collect();
    let needs = |name: &ServiceName| {
        catalog
            .service(name)
            .map_or(&[][..], |spec| &spec.depends_on[..])
    };
    let mut affected = Vec::new();
    for item in &stays {
        if let Some(way) = way_to(&item.service, service, &needs) {
            let reason = match &way[..] {
                [] => format!(
                    "needs {service}, which stays at {}",
                    said(leaves.from.as_ref().map(crate::domain::Version::as_str))
                ),
                through => {
                    let through: Vec<&str> = through.iter().map(|name| name.as_str()).collect();
                    format!("needs {service} through {}", through.join(", "))
                }
            };
            affected.push((item.service.clone(), Text::from(reason)));
        }
    }
    let idle = stays
        .iter()
        .filter(|item| {
            needs(service).contains(&item.service)
                && !stays
                    .iter()
                    .any(|other| needs(&other.service).contains(&item.service))
        })
        .map(|item| item.service.clone())
        .collect();
    Ok(WhatIf {
        leaves,
        stays,
        affected,
        idle,
    })
}

fn said(version: Option<&str>) -> &str {
    version.unwrap_or("what serves now")
}

/// The services between two, shortest way first; none when the first does not
/// need the second.
fn way_to<'a>(
    from: &'a ServiceName,
    to: &ServiceName,
    needs: &impl Fn(&ServiceName) -> &'a [ServiceName],
) -> Option<Vec<&'a ServiceName>> {
    let mut seen: BTreeSet<&ServiceName> = BTreeSet::from([from]);
    let mut ways: Vec<Vec<&'a ServiceName>> = vec![Vec::new()];
    while !ways.is_empty() {
        let mut next = Vec::new();
        for way in ways {
            let here = way.last().copied().unwrap_or(from);
            for needed in needs(here) {
                if needed == to {
                    return Some(way);
                }
                if seen.insert(needed) {
                    let mut longer = way.clone();
                    longer.push(needed);
                    next.push(longer);
                }
            }
        }
        ways = next;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ServiceSpec;

    fn catalog(needs: &[(&str, &[&str])]) -> Catalog {
        Catalog {
            services: needs
                .iter()
                .map(|(name, needs)| ServiceSpec {
                    name: (*name).into(),
                    depends_on: needs.iter().map(|name| (*name).into()).collect(),
                    ..ServiceSpec::default()
                })
                .collect(),
            ..Catalog::default()
        }
    }

    fn release(services: &[&str]) -> Release {
        Release {
            id: "train-1".into(),
            items: services
                .iter()
                .map(|name| ReleaseItem {
                    service: (*name).into(),
                    from: Some("1".into()),
                    to: "2".into(),
                    ..ReleaseItem::default()
                })
                .collect(),
            ..Release::default()
        }
    }

    #[test]
    fn who_needs_it_is_named_also_through_others() {
        let catalog = catalog(&[
            ("web", &["checkout"]),
            ("checkout", &["pricing"]),
            ("pricing", &["rates"]),
            ("search", &[]),
        ]);
        let release = release(&["web", "search", "pricing", "rates"]);
        let found = what_if(&catalog, &release, &"pricing".into()).unwrap();
        assert_eq!(
            found.affected,
            [("web".into(), "needs pricing through checkout".into())]
        );
        assert_eq!(found.idle, [ServiceName::new("rates")]);
        let found = what_if(&catalog, &release, &"rates".into()).unwrap();
        let names: Vec<&str> = found
            .affected
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["web", "pricing"]);
        assert!(what_if(&catalog, &release, &"mail".into()).is_err());
    }

    proptest! {
        /// Whatever needs whatever, rings too: it ends, and names exactly what
        /// reaches the cut service.
        #[test]
        fn it_names_what_reaches_the_cut_service(
            edges in prop::collection::btree_set((0usize..6, 0usize..6), 0..20)
        ) {
            let names = ["a", "b", "c", "d", "e", "f"];
            let needs: Vec<Vec<&str>> = (0..6)
                .map(|from| {
                    let of_it = edges.iter().filter(|edge| edge.0 == from);
                    of_it.map(|edge| names[edge.1]).collect()
                })
                .collect();
            let spec: Vec<(&str, &[&str])> =
                names.into_iter().zip(needs.iter().map(Vec::as_slice)).collect();
            let (catalog, release) = (catalog(&spec), release(&names));
            let found = what_if(&catalog, &release, &"a".into()).unwrap();
            // The slow way: close the relation.
            let mut reach = [[false; 6]; 6];
            for (from, to) in &edges {
                reach[*from][*to] = true;
            }
            for middle in 0..6 {
                for from in 0..6 {
                    for to in 0..6 {
                        reach[from][to] |= reach[from][middle] && reach[middle][to];
                    }
                }
            }
            let expected: Vec<&str> =
                (1..6).filter(|from| reach[*from][0]).map(|from| names[from]).collect();
            let named: Vec<&str> =
                found.affected.iter().map(|(name, _)| name.as_str()).collect();
            prop_assert_eq!(named, expected);
        }
    }
}
