//! Code 128, code set B: the bars of a tracking number.

/// Widths of bar, gap, bar, gap, bar, gap for each symbol, in modules.
const SYMBOLS: [&str; 106] = [
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213", "221312",
    "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132", "221231", "213212",
    "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211", "212123", "212321", "232121",
    "111323", "131123", "131321", "112313", "132113", "132311", "211313", "231113", "231311", "112133", "112331",
    "132131", "113123", "113321", "133121", "313121", "211331", "231131", "213113", "213311", "213131", "311123",
    "311321", "331121", "312113", "312311", "332111", "314111", "221411", "431111", "111224", "111422", "121124",
    "121421", "141122", "141221", "112214", "112412", "122114", "122411", "142112", "142211", "241211", "221114",
    "413111", "241112", "134111", "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112",
    "421211", "212141", "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311",
    "113141", "114131", "311141", "411131", "211412", "211214", "211232",
];
const START_B: usize = 104;
const STOP: &str = "2331112";

/// Widths in modules, bar and gap in turn, starting with a bar. Characters outside of ASCII are left out.
pub(super) fn code128(text: &str) -> Vec<u8> {
    let values: Vec<usize> =
        text.bytes().filter(|byte| (32..127).contains(byte)).map(|byte| usize::from(byte) - 32).collect();
    let weighted = values.iter().zip(1..).map(|(value, place)| value * place).sum::<usize>();
    let check = (START_B + weighted) % 103;
    let symbols = std::iter::once(START_B).chain(values).chain([check]);
    let bars = symbols.filter_map(|value| SYMBOLS.get(value)).copied().chain([STOP]);
    bars.flat_map(|widths| widths.bytes().map(|digit| digit - b'0')).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{SYMBOLS, code128};

    #[test]
    fn every_symbol_is_eleven_modules_wide_and_differs_from_the_others() {
        for symbol in SYMBOLS {
            assert_eq!(symbol.bytes().map(|digit| usize::from(digit - b'0')).sum::<usize>(), 11, "{symbol}");
        }
        assert_eq!(SYMBOLS.iter().collect::<BTreeSet<_>>().len(), SYMBOLS.len());
    }

    #[test]
    fn the_check_symbol_is_the_published_one_of_a_known_code() {
        // PJJ123C in code set B has the check value 55.
        let widths: String = code128("PJJ123C").iter().map(u8::to_string).collect();
        assert!(widths.ends_with(&format!("{}2331112", SYMBOLS[55])), "{widths}");
    }
}
