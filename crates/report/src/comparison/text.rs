//! A comparison for a terminal.

use super::Comparison;
use crate::evaluation::text::align;

impl Comparison {
    /// The comparison as tables of fixed width.
    pub fn to_text(&self) -> String {
        let sheets = self.sheets().into_iter().map(|sheet| {
            let rows: Vec<Vec<String>> = std::iter::once(sheet.header).chain(sheet.rows).collect();
            format!("{}: {}\n{}", sheet.title, sheet.about, align(&rows))
        });
        sheets.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::comparison;

    #[test]
    fn a_single_data_set_is_one_table() {
        let mut comparison = comparison();
        comparison.sets.truncate(1);
        let expected = "\
one: 2,000 training, 100 validation and 200 test examples (80 bound) of 101 bp; every run saw 10,000 training examples (5 epochs).
arch     parameters  AUROC                               AUPRC  MCC                                 AUROC - bag-cnn            training s  examples/s  scan Mbp/s
bag-cnn  50,123      0.905 (0.900-0.910) [0.880, 0.920]  -      0.605 (0.600-0.610) [0.500, 0.700]  -                          10.0        1000        1.25
bilstm   50,123      0.925 (0.920-0.930) [0.900, 0.940]  -      0.625 (0.620-0.630) [0.520, 0.720]  +0.020 [+0.010, +0.030] *  10.0        1000        1.25
gc       -           0.600 [0.550, 0.650]                -      -                                   -                          -           -           -
";
        assert_eq!(comparison.to_text(), expected);
    }

    #[test]
    fn several_data_sets_have_their_means_first() {
        let text = comparison().to_text();
        let expected = "\
Mean over 2 data sets: Better and worse: data sets on which the difference to bag-cnn is marked *. Training: all data sets, one seed.
arch     parameters  AUROC  AUPRC  MCC    AUROC - bag-cnn            better on  worse on  training s  scan Mbp/s
bag-cnn  50,123      0.905  -      0.605  -                          -          -         20.0        1.25
bilstm   50,123      0.913  -      0.613  +0.007 [+0.001, +0.014] *  1          0         20.0        1.25
gc       -           0.600  -      -      -                          -          -         -           -
";
        assert!(text.starts_with(expected), "{text}");
        assert_eq!(text.matches("bilstm").count(), 3);
    }
}
