"""Side by side with the usual ways: `python -m benchmarks` prints a table of measured figures."""
