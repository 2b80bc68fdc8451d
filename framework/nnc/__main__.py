"""`python -m nnc` is `nnc`."""

from nnc.cli.main import main

if __name__ == "__main__":
    main()
