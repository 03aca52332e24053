"""Opens the models of processive in PyTorch.

A model is one safetensors file: weights, and a description as JSON in the metadata. This file rebuilds every
architecture from it and needs nothing of processive; copy it where you like.

    pip install torch numpy safetensors
    python torch_reader.py MODEL.safetensors SEQUENCES.fa > probabilities.tsv

prints a line per sequence: its name and the probability, the mean over both strands (--one-strand: as written).
A model of secondary structure takes proteins and prints a line per residue, with the probabilities of its states,
as `processive fold --states 8 --precision-compute f32` has them. In Python:

    import torch_reader

    model = torch_reader.load("ctcf.safetensors")           # an nn.Module in evaluation mode
    model.probabilities(["TGGCCACCAGGGGGCGCTA", "ACGT"])    # [sequences, classes], both strands
    model.description["metrics"]                            # all that `processive models FILE` knows
    model.members[0].stem.weight                            # the motif filters, [filters, 4, kernel]
    model(torch_reader.one_hot("ACGTTGCA")[None])           # one strand, differentiable: [1, classes]

    model = torch_reader.load("structure.safetensors")
    model.residue_probabilities(["MKVLAT", "GSHM"])         # a tensor [residues, states] per protein

Sequences are one-hot columns `[batch, letters, length]`, for DNA in the order A C G T, for proteins in that of
ALPHABETS; unknown letters are zero. Features are `[batch, channels, steps]`, as PyTorch has them. Sequences of
different lengths are never padded: those of one length run together.
"""

import argparse
import gzip
import json
import os
import sys

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from torch.nn.functional import max_pool1d, pad, relu

FORMAT = 1
KEY = "processive"
STRUCTURE = "structure"  # the task whose models label residues

# The letters of every code; all others are unknown. Rare amino acids count as those that they stand in for.
ALPHABETS = {
    "dna": ["A", "C", "G", "TU"],
    "protein": ["A", "CU", *"DEFGHI", "KO", *"LMNPQRSTVWY"],
}
CODES = {
    name: {letter: code for code, group in enumerate(letters) for letter in group + group.lower()}
    for name, letters in ALPHABETS.items()
}


class ModelFileError(ValueError):
    """A file is no model that this reader knows."""


def letters(config):
    """How many letters a network tells apart."""
    return len(ALPHABETS[config.get("alphabet", "dna")])


