"""Tests of nnc.diffs, one file for each of its modules."""
