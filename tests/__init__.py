"""Tests of nnc; `tests.support` is what they share."""
