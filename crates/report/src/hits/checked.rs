//! The promises that hits keep, checked once for every format.

use processive_core::Strand;

use super::{Hit, HitRows, HitWriter};
use crate::{Provenance, ReportError};

/// Passes hits on after checking their order, their motifs and their numbers.
pub(super) struct Checked {
    inner: Box<dyn HitWriter>,
    motifs: usize,
    chrom: String,
    last: Option<Hit>,
}

impl Checked {
    pub(super) fn new(inner: Box<dyn HitWriter>, motifs: usize) -> Self {
        Self {
            inner,
            motifs,
            chrom: String::new(),
            last: None,
        }
    }

    fn check(&mut self, chrom: &str, hit: Hit) -> Result<(), ReportError> {
        let order = |hit: &Hit| (hit.start, hit.motif, hit.strand == Strand::Minus);
        let follows = self.last.as_ref().is_none_or(|last| order(last) < order(&hit));
        if !follows || hit.end <= hit.start {
            return Err(ReportError::UnsortedHits {
                chrom: chrom.to_owned(),
                start: hit.start,
            });
        }
        let is_number = hit.score.is_finite() && (0.0..=1.0).contains(&hit.p);
        if hit.motif as usize >= self.motifs || hit.strand == Strand::Unstranded || !is_number {
            return Err(ReportError::Shape {
                chrom: chrom.to_owned(),
                detail: format!("{hit:?}"),
            });
        }
        self.last = Some(hit);
        Ok(())
    }
}

impl HitWriter for Checked {
    fn write(&mut self, rows: &HitRows<'_>) -> Result<(), ReportError> {
        if self.chrom != rows.chrom {
            rows.chrom.clone_into(&mut self.chrom);
            self.last = None;
        }
        rows.hits.iter().try_for_each(|&hit| self.check(rows.chrom, hit))?;
        self.inner.write(rows)
    }

    fn finish(self: Box<Self>, provenance: &Provenance) -> Result<(), ReportError> {
        self.inner.finish(provenance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Accept;

    impl HitWriter for Accept {
        fn write(&mut self, _: &HitRows<'_>) -> Result<(), ReportError> {
            Ok(())
        }

        fn finish(self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
            Ok(())
        }
    }

    fn hit(start: u64, motif: u32, strand: Strand) -> Hit {
        Hit {
            start,
            end: start + 5,
            motif,
            strand,
            score: 1.5,
            p: 0.5,
        }
    }

    fn write(hits: &[Hit]) -> Result<(), ReportError> {
        let mut writer = Checked::new(Box::new(Accept), 2);
        writer.write(&HitRows {
            chrom: "a",
            hits: &hits[..1],
        })?;
        writer.write(&HitRows {
            chrom: "a",
            hits: &hits[1..],
        })?;
        writer.write(&HitRows {
            chrom: "b",
            hits: &hits[..1],
        })
    }

    #[test]
    fn hits_come_by_start_then_motif_then_strand() -> Result<(), ReportError> {
        use Strand::{Minus, Plus};
        write(&[hit(3, 0, Minus), hit(3, 1, Plus), hit(3, 1, Minus), hit(4, 0, Plus)])?;
        for (first, second) in [
            (hit(3, 0, Plus), hit(2, 1, Plus)),
            (hit(3, 1, Plus), hit(3, 0, Plus)),
            (hit(3, 0, Minus), hit(3, 0, Plus)),
            (hit(3, 0, Plus), hit(3, 0, Plus)),
        ] {
            let error = write(&[first, second]).unwrap_err();
            assert!(matches!(error, ReportError::UnsortedHits { .. }), "{error}");
        }
        Ok(())
    }

    #[test]
    fn hits_that_are_none_are_refused() {
        let good = hit(3, 0, Strand::Plus);
        for bad in [
            hit(3, 2, Strand::Plus),
            hit(3, 0, Strand::Unstranded),
            Hit {
                score: f32::NAN,
                ..good
            },
            Hit { p: 1.5, ..good },
            Hit { p: f64::NAN, ..good },
        ] {
            let error = write(&[bad]).unwrap_err();
            assert!(matches!(error, ReportError::Shape { .. }), "{error}");
        }
        let error = write(&[Hit { end: 3, ..good }]).unwrap_err();
        assert!(matches!(error, ReportError::UnsortedHits { .. }), "{error}");
    }
}
