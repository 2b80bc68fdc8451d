"""What tests share: networks, files and repositories to try, the oracle, and runs of nnc."""
