//! Two people for one operation: what one proposes and signs, another checks
//! and signs too. Here are the rules about who that can be, and the file that
//! goes from one to the other.

use std::sync::Arc;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use ssh_key::public::KeyData;

use crate::{
    domain::{Text, Timestamp},
    error::{Error, Kind},
    evidence::{
        Flaw, Sign,
        dsse::{Envelope, pae},
        signers::{AllowedSigners, Principal},
        sshsig::{COUNTERSIGNATURE, PROPOSAL, Signer},
        statement::{self, Statement, Subject, pretty},
    },
    integrations::contract::PreparedRequest,
    store::journal::{Actor, Confirmation, ProposalRecord, SecondPerson, digest},
};

/// A proposal can be carried out for this long.
pub const PROPOSAL_HOLDS: TimeDelta = TimeDelta::hours(4);
/// A proposal that wants to be good for longer is not believed.
const LONGEST: TimeDelta = TimeDelta::hours(24);
/// How far the clocks of two people may be apart.
const SLACK: TimeDelta = TimeDelta::minutes(5);

/// Who a person is to others, and whose signatures they believe.
#[derive(Clone, Default)]
pub struct People {
    /// Signs for this person; none without a key in the configuration.
    pub signer: Option<Arc<dyn Sign>>,
    /// Who may sign what; none without such a file in the configuration, or
    /// why it cannot be read.
    pub allowed: Option<Result<AllowedSigners, Error>>,
}

impl People {
    /// What signs for this person.
    pub(super) fn signer(&self) -> Result<&dyn Sign, Error> {
        self.signer.as_deref().ok_or_else(|| {
            Error::new(
                Kind::Refused,
                "another person has to agree, and you have no key to sign with",
            )
            .hint(
                "set `key` in [signing] to your SSH key, such as ~/.ssh/id_ed25519.pub; \
                     `ssh-keygen -t ed25519` makes one",
            )
        })
    }

    fn allowed(&self) -> Result<&AllowedSigners, Error> {
        match &self.allowed {
            Some(Ok(allowed)) => Ok(allowed),
            Some(Err(error)) => Err(error.clone()),
            None => Err(Error::new(
                Kind::Refused,
                "it is not known whose signatures are to be believed",
            )
            .hint(
                "set `allowed_signers` in [signing] to a file with a line for each person: NAME \
                 KEYTYPE KEY (ssh-keygen(1), ALLOWED SIGNERS)",
            )),
        }
    }

    /// Whose key it is, among those who may sign such a thing.
    fn who(&self, key: &KeyData, namespace: &str, at: Timestamp) -> Result<Principal, Error> {
        self.allowed()?
            .who(key, namespace, at)
            .map_err(|flaw| flawed(&flaw))
    }
}

/// What is proposed, as it is signed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Everything that the proposer was shown and said.
    pub confirmation: Confirmation,
    /// When.
    pub at: Timestamp,
    /// It may be carried out until then.
    pub expires: Timestamp,
    /// SHA-256 of the request, every byte of it, in hexadecimal digits.
    pub request_sha256: String,
}

/// A proposal of another person whose signature was checked.
#[derive(Clone, Debug)]
pub struct Opened {
    pub(super) proposal: Proposal,
    pub(super) envelope: Envelope,
    pub(super) payload: Vec<u8>,
    pub(super) signer: Signer,
    pub(super) principal: Principal,
}

impl Opened {
    /// What is proposed.
    #[must_use]
    pub fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// Whose key signed it, by the allowed signers.
    #[must_use]
    pub fn principal(&self) -> Text {
        self.principal.name()
    }

    pub(super) fn record(&self) -> Result<ProposalRecord, Error> {
        let signature = self
            .envelope
            .signatures
            .first()
            .map(|signature| Text::new(&signature.sig))
            .ok_or_else(|| flawed(&Flaw::NoSignature))?;
        Ok(ProposalRecord {
            actor: self.proposal.confirmation.actor.clone(),
            principal: self.principal.name(),
            at: self.proposal.at,
            expires: self.proposal.expires,
            key: Text::new(&self.signer.fingerprint),
            sha256: digest(&self.payload),
            signature,
        })
    }
}

/// The SHA-256 of a request, every byte of it.
#[must_use]
pub fn request_digest(request: &PreparedRequest) -> String {
    let mut bytes = format!("{} {}\n\n", request.method, request.url).into_bytes();
    bytes.extend_from_slice(request.body.as_bytes());
    digest(&bytes)
}

/// Signs a proposal: the file for the other person, and how the journal names
/// it.
pub(super) fn seal(
    proposal: &Proposal,
    people: &People,
) -> Result<(Vec<u8>, ProposalRecord), Error> {
    let signer = people.signer()?;
    let key = signer.public()?;
    // What the other person's tminus would refuse is better refused now.
    let principal = match people.allowed {
        Some(_) => people.who(&key, PROPOSAL, proposal.at)?.name(),
        None => Text::default(),
    };
    let subject = Subject::new(
        proposal.confirmation.request.line.as_str(),
        proposal.request_sha256.as_str(),
    );
    let sealed =
        Statement::new(statement::PROPOSAL, vec![subject], proposal)?.seal(PROPOSAL, signer)?;
    let (payload, signature) = match sealed.envelope.signatures.first() {
        Some(signature) => (sealed.envelope.unverified(), signature.sig.clone()),
        None => (Err(Flaw::NoSignature), String::new()),
    };
    let record = ProposalRecord {
        actor: proposal.confirmation.actor.clone(),
        principal,
        at: proposal.at,
        expires: proposal.expires,
        key: Text::from(crate::evidence::sshsig::fingerprint(&key)),
        sha256: digest(&payload.map_err(|flaw| flawed(&flaw))?),
        signature: Text::from(signature),
    };
    Ok((pretty(&sealed.envelope)?, record))
}

