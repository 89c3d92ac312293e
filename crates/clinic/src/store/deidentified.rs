//! What carries no names, for research: days instead of dates, ranges of ages, no free text, random identifiers.
//!
//! Whoever is rare by sex, age and condition is made less so: ranges grow until a group has [`Deidentify::k`]
//! members, or the values are left out. What that does and does not protect from stands in the README of the archive.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
    path::Path,
};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::{
    CourseSession, Kind, Store, StoreError,
    copy::sync_folder,
    csv::{Csv, minutes, number_of, word},
    db::Arg,
    error::while_doing,
    sql,
};
use crate::{
    access::{Actor, Permission},
    consent::{self, Consent, ConsentTo},
    outcome::{Measured, Outcome},
    people::{Patient, PatientId, Sex},
};

/// What goes out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deidentify {
    /// Patients whose consent to research does not stand as well, with the reason why that is allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub everyone_because: Option<String>,
    /// Groups alike in sex, age and condition have at least so many members.
    #[serde(default = "five")]
    pub k: usize,
}

fn five() -> usize {
    5
}

impl Default for Deidentify {
    fn default() -> Self {
        Self { everyone_because: None, k: five() }
    }
}

/// What went out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deidentified {
    /// Patients.
    pub patients: usize,
    /// Sessions.
    pub sessions: usize,
    /// Measurements, and those that are missing.
    pub outcomes: usize,
    /// Patients who were left out, because no consent to research stands.
    pub without_consent: usize,
    /// Patients whose sex, age or condition was made coarser or left out, because they were too few.
    pub coarsened: usize,
}

/// What is known of a patient, before groups are formed.
struct Person {
    patient: Patient,
    sessions: Vec<CourseSession>,
    outcomes: Vec<Outcome>,
    /// The day from which days are counted.
    first: Date,
    months: Option<u32>,
}

/// Sex, age and condition as they go out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    sex: String,
    age: String,
    conditions: String,
}

/// How coarse: widths of ages in years, then without sex, then without age, then without condition.
const STEPS: usize = 6;

impl Store {
    /// Writes what carries no names into a ZIP file of tables.
    ///
    /// Only patients whose consent to research stands, unless a reason is given; it stands in the audit log.
    ///
    /// # Errors
    /// [`StoreError::Denied`], [`StoreError::File`], [`StoreError::Damaged`], [`StoreError::Database`].
    pub async fn export_deidentified(
        &self,
        actor: &Actor,
        to: &Path,
        how: &Deidentify,
    ) -> Result<Deidentified, StoreError> {
        actor.may(Permission::ExportDeidentified)?;
        if how.everyone_because.as_ref().is_some_and(|r| r.trim().is_empty()) {
            return Err(StoreError::Invalid("taking everyone needs a reason".into()));
        }
        let mut line = self.line(actor, "export-deidentified", "record", String::new(), None);
        line.detail = how.everyone_because.as_ref().map_or_else(
            || "patients whose consent to research stands".to_owned(),
            |reason| format!("everyone, because: {reason}"),
        );
        self.note(vec![line]).await?;
        let mut out = Deidentified::default();
        let mut people = Vec::new();
        let mut skip = 0;
        loop {
            let args = [Arg::Text(Kind::Patient.word()), Arg::Int(500), Arg::Int(skip)];
            let rows = self.db.rows(sql::HEADS_OF_KIND, &args).await.map_err(while_doing("read"))?;
            if rows.is_empty() {
                break;
            }
            skip += 500;
            for row in &rows {
                let head = super::Summary::read(row)?;
                if head.state == "erased" {
                    continue;
                }
                let id: PatientId =
                    head.id.parse().map_err(|e| super::document::damaged("patient", &head.id, e))?;
                match self.person(id, how).await? {
                    Some(person) => people.push(person),
                    None => out.without_consent += 1,
                }
            }
        }
        // In an order that says nothing about who came when.
        let mut shuffled: Vec<(u128, Person)> = people.into_iter().map(|p| (self.number(), p)).collect();
        shuffled.sort_by_key(|(n, _)| *n);
        let people: Vec<Person> = shuffled.into_iter().map(|(_, p)| p).collect();
        let (groups, coarsened) = groups(&people, how.k);
        (out.patients, out.coarsened) = (people.len(), coarsened);
        let tables = Tables::of(&people, &groups, &mut out);
        write(to, tables, how, &out)?;
        Ok(out)
    }

