"""Tests of nnc.graph, one file for each of its modules."""
