"""Write the JSON Schemas of nnc into this folder: python schemas/generate.py."""

import sys
from pathlib import Path

from nnc.cli.schema import SCHEMAS, schema_text


def main() -> None:
    """Write every schema that has changed."""
    for name in SCHEMAS:
        file = Path(__file__).with_name(f"{name}.schema.json")
        text = schema_text(name)
        if not file.exists() or file.read_text("utf-8") != text:
            file.write_text(text, "utf-8", newline="\n")
            sys.stdout.write(f"wrote {file.name}\n")


if __name__ == "__main__":
    main()
