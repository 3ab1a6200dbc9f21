//! The request budget of one credential: a bucket that fills with time and
//! that each request empties by one.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use reqwest::Url;
use sha2::{Digest as _, Sha256};

use super::{Credential, clock};
use crate::domain::{Budget, Timestamp};

/// Who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Priority {
    /// The watch: waits until the budget allows it.
    #[default]
    Background,
    /// A person waits, or an operation is checked: goes at once and leaves the
    /// debt to the watch.
    Person,
}

/// What all clients of one credential share: the requests that they may send,
/// and what the vendor said about them.
pub(super) struct Account {
    bucket: Bucket,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    /// By the vendor's name for what is counted: GitHub counts REST and GraphQL
    /// apart.
    budgets: BTreeMap<String, Budget>,
    not_before: Option<Timestamp>,
}

/// Names of budgets that are kept: what a vendor sends is not believed to end.
const MOST_NAMES: usize = 16;

impl Account {
    /// The account of this credential at this origin: the same for all that
    /// ask with it, at the slowest pace that any of them was told. Without a
    /// credential each has its own.
    pub(super) fn of(base: &Url, credential: Option<&Credential>, per_minute: u32) -> Arc<Self> {
        /// By origin and digest: the secret itself is not kept.
        type All = HashMap<(String, [u8; 32]), Weak<Account>>;
        static ALL: LazyLock<Mutex<All>> = LazyLock::new(Mutex::default);
        let new = || {
            Arc::new(Self {
                bucket: Bucket::new(per_minute),
                told: Mutex::default(),
            })
        };
        let Some(credential) = credential else {
            return new();
        };
        let origin = base.origin().ascii_serialization();
        let digest = Sha256::digest(credential.value().as_bytes()).into();
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, account| account.strong_count() > 0);
        let place = all.entry((origin, digest)).or_default();
        if let Some(account) = place.upgrade() {
            account.bucket.slow_to(per_minute);
            return account;
        }
        let account = new();
        *place = Arc::downgrade(&account);
        account
    }

    /// Waits until a request may be sent.
    pub(super) async fn acquire(&self, priority: Priority) {
        self.bucket.acquire(priority).await;
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The vendor told what is left of the requests of this name.
    pub(super) fn note(&self, name: &str, budget: Budget) {
        let mut told = self.told();
        if told.budgets.len() < MOST_NAMES || told.budgets.contains_key(name) {
            told.budgets.insert(name.to_owned(), budget);
        }
    }

    /// The budget of which the least is left, among those whose window has not
    /// passed; else the last that was told.
    pub(super) fn budget(&self, now: Timestamp) -> Option<Budget> {
        let told = self.told();
        let most_used = |found: &mut dyn Iterator<Item = &Budget>| {
            found
                .max_by(|one, other| one.used().total_cmp(&other.used()))
                .copied()
        };
        let mut current = told.budgets.values().filter(|budget| budget.resets > now);
        most_used(&mut current).or_else(|| most_used(&mut told.budgets.values()))
    }

    /// Nobody asks before this instant. One client's answer does not shorten
    /// what another was told.
    pub(super) fn wait_until(&self, instant: Option<Timestamp>) {
        let mut told = self.told();
        told.not_before = told.not_before.max(instant);
    }

    /// Before when nobody asks.
    pub(super) fn not_before(&self) -> Option<Timestamp> {
        self.told().not_before
    }
}

/// A token bucket. It holds at most a minute's worth.
struct Bucket {
    state: Mutex<State>,
}

