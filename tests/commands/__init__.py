"""Tests of the commands, each as it is typed."""
