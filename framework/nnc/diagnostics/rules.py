"""The table of everything nnc reports: code, name, severity, and one line on what it means.

Codes are stable: a rule may be retired, its code is never used again. The long explanation of
each (`nnc explain`) is in `explanations/CODE.md`, read only when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning", "note"]
RuleName = Literal[
    "syntax-error", "bad-encoding", "control-character", "line-separator", "tab", "duplicate-key",
    "anchor", "tag", "merge-key", "complex-key", "directive", "second-document", "nesting-too-deep",
    "key-too-long", "scalar-too-long", "empty-value", "empty-file", "square-bracket-index",
    "unquoted-comma",
    "unsupported-version", "unknown-key", "missing-key", "wrong-type", "exclusive-keys",
    "unknown-value", "bounds-out-of-order", "default-out-of-bounds",
    "bounds-on-bit", "states-equal", "states-need-fires", "bad-size", "overrides-nothing",
    "not-a-number", "not-finite", "leading-zero", "number-in-other-base", "underscore-in-number",
    "base-60-number", "boolean-as-number", "quoted-number", "plus-sign", "non-ascii-digit",
    "too-many-digits", "exponent-too-large", "denominator-too-large", "inexact-float",
    "common-denominator-too-large", "rule-in-other-words", "bad-range", "misplaced-blank",
    "open-number",
    "unknown-source", "bad-source", "bad-name", "name-not-nfc", "duplicate-name", "cycle",
    "duplicate-source", "weight-count", "unknown-port", "cutoffs-not-ascending",
    "steps-need-number", "gate-needs-bits", "index-out-of-range", "no-index", "size-mismatch",
    "port-type", "missing-wire", "use-cycle", "no-source", "network-too-large", "too-many-synapses",
    "other-side",
    "alias-of-other-name", "no-sum", "thresholds-not-ascending", "label-count",
    "labels-not-distinct", "level-of-several", "bad-claim", "claim-value",
    "missing-column", "unknown-column", "duplicate-column", "bad-value", "missing-value",
    "row-length", "blank-line", "bad-quoting", "bad-json", "bad-npy", "no-header", "no-truth-table",
    "unknown-format", "not-representable", "column-not-input", "bad-gzip", "missing-library",
    "bad-parquet", "rows-skipped", "float-reading", "delimiter-recognised", "too-many-rejects",
    "case-failed", "bad-case", "no-cases", "unknown-case", "unseen-side",
    "far-from-threshold",
    "never-fires", "always-fires", "unused-input", "unused-neuron", "zero-weight", "same-neuron",
    "sum-can-equal-threshold", "unused-ignore", "bad-ignore", "unused-threshold",
    "open-numbers",
    "bad-tensor-file", "unknown-tensor", "tensor-shape", "tensor-type", "tensor-not-finite",
    "wrong-digest", "bad-sparse",
    "cannot-open", "file-too-large", "outside-project", "no-network-files", "bad-compiled",
    "stale-compiled", "not-compared",
    "not-formatted", "unproved-format", "digest-renewed",
    "git-failed", "no-repository", "unknown-revision", "not-in-revision", "missing-object",
    "merge-conflict", "attributes-damaged",
    "wrong-usage", "internal-error",
]  # fmt: skip
"""The names of the table below, for mypy to find a wrong one."""

Need = Literal["names", "states", "fires", "declarations", "numbers"]
"""What has to be known to tell that a rule is broken: every name, the states of bits, whether a
firing rule is meant, the declarations that are read, or those with all their numbers."""


class Rule(NamedTuple):
    """One kind of mistake.

    Where what it `needs` could not be read, a finding may only follow from that, and is not
    reported.
    """

    code: str
    name: RuleName
    severity: Severity
    summary: str
    needs: tuple[Need, ...] = ()


_TABLE = (
    # Reading the text: NNC0xx
    Rule("NNC001", "syntax-error", "error", "The text is not YAML."),
    Rule("NNC002", "bad-encoding", "error", "The bytes are not UTF-8."),
    Rule("NNC003", "control-character", "error", "The text holds a control character."),
    Rule("NNC004", "line-separator", "error", "The text holds U+0085, U+2028 or U+2029."),
    Rule("NNC005", "tab", "error", "There is a tab outside quotes, comments and block scalars."),
    Rule("NNC006", "duplicate-key", "error", "A mapping has the same key twice."),
    Rule("NNC007", "anchor", "error", "YAML anchors and aliases are not allowed."),
    Rule("NNC008", "tag", "error", "YAML tags are not allowed."),
    Rule("NNC009", "merge-key", "error", "The YAML merge key `<<` is not allowed."),
    Rule("NNC010", "complex-key", "error", "A key is written with `?`, or is not text."),
    Rule("NNC011", "directive", "error", "A directive other than `%YAML 1.2` is not allowed."),
    Rule("NNC012", "second-document", "error", "A network file holds one YAML document."),
    Rule("NNC013", "nesting-too-deep", "error", "Mappings and lists nest at most 64 deep."),
    Rule("NNC014", "key-too-long", "error", "A key has at most 1,024 characters."),
    Rule("NNC015", "scalar-too-long", "error", "A text has at most 64 KiB."),
    Rule("NNC016", "empty-value", "error", "A key or list item has no value."),
    Rule("NNC017", "empty-file", "error", "The file holds no network."),
    Rule("NNC018", "square-bracket-index", "error", "An index is in square brackets."),
    Rule("NNC019", "unquoted-comma", "error", "A text inside `{…}` holds a comma, unquoted."),
    # The shape of a network: NNC1xx
    Rule("NNC101", "unsupported-version", "error", "The file has a version this nnc cannot read."),
    Rule("NNC102", "unknown-key", "error", "A key is not allowed in its place."),
    Rule("NNC103", "missing-key", "error", "A required key is missing."),
    Rule("NNC104", "wrong-type", "error", "A value has the wrong type for its place."),
    Rule("NNC105", "exclusive-keys", "error", "Two keys exclude each other."),
    # NNC106 reserved-key and NNC107 not-yet-supported are retired: all that was reserved is there.
    # Their codes are never used again.
    Rule("NNC108", "unknown-value", "error", "A word is not one of those allowed in its place."),
    Rule("NNC109", "bounds-out-of-order", "error", "`min` is greater than `max`."),
    Rule("NNC110", "default-out-of-bounds", "error", "A default is not a value of its input.",
         ("states",)),
    Rule("NNC111", "bounds-on-bit", "error", "A bit takes no `min` or `max`."),
    Rule("NNC112", "states-equal", "error", "The two states are the same number."),
    Rule("NNC113", "states-need-fires", "error",
         "States other than 0 and 1 need `fires` to be written.", ("states", "fires")),
    Rule("NNC114", "bad-size", "error", "A size or a repeat is not a number from 1 to 10,000,000."),
    Rule("NNC115", "overrides-nothing", "error",
         "An overlay changes what its base does not have."),
    # Numbers: NNC2xx
    Rule("NNC201", "not-a-number", "error", "A text is not a number."),
    Rule("NNC202", "not-finite", "error", "Infinity and NaN are not numbers here."),
    Rule("NNC203", "leading-zero", "error", "A number starts with a 0 it does not need."),
    Rule("NNC204", "number-in-other-base", "error", "A number is hexadecimal, octal or binary."),
    Rule("NNC205", "underscore-in-number", "error", "A number has underscores."),
    Rule("NNC206", "base-60-number", "error", "A number is written with colons."),
    Rule("NNC207", "boolean-as-number", "error", "`true`, `yes` and the like are not numbers."),
    Rule("NNC208", "quoted-number", "error", "A decimal or integer is in quotes."),
    Rule("NNC209", "plus-sign", "error", "A number has a plus sign."),
    Rule("NNC210", "non-ascii-digit", "error", "A number has digits other than 0 to 9."),
    Rule("NNC211", "too-many-digits", "error", "A number has over 400 digits."),
    Rule("NNC212", "exponent-too-large", "error", "An exponent is beyond ±400."),
    Rule("NNC213", "denominator-too-large", "error", "A denominator has over 18 digits."),
    Rule("NNC214", "inexact-float", "error", "A Python float is not the decimal it prints as."),
    Rule("NNC215", "common-denominator-too-large", "error",
         "The common denominator of a neuron's numbers is over 4,096 bits.", ("numbers",)),
    Rule("NNC216", "rule-in-other-words", "error",
         "A threshold or cut-off states its rule by a sign, or in other words than nnc's."),
    Rule("NNC217", "bad-range", "error", "A range, or a number left open, is not written right."),
    Rule("NNC218", "misplaced-blank", "error", "A number is left open where none may be.",
         ("declarations",)),
    Rule("NNC219", "open-number", "error",
         "Numbers are left open, so that the network cannot be evaluated."),
    # Names and wiring: NNC3xx
    Rule("NNC301", "unknown-source", "error", "A source is not declared in the file.",
         ("names",)),
    Rule("NNC302", "bad-source", "error", "A text is not a source."),
    Rule("NNC303", "bad-name", "error", "A text is not a name."),
    Rule("NNC304", "name-not-nfc", "error", "A name is not in Unicode normal form C."),
    Rule("NNC305", "duplicate-name", "error", "One name is declared twice."),
    Rule("NNC306", "cycle", "error", "Neurons, or wires, form a cycle."),
    Rule("NNC307", "duplicate-source", "error", "A neuron or layer reads the same element twice."),
    Rule("NNC308", "weight-count", "error", "There are too many or too few weights or thresholds.",
         ("declarations",)),
    Rule("NNC309", "unknown-port", "error", "A part, choice or neuron has nothing with that name.",
         ("declarations",)),
    Rule("NNC310", "cutoffs-not-ascending", "error", "The cut-offs of steps do not ascend."),
    Rule("NNC311", "steps-need-number", "error", "Steps need an integer or a real.",
         ("declarations",)),
    Rule("NNC312", "gate-needs-bits", "error", "`all` and `any` look at bits of 0 and 1 only.",
         ("states", "declarations")),
    Rule("NNC313", "index-out-of-range", "error", "An index names an element that does not exist.",
         ("declarations",)),
    Rule("NNC314", "no-index", "error", "An index is used on something without elements.",
         ("declarations",)),
    Rule("NNC315", "size-mismatch", "error", "A port and its source have different sizes.",
         ("declarations",)),
    Rule("NNC316", "port-type", "error", "A port does not accept the values of its source.",
         ("states", "numbers")),
    Rule("NNC317", "missing-wire", "error", "An input of a used network is not wired.",
         ("declarations",)),
    Rule("NNC318", "use-cycle", "error", "Files use or extend each other in a cycle."),
    Rule("NNC319", "no-source", "error", "A sum, a level or a place cannot be wired.",
         ("declarations",)),
    Rule("NNC320", "network-too-large", "error", "The network is larger than nnc supports."),
    Rule("NNC321", "too-many-synapses", "error",
         "The network has more synapses than nnc supports."),
    Rule("NNC322", "other-side", "error",
         "A threshold, or a step, fires on the other side than its neuron.", ("fires",)),
    # Outputs: NNC4xx
    Rule("NNC401", "alias-of-other-name", "error", "An alias has the name of something else.",
         ("names",)),
    # NNC402 bus-needs-bits is retired: a bus may hold numbers. Its code is never used again.
    Rule("NNC403", "no-sum", "error", "The source has no sum, or no thresholds.",
         ("declarations",)),
    Rule("NNC404", "thresholds-not-ascending", "error", "A level needs ascending thresholds.",
         ("numbers",)),
    Rule("NNC405", "label-count", "error", "There are too many or too few labels.",
         ("declarations",)),
    Rule("NNC406", "labels-not-distinct", "error", "A label appears twice."),
    Rule("NNC407", "level-of-several", "error",
         "A level counts thresholds of more than one neuron.", ("declarations",)),
    Rule("NNC408", "bad-claim", "error",
         "An assumption or a property cannot be about what it names.", ("declarations",)),
    Rule("NNC409", "claim-value", "error",
         "A value in an assumption or a property is not one of its signal's.",
         ("states", "declarations")),
    # Rows: NNC5xx
    Rule("NNC501", "missing-column", "error", "An input without a default has no column."),
    Rule("NNC502", "unknown-column", "warning", "A column is not an input and is left out."),
    Rule("NNC503", "duplicate-column", "error", "A column, or a key, appears twice."),
    Rule("NNC504", "bad-value", "error", "A value is not one of its input's."),
    Rule("NNC505", "missing-value", "error", "A cell is empty, and its input has no default."),
    Rule("NNC506", "row-length", "error", "A row has more or fewer cells than the header."),
    Rule("NNC507", "blank-line", "error", "There is a blank line between rows."),
    Rule("NNC508", "bad-quoting", "error", "Quotes in a CSV file do not close, or close early."),
    Rule("NNC509", "bad-json", "error", "The text is not JSON, or not rows of JSON objects."),
    Rule("NNC510", "bad-npy", "error", "The file is not an NPY array of rows."),
    Rule("NNC511", "no-header", "error", "A CSV file has no header."),
    Rule("NNC512", "no-truth-table", "error",
         "A truth table needs bits and choices, not too many."),
    Rule("NNC513", "unknown-format", "error", "The format of the rows is not known."),
    Rule("NNC514", "not-representable", "error", "A result cannot be stored in that format."),
    Rule("NNC515", "column-not-input", "error", "A column that is not an input is refused."),
    Rule("NNC516", "bad-gzip", "error",
         "A file is not valid gzip, or is gzip without the name for it."),
    Rule("NNC517", "missing-library", "error", "A row format needs a library that is missing."),
    Rule("NNC518", "bad-parquet", "error", "The file is not a valid Parquet or Arrow file."),
    Rule("NNC519", "rows-skipped", "warning", "Rows with mistakes were skipped, as requested."),
    Rule("NNC520", "float-reading", "warning", "Rows depend on how binary floats are read."),
    Rule("NNC521", "delimiter-recognised", "warning",
         "The columns of a CSV file are not separated by commas."),
    Rule("NNC522", "too-many-rejects", "error", "All rows have mistakes, or more than allowed."),
    # Cases: NNC6xx
    Rule("NNC601", "case-failed", "error", "A case gives other outputs than expected."),
    Rule("NNC602", "bad-case", "error", "A case names something that the network does not have."),
    Rule("NNC603", "no-cases", "warning", "There are no cases to run."),
    Rule("NNC604", "unknown-case", "error", "No case has the name that `-k` looks for."),
    Rule("NNC605", "unseen-side", "warning",
         "A threshold or cut-off is seen from one side only, in all cases."),
    Rule("NNC606", "far-from-threshold", "warning",
         "No case is next to a threshold or cut-off, on one of its sides."),
    # Warnings, from the weights alone: NNC7xx
    Rule("NNC701", "never-fires", "warning", "A neuron can never fire."),
    Rule("NNC702", "always-fires", "warning", "A neuron always fires."),
    Rule("NNC703", "unused-input", "warning", "Nothing reads an input."),
    Rule("NNC704", "unused-neuron", "warning", "No output depends on a neuron, layer or part."),
    Rule("NNC705", "zero-weight", "warning", "A weight of 0 has no influence."),
    Rule("NNC706", "same-neuron", "warning", "Two neurons always give the same."),
    Rule("NNC707", "sum-can-equal-threshold", "note",
         "A sum can equal the threshold, and no `fires` says what happens then."),
    Rule("NNC708", "unused-ignore", "warning", "A comment ignores a warning that does not occur."),
    Rule("NNC709", "bad-ignore", "warning", "A comment ignores what cannot be ignored."),
    Rule("NNC710", "unused-threshold", "warning", "Nothing reads a threshold of a neuron."),
    Rule("NNC711", "open-numbers", "note", "Numbers are left open, to be found."),
    # Weight files: NNC8xx
    Rule("NNC801", "bad-tensor-file", "error", "A file is not a valid NPY or safetensors file."),
    Rule("NNC802", "unknown-tensor", "error", "A file has no tensor of that name."),
    Rule("NNC803", "tensor-shape", "error", "A tensor has the wrong shape for its place.",
         ("declarations",)),
    Rule("NNC804", "tensor-type", "error", "A tensor holds values that are not numbers for nnc."),
    Rule("NNC805", "tensor-not-finite", "error", "A tensor holds NaN or infinity."),
    Rule("NNC806", "wrong-digest", "error",
         "A file does not have the `sha256` that is written for it."),
    Rule("NNC807", "bad-sparse", "error", "Sparse weights do not fit together.", ("declarations",)),
    # Files: NNC9xx
    Rule("NNC901", "cannot-open", "error", "A file cannot be opened."),
    Rule("NNC902", "file-too-large", "error", "A file is larger than `--max-bytes`."),
    Rule("NNC903", "outside-project", "error", "A file is outside the project root."),
    Rule("NNC904", "no-network-files", "error", "A directory or pattern holds no network files."),
    Rule("NNC905", "bad-compiled", "error",
         "A compiled network is damaged, of another version, or not what belongs there."),
    Rule("NNC906", "stale-compiled", "warning",
         "A compiled network is older than its sources."),
    Rule("NNC907", "not-compared", "note",
         "A compiled network was not compared with its sources."),
    # Formatting: NNC91x
    Rule("NNC910", "not-formatted", "error", "A file is not formatted."),
    Rule("NNC911", "unproved-format", "error",
         "Formatting would change the content of a file: a bug in nnc."),
    Rule("NNC912", "digest-renewed", "note",
         "`nnc fmt --digest` wrote the digest of a weight file."),
    # Version control: NNC92x
    Rule("NNC920", "git-failed", "error", "Git is missing, or failed."),
    Rule("NNC921", "no-repository", "error", "A file is not in a git repository, or outside it."),
    Rule("NNC922", "unknown-revision", "error", "The repository does not have the revision."),
    Rule("NNC923", "not-in-revision", "error", "A revision does not have a file."),
    Rule("NNC924", "missing-object", "error", "The repository lacks an object of a revision."),
    Rule("NNC925", "merge-conflict", "error", "The two sides of a merge conflict."),
    Rule("NNC926", "attributes-damaged", "error",
         "The marks of `nnc git install` in .gitattributes are damaged."),
    # The command itself: NNC93x
    Rule("NNC930", "wrong-usage", "error", "A command, an option or an argument is wrong."),
    Rule("NNC931", "internal-error", "error", "A command failed: a bug in nnc."),
)  # fmt: skip

RULES: Mapping[str, Rule] = {rule.name: rule for rule in _TABLE}
"""Every rule by its name, in the order of the codes."""
