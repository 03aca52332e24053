#!/bin/bash
# What a scan costs as networks grow: seconds for a million bases, both strands, by filters, stride and hidden units.
#
#   benches/scan_cost.sh target/release/processive GENOME.fa.gz [THREADS] > scan-cost.tsv
#
# Every network is trained for one epoch on the bundled CTCF examples (its weights do not matter here, but a recurrent network
# needs a measured halo), then scans the genome three times; the median counts. Reading and writing are part of the time.
set -euo pipefail

program=$(realpath "$1") genome=$(realpath "$2") threads=${3:-2}
data=$(realpath "$(dirname "$0")/../data/dna")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# name, bin, and the settings of a network
cost() {
    local name=$1 bin=$2 bases rate rates=()
    shift 2
    "$program" train tfbs --train "$data/ctcf-train.csv" --valid "$data/ctcf-valid.csv" --epochs 1 --force -q -o model.safetensors "$@"
    for _ in 1 2 3; do
        "$program" scan "$genome" --model model.safetensors --bin "$bin" -@ "$threads" --force --no-progress -o out.parquet 2>log.txt
        rates+=("$(sed -n 's/.*done:.*, \([0-9,]*\) bases\/s$/\1/p' log.txt | tr -d ,)")
    done
    rate=$(printf '%s\n' "${rates[@]}" | sort -n | sed -n 2p)
    bases=$("$program" models model.safetensors | sed -n 's/^parameters *//p')
    awk -v name="$name" -v bin="$bin" -v parameters="$bases" -v rate="$rate" -v settings="$*" \
        'BEGIN { printf "%s\t%s\t%s\t%s\t%.2f\t%.3f\n", name, settings, parameters, bin, rate / 1e6, 1e6 / rate }'
}

printf 'arch\tsettings\tparameters\tbin\tMbp_per_s\ts_per_Mbp\n'
whole=(--edges whole)
for filters in 32 64 128 256; do
    cost bag-cnn 25 --arch bag-cnn "${whole[@]}" --kernel 15 --filters "$filters"
done
for stride in 4 8 16; do
    cost cnn $((stride * 2)) --arch cnn "${whole[@]}" --filters 64 --kernel 15 --layers 1 --inner-kernel 3 --channels 64 --pool "$stride"
done
for channels in 64 128; do
    cost cnn 16 --arch cnn "${whole[@]}" --filters 128 --kernel 15 --layers 1 --inner-kernel 7 --channels "$channels" --pool 8
done
for hidden in 32 64 128; do
    cost cnn-bilstm 24 --arch cnn-bilstm --filters 64 --kernel 15 --pool 8 --hidden "$hidden"
done
for stride in 4 16; do
    cost cnn-bilstm $((48 / stride * stride)) --arch cnn-bilstm --filters 64 --kernel 15 --pool "$stride" --hidden 64
done
