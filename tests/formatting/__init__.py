"""Tests of nnc.formatting, one file for each of its modules."""
