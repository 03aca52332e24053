//! What other programs predicted, when it is there, with the scores that are known of it.

use processive_core::{ChainRow, Reduction, State3};
use processive_ingest::{PredictedChain, read_structure_fasta, read_structure_predictions, read_structure_table};

use crate::real_data::real;

#[test]
fn what_one_program_writes_in_several_forms_reads_the_same() {
    let Some(folder) = real("ss_reference_outputs") else {
        return;
    };
    let one = |name: &str| {
        let mut chains = read_structure_predictions(&folder.join(name)).unwrap();
        assert_eq!(chains.len(), 1, "{name}");
        chains.remove(0)
    };
    let (vertical, horizontal) = (one("psipred_example.ss2"), one("psipred_example.horiz"));
    assert_eq!(
        (&vertical.sequence, &vertical.states),
        (&horizontal.sequence, &horizontal.states)
    );
    let forms = [
        "s4pred_1qys.ss2",
        "s4pred_1qys.horiz",
        "s4pred_1qys_ss.fas",
        "s4pred_1qys_ss_conf.fas",
    ]
    .map(one);
    for form in &forms[1..] {
        assert_eq!(
            (&form.sequence, &form.states),
            (&forms[0].sequence, &forms[0].states),
            "{}",
            form.id
        );
    }
    assert_eq!(forms[0].probabilities, forms[3].probabilities);
    assert_eq!(forms[2].id, "1QYS_1|Chain");
    let spot = one("spot1dlm_5LOS_A.csv");
    assert_eq!(&spot.sequence.unwrap()[..10], b"GPGSAPLPNP");
    assert!(spot.states8.is_some());
}

/// The share of scored residues, in per cent, whose state of three is predicted.
fn q3(rows: &[ChainRow], predictions: &[PredictedChain]) -> f64 {
    assert_eq!(rows.len(), predictions.len());
    let (mut right, mut all) = (0u32, 0u32);
    for (row, prediction) in rows.iter().zip(predictions) {
        assert_eq!(prediction.sequence.as_deref(), Some(row.chain.sequence.as_slice()));
        let predicted = prediction.states.three(Reduction::default());
        let observed: Vec<State3> = row.chain.labels.three(Reduction::default());
        for (place, _) in row.chain.scored.iter().enumerate().filter(|(_, scored)| **scored) {
            all += 1;
            right += u32::from(predicted[place] == observed[place]);
        }
    }
    100.0 * f64::from(right) / f64::from(all)
}

#[test]
fn the_rivals_have_the_q3_that_is_known_of_them() {
    let (Some(rivals), Some(flip)) = (real("../peers/predictions"), real("netsurfp2_flip/splits")) else {
        return;
    };
    let table = |name: &str| {
        let path = real("cb513_ts115_ps4").unwrap().join(name);
        read_structure_table(&path).unwrap()
    };
    let filters = ["SET=test".parse().unwrap()];
    let [sequences, states, mask] = ["sequences.fasta", "sampled.fasta", "mask.fasta"].map(|name| flip.join(name));
    let new364 = read_structure_fasta(&sequences, &states, Some(&mask), &filters).unwrap();
    let sets = [table("CB513_HHblits.csv"), table("TS115_HHblits.csv"), new364];
    for (program, expected) in [
        ("predictdssp", [69.79, 72.27, 70.96]),
        ("psipred35_full", [68.14, 70.58, 68.69]),
        ("reprof", [66.85, 69.56, 68.23]),
    ] {
        for ((set, name), expected) in sets.iter().zip(["CB513", "TS115", "NEW364"]).zip(expected) {
            let predictions = read_structure_predictions(&rivals.join(format!("{program}_{name}.fas"))).unwrap();
            let found = q3(set, &predictions);
            assert!(
                (found - expected).abs() < 0.005 + 1e-9,
                "{program} {name}: {found} {expected}"
            );
        }
    }
}
