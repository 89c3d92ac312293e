//! Near-infrared light in the head.

use super::error::OutcomeError;

/// Differential path length factor of the frontal head by age and wavelength (Scholkmann & Wolf 2013,
/// doi 10.1117/1.JBO.18.10.105004):
/// 223.3 + 0.05624 A^0.8493 − 5.723·10⁻⁷ λ³ + 0.001245 λ² − 0.9025 λ, A in years, λ in nm.
///
/// # Errors
/// The polynomial says nothing far from the near infrared: outside 650 to 900 nm, or an age outside 0 to 120 years,
/// this function refuses (its own guard, not a limit stated by the paper).
pub fn differential_pathlength_factor(age_years: f64, wavelength_nm: f64) -> Result<f64, OutcomeError> {
    if !(0.0..=120.0).contains(&age_years) {
        return Err(OutcomeError::Value {
            field: "age",
            value: age_years,
            problem: "must lie between 0 and 120 years",
        });
    }
    if !(650.0..=900.0).contains(&wavelength_nm) {
        return Err(OutcomeError::Value {
            field: "wavelength",
            value: wavelength_nm,
            problem: "must lie between 650 and 900 nm",
        });
    }
    let l = wavelength_nm;
    Ok(223.3 + 0.05624 * libm::pow(age_years, 0.8493) + ((-5.723e-7 * l + 0.001245) * l - 0.9025) * l)
}