struct State {
    /// Tokens a minute, which is also the most that it holds.
    per_minute: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Self {
            state: Mutex::new(State {
                per_minute,
                tokens: per_minute,
                at: clock::tick(),
            }),
        }
    }

    /// Fills no faster than this from now on.
    fn slow_to(&self, per_minute: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.per_minute = state.per_minute.min(f64::from(per_minute.max(1)));
    }

    /// Takes one token, or says how long to wait before asking again.
    fn take(&self, priority: Priority, now: Instant) -> Option<Duration> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(state.at).as_secs_f64();
        let (capacity, per_second) = (state.per_minute, state.per_minute / 60.0);
        state.tokens = (state.tokens + passed * per_second).min(capacity);
        state.at = now;
        if state.tokens >= 1.0 || priority == Priority::Person {
            // A debt of more than a minute's worth would silence the watch.
            state.tokens = (state.tokens - 1.0).max(-capacity);
            return None;
        }
        Some(Duration::from_secs_f64(
            ((1.0 - state.tokens) / per_second).max(0.01),
        ))
    }

    /// Waits until a request may be sent.
    async fn acquire(&self, priority: Priority) {
        while let Some(wait) = self.take(priority, clock::tick()) {
            tokio::time::sleep(wait).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_sees_more_than_two_budgets_and_the_long_run_one() {
        let bucket = Bucket::new(30);
        let start = clock::tick();
        let mut sent = 0;
        for second in 0..600_u64 {
            let now = start + Duration::from_secs(second);
            while bucket.take(Priority::Background, now).is_none() {
                sent += 1;
            }
        }
        assert!((300..=330).contains(&sent), "{sent} in ten minutes");
    }

    #[test]
    fn a_person_goes_at_once_and_the_watch_pays() {
        let bucket = Bucket::new(2);
        let now = clock::tick() + Duration::from_secs(1);
        for _ in 0..5 {
            assert_eq!(bucket.take(Priority::Person, now), None);
        }
        let wait = bucket.take(Priority::Background, now);
        assert!(wait.is_some_and(|wait| wait > Duration::from_secs(60)));
    }

    #[test]
    fn two_clients_with_one_credential_share_one_account() {
        let url = |text: &str| Url::parse(text).unwrap();
        let token = |text: &str| Credential::bearer(&text.to_owned().into()).unwrap();
        let one = Account::of(&url("https://a.example/api"), Some(&token("x")), 60);
        let same = Account::of(&url("https://a.example/other"), Some(&token("x")), 30);
        assert!(Arc::ptr_eq(&one, &same));
        for (base, token) in [
            ("https://b.example", Some(token("x"))),
            ("https://a.example", Some(token("y"))),
            ("https://a.example", None),
        ] {
            let other = Account::of(&url(base), token.as_ref(), 60);
            assert!(!Arc::ptr_eq(&one, &other), "{base}");
        }
        // The slower of the two paces holds.
        let now = clock::tick();
        let sent = (0..100)
            .filter(|_| one.bucket.take(Priority::Background, now).is_none())
            .count();
        assert!(sent <= 30, "{sent}");
        drop((one, same));
        let later = Account::of(&url("https://a.example"), Some(&token("x")), 60);
        assert!(later.budget(clock::now()).is_none());
    }

    #[test]
    fn a_later_refusal_does_not_shorten_the_wait() {
        let account = Account::of(&Url::parse("https://a.example").unwrap(), None, 60);
        let until = clock::now() + chrono::TimeDelta::minutes(10);
        account.wait_until(Some(until));
        account.wait_until(None);
        account.wait_until(Some(until - chrono::TimeDelta::minutes(5)));
        assert_eq!(account.not_before(), Some(until));
    }

    #[test]
    fn of_several_budgets_the_one_that_ends_first_counts() {
        let account = Account::of(&Url::parse("https://a.example").unwrap(), None, 60);
        let now = clock::now();
        let budget = |remaining: u32, minutes: i64| Budget {
            limit: 100,
            remaining,
            resets: now + chrono::TimeDelta::minutes(minutes),
        };
        account.note("core", budget(90, 30));
        account.note("graphql", budget(20, 30));
        account.note("search", budget(1, -5));
        assert_eq!(account.budget(now), Some(budget(20, 30)));
        for number in 0..100 {
            account.note(&number.to_string(), budget(50, 30));
        }
        assert!(account.told().budgets.len() <= MOST_NAMES);
    }
}
