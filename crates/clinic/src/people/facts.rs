//! Facts about a patient that rules of safety ask for.
//!
//! Every fact can be unknown: `None` means that nobody asked, an empty list that someone asked and there is none.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    quantity::Mm,
    side::{Laterality, Side},
};

/// What speaks for caution, as far as it was asked.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Front hairline, for schools that measure from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hairline: Option<Hairline>,
    /// Drugs taken now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medication: Option<Vec<Medication>>,
    /// Things implanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub implants: Option<Vec<Implant>>,
    /// Holes and soft places of the skull.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skull_defects: Option<Vec<SkullDefect>>,
    /// Skin that must not be needled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skin: Option<Vec<SkinFinding>>,
    /// Pregnancy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pregnancy: Option<Pregnancy>,
    /// Seizures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epilepsy: Option<Epilepsy>,
    /// Whether a bleeding disorder is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bleeding_disorder: Option<bool>,
    /// Last INR.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inr: Option<f64>,
    /// Last platelet count, per microlitre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platelets_per_ul: Option<f64>,
    /// Last neutrophil count, per cubic millimetre.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub neutrophils_per_mm3: Option<f64>,
    /// Whether the anterior or posterior fontanelle, or a suture, is still open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_fontanelle: Option<bool>,
    /// Whether the pressure in the skull is raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raised_intracranial_pressure: Option<bool>,
    /// Whether the patient is conscious and oriented enough to report what is felt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conscious: Option<bool>,
    /// Whether the patient is confused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confused: Option<bool>,
    /// Whether there is high fever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high_fever: Option<bool>,
    /// Whether there is heart failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heart_failure: Option<bool>,
    /// Whether the patient is critically ill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub critically_ill: Option<bool>,
    /// Whether the blood pressure is stable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blood_pressure_stable: Option<bool>,
    /// Bleeding within the skull: when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intracranial_haemorrhage: Option<Haemorrhage>,
    /// Whether the spine is unstable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spinal_instability: Option<bool>,
    /// Limbs with lymphoedema, or at risk of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lymphoedema: Option<Vec<Limb>>,
    /// Whether the patient fainted at a needle before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fainted_at_needle: Option<bool>,
    /// Whether the patient has an extreme fear of needles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needle_phobia: Option<bool>,
    /// Whether the patient reacts to a metal of needles.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metal_allergy: Option<bool>,
    /// Whether the patient was ever needled before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needled_before: Option<bool>,
    /// Whether the spleen was removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub splenectomy: Option<bool>,
    /// Whether the patient is hungry, overfed, drunk or exhausted today.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unfit_today: Option<bool>,
    /// Allergies, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allergies: Option<Vec<String>>,
}

/// Front hairline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hairline {
    /// Where it grew.
    Present,
    /// Receded.
    Receded,
    /// None.
    Bald,
}

/// A drug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Medication {
    /// Name and dose, as told.
    pub text: String,
    /// Kinds that matter here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<DrugClass>,
}

/// Kinds of drugs that rules ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DrugClass {
    /// Vitamin K antagonist, such as warfarin.
    VitaminKAntagonist,
    /// Direct oral anticoagulant.
    DirectOralAnticoagulant,
    /// Heparin.
    Heparin,
    /// Antiplatelet.
    Antiplatelet,
    /// Anticonvulsant.
    Anticonvulsant,
    /// Immunosuppressant.
    Immunosuppressant,
    /// Anything else.
    Other,
}

impl DrugClass {
    /// Whether it thins the blood through the clotting factors.
    #[must_use]
    pub const fn is_anticoagulant(self) -> bool {
        matches!(self, Self::VitaminKAntagonist | Self::DirectOralAnticoagulant | Self::Heparin)
    }
}

/// Something implanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Implant {
    /// What.
    pub kind: ImplantKind,
    /// On which side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Laterality>,
    /// Where it runs or lies under the scalp, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Maker, model, where, as told.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Kinds of implants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImplantKind {
    /// Pacemaker.
    Pacemaker,
    /// Implanted cardioverter-defibrillator.
    Defibrillator,
    /// Deep-brain stimulator.
    DeepBrainStimulator,
    /// Vagus-nerve stimulator.
    VagalStimulator,
    /// Spinal-cord stimulator.
    SpinalCordStimulator,
    /// Cochlear implant.
    CochlearImplant,
    /// Intrathecal pump.
    IntrathecalPump,
    /// Shunt that drains the ventricles.
    Shunt,
    /// Shunt with a valve that magnets set.
    ProgrammableShunt,
    /// Plate or mesh of the skull.
    CranialPlate,
    /// Clip of an aneurysm.
    AneurysmClip,
    /// Prosthetic heart valve.
    HeartValve,
    /// Joint or other prosthesis.
    Prosthesis,
    /// Other metal.
    OtherMetal,
    /// Anything else.
    Other,
}

