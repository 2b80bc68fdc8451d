"""After any edits the server says of a text what `nnc validate` says of it."""

from pathlib import Path
from random import Random

import pytest
from pytest_lsp import LanguageClient

from nnc.opening.checking import check
from tests.lsp.support import change, open_file, replaced, told, with_client

ROOT = Path(__file__).parents[2] / "configs"
FILES = (
    "medicine/news2.nn.yaml", "arithmetic/adder_4.nn.yaml", "mail/spam_score_shop.nn.yaml",
)  # fmt: skip
PIECES = ("", "", "a", "1", "-", ": ", "{", "}", "\n", "  ", "é", "#", "_", ", ", "😀")


@with_client
@pytest.mark.parametrize("name", FILES)
async def test_the_last_text_counts(
    client: LanguageClient, name: str, request: pytest.FixtureRequest
) -> None:
    random = Random(request.node.name)
    file = ROOT / name
    uri = open_file(client, file)
    text = file.read_text("utf-8")
    for version in range(2, 42):
        lines = text.split("\n")
        line = random.randrange(len(lines))
        start = random.randint(0, len(lines[line]))
        end = min(start + random.choice((0, 0, 1, 3)), len(lines[line]))
        units = [len(lines[line][:i].encode("utf-16-le")) // 2 for i in (start, end)]
        new = random.choice(PIECES)
        change(client, uri, version, replaced(line, *units, new))
        lines[line] = lines[line][:start] + new + lines[line][end:]
        text = "\n".join(lines)
    whole = check(text.encode(), str(file), path=file).diagnostics
    own = [each for each in whole if each.file == str(file)]
    ranked = sorted(own, key=lambda each: not each.is_error)
    await told(client, uri, *(each.about.code for each in ranked))
