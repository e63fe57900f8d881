//! What someone probably meant.

/// The known word that is nearest to a mistyped one, if it is near.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// Below this, two words are a guess: `budget` for `bugdet` has 0.94, `paths` for `labels` 0.58.
    const NEAR: f64 = 0.8;
    let likeness = |other: &str| strsim::jaro_winkler(&word.to_ascii_lowercase(), other);
    known
        .into_iter()
        .map(|other| (likeness(other), other))
        .filter(|(likeness, _)| *likeness >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_finger_is_understood_and_a_stranger_is_not() {
        assert_eq!(nearest("apikey", ["api_key", "access_token"]), Some("api_key"));
        assert_eq!(nearest("Labels", ["labels", "database"]), Some("labels"));
        assert_eq!(nearest("weather", ["labels", "database"]), None);
    }
}
