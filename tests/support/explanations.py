"""The explanations of all rules, and what their examples stand for."""

from nnc.diagnostics.explanation import explanation_of
from nnc.diagnostics.rules import RULES

EXPLANATIONS = {name: explanation_of(rule) for name, rule in RULES.items()}
"""The explanation of every rule by its name, in the order of the codes."""

_LONG = {
    "Caf<E9>      # <E9> is that single byte": "Caf\udce9",
    "<07> once.      # <07> is that character": "\x07 once.",
    "<2028>Second.      # <2028> is U+2028": "\u2028Second.",
    "<tab>": "\t",
    "cafe<301>: both}      # <301> is the accent alone": "cafe\u0301: both}",
    "[[[[…1…]]]]      # 64 brackets, inside the mapping": "[" * 64 + "1" + "]" * 64,
    "{kkkk…kkkk: 1}      # 1,025 letters": "{" + "k" * 1025 + ": 1}",
    "xxxx…xxxx}      # 65,537 letters": "x" * 65537 + "}",
    "1.3333…3333": "1." + "3" * 400,
    "# 401 digits\n": "",
    "[x0, x1, …]      # 100 in all, and a weight for each":
        f"[{', '.join(f'x{i}' for i in range(100))}]",
    "{x0: 1/999999999999999999, x1: 1/999999999999999998, …}":
        f"{{{', '.join(f'x{i}: 1/{10**18 - 1 - i}' for i in range(100))}}}",
}  # fmt: skip
"""What examples write for what is too long to be read, or cannot be seen; bytes as surrogates."""


def bad_example(name: str) -> str:
    """Give the bad example of a rule in full: encode it with `surrogateescape`."""
    text = EXPLANATIONS[name].bad
    for short, meant in _LONG.items():
        text = text.replace(short, meant)
    return text
