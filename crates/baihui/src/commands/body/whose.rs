//! Whose body: what the command line says of a person, and the person that is made of it.

use baihui_atlas::{
    Atlas, Names,
    body::{BodyAtlas, Person},
};
use baihui_head::{
    Head, HeadSource,
    body::{BodyReport, Length, Measure, Shape, ShapeError, Size},
};
use clap::Args;

use crate::{cli::SexArg, error::CliError, files};

/// What was measured of a body. Lengths are kept in cm, however they were written.
#[derive(Clone, Debug, Default, Args)]
pub struct MeasureArgs {
    /// Height: 172, 172cm, 1720mm.
    #[arg(long, value_name = "CM", value_parser = height, allow_negative_numbers = true)]
    pub height: Option<f64>,
    /// Weight: 61, 61kg.
    #[arg(long, value_name = "KG", value_parser = weight, allow_negative_numbers = true)]
    pub weight: Option<f64>,
    /// From the crease of the elbow to the crease of the wrist: 25.5, 255mm.
    #[arg(long, value_name = "CM", value_parser = forearm, allow_negative_numbers = true)]
    pub forearm: Option<f64>,
    /// From the crease behind the knee to the tip of the outer ankle: 40, 400mm.
    #[arg(long, value_name = "CM", value_parser = lower_leg, allow_negative_numbers = true)]
    pub lower_leg: Option<f64>,
    /// From the notch above the breastbone down to the upper edge of the pubic bone, straight: 51, 510mm.
    #[arg(long, value_name = "CM", value_parser = trunk, allow_negative_numbers = true)]
    pub trunk: Option<f64>,
}

fn weight(text: &str) -> Result<f64, String> {
    let number = text.trim();
    let number = number.strip_suffix("kg").unwrap_or(number).trim_end();
    number.parse().map_err(|_| format!("\"{text}\" is no weight; expected is kg, as 61 or 61kg"))
}

fn years(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| format!("\"{text}\" is no age; expected is years, as 52"))
}

fn height(text: &str) -> Result<f64, ShapeError> {
    Length::Height.read_cm(text)
}

fn forearm(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::Forearm).read_cm(text)
}

fn lower_leg(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::LowerLeg).read_cm(text)
}

fn trunk(text: &str) -> Result<f64, ShapeError> {
    Length::Part(Measure::Trunk).read_cm(text)
}

/// Whose body.
#[derive(Clone, Debug, Args)]
pub struct BodyArg {
    /// Sex; a man's body without it, which is said.
    #[arg(long, value_enum)]
    pub sex: Option<SexArg>,
    /// Age in years, 1 to 90; 25 without it, which is said.
    #[arg(long, value_name = "YEARS", value_parser = years, allow_negative_numbers = true)]
    pub age: Option<f64>,
    /// Its measures.
    #[command(flatten)]
    pub measured: MeasureArgs,
    /// The person's head, as made by `baihui head`; without it the built-in head in the mean size of sex and age.
    #[arg(long, value_name = "FILE", default_value = "template")]
    pub head: String,
}

fn shape(arg: &BodyArg) -> Shape {
    let mm = |cm: Option<f64>| cm.map(|v| v * 10.0);
    Shape {
        sex: match arg.sex {
            Some(SexArg::Female) => baihui_head::body::Sex::Female,
            Some(SexArg::Male) | None => baihui_head::body::Sex::Male,
        },
        age_years: arg.age.unwrap_or(AGE),
        height_mm: mm(arg.measured.height),
        weight_kg: arg.measured.weight,
        forearm_mm: mm(arg.measured.forearm),
        lower_leg_mm: mm(arg.measured.lower_leg),
        trunk_mm: mm(arg.measured.trunk),
    }
}

/// The person whom the arguments describe.
pub(crate) fn person(arg: &BodyArg, points: &BodyAtlas, atlas: &Atlas) -> Result<Person, CliError> {
    let head = files::head(&arg.head)?;
    let mut person = join(points, atlas, &Names::of(atlas), &shape(arg), &head)
        .map_err(|e| e.hint("lengths are in cm, weight in kg, age in years"))?;
    assume(&mut person, arg.sex.is_none(), arg.age.is_none());
    Ok(person)
}

/// The age of a body of which nobody said one, years.
pub(crate) const AGE: f64 = 25.0;

/// Says first of all what nobody said of a person and what stands in its place.
pub(crate) fn assume(person: &mut Person, no_sex: bool, no_age: bool) {
    let sex = no_sex.then(|| "sex was not given: the mesh is a man's".to_owned());
    let age = no_age.then(|| format!("age was not given: {AGE:.0} years"));
    let shape = &person.body.report.shape;
    let child = (shape.height_mm.is_none() && shape.age_years < 18.0)
        .then(|| "a child's height is the artist's here, not that of children: measure it".to_owned());
    person.body.report.notes.splice(0..0, sex.into_iter().chain(age).chain(child));
}

/// Puts a head on a body: the built-in one in the mean size of sex and age, any other as it is.
pub(crate) fn join(
    points: &BodyAtlas,
    atlas: &Atlas,
    names: &Names,
    shape: &Shape,
    head: &Head,
) -> Result<Person, CliError> {
    let size = if head.source == HeadSource::Template { Size::Average } else { Size::Own };
    Person::new(points, atlas, names, shape, head, size).map_err(CliError::input)
}

pub(crate) fn about(r: &BodyReport) -> String {
    format!(
        "{}, {:.0} years, {:.1} cm, {:.1} kg; forearm {:.1}, lower leg {:.1}, trunk {:.1} cm",
        r.shape.sex.name(),
        r.shape.age_years,
        r.height_mm / 10.0,
        r.weight_kg,
        r.forearm_mm / 10.0,
        r.lower_leg_mm / 10.0,
        r.trunk_mm / 10.0
    )
}
