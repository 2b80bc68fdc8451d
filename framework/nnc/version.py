"""The version of nnc; alone in a file so that `nnc --version` reads nothing else."""

VERSION = "0.1.0"
HOME = "https://example.org/nnc"
"""The address of the repository of nnc, with its docs; `docs/ci.md` says how to name another."""
