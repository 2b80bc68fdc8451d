"""Tests of the row formats."""
