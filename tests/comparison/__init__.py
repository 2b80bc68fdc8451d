"""Tests of nnc.comparison, one file for each of its modules."""
