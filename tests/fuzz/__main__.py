"""Runs targets from the root of a checkout: `python -m tests.fuzz [TARGET...] --minutes N`."""

import sys

if __name__ == "__main__":
    from tests.fuzz.campaign import main

    sys.exit(main())
