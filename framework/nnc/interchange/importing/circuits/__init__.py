"""Circuits of gates -> networks: a tree of gates that is a threshold function is one neuron.

Order: logic, gates, aiger, blif.
"""