    fn number(&self) -> u128 {
        u128::from_le_bytes(self.host.random())
    }

    /// A patient with sessions and outcomes, if they may go out.
    async fn person(&self, id: PatientId, how: &Deidentify) -> Result<Option<Person>, StoreError> {
        if how.everyone_because.is_none() {
            let consents = self.newest_of::<Consent>(id).await?;
            let now = self.host.now();
            if !consent::stands(consents.iter().map(|c| &c.value), ConsentTo::Research, now) {
                return Ok(None);
            }
        }
        let Some(page) = self.newest::<Patient>(id).await? else { return Ok(None) };
        let mut sessions = self.sessions_of(id).await?;
        sessions.sort_by_key(|s| s.state.started.at);
        let outcomes: Vec<Outcome> =
            self.newest_of::<Outcome>(id).await?.into_iter().map(|o| o.value).collect();
        let began = sessions.first().map(|s| s.state.started.at);
        let first = began.or_else(|| outcomes.iter().map(|o| o.at).min()).unwrap_or(page.saved_at);
        let first = day(first);
        let months = page.value.age_months(first);
        Ok(Some(Person { patient: page.value, sessions, outcomes, first, months }))
    }
}

fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// Sex, age and condition of everybody, coarse enough that nobody is alone.
fn groups(people: &[Person], k: usize) -> (Vec<Group>, usize) {
    let mut step = vec![0; people.len()];
    loop {
        let all: Vec<Group> = people.iter().zip(&step).map(|(p, s)| group(p, *s)).collect();
        let mut size: BTreeMap<&Group, usize> = BTreeMap::new();
        all.iter().for_each(|g| *size.entry(g).or_default() += 1);
        let few: Vec<usize> = (0..people.len()).filter(|i| size[&all[*i]] < k && step[*i] < STEPS).collect();
        if few.is_empty() {
            let coarsened = step.iter().filter(|s| **s > 0).count();
            return (all, coarsened);
        }
        few.into_iter().for_each(|i| step[i] += 1);
    }
}

fn group(p: &Person, step: usize) -> Group {
    let width = [5, 10, 20, 20].get(step).copied();
    let sex = match p.patient.sex {
        _ if step >= 3 => "",
        Some(Sex::Female) => "female",
        Some(Sex::Male) => "male",
        Some(Sex::Other) => "other",
        None => "",
    };
    let conditions: BTreeSet<&str> =
        p.patient.diagnoses.iter().filter_map(|d| d.condition.as_deref()).collect();
    let conditions: Vec<&str> = conditions.into_iter().filter(|_| step < 5).collect();
    Group {
        sex: sex.to_owned(),
        age: width.zip(p.months).map_or_else(String::new, |(w, months)| band(months / 12, w)),
        conditions: conditions.join(" "),
    }
}

/// A range of ages; from 90 on there is one.
fn band(years: u32, width: u32) -> String {
    if years >= 90 {
        return "90+".to_owned();
    }
    let from = years / width * width;
    format!("{from}-{}", (from + width - 1).min(89))
}

/// Months since the onset; what is long ago is not told apart.
fn onset(p: &Person) -> String {
    let since = p.patient.diagnoses.iter().find_map(|d| d.days_since_onset(p.first));
    match since.map(|days| days / 30) {
        None => String::new(),
        Some(months) if months >= 120 => "120+".to_owned(),
        Some(months) => months.to_string(),
    }
}

