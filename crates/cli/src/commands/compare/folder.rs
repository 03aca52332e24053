//! The folder of a comparison.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, bail};
use processive_report::{AtomicFile, Comparison, Overwrite, Provenance, write_evaluation};

use crate::interrupt;
use crate::options::ForceOption;
use crate::session::Session;

/// What a comparison writes, beside the models.
const FILES: [&str; 5] = [
    "runs.jsonl",
    "comparison.parquet",
    "comparison.tsv",
    "comparison.md",
    "comparison.html",
];

/// Refuses a folder that holds something, unless `force` or `resume` allow it; nothing is changed.
pub(super) fn refuse_taken(folder: &Path, force: ForceOption, resume: bool) -> anyhow::Result<()> {
    if folder.exists() && !folder.is_dir() {
        bail!("{} is a file; --output needs a folder", folder.display());
    }
    let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken && !resume && !force.force {
        bail!(
            "{} exists; --resume goes on with its comparison, --force begins anew",
            folder.display()
        );
    }
    Ok(())
}

/// Makes the folder; without `resume` the files of another comparison in it are removed.
pub(super) fn open_folder(folder: &Path, resume: bool) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("making the folder {}", folder.display()))?;
    if !resume {
        for file in FILES.map(|name| folder.join(name)).iter().filter(|file| file.exists()) {
            fs::remove_file(file).with_context(|| format!("removing {}", file.display()))?;
        }
    }
    interrupt::advise(format!(
        "finished runs are kept in {}, and the command goes on with them when --resume is given",
        folder.display()
    ));
    Ok(())
}

/// Writes every form of the table.
pub(super) fn write_tables(folder: &Path, comparison: &Comparison, session: &Session) -> anyhow::Result<()> {
    let mut provenance = Provenance::new();
    provenance
        .set("processive.version", env!("CARGO_PKG_VERSION"))
        .set("processive.command", session.command_line());
    let rows = comparison.rows();
    for name in ["comparison.parquet", "comparison.tsv"] {
        write_evaluation(&folder.join(name), &rows, Overwrite::Yes, &provenance)?;
    }
    let command = session.command_line();
    write_text(&folder.join("comparison.md"), &comparison.to_markdown(command))?;
    write_text(&folder.join("comparison.html"), &comparison.to_html(command))
}

fn write_text(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = AtomicFile::create(path, Overwrite::Yes)?;
    file.write_all(text.as_bytes())
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(file.commit()?)
}
