#!/usr/bin/env python3
"""The hits of motifs by `processive scan --motifs` beside those by lightmotif: same counts, pseudocount, p, strands, genome.

    lightmotif_scan.py --processive target/release/processive --genome genome.fa.gz --motifs JASPAR.meme \\
        [--count 100] [--p 1e-4] [--rounds 7] [--repeat 4] [--core 0]

`--count` motifs of 8 positions or more are taken at equal distances from the MEME file, as counts of their sites. Every round
runs in turn: lightmotif, whose time is that of the scanners of all motifs and strands alone (sequence striped and thresholds
found before; hits are iterated over, not kept); processive with one thread, held to the same core; and processive with two
threads on two cores. Its time is that of the whole program: start-up, reading the genome, exact thresholds, hits sorted and written
as Parquet. `--repeat` puts the genome into the file so many times, as contigs, so that start-up weighs less.

Printed are motif-strand-bases per second (median and extremes), the ratios round by round, and the numbers of hits.

Needs lightmotif (0.10.1 is what the records were made with).
"""

import argparse
import gzip
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import lightmotif

NARROWEST = 8


def read_meme(path):
    """Names and rows of counts of all motifs."""
    motifs, sites = [], 20
    for line in path.read_text().splitlines():
        words = line.split()
        if line.startswith("MOTIF"):
            motifs.append((words[1], []))
        elif line.startswith("letter-probability"):
            sites = float(line.split("nsites=")[1].split()[0])
        elif motifs and len(words) == 4 and words[0][0] in "01.":
            motifs[-1][1].append([round(float(word) * sites) for word in words])
    return motifs


def write_jaspar(motifs, path):
    with open(path, "w") as file:
        for name, rows in motifs:
            print(f">{name} {name}", file=file)
            for letter, counts in zip("ACGT", zip(*rows)):
                print(letter, "[", *counts, "]", file=file)


def read_fasta(path):
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt") as lines:
        records = "".join(lines).split(">")[1:]
    return ["".join(record.split("\n")[1:]).upper() for record in records]


def write_fasta(sequences, path):
    with open(path, "w") as file:
        for number, sequence in enumerate(sequences):
            print(f">contig{number}", file=file)
            file.writelines(sequence[at : at + 80] + "\n" for at in range(0, len(sequence), 80))


def rival(motifs, sequences, p):
    """A function that scans, and returns the number of hits."""
    striped = [lightmotif.stripe(sequence) for sequence in sequences]
    scored = []
    for motif in lightmotif.load(str(motifs), format="jaspar16"):
        plus = motif.counts.normalize(0.1 / 4).log_odds()
        scored += [(pssm, pssm.score(p)) for pssm in (plus, plus.reverse_complement())]

    def run():
        hits = 0
        for sequence in striped:
            for pssm, threshold in scored:
                hits += sum(1 for _ in lightmotif.scan(pssm, sequence, threshold=threshold))
        return hits

    return run


def ours(program, genome, motifs, p, threads, folder):
    output = folder / "hits.parquet"
    command = [program, "scan", genome, "--motifs", motifs, "--p", str(p), "-o", output, "--force", f"-@{threads}"]

    def run():
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True)
        line = next(line for line in done.stderr.splitlines() if line.startswith(str(output)))
        return int(line.split(": ")[1].split()[0].replace(",", ""))

    return run


def timed(run, cores):
    os.sched_setaffinity(0, cores)
    begin = time.perf_counter()
    hits = run()
    return time.perf_counter() - begin, hits


def spread(numbers, digits):
    return f"{statistics.median(numbers):.{digits}f} ({min(numbers):.{digits}f}-{max(numbers):.{digits}f})"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processive", type=pathlib.Path, required=True)
    parser.add_argument("--genome", type=pathlib.Path, required=True)
    parser.add_argument("--motifs", type=pathlib.Path, required=True, help="MEME")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--p", type=float, default=1e-4)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--repeat", type=int, default=4)
    parser.add_argument("--core", type=int, default=0, help="two threads take the next one, too")
    args = parser.parse_args()

    wide = [motif for motif in read_meme(args.motifs) if len(motif[1]) >= NARROWEST]
    motifs = wide[:: max(1, len(wide) // args.count)][: args.count]
    sequences = read_fasta(args.genome) * args.repeat
    work = len(motifs) * 2 * sum(map(len, sequences))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_jaspar(motifs, folder / "motifs.jaspar")
        write_fasta(sequences, folder / "genome.fa")
        one, two = {args.core}, {args.core, args.core + 1}
        inputs = (args.processive.resolve(), folder / "genome.fa", folder / "motifs.jaspar", args.p)
        runs = {
            "lightmotif": (rival(folder / "motifs.jaspar", sequences, args.p), one),
            "processive, 1 thread": (ours(*inputs, 1, folder), one),
            "processive, 2 threads": (ours(*inputs, 2, folder), two),
        }
        rounds = [{name: timed(*run) for name, run in runs.items()} for _ in range(args.rounds)]
    print(f"{len(motifs)} motifs x 2 strands x {work // len(motifs) // 2:,} bases, p {args.p}, {args.rounds} rounds")
    for name in runs:
        speeds = [work / done[name][0] / 1e6 for done in rounds]
        print(f"{name}: {spread(speeds, 0)} M/s, {rounds[0][name][1]:,} hits")
    rival_name, first, second = runs
    print("1 thread / lightmotif:", spread([done[rival_name][0] / done[first][0] for done in rounds], 2))
    print("2 threads / 1 thread:", spread([done[first][0] / done[second][0] for done in rounds], 2))


if __name__ == "__main__":
    main()
