//! Words that histories are made of.

use rand::{Rng, rngs::StdRng};

/// Logins and names of the people, the operator first.
pub const PEOPLE: [(&str, &str); 9] = [
    ("ana", "Ana Duarte"),
    ("tomasz", "Tomasz Zieliński"),
    ("ingrid", "Ingrid Solberg"),
    ("kofi", "Kofi Mensah"),
    ("mei", "Mei Tanaka"),
    ("luca", "Luca Ferri"),
    ("priya", "Priya Raman"),
    ("noor", "Noor Haddad"),
    ("sam", "Sam Whitlock"),
];

const CHANGES: [&str; 40] = [
    "Retry the tax lookup once before giving up",
    "Drop the unused feature flag for gift cards",
    "Log the basket size with each slow request",
    "Make the idempotency key part of the audit line",
    "Cache exchange rates for five minutes",
    "Fix rounding of discounts below one cent",
    "Bump the base image to the November patch level",
    "Return 409 instead of 500 when the basket changed meanwhile",
    "Move the address form behind a typed client",
    "Shorten the default timeout to two seconds",
    "Add a metric for rejected vouchers",
    "Stop loading all variants for the list view",
    "Keep the order of facets stable between pages",
    "Handle an empty delivery window",
    "Upgrade the HTTP stack",
    "Split the worker pool by tenant",
    "Read the currency from the session, not from the host name",
    "Do not page for a single failed refund",
    "Warm the connection pool before taking traffic",
    "Rename the field `sku_id` to `sku` in events",
    "Delete the fallback to the old price service",
    "Accept postal codes with a space",
    "Trim trailing blanks in coupon codes",
    "Use the shared pagination helper",
    "Raise the queue limit for bulk imports",
    "Fix a race between reserve and release",
    "Translate the delivery errors",
    "Test the timeout path of the payment provider",
    "Emit one event a line item",
    "Reject baskets with more than 500 lines",
    "Make the health check independent of the cache",
    "Explain why a payment was declined",
    "Speed up the nightly export",
    "Remove the second database round trip on login",
    "Show the price per unit where the law wants it",
    "Sort stores by travel time",
    "Make retries carry the same request id",
    "Update dependencies",
    "Paginate the admin list",
    "Guard against a negative stock level",
];

const FIRST: [&str; 25] = [
    "address", "audit", "badge", "banner", "basket", "bundle", "campaign", "claims", "coupon",
    "courier", "credit", "currency", "customer", "delivery", "discount", "export", "fraud",
    "invoice", "ledger", "locale", "loyalty", "media", "price", "refund", "returns",
];

const SECOND: [&str; 20] = [
    "api", "batch", "broker", "cache", "engine", "feed", "gate", "hub", "index", "jobs", "mapper",
    "mirror", "proxy", "reader", "relay", "router", "store", "sync", "watch", "worker",
];

/// A headline for a commit.
pub fn headline(rng: &mut StdRng) -> String {
    CHANGES[rng.random_range(0..CHANGES.len())].to_owned()
}

/// The name of the made-up service with this number; up to 500 differ.
pub fn service(number: usize) -> String {
    let second = SECOND[number / FIRST.len() % SECOND.len()];
    format!("{}-{second}", FIRST[number % FIRST.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_hundred_made_up_services_have_different_names() {
        let names: std::collections::HashSet<_> = (0..500).map(service).collect();
        assert_eq!(names.len(), 500);
    }
}
