"""Report to report, made by hand."""

from nnc.diagnostics.diagnostic import Diagnostic, Label, Span
from nnc.terminal.findings import Report

ERROR = Diagnostic(
    "unknown-source",
    "neuron `out` reads `h3`, which is neither an input nor a neuron",
    path=("neurons", "out", "weights", "h3"),
    caret="not declared",
    labels=(
        Label("a neuron with a similar name", file="nets/xor.nn.yaml", span=Span(4, 3, 4, 5),
              excerpt="  h1: {weights: {x1: 1, x2: 1}, threshold: 1.5}"),
    ),
    help="did you mean `h1`?",
    file="nets/xor.nn.yaml",
    span=Span(7, 19, 7, 21),
    excerpt="  out: {weights: {h3: -2, h2: 1}, threshold: 0.5}",
)  # fmt: skip
WARNING = Diagnostic("never-fires", "`x` can never fire", file="b.nn.yaml", span=Span(3, 1, 3, 2),
                     excerpt="x: 1")  # fmt: skip
NOTE = Diagnostic("sum-can-equal-threshold", "a sum can equal", help="write `fires`",
                  file="b.nn.yaml", span=Span(9, 1, 9, 2), excerpt="y: 1")  # fmt: skip
NOWHERE = Diagnostic("cannot-open", "there is no such file", file="none.yaml")
FILELESS = Diagnostic("missing-value", "input `b` has no value and no default",
                      help="add a value for `b`")  # fmt: skip
FAILED = Diagnostic("case-failed", "case 1: `x` is 0, expected 1", file="b.nn.yaml",
                    span=Span(11, 5, 11, 6), excerpt="  - {given: {}, expect: {x: 1}}",
                    details=("given a=1", "  x = 0  silent"))  # fmt: skip
ALL = (FILELESS, WARNING, NOTE, FAILED, ERROR, NOWHERE)


def found(*diagnostics: Diagnostic, files: int = 1) -> Report:
    return Report(diagnostics, files)
