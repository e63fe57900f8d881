//! The part of the connection's settings that a write-back reads. Rules are no part of it: what reads them would only make the component larger.

use connote_types::steps::{Disposition, Problem};
use connote_vendors::settings::{AfterUnknown, CartonCloudSettings, TrackstarSettings, WriteBackOn, each};

/// Fields as `connote_vendors::settings::Settings` documents them; the host has checked the whole.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) write_back_on: WriteBackOn,
    pub(crate) after_unknown: AfterUnknown,
    pub(crate) trackstar: TrackstarSettings,
    pub(crate) cartoncloud: CartonCloudSettings,
}

/// Reads the settings.
///
/// # Errors
/// `rejected`, saying what is wrong. Empty bytes mean no settings at all.
pub(crate) fn settings(bytes: &[u8]) -> Result<Settings, Problem> {
    let mut settings = Settings::default();
    if bytes.is_empty() {
        return Ok(settings);
    }
    let read = each(bytes, &mut |name, value| {
        match name {
            "write_back_on" => settings.write_back_on = WriteBackOn::read(value)?,
            "after_unknown" => settings.after_unknown = AfterUnknown::read(value)?,
            "trackstar" => settings.trackstar = TrackstarSettings::read(value)?,
            "cartoncloud" => settings.cartoncloud = CartonCloudSettings::read(value)?,
            _ => {}
        }
        Ok(())
    });
    match read {
        Ok(()) => Ok(settings),
        Err(error) => Err(Problem::new(Disposition::Rejected, format!("the settings cannot be read: {error}"))),
    }
}
