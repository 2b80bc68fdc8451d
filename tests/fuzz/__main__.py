"""Runs targets from the root of a checkout: `python -m tests.fuzz [TARGET...] --minutes N`."""

import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # as pytest does: `import oracle`
    from fuzz.campaign import main

    sys.exit(main())
