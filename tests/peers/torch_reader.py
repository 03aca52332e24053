"""Opens the models of processive in PyTorch.

A model is one safetensors file: weights, and a description as JSON in the metadata. This file rebuilds every
architecture from it and needs nothing of processive; copy it where you like.

    pip install torch numpy safetensors
    python torch_reader.py MODEL.safetensors SEQUENCES.fa > probabilities.tsv

prints a line per sequence: its name and the probability, the mean over both strands (--one-strand: as written).
In Python:

    import torch_reader

    model = torch_reader.load("ctcf.safetensors")           # an nn.Module in evaluation mode
    model.probabilities(["TGGCCACCAGGGGGCGCTA", "ACGT"])    # [sequences, classes], both strands
    model.description["metrics"]                            # all that `processive models FILE` knows
    model.members[0].stem.weight                            # the motif filters, [filters, 4, kernel]
    model(torch_reader.one_hot("ACGTTGCA")[None])           # one strand, differentiable: [1, classes]

Sequences are one-hot columns `[batch, 4, length]` in the order A C G T; unknown letters are zero. Features are
`[batch, channels, steps]`, as PyTorch has them. Sequences of different lengths are never padded: `probabilities`
runs those of one length together.
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


class ModelFileError(ValueError):
    """A file is no model that this reader knows."""


class MotifConv(nn.Conv1d):
    """Motif filters over letters, ReLU, and the maximum of every run of `pool` positions; None: of all positions."""

    def __init__(self, config, whole=False):
        super().__init__(4, config["filters"], config["kernel"])
        edge = config["kernel"] - 1
        # Over the whole sequence every overlap of filter and sequence counts, down to a single letter.
        self.ends = (edge, edge) if whole else (edge // 2, edge - edge // 2)
        self.pool = None if whole else config["pool"]

    def forward(self, x):
        scores = relu(super().forward(pad(x, self.ends)))  # [batch, filters, positions]
        return max_pool1d(scores, self.pool or scores.shape[2], ceil_mode=True)


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

    def __init__(self, layer, d_input, hidden, bidirectional):
        super().__init__()
        self.rnn = layer(d_input, hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, x):
        return self.rnn(x.transpose(1, 2))[0].transpose(1, 2)  # [batch, directions · hidden, steps]


class Readout(nn.Module):
    """From steps to one vector. `forward_channels` of the channels belong to a forward direction."""

    def __init__(self, config, channels, forward_channels):
        super().__init__()
        self.kind = config["readout"]
        self.forward_channels = forward_channels
        self.reach = config["reach"]
        if self.kind == "profile":
            self.profile = nn.Parameter(torch.zeros(2 * self.reach + 1, channels))
        widths = {"max": 1, "mean": 1, "last": 1, "max-mean": 2, "profile": 2}
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
        self.readout = Readout(config, channels, forward_channels or channels)
        width = self.readout.width
        self.dense = nn.Linear(width, config["dense"]) if config["dense"] else None
        self.output = nn.Linear(config["dense"] or width, classes)
        self.dropout = nn.Dropout(config["dropout"])

    def forward(self, x):
        x = self.dropout(self.readout(x))
        if self.dense is not None:
            x = self.dropout(relu(self.dense(x)))
        return self.output(x)


# The networks turn one-hot columns [batch, 4, length] into logits [batch, classes].


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

    def forward(self, x):
        x = self.stem(x)
        for conv in self.convs:
            x = relu(conv(self.dropout(x)))
        return self.head(x)


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

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = x + relu(block(self.dropout(x)))
        return self.head(x)


# name -> layer, bidirectional
RECURRENT = {
    "elman": (nn.RNN, False),
    "gru": (nn.GRU, False),
    "lstm": (nn.LSTM, False),
    "birnn": (nn.RNN, True),
    "bigru": (nn.GRU, True),
    "bilstm": (nn.LSTM, True),
}


class RecurrentNet(nn.Module):
    """elman, gru, lstm, birnn, bigru, bilstm: recurrent layers over letters; cnn-...: over motif filters."""

    def __init__(self, config, classes):
        super().__init__()
        name = config["arch"].removeprefix("cnn-")
        self.stem = MotifConv(config) if name != config["arch"] else None
        layer, bidirectional = RECURRENT[name]
        hidden = config["hidden"]
        width = 2 * hidden if bidirectional else hidden
        first = 4 if self.stem is None else config["filters"]
        inputs = [first] + (config["layers"] - 1) * [width]
        self.layers = nn.ModuleList(Recurrent(layer, d_input, hidden, bidirectional) for d_input in inputs)
        self.head = Head(config, classes, width, forward_channels=hidden)
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
        config, classes = description["architecture"], description["classes"]
        if config["arch"] not in NETWORKS:
            raise ModelFileError(f"no architecture is called '{config['arch']}'; known: {', '.join(NETWORKS)}")
        network = NETWORKS[config["arch"]]
        self.members = nn.ModuleList(network(config, len(classes)) for _ in range(description["members"]))
        self.slope = description["calibration"]["slope"]
        self.offset = description["calibration"]["offset"]
        self.description = description
        self.classes = classes

    def forward(self, x):
        """Probabilities `[batch, classes]` of one-hot columns `[batch, 4, length]` as they are (one strand)."""
        logits = torch.stack([member(x) for member in self.members])
        return torch.sigmoid(self.slope * logits.double() + self.offset).mean(0)

    def both_strands(self, x):
        """As `forward`, averaged over the columns and their reverse complement."""
        # In the order A C G T a letter's partner is its mirror image.
        return (self(x) + self(x.flip(1, 2))) / 2

    @torch.inference_mode()
    def probabilities(self, sequences, both_strands=True, batch_size=64):
        """Probabilities `[sequences, classes]` of sequences of any lengths, given as text."""
        if isinstance(sequences, str):
            raise TypeError("sequences is a list of str, not one str")
        weight = next(self.parameters())
        by_length = {}
        for index, sequence in enumerate(sequences):
            by_length.setdefault(len(sequence), []).append(index)
        if 0 in by_length:
            raise ValueError(f"sequence {by_length[0][0]} has no letters")
        result = torch.empty(len(sequences), len(self.classes), dtype=torch.float64)
        for indices in by_length.values():
            for some in torch.tensor(indices).split(batch_size):
                x = torch.stack([one_hot(sequences[index]) for index in some]).to(weight)
                result[some] = (self.both_strands(x) if both_strands else self(x)).cpu()
        return result


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
    if description["alphabet"] != "dna":
        raise ModelFileError(f"the model reads {description['alphabet']}; this reader knows dna")
    return description


def fill(network, prefix, tensors):
    """Moves a network's weights out of `tensors`; the layouts of the file and of PyTorch meet here."""

    def take(name):
        if prefix + name not in tensors:
            raise ModelFileError(f"tensor {prefix}{name} is missing")
        return tensors.pop(prefix + name)

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
            directions = [("forward", "l0"), ("reverse", "l0_reverse")]
            for direction, end in directions if layer.rnn.bidirectional else directions[:1]:
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


CODES = {letter: code for code, letters in enumerate(["Aa", "Cc", "Gg", "TtUu"]) for letter in letters}
UNKNOWN = 4


def one_hot(sequence):
    """One-hot columns `[4, length]` of a sequence; a letter that is not A C G T (or U) has a column of zeros."""
    if not isinstance(sequence, str):
        raise TypeError(f"a sequence is a str, not {type(sequence).__name__}")
    codes = torch.tensor([CODES.get(letter, UNKNOWN) for letter in sequence])
    return nn.functional.one_hot(codes, UNKNOWN + 1)[:, :UNKNOWN].T.float()


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
    found = model.probabilities([sequence for _, sequence in records], both_strands=not arguments.one_strand)
    columns = ["probability"] if len(model.classes) == 1 else model.classes
    try:
        print("name", *columns, sep="\t")
        for (name, _), row in zip(records, found.tolist()):
            print(name, *(f"{value:.7g}" for value in row), sep="\t")
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


if __name__ == "__main__":
    sys.exit(main())
