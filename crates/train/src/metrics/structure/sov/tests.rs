//! Segment overlap against the tables and figures of the papers that define it.

use super::*;

/// Four decimals are given.
const TOLERANCE: f64 = 5.1e-5;

/// Codes of H E C and of the letters that the papers use for states without a name.
fn codes(states: &str) -> Vec<u8> {
    let letters = b"HECABD";
    let code = |letter: u8| letters.iter().position(|&known| known == letter).unwrap() as u8;
    states.replace(['L', '.'], "C").bytes().map(code).collect()
}

fn pairs(observed: &str, predicted: &str) -> SegmentPairs<6> {
    let (observed, predicted) = (codes(observed), codes(predicted));
    SegmentPairs::new(&observed, &predicted, &vec![true; observed.len()])
}

fn assert_close(found: Option<f64>, expected: f64, tolerance: f64, what: &str) {
    let found = found.unwrap();
    assert!((found - expected).abs() < tolerance, "{what}: {found}, not {expected}");
}

#[test]
fn values_are_those_of_table_1_of_zemla_and_of_table_1_of_liu() {
    let no_allowance = |_: &Pair| 0.0;
    // Predicted; SOV'94, the same with δ = 0, SOV'99, the same with δ = 0, SOV_refine.
    let cases = [
        ("CHCHCHCHCHCC", [0.9583, 0.5417, 0.1250, 0.1250, 0.1488]),
        ("CCCHHHHHCCCC", [0.8819, 0.4653, 0.6319, 0.4653, 0.5667]),
        ("CHHHCHHHCHHC", [1.5000, 0.8333, 0.4062, 0.3125, 0.3713]),
        ("CHHCCHHHHHCC", [1.2917, 0.7083, 0.5227, 0.3864, 0.4639]),
        ("CCCHHHHHHCCC", [0.8889, 0.5556, 0.8056, 0.5556, 0.6776]),
    ];
    for (predicted, expected) in cases {
        let pairs = pairs("CHHHHHHHHHHC", predicted);
        let found = [
            pairs.score(SovDefinition::Sov94),
            pairs.score_by(Counted::Every, DividedBy::Residues, no_allowance),
            pairs.score(SovDefinition::Sov99),
            pairs.score_by(Counted::Every, DividedBy::Pairs, no_allowance),
            pairs.score(SovDefinition::Refine),
        ];
        for (found, expected) in found.iter().zip(expected) {
            assert_close(found.overall, expected, TOLERANCE, predicted);
        }
    }
    for (predicted, sov99, refine) in [
        ("CCCHHHHCCCCC", 0.5444, 0.4592),
        ("CCCHHHHHHHCC", 0.9028, 0.7971),
        ("CCCHHHHHHHHC", 0.9444, 0.9368),
    ] {
        let pairs = pairs("CHHHHHHHHHHC", predicted);
        assert_close(pairs.score(SovDefinition::Sov99).overall, sov99, TOLERANCE, predicted);
        assert_close(pairs.score(SovDefinition::Refine).overall, refine, TOLERANCE, predicted);
    }
}

#[test]
fn strands_of_figure_1_of_zemla_overlap_by_28_percent() {
    let found = pairs("CCEEECCCCCCEEEEEECCC", "CCCCCCCEEEEECCCEECCC").score(SovDefinition::Sov99);
    assert_close(found.states[1], 0.28, 5.1e-3, "E");
}

#[test]
fn values_are_those_of_table_2_of_liu_for_three_lambdas() {
    // Predicted; SOV'99; SOV_refine with λ = 1, .5, .1.
    let cases = [
        ("AAAAABBBCCCDDDDD", [0.65, 0.8070, 0.641, 0.508]),
        ("AAAABBBBCCCCDDDD", [0.9375, 0.925, 0.85, 0.67]),
        ("AAABBBBBCCCCCDDD", [1.0, 1.0, 0.961, 0.851]),
        ("AABBBBBBCCCCCDDD", [1.0, 1.0, 0.981, 0.925]),
    ];
    for (predicted, [sov99, whole, half, tenth]) in cases {
        let pairs = pairs("AABBBBBBCCCCCCDD", predicted);
        assert_close(pairs.score(SovDefinition::Sov99).overall, sov99, TOLERANCE, predicted);
        assert_close(pairs.score(SovDefinition::Refine).overall, whole, TOLERANCE, predicted);
        assert_close(pairs.refine(0.5).overall, half, 5.1e-4, predicted);
        assert_close(pairs.refine(0.1).overall, tenth, 5.1e-4, predicted);
    }
}

