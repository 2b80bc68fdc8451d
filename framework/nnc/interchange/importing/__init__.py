"""Readers of files of other tools, each of which returns a network.

A reader is a module with one function, `read(data, settings) -> Imported`: the bytes of the file,
and what was asked for. It never opens a file, never trusts a count that the file states, and never
runs anything. Where the file is damaged it raises `places.damaged`, where a network cannot hold
something `places.refused`, each with the place. A layer may have NumPy arrays: `writing` puts those
that are long into a file beside the network, and so all tensors that the reader names in `tensors`.

To add one: its module here and in the order below; a line in `formats.FORMATS`, which says how its
files are recognised and which settings it takes; its name in `settings.FormatName`; tests in
`tests/interchange/importing/`, and its mutants in `tests/interchange/importing/test_damaged.py`; a
section in `docs/importing.md`.

Order: settings, places, ties, writing, imported, naming, ordering, buses, circuits, xml, scopes,
expressions, formulas, fault_trees, scorecards, models, onnx, formats.
"""
