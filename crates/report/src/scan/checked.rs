//! The promises that rows keep, checked once for every format.

use processive_core::Contig;

use crate::{Provenance, ReportError, ScanRows, ScanSchema, ScanWriter};

/// Passes rows on after checking their shape, their order and that every score is finite.
pub(super) struct Checked {
    inner: Box<dyn ScanWriter>,
    schema: ScanSchema,
    chrom: String,
    end: u64,
}

impl Checked {
    pub(super) fn new(inner: Box<dyn ScanWriter>, schema: ScanSchema) -> Self {
        Self {
            inner,
            schema,
            chrom: String::new(),
            end: 0,
        }
    }

    fn check_shape(&self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        let count = rows.starts.len();
        let wanted = self.schema.scores.len();
        let detail = if rows.scores.len() != wanted {
            format!("{} score columns instead of {wanted}", rows.scores.len())
        } else if rows.ends.len() != count {
            format!("{count} starts and {} ends", rows.ends.len())
        } else if let Some(column) = rows.scores.iter().position(|scores| scores.len() != count) {
            let name = &self.schema.scores[column];
            format!("{count} starts and {} scores of {name}", rows.scores[column].len())
        } else {
            return Ok(());
        };
        Err(ReportError::Shape {
            chrom: rows.chrom.to_owned(),
            detail,
        })
    }

    fn check_order(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        if self.chrom != rows.chrom {
            rows.chrom.clone_into(&mut self.chrom);
            self.end = 0;
        }
        let last_ends = std::iter::once(&self.end).chain(rows.ends);
        let is_unsorted = |((&start, &end), &last)| start < last || end <= start;
        // Without a way out in between, the loop runs on vectors.
        let unsorted = rows.starts.iter().zip(rows.ends).zip(last_ends.clone());
        if unsorted.fold(false, |any, row| any | is_unsorted(row)) {
            let mut rows_in_order = rows.starts.iter().zip(rows.ends).zip(last_ends);
            let row = rows_in_order.position(is_unsorted).expect("one of them is unsorted");
            return Err(ReportError::Unsorted {
                chrom: rows.chrom.to_owned(),
                start: rows.starts[row],
            });
        }
        self.end = rows.ends.last().copied().unwrap_or(self.end);
        Ok(())
    }

    fn check_scores(&self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        for (name, scores) in self.schema.scores.iter().zip(rows.scores) {
            // Without a way out in between, the loop runs on vectors.
            if scores.iter().fold(true, |all, score| all & score.is_finite()) {
                continue;
            }
            if let Some(row) = scores.iter().position(|score| !score.is_finite()) {
                return Err(ReportError::NotFinite {
                    chrom: rows.chrom.to_owned(),
                    start: rows.starts[row],
                    column: name.clone(),
                    value: scores[row],
                });
            }
        }
        Ok(())
    }
}

impl ScanWriter for Checked {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        self.check(rows)?;
        self.check_order(rows)?;
        self.inner.write(rows)
    }

    fn check(&self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        self.check_shape(rows)?;
        self.check_scores(rows)
    }

    fn largest_error(&self) -> Option<f64> {
        self.inner.largest_error()
    }

    fn set_contigs(&mut self, contigs: &[Contig]) {
        self.inner.set_contigs(contigs);
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.inner.finish(provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Accept;

    impl ScanWriter for Accept {
        fn write(&mut self, _: &ScanRows<'_>) -> Result<(), ReportError> {
            Ok(())
        }

        fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
            Ok(())
        }
    }

    fn write(
        writer: &mut Checked,
        chrom: &str,
        starts: &[u64],
        ends: &[u64],
        scores: &[f32],
    ) -> Result<(), ReportError> {
        let scores = [scores.to_vec()];
        writer.write(&ScanRows {
            chrom,
            starts,
            ends,
            scores: &scores,
        })
    }

    fn writer() -> Checked {
        Checked::new(Box::new(Accept), ScanSchema::one_strand(&["ctcf"]))
    }

    #[test]
    fn scores_that_are_not_finite_are_refused_with_their_place() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = write(&mut writer(), "chr1", &[0, 10], &[10, 20], &[0.5, value]).unwrap_err();
            assert!(
                matches!(&error, ReportError::NotFinite { chrom, start: 10, column, .. }
                if chrom == "chr1" && column == "ctcf"),
                "{error}"
            );
        }
    }

    #[test]
    fn bins_must_follow_each_other_within_a_contig() -> Result<(), ReportError> {
        for (starts, ends) in [([10, 0], [20, 10]), ([0, 5], [10, 15]), ([0, 10], [10, 10])] {
            let error = write(&mut writer(), "chr1", &starts, &ends, &[0.1, 0.2]).unwrap_err();
            assert!(matches!(error, ReportError::Unsorted { .. }), "{error}");
        }
        let mut writer = writer();
        write(&mut writer, "chr1", &[0, 30], &[10, 40], &[0.1, 0.2])?;
        assert!(write(&mut writer, "chr1", &[30], &[40], &[0.1]).is_err());
        write(&mut writer, "chr2", &[0], &[10], &[0.1])
    }

    #[test]
    fn columns_of_different_length_are_refused() {
        for (ends, scores) in [(&[10][..], &[0.1, 0.2][..]), (&[10, 20], &[0.1])] {
            let error = write(&mut writer(), "chr1", &[0, 10], ends, scores).unwrap_err();
            assert!(matches!(error, ReportError::Shape { .. }), "{error}");
        }
    }
}
