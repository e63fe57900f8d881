//! Capital and small letters of the scripts that addresses and article numbers are written in. Unicode's own tables cover every script and would make
//! up a tenth of a component.

/// The text in capitals: Latin with its accents, Greek and Cyrillic. Letters of other scripts stay as they are.
pub(crate) fn upper(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ß' => out.push_str("SS"),
            c => out.push(capital(c)),
        }
    }
    out
}

/// The text in small letters, of the same scripts. A Greek sigma is σ, also at the end of a word.
#[must_use]
pub fn lower(text: &str) -> String {
    text.chars().map(small).collect()
}

fn moved(c: char, by: i32) -> char {
    u32::from(c).checked_add_signed(by).and_then(char::from_u32).unwrap_or(c)
}

fn capital(c: char) -> char {
    match c {
        'a'..='z' | 'à'..='ö' | 'ø'..='þ' | 'α'..='ρ' | 'σ'..='ϋ' | 'а'..='я' => moved(c, -32),
        'ÿ' => 'Ÿ',
        'ı' => 'I',
        'ς' => 'Σ',
        'ά' => 'Ά',
        'έ'..='ί' => moved(c, -37),
        'ό' => 'Ό',
        'ύ' | 'ώ' => moved(c, -63),
        'ѐ'..='џ' => moved(c, -80),
        c if is_pair(c) && is_second(c) => moved(c, -1),
        c => c,
    }
}

fn small(c: char) -> char {
    match c {
        'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ' | 'Α'..='Ρ' | 'Σ'..='Ϋ' | 'А'..='Я' => moved(c, 32),
        'Ÿ' => 'ÿ',
        'ẞ' => 'ß',
        'Ά' => 'ά',
        'Έ'..='Ί' => moved(c, 37),
        'Ό' => 'ό',
        'Ύ' | 'Ώ' => moved(c, 63),
        'Ѐ'..='Џ' => moved(c, 80),
        c if is_pair(c) && !is_second(c) => moved(c, 1),
        c => c,
    }
}

/// Blocks in which a capital is followed by its small letter.
fn is_pair(c: char) -> bool {
    matches!(c, 'Ā'..='į' | 'Ĳ'..='ķ' | 'Ĺ'..='ň' | 'Ŋ'..='ŷ' | 'Ź'..='ž' | 'Ș'..='ț' | 'Ḁ'..='ẕ' | 'Ạ'..='ỿ')
}

/// Whether this is the small one. Some blocks begin at an odd number.
fn is_second(c: char) -> bool {
    (u32::from(c) % 2 == 1) != matches!(c, 'Ĺ'..='ň' | 'Ź'..='ž')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Latin with its extensions for European and Vietnamese names, Greek, Cyrillic. `İ` and `ŉ` have no single counterpart.
    fn covered() -> impl Iterator<Item = char> {
        let blocks = ['\0'..='ſ', 'Ș'..='ț', 'Ά'..='ώ', 'Ѐ'..='џ', 'Ḁ'..='ẕ', 'Ạ'..='ỿ'];
        blocks.into_iter().flatten().filter(|c| !matches!(c, 'İ' | 'ŉ' | 'µ' | 'ſ' | 'ΐ' | 'ΰ'))
    }

    #[test]
    fn the_letters_of_addresses_are_turned_as_unicode_says() {
        for c in covered() {
            assert_eq!(upper(&c.to_string()), c.to_string().to_uppercase(), "{c} {:x}", u32::from(c));
            assert_eq!(lower(&c.to_string()), c.to_lowercase().collect::<String>(), "{c} {:x}", u32::from(c));
        }
    }

    #[test]
    fn other_scripts_stay() {
        assert_eq!(upper("東京 ab-1"), "東京 AB-1");
        assert_eq!(lower("ẞ ŌTARA Σ"), "ß ōtara σ");
    }
}
