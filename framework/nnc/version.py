"""The version of nnc; alone in a file so that `nnc --version` reads nothing else."""

VERSION = "0.1.0"
