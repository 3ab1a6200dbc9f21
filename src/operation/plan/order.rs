//! In which order services go back: those that depend on another go before
//! it, so that nothing is left calling what has just been taken away.

use std::collections::BTreeSet;

use crate::domain::{Catalog, ServiceName, Text};

/// An order, and what is to be said about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The services, first to last.
    pub services: Vec<ServiceName>,
    /// Why they stand so, and where that cannot be told.
    pub remarks: Vec<Text>,
}

/// Orders services by what the catalogue says they depend on, directly or
/// through others. Where nothing is said, the given order stays; services that
/// depend on each other keep it too, and the remarks say so.
#[must_use]
pub fn order(asked: &[ServiceName], catalog: &Catalog) -> Order {
    let mut waiting: Vec<&ServiceName> = Vec::new();
    for name in asked {
        if !waiting.contains(&name) {
            waiting.push(name);
        }
    }
    let needs: Vec<(&ServiceName, BTreeSet<&ServiceName>)> = waiting
        .iter()
        .map(|name| (*name, all_needs(name, catalog)))
        .collect();
    let depends = |one: &ServiceName, other: &ServiceName| {
        needs
            .iter()
            .any(|(name, needs)| *name == one && needs.contains(other))
    };
    let before = |one: &ServiceName, other: &ServiceName| {
        one != other && depends(one, other) && !depends(other, one)
    };
    let mut remarks = Vec::new();
    for (place, one) in waiting.iter().enumerate() {
        for other in waiting.iter().skip(place + 1) {
            let (first, second) = match (depends(one, other), depends(other, one)) {
                (true, true) => {
                    remarks.push(Text::from(format!(
                        "{one} and {other} depend on each other, so no order is right for both"
                    )));
                    continue;
                }
                (true, false) => (one, other),
                (false, true) => (other, one),
                (false, false) => continue,
            };
            remarks.push(Text::from(format!(
                "{first} goes before {second}, which it depends on"
            )));
        }
    }
    let mut services = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        // `before` is transitive and never true both ways, so somebody is
        // always first.
        let next = waiting
            .iter()
            .position(|name| !waiting.iter().any(|other| before(other, name)))
            .unwrap_or(0);
        services.push(waiting.remove(next).clone());
    }
    Order { services, remarks }
}

/// All that a service depends on, directly or through others.
fn all_needs<'a>(name: &ServiceName, catalog: &'a Catalog) -> BTreeSet<&'a ServiceName> {
    let mut found = BTreeSet::new();
    let mut look_at: Vec<&ServiceName> = catalog
        .service(name)
        .map(|spec| spec.depends_on.iter().collect())
        .unwrap_or_default();
    while let Some(next) = look_at.pop() {
        if found.insert(next)
            && let Some(spec) = catalog.service(next)
        {
            look_at.extend(&spec.depends_on);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::ServiceSpec;

    fn catalog(edges: &[(&str, &[&str])]) -> Catalog {
        Catalog {
            services: edges
                .iter()
                .map(|(name, needs)| ServiceSpec {
                    name: ServiceName::new(name),
                    depends_on: needs.iter().map(|need| ServiceName::new(need)).collect(),
                    ..ServiceSpec::default()
                })
                .collect(),
            ..Catalog::default()
        }
    }

    fn ordered(asked: &[&str], catalog: &Catalog) -> (Vec<String>, Vec<String>) {
        let asked: Vec<ServiceName> = asked.iter().map(|name| ServiceName::new(name)).collect();
        let order = order(&asked, catalog);
        (
            order.services.iter().map(ToString::to_string).collect(),
            order.remarks.iter().map(ToString::to_string).collect(),
        )
    }

    #[test]
    fn who_depends_goes_back_first_through_others_too() {
        let catalog = catalog(&[
            ("search", &[]),
            ("checkout", &["cart"]),
            ("cart", &["search"]),
            ("mail", &[]),
        ]);
        let (services, remarks) = ordered(&["mail", "search", "checkout"], &catalog);
        assert_eq!(services, ["mail", "checkout", "search"]);
        assert_eq!(
            remarks,
            ["checkout goes before search, which it depends on"]
        );
    }

    #[test]
    fn a_circle_is_said_and_ends_all_the_same() {
        let catalog = catalog(&[("a", &["b"]), ("b", &["a"]), ("c", &["a"])]);
        let (services, remarks) = ordered(&["b", "a", "c", "b"], &catalog);
        assert_eq!(services, ["c", "b", "a"]);
        assert!(
            remarks.contains(
                &"b and a depend on each other, so no order is right for both".to_owned()
            ),
            "{remarks:?}"
        );
    }

    #[test]
    fn without_a_word_on_it_the_asked_order_stays() {
        let (services, remarks) = ordered(&["z", "a", "m"], &catalog(&[]));
        assert_eq!(services, ["z", "a", "m"]);
        assert!(remarks.is_empty());
    }

    proptest! {
        #[test]
        fn everybody_is_there_once_and_no_constraint_is_broken(
            edges in prop::collection::vec((0usize..8, 0usize..8), 0..24),
            asked in prop::collection::vec(0usize..8, 0..10),
        ) {
            let name = |number: usize| ServiceName::new(&format!("s{number}"));
            let catalog = Catalog {
                services: (0..8)
                    .map(|number| ServiceSpec {
                        name: name(number),
                        depends_on: edges
                            .iter()
                            .filter(|(from, _)| *from == number)
                            .map(|(_, to)| name(*to))
                            .collect(),
                        ..ServiceSpec::default()
                    })
                    .collect(),
                ..Catalog::default()
            };
            let asked: Vec<ServiceName> = asked.into_iter().map(name).collect();
            let order = order(&asked, &catalog);
            let unique: BTreeSet<&ServiceName> = asked.iter().collect();
            prop_assert_eq!(order.services.len(), unique.len());
            prop_assert_eq!(order.services.iter().collect::<BTreeSet<_>>(), unique);
            for (place, late) in order.services.iter().enumerate() {
                for early in &order.services[..place] {
                    // Who goes later must not depend on who went before, but
                    // for circles.
                    let broken = all_needs(late, &catalog).contains(early)
                        && !all_needs(early, &catalog).contains(late);
                    prop_assert!(!broken, "{} goes before {}", early, late);
                }
            }
        }
    }
}
