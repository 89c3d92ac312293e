//! The whole course of a patient in one reading: what letters, outcome curves and the answers of today are made from.

use std::collections::BTreeMap;

use jiff::Zoned;
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Kind, Store, StoreError, Stored,
    db::{Arg, Row},
    document::{Document, Version},
    error::while_doing,
    sessions::log_of,
    sql,
};
use crate::{
    access::{Actor, Permission},
    consent::Consent,
    outcome::Outcome,
    people::{Clinic, Patient, PatientId},
    plan::Plan,
    safety::{FactQuestion, intake},
    screening::{Screening, Standing, standing},
    session::Session,
};

/// A row of [`sql::NEWEST_OF_PATIENT`] or of a part of it.
fn stored_row<T: Document>(row: &Row) -> Result<Stored<T>, StoreError> {
    let id = row.text(6).map_err(while_doing("read"))?;
    Version::read(T::KIND, &id, row)?.stored(&id)
}

/// Everything that was done for a patient, newest first, without files.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Course {
    /// The clinic, if it has a name.
    pub clinic: Option<Clinic>,
    /// The patient.
    pub patient: Stored<Patient>,
    /// Consents.
    pub consents: Vec<Stored<Consent>>,
    /// Screenings.
    pub screenings: Vec<Stored<Screening>>,
    /// Plans, each in its newest version.
    pub plans: Vec<Stored<Plan>>,
    /// Sessions.
    pub sessions: Vec<CourseSession>,
    /// Outcomes.
    pub outcomes: Vec<Stored<Outcome>>,
    /// Names of those who work or worked here, by identifier.
    pub staff: BTreeMap<String, String>,
}

/// A session of a course.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CourseSession {
    /// Identifier.
    pub id: String,
    /// How many events it has.
    pub version: u64,
    /// What follows from them.
    pub state: Session,
}

impl Store {
    /// Newest versions of all things of one kind that a patient has, newest first: one line in the audit log.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::Damaged`], [`StoreError::Database`].
    pub async fn all_of<T: Document>(
        &self,
        actor: &Actor,
        patient: PatientId,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        actor.may(T::READ)?;
        let found = self.newest_of(patient).await?;
        let text = patient.to_string();
        let mut line = self.line(actor, "read", T::KIND.word(), text.clone(), Some(text));
        line.detail = format!("all {}", found.len());
        self.note(vec![line]).await?;
        Ok(found)
    }

    /// A part of one kind of things of a patient, newest first; at most 1000.
    ///
    /// # Errors
    /// As [`Store::all_of`].
    pub async fn part_of<T: Document>(
        &self,
        actor: &Actor,
        patient: PatientId,
        limit: u32,
        skip: u32,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        actor.may(T::READ)?;
        let text = patient.to_string();
        let part = [Arg::Int(i64::from(limit.min(1000))), Arg::Int(i64::from(skip))];
        let args = [[Arg::Text(&text), Arg::Text(T::KIND.word())], part].concat();
        let rows = self.db.rows(sql::PART_OF_PATIENT, &args).await.map_err(while_doing("read"))?;
        let found: Vec<Stored<T>> = rows.iter().map(stored_row).collect::<Result<_, _>>()?;
        let mut line = self.line(actor, "read", T::KIND.word(), text.clone(), Some(text));
        line.detail = format!("{} from {skip}", found.len());
        self.note(vec![line]).await?;
        Ok(found)
    }

    pub(super) async fn newest_of<T: Document>(
        &self,
        patient: PatientId,
    ) -> Result<Vec<Stored<T>>, StoreError> {
        let rows = self.of_patient(sql::NEWEST_OF_PATIENT, patient, T::KIND).await?;
        rows.iter().map(stored_row).collect()
    }

    async fn of_patient(
        &self,
        statement: &'static str,
        patient: PatientId,
        kind: Kind,
    ) -> Result<Vec<Row>, StoreError> {
        let patient = patient.to_string();
        let args = [Arg::Text(&patient), Arg::Text(kind.word())];
        self.db.rows(statement, &args).await.map_err(while_doing("read"))
    }

    pub(super) async fn sessions_of(&self, patient: PatientId) -> Result<Vec<CourseSession>, StoreError> {
        let rows = self.of_patient(sql::ALL_OF_PATIENT, patient, Kind::Session).await?;
        let mut by_id: Vec<(String, Vec<Version>)> = Vec::new();
        for row in &rows {
            let id = row.text(6).map_err(while_doing("read"))?;
            let version = Version::read(Kind::Session, &id, row)?;
            match by_id.last_mut().filter(|(last, _)| *last == id) {
                Some((_, versions)) => versions.push(version),
                None => by_id.push((id, vec![version])),
            }
        }
        let session = |(id, versions): (String, Vec<Version>)| {
            let log = log_of(&id, &versions)?;
            Ok(CourseSession { id, version: log.version(), state: log.state().clone() })
        };
        by_id.into_iter().map(session).collect()
    }

    /// The answers about safety that stand for a patient, from their page and all screenings.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn standing(
        &self,
        actor: &Actor,
        patient: PatientId,
        questions: &BTreeMap<String, FactQuestion>,
        now: &Zoned,
    ) -> Result<Standing, StoreError> {
        let page: Stored<Patient> = self.get(actor, patient).await?;
        let screenings: Vec<Stored<Screening>> = self.newest_of(patient).await?;
        let all: Vec<Screening> = screenings.into_iter().map(|s| s.value).collect();
        let by_visit = |name: &String| questions.get(name).is_some_and(|q| q.each_visit);
        // Older versions matter only for how long the page has said what is asked at every visit.
        let older = if page.version > 1 && intake::answers(&page.value, now.date()).0.keys().any(by_visit) {
            self.versions::<Patient>(patient).await?
        } else {
            vec![page]
        };
        let versions: Vec<_> = older.iter().map(|v| (v.saved_at, &v.value)).collect();
        Ok(standing(questions, &versions, &all, now))
    }

    /// The whole course of a patient. One line in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`], [`StoreError::Denied`], [`StoreError::Damaged`],
    /// [`StoreError::Database`].
    pub async fn course(&self, actor: &Actor, patient: PatientId) -> Result<Course, StoreError> {
        actor.may(Permission::ReadPatient)?;
        let text = patient.to_string();
        let page = self.newest::<Patient>(patient).await?;
        let page = page.ok_or_else(|| StoreError::NotFound { kind: "patient", id: text.clone() })?;
        let clinics = self.heads_of(Kind::Clinic, 1).await?;
        let clinic = match clinics.first().and_then(|s| s.id.parse().ok()) {
            Some(id) => self.newest::<Clinic>(id).await?.map(|c| c.value),
            None => None,
        };
        let staff = self.heads_of(Kind::Practitioner, 10_000).await?;
        let name = |s: super::Summary| (s.id, s.summary["name"].as_str().unwrap_or_default().to_owned());
        let course = Course {
            clinic,
            patient: page,
            consents: self.newest_of(patient).await?,
            screenings: self.newest_of(patient).await?,
            plans: self.newest_of(patient).await?,
            sessions: self.sessions_of(patient).await?,
            outcomes: self.newest_of(patient).await?,
            staff: staff.into_iter().map(name).collect(),
        };
        let mut line = self.line(actor, "read", Kind::Patient.word(), text.clone(), Some(text));
        line.detail = "course".to_owned();
        self.note(vec![line]).await?;
        Ok(course)
    }
}
