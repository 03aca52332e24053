//! `processive halo`

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueHint};
use processive_core::alphabet::UNKNOWN;
use processive_encode::encode_dna;
use processive_ingest::FastaStream;
use processive_models::Model;

use crate::bundled::load_model;
use crate::description_text::forgetting_lines;
use crate::input::name_of;
use crate::numbers::counted;
use crate::options::ForceOption;
use crate::session::{Session, print_on_stdout};
use crate::status::ExitStatus;
use crate::text_table::aligned;

/// The end of the long help; the tests run them.
pub(crate) const EXAMPLES: &str = "\
Examples:
  processive halo tead4 genome.fa
  processive halo model.safetensors genome.fa -o measured.safetensors";

/// Known bases that are read, at most.
const BASES: usize = 4_000_000;

/// Options of `processive halo`.
#[derive(Args, Clone, Debug)]
pub(crate) struct HaloArgs {
    /// A model file, or the name of a bundled model.
    #[arg(value_name = "NAME|FILE")]
    model: String,
    /// Sequence like that which will be scanned: FASTA, plain, gzip or bgzip; - is standard input. Its first 4,000,000 known
    /// bases are read.
    #[arg(value_name = "GENOME", value_hint = ValueHint::FilePath)]
    genome: PathBuf,
    /// Write the model with what was measured: `processive scan` then streams it with this halo.
    #[arg(short, long, value_name = "MODEL", value_hint = ValueHint::FilePath)]
    output: Option<PathBuf>,
    #[command(flatten)]
    force: ForceOption,
    /// The seed of the places that are compared.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

/// Measures, prints, and writes the model if that is asked for.
pub(crate) fn run(args: &HaloArgs, session: &Session) -> anyhow::Result<ExitStatus> {
    if let Some(output) = args
        .output
        .as_deref()
        .filter(|output| output.exists() && !args.force.force)
    {
        bail!("{} exists; --force replaces it", output.display());
    }
    let model = load_model(&args.model)?;
    if model.stream().is_none() {
        bail!(
            "model {} is not a recurrent network over windows: what it scores does not depend on what lies further away, \
             and it needs no halo",
            model.description().name
        );
    }
    let codes = known_bases(&args.genome)?;
    let forgetting = model
        .measure_forgetting(&codes, args.seed)
        .with_context(|| name_of(&args.genome))?;
    let mut description = model.description().clone();
    description.forgetting = forgetting;
    print_on_stdout(&aligned(&forgetting_lines(&description)))?;
    if let Some(output) = &args.output {
        Model::new(description, model.networks().to_vec())
            .save(output)
            .with_context(|| format!("writing {}", output.display()))?;
    }
    session.finish(&counted(codes.len() as u64, "base"));
    Ok(ExitStatus::Success)
}

/// The codes of the first known bases, contigs one after the other.
fn known_bases(genome: &Path) -> anyhow::Result<Vec<u8>> {
    let read = || format!("reading {}", name_of(genome));
    let mut stream = FastaStream::open(genome, NonZeroUsize::MIN).with_context(read)?;
    let (mut codes, mut letters) = (Vec::new(), Vec::new());
    while stream.next_contig().with_context(read)?.is_some() {
        while stream.read_block(&mut letters, 1 << 16).with_context(read)? > 0 {
            codes.extend(encode_dna(&letters).into_iter().filter(|&code| code != UNKNOWN));
            letters.clear();
            if codes.len() >= BASES {
                codes.truncate(BASES);
                return Ok(codes);
            }
        }
    }
    Ok(codes)
}
