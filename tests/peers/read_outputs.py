"""Opens every format that `processive scan` writes with the readers that people have, and compares with the TSV.

    pip install polars duckdb pyarrow pyBigWig pybigtools
    python read_outputs.py FOLDER

The folder holds a genome (genome.fa), its scan (all.tsv, one class on both strands) and the same scan in other forms:
all.tsv.gz, all.parquet, all (a folder, --partition-by chrom), u8.parquet and u16.parquet (--quantize), all.bedgraph,
all.bw, and calls.bed, calls.narrowPeak (--threshold 0.5). A line is printed for each reader and file. Readers that are
not installed are skipped, and said to be. Exit status 1: a reader read something else than the TSV says.
"""

import gzip
import importlib
import pathlib
import struct
import sys
import warnings

HIGHEST = {"u8": 255, "u16": 65535}
THRESHOLD = 0.5


class Different(AssertionError):
    """A reader read something else than the TSV says."""


def same(found, expected, what):
    if found != expected:
        raise Different(f"{what}: {str(found)[:300]} is not {str(expected)[:300]}")


def float32(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def read_tsv(lines):
    """The names of the columns, and a tuple of values for each row."""
    names, *rows = [line.rstrip("\n").split("\t") for line in lines]
    return names, [(row[0], int(row[1]), int(row[2]), *map(float32, row[3:])) for row in rows]


def contig_lengths(fasta):
    lengths = {}
    for line in fasta.read_text().splitlines():
        if line.startswith(">"):
            name = line[1:].split()[0]
            lengths[name] = 0
        else:
            lengths[name] += len(line)
    return lengths


class Scan:
    """What the TSV says."""

    def __init__(self, folder):
        self.folder = folder
        self.names, self.rows = read_tsv((folder / "all.tsv").read_text().splitlines())
        self.lengths = contig_lengths(folder / "genome.fa")

    def path(self, name):
        return str(self.folder / name)

    def intervals(self, contig):
        """The first score of a contig; bins of one value that touch are one."""
        return joined((row[1], row[2], row[3]) for row in self.rows if row[0] == contig)

    def check_rows(self, rows, what):
        same([tuple(row) for row in rows], self.rows, what)

    def check_codes(self, rows, codes, what):
        """Rows whose scores are integers: at most half a step from the score."""
        half = 0.5 / HIGHEST[codes] + 1e-7
        same(len(rows), len(self.rows), f"rows of {what}")
        for found, expected in zip(rows, self.rows):
            same(tuple(found[:3]), expected[:3], what)
            for code, score in zip(found[3:], expected[3:]):
                if not (isinstance(code, int) and abs(code / HIGHEST[codes] - score) <= half):
                    raise Different(f"{what}: code {code} is not {score}")


def joined(intervals):
    runs = []
    for start, end, value in intervals:
        if runs and runs[-1][1] == start and runs[-1][2] == value:
            runs[-1] = (runs[-1][0], end, value)
        else:
            runs.append((start, end, value))
    return runs


def read_with_polars(polars, scan):
    kinds = [polars.Int32] * 2 + [polars.Float32] * 3
    table = polars.read_parquet(scan.path("all.parquet"))
    same(table.columns, scan.names, "columns of all.parquet")
    same(list(table.schema.values())[1:], kinds, "types of all.parquet")
    scan.check_rows(table.with_columns(polars.col("chrom").cast(polars.String)).rows(), "all.parquet")
    yield "all.parquet", table.height
    parts = polars.scan_parquet(scan.path("all"), hive_schema={"chrom": polars.String}).select(scan.names).collect()
    same(sorted(parts.rows()), sorted(scan.rows), "all/")
    yield "all/", parts.height
    one = polars.scan_parquet(scan.path("all"), hive_schema={"chrom": polars.String}).filter(polars.col("chrom") == "chr2")
    same(one.collect().height, sum(row[0] == "chr2" for row in scan.rows), "chr2 of all/")
    for codes, kind in [("u8", polars.UInt8), ("u16", polars.UInt16)]:
        name = f"{codes}.parquet"
        table = polars.read_parquet(scan.path(name)).with_columns(polars.col("chrom").cast(polars.String))
        same(list(table.schema.values())[3:], [kind] * 3, f"types of {name}")
        scan.check_codes(table.rows(), codes, name)
        # The line of README.md.
        floats = table.with_columns(polars.col(polars.UInt8) / 255, polars.col(polars.UInt16) / 65535)
        largest = (floats[scan.names[3]] - polars.Series([row[3] for row in scan.rows])).abs().max()
        same(largest <= 0.5 / HIGHEST[codes] + 1e-7, True, f"largest error of {name}")
        yield name, table.height
    for name in ["all.tsv", "all.tsv.gz"]:
        table = polars.read_csv(scan.path(name), separator="\t")
        same((table.columns, table.height), (scan.names, len(scan.rows)), name)
        yield name, table.height


def read_with_duckdb(duckdb, scan):
    columns = ", ".join(f'"{name}"' for name in scan.names)
    for name, table in [
        ("all.parquet", f"'{scan.path('all.parquet')}'"),
        ("all/", f"read_parquet('{scan.path('all/*/*.parquet')}', hive_types={{chrom: VARCHAR}})"),
    ]:
        rows = duckdb.sql(f"SELECT {columns} FROM {table}").fetchall()
        same(sorted(rows), sorted(scan.rows), name)
        yield name, len(rows)
    for codes in HIGHEST:
        name = f"{codes}.parquet"
        rows = duckdb.sql(f"SELECT {columns} FROM '{scan.path(name)}'").fetchall()
        scan.check_codes(rows, codes, name)
        yield name, len(rows)
    keys = duckdb.sql(f"SELECT decode(key) FROM parquet_kv_metadata('{scan.path('u8.parquet')}')").fetchall()
    same(("processive.quantize",) in keys and ("processive.rule",) in keys, True, "keys of u8.parquet")
    count = duckdb.sql(f"SELECT count(*) FROM read_csv('{scan.path('all.tsv')}')").fetchall()[0][0]
    same(count, len(scan.rows), "all.tsv")
    yield "all.tsv", count


def read_with_pyarrow(pyarrow, scan):
    parquet = importlib.import_module("pyarrow.parquet")
    dataset = importlib.import_module("pyarrow.dataset")
    table = parquet.read_table(scan.path("all.parquet"))
    scan.check_rows(zip(*(column.to_pylist() for column in table.columns)), "all.parquet")
    same(table.schema.metadata[b"bio.coordinate_system_zero_based"], b"true", "the coordinates of all.parquet")
    yield "all.parquet", table.num_rows
    partitioning = dataset.partitioning(pyarrow.schema([("chrom", pyarrow.string())]), flavor="hive")
    table = dataset.dataset(scan.path("all"), partitioning=partitioning).to_table(columns=scan.names)
    same(sorted(zip(*(column.to_pylist() for column in table.columns))), sorted(scan.rows), "all/")
    yield "all/", table.num_rows
    for codes, highest in HIGHEST.items():
        name = f"{codes}.parquet"
        table = parquet.read_table(scan.path(name))
        scan.check_codes(list(zip(*(column.to_pylist() for column in table.columns))), codes, name)
        scale = float(table.schema.field(scan.names[3]).metadata[b"processive.scale"])
        same(scale, 1 / highest, f"scale of {name}")
        yield name, table.num_rows


def read_with_pybigwig(pybigwig, scan):
    file = pybigwig.open(scan.path("all.bw"))
    same(file.chroms(), scan.lengths, "contigs of all.bw")
    entries = 0
    for contig, length in scan.lengths.items():
        found = file.intervals(contig) or []
        expected = scan.intervals(contig)
        same(joined(found), expected, f"{contig} of all.bw")
        entries += len(found)
        if expected:
            same(file.stats(contig, 0, length, type="max"), [max(run[2] for run in expected)], f"maximum of {contig}")
    yield "all.bw", entries


def read_with_pybigtools(pybigtools, scan):
    file = pybigtools.open(scan.path("all.bw"))
    same(dict(file.chroms()), scan.lengths, "contigs of all.bw")
    entries = 0
    for contig in scan.lengths:
        found = list(file.records(contig))
        same(joined(found), scan.intervals(contig), f"{contig} of all.bw")
        entries += len(found)
    yield "all.bw", entries


def read_with_python(scan):
    """Text needs no library."""
    with gzip.open(scan.path("all.tsv.gz"), "rt") as lines:
        same(read_tsv(lines), (scan.names, scan.rows), "all.tsv.gz")
    lines = [line.split("\t") for line in (scan.folder / "all.bedgraph").read_text().splitlines()]
    same([(c, int(s), int(e), float32(v)) for c, s, e, v in lines], [row[:4] for row in scan.rows], "all.bedgraph")
    yield "all.bedgraph", len(lines)
    calls = []
    for chrom, start, end, score in (row[:4] for row in scan.rows if row[3] >= THRESHOLD):
        if calls and calls[-1][0] == chrom and calls[-1][2] == start:
            calls[-1] = (chrom, calls[-1][1], end, max(score, calls[-1][3]))
        else:
            calls.append((chrom, start, end, score))
    for name, width in [("calls.bed", 6), ("calls.narrowPeak", 10)]:
        lines = [line.split("\t") for line in (scan.folder / name).read_text().splitlines()]
        same({len(line) for line in lines}, {width}, f"columns of {name}")
        found = [(line[0], int(line[1]), int(line[2])) for line in lines]
        same(found, [call[:3] for call in calls], name)
        yield name, len(lines)


READERS = {
    "polars": read_with_polars,
    "duckdb": read_with_duckdb,
    "pyarrow": read_with_pyarrow,
    "pyBigWig": read_with_pybigwig,
    "pybigtools": read_with_pybigtools,
}


def version_of(name):
    return importlib.import_module("importlib.metadata").version(name)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    warnings.simplefilter("ignore", DeprecationWarning)
    scan = Scan(pathlib.Path(sys.argv[1]))
    for file, rows in read_with_python(scan):
        print(f"python {sys.version.split()[0]}: {file}, {rows} rows")
    for name, read in READERS.items():
        try:
            module = importlib.import_module(name)
        except ImportError:
            print(f"SKIPPED: {name} is not installed")
            continue
        for file, rows in read(module, scan):
            print(f"{name} {version_of(name)}: {file}, {rows} rows")


if __name__ == "__main__":
    try:
        main()
    except Different as error:
        sys.exit(f"error: {error}")