/// Pairs of related structures as Rost et al. 1994 print them in figure 3: 6dfr and 3dfr, 1fdl and 2lz2.
const FIGURE_3A: [&str; 2] = [
    "....HHHHHHHHHHH....EEEEHHHHHHH.........EEEE..........EEE..HHHHHH..........EEE...HHHHHHHHHH..EEEEEEE..............HHHEEEEEEEEE.........EEEEEEEE.",
    "....HHHHHHHHH.....EEEEEHHHHHH.........EEEEE...........EEE..HHHHHHHHHH.....EEE...HHHHHH.HHH..EEEEEEE.......EE.....HHHEEEEEEEEEE....HHH.EEEEEEEE.",
];
const FIGURE_3B: [&str; 2] = [
    "....HHHHHHHHHH...........HHHHHHHHHHH......EEEE...EEEE....EE.....................HHHHH....HHHHHHHHHHHH...HHHH...HHHH.....HHHHH.....",
    "....HHHHHHHHHH...........HHHHHHHHHH.......EEE.....EEE....EE.....................HHH........HHHHHHHH.....HHHH.HHHHHH......HHH......",
];

#[test]
fn values_are_those_of_figure_3_of_rost_when_an_observed_segment_counts_once() {
    for ([observed, predicted], expected) in [
        (FIGURE_3A, [0.97, 0.96, 0.98, 0.97]),
        (FIGURE_3B, [0.98, 1.0, 1.0, 0.95]),
    ] {
        let found = pairs(observed, predicted).score_by(Counted::First, DividedBy::Residues, allowance_94);
        // Two decimals are printed.
        assert_close(found.overall, expected[0], 5.1e-3, observed);
        for (state, expected) in expected[1..].iter().enumerate() {
            assert_close(found.states[state], *expected, 5.1e-3, observed);
        }
    }
}

#[test]
fn extremes_are_as_the_definitions_have_them() {
    let cases = [
        ("H", "C", 0.0, 0.0),
        ("HHHHHH", "EEEEEE", 0.0, 0.0),
        ("H", "H", 1.0, 1.0),
        ("CCCCCC", "CCHHCC", 0.5, 0.3889),
    ];
    for (observed, predicted, sov99, refine) in cases {
        let pairs = pairs(observed, predicted);
        assert_close(pairs.score(SovDefinition::Sov99).overall, sov99, TOLERANCE, observed);
        assert_close(pairs.score(SovDefinition::Refine).overall, refine, TOLERANCE, observed);
        let not_observed = usize::from(codes("A")[0]);
        assert_eq!(pairs.score(SovDefinition::Sov99).states[not_observed], None);
    }
}

#[test]
fn without_a_scored_residue_there_is_no_overlap() {
    for definition in SovDefinition::ALL {
        let found: SovScore<3> = sov(definition, &[0, 0], &[0, 1], &[false; 2]);
        assert_eq!((found.overall, found.states), (None, [None; 3]));
        assert_eq!(sov::<3>(definition, &[], &[], &[]).overall, None);
    }
}

#[test]
fn a_residue_that_is_not_scored_parts_a_segment() {
    // A helix of 8 of which one end is missed scores more than two of 4, of which one is missed.
    let observed = codes("HHHHHHHHH");
    let predicted = codes("HHHHCCCCC");
    let mut scored = vec![true; 9];
    let whole: SovScore<3> = sov(SovDefinition::Sov99, &observed, &predicted, &scored);
    assert_close(whole.overall, (4.0 + 2.0) / 9.0, 1e-12, "whole");
    scored[4] = false;
    let parted: SovScore<3> = sov(SovDefinition::Sov99, &observed, &predicted, &scored);
    assert_close(parted.overall, 0.5, 1e-12, "parted");
}
