//! Which part of a genome is scanned, and how large it is.

use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context, bail};
use processive_core::{Contig, Region};
use processive_ingest::{IndexedFasta, contig_lengths, read_peaks};

use super::PartOptions;
use crate::input::size_of_plain_text;

/// The part of a genome that is scanned.
#[derive(Debug, Default)]
pub(super) struct Extent {
    /// The regions; `None` is everything.
    pub(super) regions: Option<Vec<Region>>,
    /// The length of the longest contig; 0 when it is not known without reading the genome.
    pub(super) longest_contig: u64,
    /// About how many bases there are to scan, for the progress bar.
    pub(super) bases: Option<u64>,
}

impl Extent {
    /// Resolves regions against the genome's index, which is made when they or a part of the genome are asked for. Without
    /// them only an index that is there already is read.
    pub(super) fn of(
        genome: &Path,
        regions: &[String],
        bed: Option<&Path>,
        parts: &PartOptions,
    ) -> anyhow::Result<Self> {
        if !regions.is_empty() || bed.is_some() || parts.need_index() {
            return Self::of_places(genome, regions, bed, parts);
        }
        if !has_fresh_index(genome) {
            return Ok(Self {
                bases: size_of_plain_text(genome).ok().flatten(),
                ..Self::default()
            });
        }
        let contigs = contig_lengths(genome, NonZeroUsize::MIN)?;
        Ok(Self {
            regions: None,
            longest_contig: longest(&contigs),
            bases: Some(contigs.iter().map(|contig| contig.length).sum()),
        })
    }

    fn of_places(genome: &Path, texts: &[String], bed: Option<&Path>, parts: &PartOptions) -> anyhow::Result<Self> {
        if genome == Path::new("-") {
            bail!("-r and -R, and parts, look places up in the genome: give a file instead of standard input");
        }
        let indexed = IndexedFasta::open(genome).with_context(|| format!("cannot index {}", genome.display()))?;
        let contigs = indexed.contigs();
        let regions = regions(texts, bed, contigs)?;
        let bases = match &regions {
            Some(regions) => regions.iter().map(Region::len).sum(),
            None => contigs.iter().map(|contig| contig.length).sum(),
        };
        Ok(Self {
            longest_contig: longest(contigs),
            bases: Some(parts.share_of(bases)),
            regions,
        })
    }
}

/// Reads the regions of both kinds; `None` when there is no option for them.
fn regions(texts: &[String], bed: Option<&Path>, contigs: &[Contig]) -> anyhow::Result<Option<Vec<Region>>> {
    let parse = |text: &String| Region::parse(text, contigs).with_context(|| format!("cannot scan -r {text}"));
    let mut regions = texts.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()?;
    if let Some(bed) = bed {
        let peaks = read_peaks(bed).with_context(|| format!("cannot read the regions in {}", bed.display()))?;
        regions.extend(peaks.into_iter().map(|peak| peak.region));
    }
    Ok((!texts.is_empty() || bed.is_some()).then_some(regions))
}

fn longest(contigs: &[Contig]) -> u64 {
    contigs.iter().map(|contig| contig.length).max().unwrap_or(0)
}

/// Whether a `.fai` that is not older than the genome lies beside it.
fn has_fresh_index(genome: &Path) -> bool {
    let mut index = genome.as_os_str().to_owned();
    index.push(".fai");
    let modified = |path: &Path| -> io::Result<SystemTime> { path.metadata()?.modified() };
    matches!((modified(&PathBuf::from(index)), modified(genome)), (Ok(index), Ok(genome)) if index >= genome)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::num::NonZeroU64;

    use super::*;

    /// The whole in one go.
    fn parts() -> PartOptions {
        PartOptions {
            shard: None,
            resume: false,
            part_size: NonZeroU64::MIN,
        }
    }

    #[test]
    fn an_index_that_is_there_tells_the_size_and_none_is_made_for_it() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let genome = folder.path().join("a.fa");
        fs::write(&genome, ">c1\nACGT\nAC\n>c2\nA\n")?;
        let extent = Extent::of(&genome, &[], None, &parts())?;
        assert_eq!(
            (extent.longest_contig, extent.bases, extent.regions),
            (0, Some(18), None)
        );
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);

        fs::write(folder.path().join("a.fa.fai"), "c1\t6\t4\t4\t5\nc2\t1\t16\t1\t2\n")?;
        let extent = Extent::of(&genome, &[], None, &parts())?;
        assert_eq!((extent.longest_contig, extent.bases), (6, Some(7)));
        Ok(())
    }

    #[test]
    fn regions_of_both_kinds_are_joined() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let (genome, bed) = (folder.path().join("a.fa"), folder.path().join("a.bed"));
        fs::write(&genome, ">c1\nACGT\nAC\n>c2\nA\n")?;
        fs::write(&bed, "c1\t1\t3\n")?;
        let extent = Extent::of(&genome, &["c2".to_owned()], Some(&bed), &parts())?;
        let regions = [Region::new("c2", 0, 1)?, Region::new("c1", 1, 3)?];
        assert_eq!(extent.regions.as_deref(), Some(&regions[..]));
        assert_eq!((extent.longest_contig, extent.bases), (6, Some(3)));
        Ok(())
    }
}
