//! The reads of the query API.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use super::{
    config::Flavour,
    map::{self, Outcome, Span},
    wire,
};
use crate::{
    domain::{Connection, Text, Timestamp},
    integrations::http::{Failure, Lenient, Priority, ReadClient, Request},
};

/// Queries that go into one request.
const BATCH: usize = 100;

/// When a query is evaluated.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// At one instant.
    At(Timestamp),
    /// Over a span.
    Over(Span),
}

/// The reads.
pub struct Client {
    pub http: ReadClient,
    flavour: Flavour,
    /// Queries that must be asked alone: plain numbers, and faulty ones, which
    /// would take their neighbours down.
    alone: Mutex<BTreeSet<String>>,
    /// Whether this server takes several queries in one.
    together: AtomicBool,
}

impl Client {
    pub fn new(http: ReadClient, flavour: Flavour) -> Self {
        Self {
            http,
            flavour,
            alone: Mutex::new(BTreeSet::new()),
            together: AtomicBool::new(true),
        }
    }

    /// Evaluates many queries in few requests; the outcomes are in the order
    /// of the queries. A query that is wrong costs only itself.
    ///
    /// # Errors
    /// When the server as a whole gives no usable answer.
    pub async fn all(
        &self,
        queries: &[&str],
        when: When,
        priority: Priority,
    ) -> Result<Vec<Outcome>, Failure> {
        let mut outcomes: Vec<Outcome> = vec![Err(Text::default()); queries.len()];
        let (alone, common): (Vec<usize>, Vec<usize>) = {
            let known = self.alone.lock().unwrap_or_else(PoisonError::into_inner);
            let together = self.together.load(Ordering::Relaxed);
            (0..queries.len()).partition(|index| !together || known.contains(queries[*index]))
        };
        for index in alone {
            outcomes[index] = self.one(queries[index], when, priority).await?;
        }
        for chunk in common.chunks(BATCH) {
            let texts: Vec<&str> = chunk.iter().map(|index| queries[*index]).collect();
            let found = self.batch(&texts, when, priority).await?;
            for (index, outcome) in chunk.iter().zip(found) {
                outcomes[*index] = outcome;
            }
        }
        Ok(outcomes)
    }

    async fn batch(
        &self,
        queries: &[&str],
        when: When,
        priority: Priority,
    ) -> Result<Vec<Outcome>, Failure> {
        if let [only] = queries {
            return Ok(vec![self.one(only, when, priority).await?]);
        }
        let combined = self.one(&map::together(queries), when, priority).await?;
        if let Ok(Ok(series)) = combined
            && let Some(parts) = map::apart(series, queries.len())
        {
            return Ok(parts.into_iter().map(|part| Ok(Ok(part))).collect());
        }
        // Something in there is wrong: ask one by one to find out which.
        let mut outcomes = Vec::with_capacity(queries.len());
        let mut culprits = BTreeSet::new();
        for query in queries {
            let outcome = self.one(query, when, priority).await?;
            if !matches!(outcome, Ok(Ok(_))) {
                culprits.insert((*query).to_owned());
            }
            outcomes.push(outcome);
        }
        if culprits.is_empty() {
            self.together.store(false, Ordering::Relaxed);
        }
        self.alone
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(culprits);
        Ok(outcomes)
    }

    /// Evaluates one query. That the query itself is wrong or takes too long
    /// is an outcome, not a failure.
    ///
    /// # Errors
    /// When the server as a whole gives no usable answer.
    pub async fn one(
        &self,
        query: &str,
        when: When,
        priority: Priority,
    ) -> Result<Outcome, Failure> {
        let mut fields = vec![("query", query.to_owned())];
        let path = match when {
            When::At(at) => {
                let at = at.timestamp_millis();
                fields.push(("time", format!("{}.{:03}", at / 1000, at % 1000)));
                "/api/v1/query"
            }
            When::Over(span) => {
                fields.push(("start", span.start.to_string()));
                fields.push(("end", span.end.to_string()));
                fields.push(("step", span.step.to_string()));
                "/api/v1/query_range"
            }
        };
        if self.flavour == Flavour::Thanos {
            fields.push(("partial_response", "false".to_owned()));
        }
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let request = self.http.form(path, &fields).priority(priority);
        match self.envelope(request).await {
            Ok(envelope) => Ok(map::open(&envelope)),
            // The query is wrong (400), fails (422) or took too long (503 with
            // a reason): other queries may well work.
            Err(failure)
                if matches!(failure.status, Some(400 | 422 | 503))
                    && !failure.message.is_empty() =>
            {
                Ok(Err(failure.message))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The alerts that are pending or firing; none when the server does not
    /// keep any.
    pub async fn alerts(
        &self,
        priority: Priority,
    ) -> Result<Option<Lenient<wire::Alert>>, Failure> {
        let request = self.http.get("/api/v1/alerts", &[]).priority(priority);
        let envelope = match self.envelope(request).await {
            Ok(envelope) => envelope,
            Err(failure) if matches!(failure.status, Some(404 | 405 | 501)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let unusable = |why: &str| {
            let detail = format!("the list of alerts cannot be used: {why}");
            Failure::new(Connection::Degraded, &detail)
        };
        let data = map::whole(&envelope).map_err(|why| unusable(&why))?;
        let data: wire::AlertData =
            serde_json::from_str(data).map_err(|_| unusable("it has another form"))?;
        Ok(Some(data.alerts))
    }

    /// The server's version; none when it does not tell.
    pub async fn version(&self) -> Result<Option<Text>, Failure> {
        let request = self
            .http
            .get("/api/v1/status/buildinfo", &[])
            .priority(Priority::Person);
        let envelope = match self.envelope(request).await {
            Ok(envelope) => envelope,
            Err(failure) if failure.status == Some(404) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        let info = envelope
            .data
            .and_then(|data| serde_json::from_str::<wire::BuildInfo>(data.get()).ok());
        Ok(info.map(|info| info.version))
    }

    async fn envelope(&self, request: Request) -> Result<wire::Envelope, Failure> {
        self.http.send(request).await?.json()
    }
}
