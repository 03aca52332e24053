//! Scans as bigWig.

use processive_core::Contig;

use crate::bigwig::BigWig;
use crate::rounding::Rounding;
use crate::{AtomicFile, Provenance, ReportError, ScanRows, ScanWriter};

/// One score along the genome; neighbouring bins of one value are one entry, and what has no row has no value.
pub(super) struct BigWigTable {
    file: BigWig,
    column: usize,
    rounding: Rounding,
    open: Option<Run>,
    contigs: Vec<Contig>,
}

/// Bins of one value that touch.
struct Run {
    chrom: String,
    start: u64,
    end: u64,
    value: f32,
}

impl BigWigTable {
    pub(super) fn create(file: AtomicFile, column: usize, rounding: Rounding) -> Result<Self, ReportError> {
        Ok(Self {
            file: BigWig::create(file)?,
            column,
            rounding,
            open: None,
            contigs: Vec::new(),
        })
    }

    fn add(&mut self, chrom: &str, start: u64, end: u64, value: f32) -> Result<(), ReportError> {
        match &mut self.open {
            Some(run) if run.end == start && run.value.to_bits() == value.to_bits() && run.chrom == chrom => {
                run.end = end;
                Ok(())
            }
            Some(run) => {
                self.file.push(&run.chrom, run.start, run.end, run.value)?;
                if run.chrom != chrom {
                    chrom.clone_into(&mut run.chrom);
                }
                (run.start, run.end, run.value) = (start, end, value);
                Ok(())
            }
            None => {
                self.file.set_bin(end - start)?;
                self.open = Some(Run {
                    chrom: chrom.to_owned(),
                    start,
                    end,
                    value,
                });
                Ok(())
            }
        }
    }
}

impl ScanWriter for BigWigTable {
    fn write(&mut self, rows: &ScanRows<'_>) -> Result<(), ReportError> {
        for (row, (&start, &end)) in rows.starts.iter().zip(rows.ends).enumerate() {
            let value = self.rounding.apply(rows.scores[self.column][row]);
            self.add(rows.chrom, start, end, value)?;
        }
        Ok(())
    }

    fn set_contigs(&mut self, contigs: &[Contig]) {
        self.contigs = contigs.to_vec();
    }

    fn finish(mut self: Box<Self>, _: &Provenance) -> Result<(), ReportError> {
        if let Some(run) = self.open.take() {
            self.file.push(&run.chrom, run.start, run.end, run.value)?;
        }
        self.file.finish(&self.contigs)
    }
}
