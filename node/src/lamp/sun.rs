//! How high the sun stands over a place. A function of the moment alone: there is no day to be counted, so that nothing
//! special happens at the poles, at midnight or at the date line.

use picket_common::time::Timestamp;

use crate::config::Place;

/// Civil dusk and dawn: with the sun this many degrees below the horizon, lamps are needed outside.
const CIVIL: f64 = -6.0;

/// Whether it is darker than at civil dusk.
pub(super) fn is_dark(place: Place, at: Timestamp) -> bool {
    elevation(place, at) < CIVIL
}

/// The height of the sun's middle over the horizon in degrees, without the air's refraction; within a twentieth of a
/// degree from 1950 to 2050, by the Astronomical Almanac's low precision formulas (section C, "Formulas for the apparent
/// right ascension and declination of the Sun").
fn elevation(place: Place, at: Timestamp) -> f64 {
    // Days since noon of 1 January 2000, UTC.
    let days = (at.as_second() - 946_728_000) as f64 / 86_400.0;
    let anomaly = (357.528 + 0.985_600_3 * days).to_radians();
    let mean_longitude = 280.460 + 0.985_647_4 * days;
    let longitude = (mean_longitude + 1.915 * anomaly.sin() + 0.020 * (2.0 * anomaly).sin()).to_radians();
    let tilt = (23.439 - 0.000_000_4 * days).to_radians();
    let ascension = (tilt.cos() * longitude.sin()).atan2(longitude.cos());
    let declination = (tilt.sin() * longitude.sin()).asin();
    // Greenwich's sidereal time in degrees: the earth turns once more a year than there are days.
    let sidereal = 280.460_618 + 360.985_647_366 * days;
    let hour_angle = (sidereal + place.longitude).to_radians() - ascension;
    let latitude = place.latitude.to_radians();
    let sine = latitude.sin() * declination.sin() + latitude.cos() * declination.cos() * hour_angle.cos();
    sine.clamp(-1.0, 1.0).asin().to_degrees()
}

#[cfg(test)]
mod tests;
