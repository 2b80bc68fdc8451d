"""Tests of nnc.engines, one file for each of its modules."""
