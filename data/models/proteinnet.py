"""Writes the chains of ProteinNet 12 with their eight DSSP states as a table that `processive prepare structure` reads.

    pip download --no-deps sidechainnet==1.0.1
    python3 data/models/proteinnet.py sidechainnet-1.0.1-py2.py3-none-any.whl > proteinnet.tsv
    python3 data/models/proteinnet.py sidechainnet-1.0.1-py2.py3-none-any.whl 90 > proteinnet90.tsv

The wheel (BSD-3-Clause; the structures are the Protein Data Bank's, CC0) holds the sequence and the states of the resolved
residues of 159,026 chains, as ProteinNet (AlQuraishi 2019, BMC Bioinformatics 20:311) made them with DSSP, and which of them
are in ProteinNet's thinnings. Taken are whole chains of the thinning at 70 % identity, from 20 residues on and at most a
fifth of them unknown: 33,676 chains, 8,462,915 residues. With a 90 behind it, those that the thinning at 90 % has beyond
these: 5,890 chains, 1,386,491 residues.
"""

import csv
import io
import json
import sys
import zipfile

THINNING = "casp12_training_"
FEWEST_RESIDUES = 20
MOST_UNKNOWN = 0.2


def main():
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        chains = json.loads(wheel.read("sidechainnet/resources/full_protein_dssp_annotations.json"))
        ids = wheel.read("sidechainnet/resources/all_proteinnet_ids.csv").decode()
    beyond = sys.argv[2] if len(sys.argv) > 2 else None
    print("id", "sequence", "q8", sep="\t")
    for row in csv.DictReader(io.StringIO(ids)):
        name = row["pnid"]
        is_in = row[THINNING + "70"] == "1"
        if beyond:
            is_in = not is_in and row[THINNING + beyond] == "1"
        if not is_in or name not in chains:
            continue
        sequence, states = chains[name]["Sequence"], chains[name]["DSSP"]
        if len(sequence) >= FEWEST_RESIDUES and sequence.count("X") <= MOST_UNKNOWN * len(sequence):
            print(name, sequence, states, sep="\t")


main()