class MotifConv(nn.Conv1d):
    """Motif filters over letters, ReLU, and the maximum of every run of `pool` positions; None: of all positions."""

    def __init__(self, config, whole=False):
        super().__init__(letters(config), config["filters"], config["kernel"])
        edge = config["kernel"] - 1
        # Over the whole sequence every overlap of filter and sequence counts, down to a single letter, unless edges are
        # to be whole.
        self.ends = (edge // 2, edge - edge // 2)
        if whole:
            self.ends = (0, 0) if has_whole_edges(config) else (edge, edge)
        self.pool = None if whole else config["pool"]

    def forward(self, x):
        if x.shape[2] + sum(self.ends) < self.kernel_size[0]:  # no filter has a place
            return x.new_zeros(x.shape[0], self.out_channels, 1)
        scores = relu(super().forward(pad(x, self.ends)))  # [batch, filters, positions]
        return max_pool1d(scores, self.pool or scores.shape[2], ceil_mode=True)


def has_whole_edges(config):
    """Whether a convolutional network reads out nothing that reaches past the ends of a sequence."""
    return config.get("edges", "padded") == "whole"


class WholeSteps:
    """Keeps the steps that depend on letters of the sequence only, or the middle one where there is none."""

    def __init__(self, config):
        self.pool, kernel, inner = config["pool"], config["kernel"], config["inner_kernel"]
        reach = 2 ** config["layers"] - 1 if config["arch"] == "dilated-cnn" else config["layers"]
        left = (inner - 1) // 2 * reach
        self.right, self.after = (inner - 1) * reach - left, kernel // 2
        self.left = left - (-((kernel - 1) // 2) // self.pool)  # rounded up
        self.used = has_whole_edges(config)

    def __call__(self, x, length):
        if not self.used:
            return x
        count = max(0, length - self.after) // self.pool - self.left - self.right
        if count < 1:
            middle = (x.shape[2] - 1) // 2
            return x[:, :, middle : middle + 1]
        return x[:, :, self.left : self.left + count]


class SameConv(nn.Conv1d):
    """A convolution that keeps the length; of an even width it reaches further to the right."""

    def __init__(self, d_input, d_output, kernel, dilation=1):
        super().__init__(d_input, d_output, kernel, dilation=dilation)
        left = (kernel - 1) // 2 * dilation
        self.ends = (left, (kernel - 1) * dilation - left)

    def forward(self, x):
        return super().forward(pad(x, self.ends))


class Recurrent(nn.Module):
    """One recurrent layer in one or both directions; the reverse features lie beside the forward ones."""

    def __init__(self, layer, d_input, hidden, directions):
        super().__init__()
        self.directions = directions
        self.rnn = layer(d_input, hidden, batch_first=True, bidirectional=len(directions) == 2)

    def forward(self, x):
        if self.directions == REVERSE:  # all sequences of a batch have one length, and so their ends one place
            return self.rnn(x.flip(2).transpose(1, 2))[0].transpose(1, 2).flip(2)
        return self.rnn(x.transpose(1, 2))[0].transpose(1, 2)  # [batch, directions · hidden, steps]


class Readout(nn.Module):
    """From steps to one vector, or with `each` to one per step. `forward_channels` are a forward direction's."""

    def __init__(self, config, channels, forward_channels):
        super().__init__()
        self.kind = config["readout"]
        self.forward_channels = forward_channels
        self.reach = config["reach"]
        if self.kind == "profile":
            self.profile = nn.Parameter(torch.zeros(2 * self.reach + 1, channels))
        widths = {"max": 1, "mean": 1, "last": 1, "max-mean": 2, "profile": 2, "each": 1}
        if self.kind not in widths:
            raise ModelFileError(f"no read-out is called '{self.kind}'; known: {', '.join(widths)}")
        self.width = widths[self.kind] * channels

    def forward(self, x):
        if self.kind == "max":
            return x.amax(2)
        if self.kind == "mean":
            return x.mean(2)
        if self.kind == "max-mean":
            return torch.cat([x.amax(2), x.mean(2)], 1)
        if self.kind == "each":
            return x.transpose(1, 2)  # [batch, steps, channels]
        if self.kind == "last":  # the end of a forward direction is the last step, that of a reverse one the first
            return torch.cat([x[:, : self.forward_channels, -1], x[:, self.forward_channels :, 0]], 1)
        return torch.cat([x.amax(2), self.weighted_sum(x)], 1)

    def weighted_sum(self, x):
        """The sum over steps, weighted by their distance from the centre; far steps share the outermost weight."""
        steps = torch.arange(x.shape[2], device=x.device)
        distance = (steps - (x.shape[2] - 1) // 2).clamp(-self.reach, self.reach)
        return (x * self.profile[distance + self.reach].T).sum(2)


class Head(nn.Module):
    """Read-out, an optional rectified hidden layer, and a linear map to logits."""

    def __init__(self, config, classes, channels, forward_channels=None):
        super().__init__()
        self.readout = Readout(config, channels, channels if forward_channels is None else forward_channels)
        width = self.readout.width
        self.dense = nn.Linear(width, config["dense"]) if config["dense"] else None
        self.output = nn.Linear(config["dense"] or width, classes)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x):
        x = self.dropout(self.readout(x))
        if self.dense is not None:
            x = self.dropout(relu(self.dense(x)))
        return self.output(x)


# The networks turn one-hot columns [batch, letters, length] into logits [batch, classes], or with the read-out `each`
# [batch, length, classes].


class BagCnn(nn.Module):
    """bag-cnn: motif filters and their maximum over the whole sequence."""

    def __init__(self, config, classes):
        super().__init__()
        self.stem = MotifConv(config, whole=True)
        self.head = Head(config, classes, config["filters"])

    def forward(self, x):
        return self.head(self.stem(x))


class Cnn(nn.Module):
    """cnn: motif filters, local maxima, stacked convolutions."""

    def __init__(self, config, classes):
        super().__init__()
        self.stem = MotifConv(config)
        widths = [config["filters"]] + config["layers"] * [config["channels"]]
        self.convs = nn.ModuleList(
            SameConv(d_input, d_output, config["inner_kernel"]) for d_input, d_output in zip(widths, widths[1:])
        )
        self.head = Head(config, classes, widths[-1])
        self.dropout = nn.Dropout1d(config["dropout"])  # of whole channels
        self.whole = WholeSteps(config)

    def forward(self, x):
        length = x.shape[2]
        x = self.stem(x)
        for conv in self.convs:
            x = relu(conv(self.dropout(x)))
        return self.head(self.whole(x, length))


class DilatedCnn(nn.Module):
    """dilated-cnn: motif filters, local maxima, residual convolutions of doubling dilation."""

    def __init__(self, config, classes):
        super().__init__()
        self.stem = MotifConv(config)
        filters = config["filters"]
        self.blocks = nn.ModuleList(
            SameConv(filters, filters, config["inner_kernel"], dilation=2**block) for block in range(config["layers"])
        )
        self.head = Head(config, classes, filters)
        self.dropout = nn.Dropout1d(config["dropout"])
        self.whole = WholeSteps(config)

    def forward(self, x):
        length = x.shape[2]
        x = self.stem(x)
        for block in self.blocks:
            x = x + relu(block(self.dropout(x)))
        return self.head(self.whole(x, length))


FORWARD, REVERSE, BOTH = ["forward"], ["reverse"], ["forward", "reverse"]
RECURRENT = {
    "elman": (nn.RNN, FORWARD),
    "gru": (nn.GRU, FORWARD),
    "lstm": (nn.LSTM, FORWARD),
    "elman-reverse": (nn.RNN, REVERSE),
    "gru-reverse": (nn.GRU, REVERSE),
    "lstm-reverse": (nn.LSTM, REVERSE),
    "birnn": (nn.RNN, BOTH),
    "bigru": (nn.GRU, BOTH),
    "bilstm": (nn.LSTM, BOTH),
}


class RecurrentNet(nn.Module):
    """elman, gru, lstm, ...-reverse, birnn, bigru, bilstm: recurrent layers over letters; cnn-...: over motif filters."""

    def __init__(self, config, classes):
        super().__init__()
        name = config["arch"].removeprefix("cnn-")
        self.stem = MotifConv(config) if name != config["arch"] else None
        layer, directions = RECURRENT[name]
        hidden = config["hidden"]
        width = len(directions) * hidden
        first = letters(config) if self.stem is None else config["filters"]
        inputs = [first] + (config["layers"] - 1) * [width]
        self.layers = nn.ModuleList(Recurrent(layer, d_input, hidden, directions) for d_input in inputs)
        self.head = Head(config, classes, width, forward_channels=0 if directions == REVERSE else hidden)
        self.dropout = nn.Dropout1d(config["dropout"])

    def forward(self, x):
        if self.stem is not None:
            x = self.dropout(self.stem(x))
        for index, layer in enumerate(self.layers):
            x = layer(x if index == 0 else self.dropout(x))
        return self.head(x)


NETWORKS = {"bag-cnn": BagCnn, "cnn": Cnn, "dilated-cnn": DilatedCnn}
NETWORKS |= {stem + name: RecurrentNet for stem in ("", "cnn-") for name in RECURRENT}


class Model(nn.Module):
    """A trained model: one or several networks whose calibrated probabilities are averaged."""

    def __init__(self, description):
        super().__init__()
        configs = description.get("member_architectures") or [description["architecture"]] * description["members"]
        self.classes = description["classes"]
        self.members = nn.ModuleList(network(config, len(self.classes)) for config in configs)
        self.slope = description["calibration"]["slope"]
        self.offset = description["calibration"]["offset"]
        self.labels_residues = description["task"] == STRUCTURE
        self.alphabet = description["alphabet"]
        self.description = description

    def forward(self, x):
        """Probabilities `[batch, classes]` of one-hot columns `[batch, letters, length]` as they are (one strand).

        Of a model that labels residues `[batch, length, classes]`.
        """
        logits = torch.stack([member(x) for member in self.members]).double()
        if self.labels_residues:
            return torch.softmax(self.slope * logits, -1).mean(0)
        return torch.sigmoid(self.slope * logits + self.offset).mean(0)

    def both_strands(self, x):
        """As `forward`, averaged over the columns and their reverse complement."""
        # In the order A C G T a letter's partner is its mirror image.
        return (self(x) + self(x.flip(1, 2))) / 2

    def probabilities(self, sequences, both_strands=True, batch_size=64):
        """Probabilities `[sequences, classes]` of sequences of any lengths, given as text."""
        if self.labels_residues:
            raise TypeError("the model labels residues: residue_probabilities")
        found = self.run(sequences, self.both_strands if both_strands else self, batch_size)
        return torch.stack(found) if found else torch.empty(0, len(self.classes), dtype=torch.float64)

    def residue_probabilities(self, sequences, batch_size=8):
        """A tensor `[residues, classes]` for each of sequences of any lengths, given as text."""
        if not self.labels_residues:
            raise TypeError("the model labels whole sequences: probabilities")
        return self.run(sequences, self, batch_size)

    @torch.inference_mode()
    def run(self, sequences, network, batch_size):
        """What `network` says of every sequence; those of one length run together."""
        if isinstance(sequences, str):
            raise TypeError("sequences is a list of str, not one str")
        weight = next(self.parameters())
        by_length = {}
        for index, sequence in enumerate(sequences):
            by_length.setdefault(len(sequence), []).append(index)
        if 0 in by_length:
            raise ValueError(f"sequence {by_length[0][0]} has no letters")
        result = [None] * len(sequences)
        for indices in by_length.values():
            for start in range(0, len(indices), batch_size):
                some = indices[start : start + batch_size]
                x = torch.stack([one_hot(sequences[index], self.alphabet) for index in some]).to(weight)
                for index, found in zip(some, network(x).cpu()):
                    result[index] = found
        return result


def network(config, classes):
    """An untrained network."""
    if config["arch"] not in NETWORKS:
        raise ModelFileError(f"no architecture is called '{config['arch']}'; known: {', '.join(NETWORKS)}")
    return NETWORKS[config["arch"]](config, classes)


def load(path):
    """Reads a model file. Raises ModelFileError when it is none, OSError when it cannot be read."""
    with open(path, "rb"):
        pass  # says plainly what is wrong with the path
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, ValueError, OSError) as error:
        raise ModelFileError(f"{path} is not a whole safetensors file: {error}") from error
    if KEY not in metadata:
        raise ModelFileError(f"{path} is a safetensors file without a processive description")
    try:
        model = Model(read_description(metadata[KEY]))
        for member, network in enumerate(model.members):
            fill(network, f"member.{member}.", tensors)
        if tensors:
            raise ModelFileError(f"{len(tensors)} tensors belong to no layer, {min(tensors)} among them")
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from error
    except KeyError as missing:
        raise ModelFileError(f"{path}: the description has no {missing}") from missing
    return model.eval()


def read_description(text):
    try:
        description = json.loads(text)
    except json.JSONDecodeError as error:
        raise ModelFileError(f"the description is no JSON: {error}") from error
    if description.get("format") != FORMAT:
        raise ModelFileError(f"the description has format {description.get('format')}; this reader knows {FORMAT}")
    if description["alphabet"] not in ALPHABETS:
        raise ModelFileError(f"the model reads {description['alphabet']}; this reader knows {', '.join(ALPHABETS)}")
    several = description.get("member_architectures")
    if several and len(several) != description["members"]:
        raise ModelFileError(f"it has {description['members']} members and {len(several)} architectures")
    return description


def fill(network, prefix, tensors):
    """Moves a network's weights out of `tensors`; the layouts of the file and of PyTorch meet here.

    Weights that the file holds in 16 bits become numbers of 32.
    """

    def take(name):
        if prefix + name not in tensors:
            raise ModelFileError(f"tensor {prefix}{name} is missing")
        return tensors.pop(prefix + name).float()

    def put(parameter, value, name):
        if parameter.shape != value.shape:
            shapes = f"{list(value.shape)} in PyTorch's layout, not {list(parameter.shape)}"
            raise ModelFileError(f"tensor {prefix}{name} has shape {shapes}")
        parameter.data.copy_(value)

    for path, layer in network.named_modules():
        if isinstance(layer, nn.Conv1d):  # [kernel, in, out]
            put(layer.weight, take(f"{path}.weight").movedim((0, 1, 2), (2, 1, 0)), f"{path}.weight")
            put(layer.bias, take(f"{path}.bias"), f"{path}.bias")
        elif isinstance(layer, nn.Linear):  # [in, out]
            put(layer.weight, take(f"{path}.weight").mT, f"{path}.weight")
            put(layer.bias, take(f"{path}.bias"), f"{path}.bias")
        elif isinstance(layer, Readout) and layer.kind == "profile":
            put(layer.profile, take(f"{path}.profile"), f"{path}.profile")
        elif isinstance(layer, Recurrent):  # [in, gates · hidden], the gates in PyTorch's order
            for direction, end in zip(layer.directions, ["l0", "l0_reverse"]):
                name = f"{path}.{direction}"
                put(getattr(layer.rnn, f"weight_ih_{end}"), take(f"{name}.input").mT, f"{name}.input")
                put(getattr(layer.rnn, f"weight_hh_{end}"), take(f"{name}.recurrent").mT, f"{name}.recurrent")
                inner, outer = two_biases(layer.rnn, take(f"{name}.bias"))
                put(getattr(layer.rnn, f"bias_ih_{end}"), inner, f"{name}.bias")
                put(getattr(layer.rnn, f"bias_hh_{end}"), outer, f"{name}.bias")


def two_biases(rnn, bias):
    """PyTorch adds two biases; the file has their sum, and for a GRU the one inside the reset gate behind it."""
    if not isinstance(rnn, nn.GRU):
        return bias, torch.zeros_like(bias)
    gates = 3 * rnn.hidden_size
    return bias[:gates], torch.cat([torch.zeros(2 * rnn.hidden_size), bias[gates:]])


def one_hot(sequence, alphabet="dna"):
    """One-hot columns `[letters, length]` of a sequence; a letter that is not of the alphabet has a column of zeros."""
    if not isinstance(sequence, str):
        raise TypeError(f"a sequence is a str, not {type(sequence).__name__}")
    unknown = len(ALPHABETS[alphabet])
    codes = torch.tensor([CODES[alphabet].get(letter, unknown) for letter in sequence])
    return nn.functional.one_hot(codes, unknown + 1)[:, :unknown].T.float()


def read_fasta(path):
    """Names, up to the first blank, and sequences of a FASTA file, plain or gzip."""
    with open(path, "rb") as file:
        data = file.read()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if not data.lstrip().startswith(b">"):
        raise ModelFileError(f"{path} is no FASTA: it does not begin with '>'")
    records = []
    for record in data.decode("ascii", "replace").lstrip()[1:].split("\n>"):
        header, _, lines = record.partition("\n")
        name, sequence = (header.split() or [""])[0], "".join(lines.split())
        if not sequence:
            raise ModelFileError(f"{path}: record '{name}' has no sequence")
        records.append((name, sequence))
    return records


def table(model, records, arguments):
    """A heading, and a line of fields per sequence."""
    found = model.probabilities([sequence for _, sequence in records], both_strands=not arguments.one_strand)
    yield ["name", *(["probability"] if len(model.classes) == 1 else model.classes)]
    for (name, _), row in zip(records, found.tolist()):
        yield [name, *(f"{value:.7g}" for value in row)]


def residue_table(model, records):
    """A heading, and a line of fields per residue; stop signs at the end are none."""
    records = [(name, sequence.rstrip("*") or "*") for name, sequence in records]
    yield ["id", "position", "residue", *(f"p_{state}" for state in model.classes)]
    for (name, sequence), found in zip(records, model.residue_probabilities([sequence for _, sequence in records])):
        for position, (letter, row) in enumerate(zip(sequence, found.tolist()), 1):
            yield [name, position, letter, *(f"{value:.7g}" for value in row)]


def main():
    parser = argparse.ArgumentParser(description="Scores sequences with a model of processive, by PyTorch.")
    parser.add_argument("model", metavar="MODEL.safetensors")
    parser.add_argument("sequences", metavar="SEQUENCES.fa", help="FASTA, plain or gzip")
    parser.add_argument("--one-strand", action="store_true", help="as written, without the reverse complement")
    arguments = parser.parse_args()
    try:
        model = load(arguments.model)
        records = read_fasta(arguments.sequences)
    except (ModelFileError, OSError, EOFError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if model.labels_residues and arguments.one_strand:
        print("error: --one-strand: a protein has no other strand", file=sys.stderr)
        return 2
    try:
        for line in residue_table(model, records) if model.labels_residues else table(model, records, arguments):
            print(*line, sep="\t")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