/// A word of the schedule, if it is one; anything else may say more than it should.
fn visit(text: &str) -> &str {
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let known = ["baseline", "end", "follow-up", "session", "day", "week", "month"].contains(&first);
    let number = words.next().unwrap_or("0");
    let short = (1..=3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    if known && short && words.next().is_none() { text } else { "" }
}

/// A name that is a code: no words of anybody's.
fn code(text: &str) -> &str {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
    if text.len() <= 24 && text.bytes().all(plain) { text } else { "" }
}

/// A part of a zone, such as `middle 2/5`.
fn part(text: &str) -> &str {
    let places = ["upper", "middle", "lower", "anterior", "posterior", "left", "right", "whole"];
    let fits = |w: &str| places.contains(&w) || w.bytes().all(|b| b.is_ascii_digit() || b == b'/');
    if text.split([' ', '-']).all(fits) { text } else { "" }
}

struct Tables(Vec<(&'static str, Vec<u8>)>);

impl Tables {
    fn of(people: &[Person], groups: &[Group], out: &mut Deidentified) -> Self {
        let mut patients = Csv::new(&[
            "patient",
            "sex",
            "age",
            "handedness",
            "conditions",
            "lesion_side",
            "deficit_side",
            "months_since_onset",
            "sessions",
        ]);
        let mut sessions =
            Csv::new(&["patient", "session", "day", "needles", "planned", "position", "contact_min"]);
        let mut needles = Csv::new(&[
            "patient",
            "session",
            "needle",
            "planned",
            "school",
            "code",
            "part",
            "side",
            "distance_to_plan_mm",
            "diameter_mm",
            "length_mm",
            "angle_deg",
            "inserted_mm",
            "depth_mm",
            "layer",
            "de_qi",
            "strength",
            "dwell_min",
            "bled",
        ]);
        let mut stimulation = Csv::new(&[
            "patient",
            "session",
            "kind",
            "method",
            "per_minute",
            "minutes",
            "hz",
            "ma",
            "needles",
        ]);
        let mut outcomes = Csv::new(&[
            "patient", "day", "visit", "what", "version", "score", "value", "unit", "blinded", "missing",
        ]);
        let mut harm = Csv::new(&["patient", "session", "event", "grade", "causality", "serious"]);
        for (n, (p, g)) in (1_usize..).zip(people.iter().zip(groups)) {
            let id = format!("p{n}");
            let side =
                p.patient.diagnoses.iter().find(|d| d.lesion_side.is_some() || d.deficit_side.is_some());
            patients.row(&[
                &id,
                &g.sex,
                &g.age,
                &word(&p.patient.handedness),
                &g.conditions,
                &side.map(|d| word(&d.lesion_side)).unwrap_or_default(),
                &side.map(|d| word(&d.deficit_side)).unwrap_or_default(),
                &onset(p),
                &p.sessions.len().to_string(),
            ]);
            let since = |at: Timestamp| (day(at) - p.first).get_days().to_string();
            for (m, s) in (1_usize..).zip(&p.sessions) {
                let (number, s) = (m.to_string(), &s.state);
                out.sessions += 1;
                let end = s.closed.unwrap_or(s.started);
                sessions.row(&[
                    &id,
                    &number,
                    &since(s.started.at),
                    &s.needles.len().to_string(),
                    &s.start.planned.len().to_string(),
                    &word(&s.start.position),
                    &minutes(s.clocks(end).contact_ms),
                ]);
                for (k, n) in &s.needles {
                    let d = &n.done;
                    let dwell = n.removed.as_ref().and_then(|r| r.at.ms_since(n.inserted));
                    let strength = n.de_qi.as_ref().and_then(|f| f.strength);
                    needles.row(&[
                        &id,
                        &number,
                        &k.to_string(),
                        &n.planned.is_some().to_string(),
                        code(&d.site.school),
                        code(&d.site.code),
                        part(d.site.part.as_deref().unwrap_or("")),
                        &word(&d.site.side),
                        &number_of(n.distance_to_plan_mm),
                        &number_of(d.diameter_mm.map(f64::from)),
                        &number_of(d.length_mm.map(f64::from)),
                        &number_of(d.angle_deg.map(f64::from)),
                        &number_of(d.inserted_mm.map(f64::from)),
                        &number_of(d.depth_mm.map(f64::from)),
                        &word(&d.layer),
                        &word(&n.de_qi.as_ref().map(|f| f.felt)),
                        &strength.map(|s| s.to_string()).unwrap_or_default(),
                        &dwell.map(minutes).unwrap_or_default(),
                        &word(&n.removed.as_ref().and_then(|r| r.bled)),
                    ]);
                }
                for r in &s.rounds {
                    let lasted = r.span.to.and_then(|to| to.ms_since(r.span.from));
                    stimulation.row(&[
                        &id,
                        &number,
                        "manual",
                        &word(&r.manipulation.method),
                        &word(&r.manipulation.per_minute),
                        &lasted.map(minutes).unwrap_or_default(),
                        "",
                        "",
                        &r.needles.len().to_string(),
                    ]);
                }
                for (_, e) in s.circuits.values().flat_map(|c| &c.settings) {
                    stimulation.row(&[
                        &id,
                        &number,
                        "electro",
                        &word(&e.wave),
                        "",
                        &word(&e.minutes),
                        &word(&e.hz),
                        &word(&e.milliampere),
                        "2",
                    ]);
                }
                for e in s.adverse_events.values().filter_map(|v| v.last()) {
                    harm.row(&[
                        &id,
                        &number,
                        &word(&e.code),
                        &e.grade.to_string(),
                        &word(&e.causality),
                        &e.serious.to_string(),
                    ]);
                }
            }
            for o in &p.outcomes {
                out.outcomes += 1;
                let (at, blinded) = (since(o.at), word(&o.blinded));
                let mut row =
                    |what: &str, version: &str, score: &str, value: String, unit: &str, missing: &str| {
                        let what = code(what);
                        outcomes.row(&[
                            &id,
                            &at,
                            visit(&o.visit),
                            what,
                            code(version),
                            code(score),
                            &value,
                            code(unit),
                            &blinded,
                            missing,
                        ]);
                    };
                match &o.result {
                    Measured::Instrument { instrument, version, scores, .. } => {
                        for (score, value) in scores {
                            row(instrument, version, score, value.to_string(), "", "");
                        }
                    }
                    Measured::Missing { instrument, reason } => {
                        row(instrument, "", "", String::new(), "", &word(reason));
                    }
                    Measured::Lab { analyte, loinc, value, unit, .. } => {
                        row(loinc.as_deref().unwrap_or(analyte), "", "", value.to_string(), unit, "");
                    }
                    Measured::Tcd { vessel, side, mean_cm_s, systolic_cm_s, diastolic_cm_s } => {
                        let all =
                            [("mean", mean_cm_s), ("systolic", systolic_cm_s), ("diastolic", diastolic_cm_s)];
                        for (what, value) in all {
                            if let Some(v) = value {
                                row(vessel, "", &format!("{what}-{}", word(side)), v.to_string(), "cm/s", "");
                            }
                        }
                    }
                }
            }
        }
        Self(vec![
            ("patients.csv", patients.bytes),
            ("sessions.csv", sessions.bytes),
            ("needles.csv", needles.bytes),
            ("stimulation.csv", stimulation.bytes),
            ("outcomes.csv", outcomes.bytes),
            ("adverse_events.csv", harm.bytes),
        ])
    }
}

fn readme(how: &Deidentify, out: &Deidentified) -> String {
    let who = match &how.everyone_because {
        None => "Patients whose consent to research stood on the day of the export.",
        Some(_) => "All patients, with or without a consent to research; the reason stands in the audit log.",
    };
    format!(
        "Data of a practice without names, written by Baihui.

{who}
{} patients, {} sessions, {} measurements; {} patients were left out for want of a consent.

patients.csv         one row a patient; conditions are those of the atlas
sessions.csv         one row a session; `day` counts from the first session
needles.csv          one row a needle, as it was done
stimulation.csv      rounds of manipulation and settings of current
outcomes.csv         one row a score, a laboratory value (by LOINC code) or a velocity; `missing` says why there is none
adverse_events.csv   harm

Lengths are millimetres, angles degrees. Left and right are the patient's.

What was done
  Names, dates of birth, addresses, numbers, identifiers of the record, practitioners, files, pictures, heads,
  positions on the head, plans, notes and all free text are left out. Codes that are not of the expected form are left out.
  Dates are days since the first session; clock times are left out. The months since the onset end at 120.
  Ages at the first session are ranges of 5 years, 90 and above one range.
  Patients are numbered anew, at random, at each export.
  Where fewer than {} patients had the same sex, age and conditions, ages became ranges of 10 and of 20 years, then sex,
  then age, then the conditions were left out; that concerns {} patients.

What it does not protect from
  It is pseudonymous at best, not anonymous: a course of treatment is as unique as a fingerprint. Whoever knows on
  which days a patient came, some of the scores, the sides of a lesion, or an adverse event can find that patient.
  Two exports can be joined by their courses. Groups are formed over sex, age and conditions only.
  Treat the file as personal data, hand it out under a contract, and do not publish it.
",
        out.patients, out.sessions, out.outcomes, out.without_consent, how.k, out.coarsened
    )
}

fn write(to: &Path, tables: Tables, how: &Deidentify, out: &Deidentified) -> Result<(), StoreError> {
    let failed = |e: std::io::Error| StoreError::File { path: to.display().to_string(), source: e };
    let zipped = |e: zip::result::ZipError| failed(std::io::Error::other(e));
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = std::path::PathBuf::from(partial);
    let file = std::fs::File::create(&partial).map_err(failed)?;
    let mut zip = ZipWriter::new(std::io::BufWriter::new(file));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("README.txt", options).map_err(zipped)?;
    zip.write_all(readme(how, out).as_bytes()).map_err(failed)?;
    for (name, bytes) in tables.0 {
        zip.start_file(name, options).map_err(zipped)?;
        zip.write_all(&bytes).map_err(failed)?;
    }
    let file = zip.finish().map_err(zipped)?.into_inner().map_err(|e| failed(e.into_error()))?;
    let finish = || -> std::io::Result<()> {
        file.sync_all()?;
        std::fs::rename(&partial, to)?;
        to.parent().filter(|f| !f.as_os_str().is_empty()).map_or(Ok(()), sync_folder)
    };
    finish().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::{Diagnosis, PersonName};

    fn person(sex: Sex, years: u32, condition: &str) -> Person {
        let mut patient = Patient::named(PersonName::new("Ada", "Example"));
        patient.sex = Some(sex);
        let mut d = Diagnosis::new("a rare thing in words");
        d.condition = Some(condition.to_owned());
        patient.diagnoses = vec![d];
        Person {
            patient,
            sessions: vec![],
            outcomes: vec![],
            first: jiff::civil::date(2026, 1, 1),
            months: Some(12 * years),
        }
    }

    #[test]
    fn ages_are_ranges_and_the_oldest_are_one() {
        let bands = [0, 4, 5, 64, 65, 89, 90, 103].map(|y| band(y, 5));
        assert_eq!(bands, ["0-4", "0-4", "5-9", "60-64", "65-69", "85-89", "90+", "90+"]);
        assert_eq!([61, 85].map(|y| band(y, 20)), ["60-79", "80-89"]);
    }

    #[test]
    fn nobody_is_in_a_group_that_is_too_small_unless_nothing_is_left_to_hide() {
        let mut people: Vec<Person> = (0..5).map(|n| person(Sex::Female, 60 + n % 5, "stroke-arm")).collect();
        people.extend((0..3).map(|n| person(Sex::Male, 40 + 7 * n, "stroke-arm")));
        people.push(person(Sex::Male, 31, "tinnitus"));
        let (all, coarsened) = groups(&people, 5);
        let mut size: BTreeMap<&Group, usize> = BTreeMap::new();
        all.iter().for_each(|g| *size.entry(g).or_default() += 1);
        assert_eq!(
            all[0],
            Group { sex: "female".into(), age: "60-64".into(), conditions: "stroke-arm".into() }
        );
        assert_eq!(coarsened, 4);
        let bare = Group { sex: String::new(), age: String::new(), conditions: String::new() };
        assert!(size.iter().all(|(g, n)| *n >= 5 || **g == bare), "{size:?}");
        let (all, coarsened) = groups(&people, 1);
        assert_eq!((coarsened, all[8].conditions.as_str()), (0, "tinnitus"));
    }

    #[test]
    fn words_that_may_say_more_are_left_out() {
        for (text, expected) in [
            ("baseline", "baseline"),
            ("week 4", "week 4"),
            ("session 10", "session 10"),
            ("follow-up", "follow-up"),
            ("day 12 03 55", ""),
            ("day 12031955", ""),
            ("after Mrs Example's wedding", ""),
            ("week four", ""),
            ("", ""),
        ] {
            assert_eq!(visit(text), expected);
        }
        assert_eq!(
            ["middle 2/5", "upper", "upper-1/5", "of Ada"].map(part),
            ["middle 2/5", "upper", "upper-1/5", ""]
        );
        assert_eq!(
            ["nihss", "30522-7", "mg/L", "Mr Example", "名"].map(code),
            ["nihss", "30522-7", "mg/L", "", ""]
        );
    }
}