/// A hole or soft place of the skull, on this patient's head.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkullDefect {
    /// What it comes from.
    pub kind: SkullDefectKind,
    /// Where. Without a region the whole side counts, without a side the whole head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// On which side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Laterality>,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// What a skull defect comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkullDefectKind {
    /// Bone removed and not put back.
    Craniectomy,
    /// Bone put back, or replaced.
    Cranioplasty,
    /// Burr hole.
    BurrHole,
    /// Fracture.
    Fracture,
    /// Anything else.
    Other,
}

/// A place on the patient's own head: millimetres, RAS, in the frame of the head named beside it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "shape", deny_unknown_fields)]
pub enum Region {
    /// Everything on the skin within a distance of a position.
    Disc {
        /// Centre, mm RAS.
        center_mm: [f64; 3],
        /// Distance along the skin.
        radius_mm: Mm,
    },
    /// The inside of a closed line on the skin.
    Polygon {
        /// Corners in order, mm RAS; the last leads back to the first.
        corners_mm: Vec<[f64; 3]>,
    },
}

/// Skin that must not be needled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkinFinding {
    /// What.
    pub kind: SkinKind,
    /// Where on the head, if it is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
    /// Where, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// Findings of the skin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkinKind {
    /// Infection.
    Infection,
    /// Ulcer.
    Ulcer,
    /// Wound.
    Wound,
    /// Scar.
    Scar,
    /// Tumour.
    Tumour,
    /// Anything else.
    Other,
}

/// Pregnancy.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state", deny_unknown_fields)]
pub enum Pregnancy {
    /// Not pregnant, or cannot be.
    No,
    /// May be.
    Possible,
    /// Pregnant.
    Yes {
        /// Completed weeks.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        weeks: Option<u8>,
    },
}

/// Seizures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Epilepsy {
    /// None.
    No,
    /// Known, without seizures under treatment.
    Controlled,
    /// Seizures still happen.
    Uncontrolled,
    /// Seizing now.
    InAttack,
}

/// Bleeding within the skull.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "state", deny_unknown_fields)]
pub enum Haemorrhage {
    /// Never.
    No,
    /// There was one.
    Yes {
        /// When.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Whether it was in the brain stem.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        brain_stem: Option<bool>,
        /// Whether it is stable, by whoever answers for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stable: Option<bool>,
        /// Date of the last image that shows it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imaged_on: Option<Date>,
    },
}

/// A limb.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limb {
    /// Which.
    pub part: LimbPart,
    /// On which side.
    pub side: Side,
}

/// Arm or leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LimbPart {
    /// Arm.
    Arm,
    /// Leg.
    Leg,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn not_asked_is_not_none() {
        let unknown: Facts = serde_json::from_str("{}").unwrap();
        assert_eq!(unknown.implants, None);
        let asked: Facts = serde_json::from_str(r#"{"implants":[],"pregnancy":{"state":"no"}}"#).unwrap();
        assert_eq!(asked.implants, Some(vec![]));
        assert_eq!(serde_json::to_string(&asked).unwrap(), r#"{"implants":[],"pregnancy":{"state":"no"}}"#);
    }

    #[test]
    fn anticoagulants_are_told_from_antiplatelets() {
        use DrugClass::*;
        for class in [VitaminKAntagonist, DirectOralAnticoagulant, Heparin] {
            assert!(class.is_anticoagulant());
        }
        for class in [Antiplatelet, Anticonvulsant, Immunosuppressant, Other] {
            assert!(!class.is_anticoagulant());
        }
    }

    #[test]
    fn a_region_says_its_shape() {
        let defect: SkullDefect = serde_json::from_str(
            r#"{"kind":"craniectomy","side":"left","region":{"shape":"disc","center_mm":[-50,10,60],"radius_mm":35}}"#,
        )
        .unwrap();
        assert!(matches!(defect.region, Some(Region::Disc { radius_mm, .. }) if radius_mm.get() == 35.0));
        assert!(
            serde_json::from_str::<Region>(r#"{"shape":"disc","center_mm":[0,0,0],"radius_mm":-1}"#).is_err()
        );
    }
}
