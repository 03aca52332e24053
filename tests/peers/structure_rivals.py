#!/usr/bin/env python3
"""Secondary structure by processive, PredictDSSP and RePROF, on the same proteins in the same sitting.

    structure_rivals.py --processive target/release/processive --chains TS115.csv [--residues 4000] [--rounds 3]
    structure_rivals.py ... --model structure --model structure-best    # several models of ours
    structure_rivals.py ... --dssp-fasta PATH --reprof PATH             # where the rivals are, if not on the PATH

Every round runs every program once, in turn, as a user would: from a FASTA file to its output file, start-up
included, with --threads threads (1). RePROF reads one sequence at a time, so it is started once per protein. Printed
are the median, the smallest and the largest speed in residues per second, and what `processive evaluate` says of the
predictions: Q3 and SOV'99 with their 95 % intervals. The proteins are the first ones of the table that together have
at most --residues residues (0: all).

A program that is not installed is named and left out; the exit status is then 1. To install them:

    pip install PredictDSSP==1.3.1         # MIT; needs torch
    apt-get install reprof                 # GPL-3

Tables are those of `processive evaluate --chains`: NetSurfP's CSV (`input,dssp3,...`) or with a column `sequence`.
"""

import argparse
import csv
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

CLASSES = "HEC"  # the codes 0, 1 and 2 of PredictDSSP


def read_sequences(path, residues):
    """The first sequences of a table, numbered as they come, that together have at most `residues` residues."""
    with open(path, newline="") as file:
        separator = "\t" if "\t" in file.readline() else ","
        file.seek(0)
        rows = csv.reader(file, delimiter=separator)
        names = [name.strip().lower() for name in next(rows)]
        column = next((names.index(name) for name in ("sequence", "input", "seq") if name in names), None)
        if column is None:
            raise SystemExit(f"{path} has no column of sequences; its columns are {', '.join(names)}")
        sequences = ["".join(row[column].split()) for row in rows]
    chosen, total = [], 0
    for sequence in sequences:
        total += len(sequence)
        if residues and total > residues:
            break
        chosen.append(sequence)
    if not chosen:
        raise SystemExit(f"the first protein of {path} has more than {residues} residues")
    return [(f"chain{number}", sequence) for number, sequence in enumerate(chosen)]


def write_fasta(path, proteins):
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in proteins))


def write_states(path, proteins, states):
    """A file that `processive evaluate --predictions` reads: name, letters, states."""
    lines = []
    for name, sequence in proteins:
        if len(states.get(name, "")) != len(sequence):
            raise SystemExit(f"{path.stem}: {name} has {len(sequence)} residues and {len(states.get(name, ''))} states")
        lines.append(f">{name}\n{sequence}\n{states[name]}\n")
    path.write_text("".join(lines))


class Processive:
    """`processive fold` with one model."""

    def __init__(self, program, model, threads):
        self.program, self.model, self.threads = program, model, threads
        self.name = f"processive-{pathlib.Path(model).stem}"

    def run(self, folder, proteins):
        output = folder / f"{self.name}.fasta"
        command = [self.program, "fold", folder / "proteins.fa", "--model", self.model, "-o", output, "--force", "-q"]
        run([*command, "--threads", str(self.threads)], self.threads)

    def collect(self, folder, proteins):
        return folder / f"{self.name}.fasta"


class PredictDssp:
    """PredictDSSP's program `dssp-fasta`: one process for all proteins, codes 0, 1, 2 in a CSV file."""

    name = "PredictDSSP"

    def __init__(self, program, threads):
        self.program, self.threads = program, threads

    def run(self, folder, proteins):
        run([self.program, folder / "proteins.fa", "-o", folder / "predictdssp.csv"], self.threads)

    def collect(self, folder, proteins):
        states = {}
        for line in (folder / "predictdssp.csv").read_text().splitlines():
            name, *codes = line.split(",")
            states[name] = "".join(CLASSES[int(float(code))] for code in codes)
        path = folder / f"{self.name}.fasta"
        write_states(path, proteins, states)
        return path