/// Reads a proposal of somebody else and checks everything that can be told
/// without asking a system: whose it is, that it is still good, and that this
/// person is another one.
pub(super) fn open(
    bytes: &[u8],
    people: &People,
    own: &Actor,
    now: Timestamp,
) -> Result<Opened, Error> {
    let envelope = Envelope::parse(bytes).map_err(|flaw| flawed(&flaw))?;
    if envelope.signatures.len() > 1 {
        return Err(refused("it was countersigned already"));
    }
    let (payload, signers) = envelope.verify(&[PROPOSAL]).map_err(|flaw| flawed(&flaw))?;
    let Some(signer) = signers.into_iter().next() else {
        return Err(flawed(&Flaw::NoSignature));
    };
    let principal = people.who(&signer.key, PROPOSAL, now)?;
    // Only what was verified is read.
    let statement =
        Statement::parse(&payload, statement::PROPOSAL).map_err(|flaw| flawed(&flaw))?;
    let proposal: Proposal = statement.predicate().map_err(|flaw| flawed(&flaw))?;
    match statement.subject.as_slice() {
        [subject] if subject.digest.sha256 == proposal.request_sha256 => {}
        _ => return Err(refused("it speaks about another request than it names")),
    }
    let id = &proposal.confirmation.operation;
    if uuid::Uuid::parse_str(id.as_str()).is_err() {
        return Err(refused(&format!("`{id}` is no id of an operation")));
    }
    if now >= proposal.expires {
        return Err(refused(&format!(
            "it was good until {}: it has to be proposed anew",
            proposal.expires.format("%Y-%m-%d %H:%MZ")
        )));
    }
    if proposal.at > now + SLACK {
        return Err(refused(
            "it was proposed in the future: look at both clocks",
        ));
    }
    if proposal.expires - proposal.at > LONGEST {
        return Err(refused("it wants to be good for longer than a day"));
    }
    let proposer = &proposal.confirmation.actor;
    if proposer.login == own.login && proposer.host == own.host {
        return Err(one_person(&format!("{} proposed it", own.sentence())));
    }
    let own_key = people.signer()?.public()?;
    if own_key == signer.key {
        return Err(one_person(&format!(
            "your key {} proposed it",
            signer.fingerprint
        )));
    }
    let own_principal = people.who(&own_key, COUNTERSIGNATURE, now)?;
    if own_principal.overlaps(&principal) {
        return Err(one_person(&format!(
            "your key and the proposer's are both {}'s",
            principal.name()
        )));
    }
    Ok(Opened {
        proposal,
        envelope,
        payload,
        signer,
        principal,
    })
}

/// Adds the second signature: the same envelope, and how the journal names
/// who agreed.
pub(super) fn countersign(
    opened: &Opened,
    people: &People,
    actor: &Actor,
    at: Timestamp,
    reason: &str,
) -> Result<(Vec<u8>, SecondPerson), Error> {
    let signer = people.signer()?;
    let key = crate::evidence::sshsig::fingerprint(&signer.public()?);
    let message = pae(&opened.envelope.payload_type, &opened.payload);
    let signature = signer.sign(COUNTERSIGNATURE, &message)?;
    let mut envelope = opened.envelope.clone();
    envelope.add(&key, signature.clone());
    let second = SecondPerson {
        actor: actor.clone(),
        at,
        key: Text::from(key),
        signature: Text::from(signature),
        reason: Text::new(reason.trim()),
    };
    Ok((pretty(&envelope)?, second))
}

/// Who countersigned what this person proposed, by a file that came back.
pub(super) fn countersigner(
    bytes: &[u8],
    record: &ProposalRecord,
    people: &People,
    now: Timestamp,
) -> Result<Text, Error> {
    let envelope = Envelope::parse(bytes).map_err(|flaw| flawed(&flaw))?;
    let (payload, signers) = envelope
        .verify(&[PROPOSAL, COUNTERSIGNATURE])
        .map_err(|flaw| flawed(&flaw))?;
    if digest(&payload) != record.sha256 {
        return Err(refused("it is of another proposal"));
    }
    let Some(second) = signers.get(1) else {
        return Err(flawed(&Flaw::NoSignature));
    };
    people
        .who(&second.key, COUNTERSIGNATURE, now)
        .map(|principal| principal.name())
}

fn one_person(why: &str) -> Error {
    refused(&format!("one person cannot be both: {why}"))
        .hint("somebody else has to countersign it, with a key of their own")
}

fn flawed(flaw: &Flaw) -> Error {
    refused(&flaw.to_string())
}

fn refused(why: &str) -> Error {
    Error::new(
        Kind::Refused,
        format!("the proposal is refused: {}", Text::new(why)),
    )
}
