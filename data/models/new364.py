"""Writes the test chains of NetSurfP-2.0's set (NEW364) as a table that `processive train structure --test` reads.

    python3 data/models/new364.py FLIP/splits/secondary_structure/splits > new364.tsv

The folder holds the sequences, states of three and masks of resolved residues as packaged by FLIP (AFL-3.0): sequences.fasta,
sampled.fasta, mask.fasta. 364 chains, 75,402 resolved residues.
"""

import pathlib
import sys


def records(path):
    """The header and the letters of every record."""
    for record in path.read_text().split(">")[1:]:
        header, _, lines = record.partition("\n")
        yield header.split(), lines.replace("\n", "")


def main():
    folder = pathlib.Path(sys.argv[1])
    sequences, masks = ({words[0]: text for words, text in records(folder / f"{name}.fasta")} for name in ("sequences", "mask"))
    print("id", "sequence", "q3", "mask", sep="\t")
    for (name, *where), states in records(folder / "sampled.fasta"):
        if "SET=test" in where:
            print(name, sequences[name], states, masks[name], sep="\t")


main()
