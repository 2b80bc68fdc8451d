"""The table of strategies, as the docs show it."""

import re
from pathlib import Path

from nnc.proofs.strategies import STRATEGIES

PAGE = (Path(__file__).parents[3] / "docs/comparing.md").read_text("utf-8")


def test_the_docs_have_the_strategies_in_their_order() -> None:
    table = PAGE.split("| step | finds |\n|---|---|\n")[1].split("\n\n")[0]
    assert re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE) == [
        strategy.name for strategy in STRATEGIES
    ]
