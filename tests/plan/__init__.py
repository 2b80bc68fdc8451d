"""Tests of nnc.plan, one file for each of its modules."""
