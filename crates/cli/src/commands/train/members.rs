//! The runs of a model's members: their files, their log, their checkpoints.

use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use processive_models::Network;
use processive_train::{CheckpointRule, FitSettings, Fitted, Observer, Scores, TrainError};

use super::log::RunLog;
use crate::interrupt;

/// Where a model goes, and how its members are fitted.
#[derive(Args, Clone, Debug)]
pub(crate) struct MemberArgs {
    /// The model file to write
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Networks with different seeds whose probabilities are averaged in one model file
    #[arg(long, visible_alias = "ensemble", value_name = "N", default_value_t = 1)]
    pub(crate) members: usize,
    /// Continue an interrupted run from its checkpoint (OUTPUT.checkpoint.N), if there is one
    #[arg(long)]
    resume: bool,
    /// Pause each member's run after so many epochs of this call; --resume goes on
    #[arg(long, value_name = "EPOCHS")]
    stop_after: Option<NonZeroUsize>,
    /// Where to write one JSON line per epoch; default: OUTPUT.metrics.jsonl
    #[arg(long, value_name = "FILE")]
    metrics_log: Option<PathBuf>,
    /// Replace an existing output
    #[arg(long)]
    force: bool,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

impl MemberArgs {
    /// Refuses an output that is in the way or cannot be written, before the long work.
    pub(super) fn refuse_existing(&self) -> anyhow::Result<()> {
        let output = &self.output;
        if self.members == 0 || self.members > 64 {
            bail!("--members cannot be {}; allowed: 1 to 64", self.members);
        }
        if output == Path::new("-") {
            bail!("--output needs a file: the metrics log and the checkpoints lie beside it");
        }
        if output.is_dir() {
            bail!("{} is a folder; --output needs a file", output.display());
        }
        if output.exists() && !self.force {
            bail!("{} exists; --force replaces it", output.display());
        }
        let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        tempfile::tempfile_in(folder).with_context(|| format!("writing into {}", folder.display()))?;
        Ok(())
    }

    /// Fits every member with a seed of its own; nothing when a run was paused.
    ///
    /// `fingerprint` is a digest of everything beside the fit's settings that the outcome depends on. `fit` makes a
    /// network for the settings and fits it.
    pub(super) fn fit<S: Scores>(
        &self,
        settings: &FitSettings,
        fingerprint: &str,
        start: impl Fn(&FitSettings) -> anyhow::Result<Network>,
        fit: impl Fn(
            Network,
            &FitSettings,
            CheckpointRule<'_>,
            &mut dyn Observer<S>,
        ) -> Result<Option<Fitted<S>>, TrainError>,
    ) -> anyhow::Result<Option<Vec<Fitted<S>>>> {
        let default_log = || with_suffix(&self.output, ".metrics.jsonl");
        let log_path = self.metrics_log.clone().unwrap_or_else(default_log);
        let mut log = RunLog::create(&log_path, self.resume, !self.no_progress, settings.epochs)?;
        interrupt::advise(format!(
            "finished epochs are kept beside {}, and the command goes on with them when --resume is given",
            self.output.display()
        ));
        let mut members = Vec::with_capacity(self.members);
        for member in 0..self.members {
            let settings = FitSettings {
                seed: settings.seed + member as u64,
                ..settings.clone()
            };
            let network = start(&settings)?;
            log.begin_member(member, settings.seed);
            let path = self.checkpoint(member);
            let rule = CheckpointRule {
                path: &path,
                resume: self.resume && path.exists(),
                fingerprint,
                stop_after: self.stop_after.map(NonZeroUsize::get),
            };
            let Some(fitted) = fit(network, &settings, rule, &mut log)? else {
                ::log::info!("paused; go on with --resume");
                return Ok(None);
            };
            members.push(fitted);
        }
        log.finish()?;
        Ok(Some(members))
    }

    /// The model's name when none is given: the output's file name without its ending.
    pub(super) fn name(&self) -> String {
        let stem = self.output.file_stem();
        stem.map_or_else(|| "model".to_owned(), |stem| stem.to_string_lossy().into_owned())
    }

    /// Removes what only an interrupted run needs.
    pub(super) fn remove_checkpoints(&self) -> anyhow::Result<()> {
        (0..self.members).try_for_each(|member| remove_if_there(&self.checkpoint(member)))
    }

    fn checkpoint(&self, member: usize) -> PathBuf {
        with_suffix(&self.output, &format!(".checkpoint.{member}"))
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}
