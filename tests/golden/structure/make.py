"""Makes the structures of this folder: what mkdssp 4.2.2 (Debian `dssp` 4.2.2-2) says of PDB entries, in both of its formats.

    make.py FOLDER      FOLDER holds 1l2y.cif and 3wip.cif as the PDB has them (public domain, CC0)

Each entry is annotated (`mkdssp in.cif out.cif`) and written in the old format (`mkdssp --output-format dssp`), and both are
then cut to what a reader of labels needs: a few categories, the backbone's atoms and one atom beside it, two models, two
chains. No value is changed. 1l2y is an NMR structure of one chain; 3wip has chains with residues missing at both ends and
inside, and cysteines in bridges.
"""

import gzip
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
CHAINS = {"1l2y": ["A"], "3wip": ["A", "B"]}
KEPT = {
    "_entry": ["id"],
    "_entity_poly": ["entity_id", "type", "pdbx_seq_one_letter_code_can"],
    "_struct_conf_type": ["id", "criteria", "reference"],
    "_struct_conf": ["conf_type_id", "id", "beg_label_comp_id", "beg_label_asym_id", "beg_label_seq_id",
                     "end_label_comp_id", "end_label_asym_id", "end_label_seq_id"],
    "_pdbx_poly_seq_scheme": ["asym_id", "entity_id", "seq_id", "mon_id", "auth_seq_num", "pdb_strand_id"],
    "_atom_site": ["group_PDB", "id", "label_atom_id", "label_comp_id", "label_asym_id", "label_seq_id",
                   "auth_asym_id", "pdbx_PDB_model_num"],
}
WORD = re.compile(r"""^;(?:.|\n)*?^;|#.*$|'.*?'(?=\s)|".*?"(?=\s)|\S+""", re.M)


def categories(text):
    """Yields category, item names and rows."""
    words = [word for word in WORD.findall(text) if not word.startswith("#")]
    place, singles = 1, {}
    while place < len(words):
        if words[place].lower() == "loop_":
            place += 1
            names = []
            while words[place].startswith("_"):
                names.append(words[place])
                place += 1
            values = []
            while place < len(words) and not words[place].startswith("_") and words[place].lower() != "loop_":
                values.append(words[place])
                place += 1
            rows = [values[start:start + len(names)] for start in range(0, len(values), len(names))]
            yield names[0].split(".")[0], [name.split(".")[1] for name in names], rows
        else:
            category, name = words[place].split(".")
            singles.setdefault(category, {})[name] = words[place + 1]
            place += 2
    for category, items in singles.items():
        yield category, list(items), [list(items.values())]


def is_kept(category, row, chains):
    if category == "_atom_site":
        return (row["label_atom_id"] in ("N", "CA", "C", "O", "CB") and row["label_asym_id"] in chains
                and row["label_seq_id"] != "." and row["pdbx_PDB_model_num"] in ("1", "2"))
    if category == "_pdbx_poly_seq_scheme":
        return row["asym_id"] in chains
    if category == "_struct_conf":
        return row["beg_label_asym_id"] in chains
    return True


def trimmed(text, chains):
    lines = [text.split("\n", 1)[0], "# cut to what a reader of labels needs, see make.py"]
    for category, names, rows in categories(text):
        wanted = [name for name in KEPT.get(category, []) if name in names]
        if not wanted:
            continue
        rows = [dict(zip(names, row)) for row in rows]
        rows = [row for row in rows if is_kept(category, row, chains)]
        lines += ["loop_"] + [f"{category}.{name}" for name in wanted]
        for row in rows:
            # A text field needs lines of its own.
            lines.append(" ".join(f"\n{row[name]}\n" if row[name].startswith(";") else row[name] for name in wanted))
        lines.append("#")
    return re.sub(r"\s*\n+", "\n", "\n".join(lines)) + "\n"


def main():
    source = Path(sys.argv[1])
    for entry, chains in CHAINS.items():
        with tempfile.TemporaryDirectory() as folder:
            annotated, old = Path(folder, "x.cif"), Path(folder, "x.dssp")
            subprocess.run(["mkdssp", source / f"{entry}.cif", annotated], check=True)
            subprocess.run(["mkdssp", "--output-format", "dssp", source / f"{entry}.cif", old], check=True)
            cif = trimmed(annotated.read_text(), chains)
            lines = old.read_text().rstrip("\n").split("\n")
        start = next(place for place, line in enumerate(lines) if line.startswith("  #  RESIDUE"))
        kept, chain = lines[:start + 1], chains[0]
        for line in lines[start + 1:]:
            chain = line[11] if line[13] != "!" else chain
            if chain in chains:
                kept.append(line)
        # The date of the day it was made is no data.
        kept[0] = re.sub(r"DATE=\S+", "DATE=2026-01-01", kept[0])
        for name, text in [(f"{entry}.cif.gz", cif), (f"{entry}.dssp.gz", "\n".join(kept) + "\n")]:
            (HERE / name).write_bytes(gzip.compress(text.encode(), 9, mtime=0))


main()