class Reprof:
    """RePROF on single sequences: one process per protein, a table with a line per residue."""

    name = "RePROF"

    def __init__(self, program, threads):
        self.program, self.threads = program, threads

    def run(self, folder, proteins):
        for name, _ in proteins:
            run([self.program, "-i", folder / f"{name}.fa", "-o", folder / f"{name}.reprof"], self.threads)

    def collect(self, folder, proteins):
        states = {}
        for name, _ in proteins:
            lines = (folder / f"{name}.reprof").read_text().splitlines()
            header, *rows = [line.split("\t") for line in lines if not line.startswith("#")]
            column = header.index("PHEL")
            states[name] = "".join(row[column] for row in rows).replace("L", "C")
        path = folder / f"{self.name}.fasta"
        write_states(path, proteins, states)
        return path


def run(command, threads):
    """Runs a program that must succeed; what it says is shown only if it fails."""
    limits = {name: str(threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    command = [str(word) for word in command]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **limits})
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed with status {done.returncode}:\n{done.stdout}{done.stderr}")


def measure(programs, folder, proteins, rounds):
    """Seconds of every program in every round, the programs in turn."""
    seconds = {program.name: [] for program in programs}
    for _ in range(rounds):
        for program in programs:
            begin = time.perf_counter()
            program.run(folder, proteins)
            seconds[program.name].append(time.perf_counter() - begin)
    return seconds


def accuracy(processive, chains, files, folder):
    """Q3 and SOV'99 of every prediction as (value, low, high), by the file's name."""
    output = folder / "metrics.tsv"
    command = [processive, "evaluate", "--chains", chains, "--predictions", *files.values(), "-o", output, "--force", "-q"]
    run(command, 1)
    found = {name: {} for name in files}
    with open(output, newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["model"] in found and row["metric"] in ("q3", "sov99"):
                found[row["model"]][row["metric"]] = [float(row[key] or "nan") for key in ("value", "ci_low", "ci_high")]
                found[row["model"]]["n"] = int(row["n"])
    return found


def report(seconds, scores, residues):
    print(f"{'program':<24} {'residues/s (median, range)':>28}   {'Q3':>5} {'95 %':>13}   {'SOV99':>5} {'95 %':>13}   scored")
    for name, times in seconds.items():
        median, low, high = (residues / time for time in (statistics.median(times), max(times), min(times)))
        speed = f"{median:,.0f} ({low:,.0f}-{high:,.0f})"
        metrics = []
        for key in ("q3", "sov99"):
            value, begin, end = (100 * share for share in scores[name][key])
            metrics.append(f"{value:5.2f} [{begin:5.2f},{end:5.2f}]")
        print(f"{name:<24} {speed:>28}   {metrics[0]}   {metrics[1]}   {scores[name]['n']:,}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processive", default="processive", help="our program")
    parser.add_argument("--chains", required=True, help="proteins with observed states")
    parser.add_argument("--model", action="append", help="a model of ours; default: structure")
    parser.add_argument("--residues", type=int, default=4000, help="at most so many residues; 0: all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--dssp-fasta", default="dssp-fasta", help="PredictDSSP's program")
    parser.add_argument("--reprof", default="reprof", help="RePROF's program")
    args = parser.parse_args()
    if args.rounds < 1:
        parser.error("--rounds: at least 1")

    if shutil.which(args.processive) is None:
        parser.error(f"{args.processive} is not there: build it, or name it with --processive")
    models = args.model or ["structure"]
    programs = [Processive(args.processive, model, args.threads) for model in models]
    missing = []
    for path, rival in ((args.dssp_fasta, PredictDssp), (args.reprof, Reprof)):
        if shutil.which(path):
            programs.append(rival(path, args.threads))
        else:
            missing.append(rival.name)

    proteins = read_sequences(args.chains, args.residues)
    residues = sum(len(sequence) for _, sequence in proteins)
    print(f"{len(proteins)} proteins, {residues:,} residues of {args.chains}; {args.rounds} rounds, {args.threads} thread(s)")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_fasta(folder / "proteins.fa", proteins)
        for protein in proteins:
            write_fasta(folder / f"{protein[0]}.fa", [protein])
        seconds = measure(programs, folder, proteins, args.rounds)
        files = {program.name: program.collect(folder, proteins) for program in programs}
        scores = accuracy(args.processive, args.chains, files, folder)
    report(seconds, scores, residues)
    if missing:
        print(f"not installed, so left out: {', '.join(missing)}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
