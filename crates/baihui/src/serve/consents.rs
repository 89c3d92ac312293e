//! Consents: which texts there are, what a patient agreed to, and what was withdrawn.

use baihui_clinic::{
    access::Permission,
    consent::{self, Consent, ConsentId, ConsentText, ConsentTo},
    people::Patient,
    store::Write,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    login::Caller,
    practice::{PartParams, PatientParams, Saved, created, now_of, practice, wait},
    problem::Problem,
    state::App,
    table::{Access, Doc, Nothing, Table, versions::Part},
};

/// Adds the routes.
pub fn routes(table: &mut Table) {
    let doc = |id, summary, access| Doc { id, tag: "encounter", summary, access };
    use Permission::{ReadPatient, WritePatient};
    table.get(
        "/api/consents/texts",
        doc("consentTexts", "Texts that can be agreed to", Access::Everybody),
        texts,
    );
    table.list_as(
        "/api/patients/{patient}/consents",
        doc("consents", "What the patient agreed to, newest first", Access::Needs(ReadPatient)),
        consents,
    );
    table.post_as(
        "/api/patients/{patient}/consents",
        doc("newConsent", "Record a consent", Access::Needs(WritePatient)),
        new_consent,
    );
    table.post_as(
        "/api/consents/{consent}/withdrawal",
        doc("withdrawConsent", "Record that a consent was withdrawn", Access::Needs(WritePatient)),
        withdraw,
    );
}

/// A text with its checksum.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TextRow {
    /// The text.
    text: ConsentText,
    /// SHA-256 of title and paragraphs, in hexadecimal digits: a consent keeps it.
    sha256: String,
}

fn texts(app: &App, _: Nothing) -> Result<Vec<TextRow>, Problem> {
    let row = |text: &ConsentText| TextRow { text: text.clone(), sha256: text.sha256() };
    Ok(app.knowledge.consent.text.iter().map(row).collect())
}

/// A consent with its identifier.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ConsentRow {
    /// Identifier.
    id: String,
    /// Version in the record.
    version: u64,
    /// Whether it stands now.
    stands: bool,
    /// The consent.
    consent: Consent,
}

fn consents(app: &App, caller: &Caller, p: PartParams) -> Result<Part<ConsentRow>, Problem> {
    let window = p.window()?;
    let store = &practice(app)?.store;
    let kept = wait(store.part_of::<Consent>(&caller.actor, p.patient, window.limit(), window.skip()))?;
    let now = store.now();
    Ok(window.part(kept, &[])?.map(|c| ConsentRow {
        id: c.id,
        version: c.version,
        stands: c.value.stands(now),
        consent: c.value,
    }))
}

/// A consent that was given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// To what.
    to: ConsentTo,
    /// Which text, by its version: one of the texts of this server, or the clinic's own on paper.
    text_version: String,
    /// Language of the text, as a BCP 47 tag.
    language: String,
    /// SHA-256 of the text that was shown; without, the text was on paper.
    #[serde(default)]
    text_sha256: Option<String>,
    /// By whom, if not by the patient.
    #[serde(default)]
    given_by: String,
    /// When, if it was given on paper before; now without.
    #[serde(default)]
    given_at: Option<Timestamp>,
}

fn new_consent(app: &App, caller: &Caller, p: PatientParams, body: NewConsent) -> Result<Saved, Problem> {
    let store = &practice(app)?.store;
    wait(store.get::<Patient>(&caller.actor, p.patient))?;
    let given_at = match body.given_at {
        Some(at) => at,
        None => now_of(store, caller, |c: &Consent| c.given_at)?,
    };
    if given_at > store.now() {
        return Err(Problem::input("a consent cannot have been given in the future").field("given_at"));
    }
    let known = consent::edition(&app.knowledge.consent.text, body.to, &body.text_version, &body.language);
    let text_sha256 = known.map(ConsentText::sha256);
    // What was read must be what is kept: a page that was open while the text changed is told.
    if body.text_sha256.is_some() && body.text_sha256 != text_sha256 {
        return Err(Problem::conflict("the text that was shown is not the text of this version")
            .hint("read the texts again"));
    }
    let consent = Consent {
        patient: p.patient,
        to: body.to,
        version: body.text_version,
        text_sha256,
        language: body.language,
        given_at,
        given_by: body.given_by,
        withdrawn_at: None,
    };
    let (id, version) = created(store, caller, &consent)?;
    Ok(Saved::new(id, version))
}

/// Which consent.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentParams {
    /// Identifier.
    consent: ConsentId,
}

/// A withdrawal.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// The version of the consent in the record.
    version: u64,
}

fn withdraw(app: &App, caller: &Caller, p: ConsentParams, body: Withdrawal) -> Result<Saved, Problem> {
    let store = &practice(app)?.store;
    let kept = wait(store.get::<Consent>(&caller.actor, p.consent))?;
    // What was withdrawn stays withdrawn from that moment, also when the request is sent again.
    let withdrawn_at = kept.value.withdrawn_at.unwrap_or_else(|| store.now());
    let gone = Consent { withdrawn_at: Some(withdrawn_at), ..kept.value };
    let write = Write { expected: body.version, idempotency_key: caller.key.clone() };
    let version = wait(store.put(&caller.actor, p.consent, write, &gone))?;
    Ok(Saved::new(p.consent.to_string(), version))
}
