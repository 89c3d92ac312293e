//! A patient as the rules and the atlas see one: the record, what is answered today, and the head.

use std::sync::Arc;

use baihui_clinic::{
    people::{HeadOf, Patient, PatientId, TapeHead},
    plan::{Geometry, SiteKey},
    safety::Answers,
    screening::Standing,
    store::Stored,
};
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::{
    bodies::{BodyInput, Kept},
    heads::{self, TapeInput},
    login::Caller,
    making,
    practice::{practice, wait},
    problem::Problem,
    state::{App, BUILT_IN, Loaded},
};
use crate::{
    commands::plan::{geometry, on_body},
    error::{CliError, Kind},
};

/// A patient with the head that stands for theirs.
pub struct Case {
    /// Identifier.
    pub id: PatientId,
    /// The patient as kept.
    pub patient: Stored<Patient>,
    /// The head.
    pub head: Arc<Loaded>,
    /// Today, where the machine is.
    pub today: Date,
    /// What stands today of all that was asked, here and on the command line.
    pub standing: Standing,
    /// The answers of it: what the rules go by.
    pub answers: Answers,
}

impl Case {
    /// Reads a patient.
    pub fn read(app: &App, caller: &Caller, id: PatientId) -> Result<Self, Problem> {
        let store = &practice(app)?.store;
        let patient = wait(store.get(&caller.actor, id))?;
        let now = store.now().to_zoned(jiff::tz::TimeZone::system());
        let standing = wait(store.standing(&caller.actor, id, &app.knowledge.safety.fact, &now))?;
        let head = of_patient(app, caller, &patient.value)?;
        Ok(Self { id, patient, head, today: now.date(), answers: standing.answers.clone(), standing })
    }

    /// What head and body say about sites.
    pub fn geometry(&self, app: &App, keys: &[SiteKey]) -> Result<Geometry, Problem> {
        let mut all = geometry::on_head(&app.atlas, &self.head.head, Some(&self.patient.value), keys)
            .map_err(problem)?;
        let points = app.body_atlas()?;
        let keys = on_body::keys(&app.atlas, points, keys);
        if !keys.is_empty() {
            // A body that cannot be takes nothing away from the head.
            all.extend(match self.body(app) {
                Ok(kept) => on_body::on_body(points, &kept.person, Some(&self.patient.value), &keys),
                Err(e) => on_body::without(&keys, Some(&self.patient.value), &e.detail),
            });
        }
        Ok(all)
    }

    /// The body that stands for the patient's, as it is asked for.
    pub fn asked(&self) -> on_body::Asked {
        on_body::asked(on_body::Whose::of(&self.patient.value, self.today), self.patient.value.body.as_ref())
    }

    /// The body that stands for the patient's.
    pub fn body(&self, app: &App) -> Result<Arc<Kept>, Problem> {
        app.body_of(&BodyInput::of(&self.asked().shape, &self.head.id), Some(&self.head))
    }
}

/// An error of the command line as HTTP says it.
pub fn problem(e: CliError) -> Problem {
    let p = match e.kind {
        Kind::NotLocated => Problem::not_located(e.message),
        Kind::Output => Problem::internal(e.message),
        Kind::Problems | Kind::Usage | Kind::Input => Problem::input(e.message),
    };
    let p = p.maybe_hint(e.hint);
    match e.field {
        Some(field) => p.field(field),
        None => p,
    }
}

/// The head of a patient; the built-in one where none was made.
pub fn of_patient(app: &App, caller: &Caller, patient: &Patient) -> Result<Arc<Loaded>, Problem> {
    match &patient.head {
        None => app.head(BUILT_IN),
        Some(HeadOf::Tape(tape)) => {
            let (id, _) = heads::made(app, &input_of(tape)?)?;
            app.head(&id)
        }
        Some(HeadOf::File(file)) => making::of_record(app, caller, file),
    }
}

/// Measurements as the record keeps them.
pub fn kept(input: &TapeInput) -> Result<TapeHead, Problem> {
    let Ok(Value::Object(all)) = serde_json::to_value(input) else {
        return Err(Problem::internal("measurements are no object"));
    };
    let mut tape = TapeHead::default();
    for (name, value) in all {
        match (name.as_str(), value) {
            (_, Value::Null) | ("name", _) => {}
            ("sex", Value::String(s)) => tape.sex = Some(s),
            ("hairline", Value::String(s)) => tape.hairline = s,
            ("hairline_rule", Value::String(s)) => tape.hairline_rule = s,
            ("age_years", v) => tape.age_years = v.as_f64(),
            ("tape_sd_mm", v) => tape.tape_sd_mm = v.as_f64(),
            (_, Value::String(s)) if !s.trim().is_empty() => {
                tape.readings.insert(name, s);
            }
            _ => {}
        }
    }
    Ok(tape)
}

/// Measurements as they were typed.
pub fn input_of(tape: &TapeHead) -> Result<TapeInput, Problem> {
    let mut all: Map<String, Value> =
        tape.readings.iter().map(|(k, v)| (k.clone(), Value::String(v.clone()))).collect();
    let mut text = |name: &str, value: &str| {
        if !value.is_empty() {
            all.insert(name.to_owned(), Value::String(value.to_owned()));
        }
    };
    text("sex", tape.sex.as_deref().unwrap_or_default());
    text("hairline", &tape.hairline);
    text("hairline_rule", &tape.hairline_rule);
    for (name, value) in [("age_years", tape.age_years), ("tape_sd_mm", tape.tape_sd_mm)] {
        if let Some(v) = value {
            all.insert(name.to_owned(), Value::from(v));
        }
    }
    serde_json::from_value(Value::Object(all))
        .map_err(|e| Problem::input(format!("the measurements kept of this head: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measurements_come_back_as_they_were_typed() {
        let typed: TapeInput = serde_json::from_str(
            r#"{"circumference":"57,5 cm","nasion_inion":"350","sex":"female","age_years":61,"hairline":"receded",
                "hairline_rule":"jiao-5cm","tape_sd_mm":2.5,"name":"not kept"}"#,
        )
        .unwrap();
        let kept = kept(&typed).unwrap();
        assert_eq!(kept.readings.len(), 2);
        let back = serde_json::to_value(input_of(&kept).unwrap()).unwrap();
        let expected = serde_json::to_value(TapeInput { name: None, ..typed }).unwrap();
        assert_eq!(back, expected);
    }
}
