"""Readers of files of other tools, each of which returns a network.

A reader is a module with one function, `read(data, settings) -> Imported`, which gets the bytes of
the file. It never opens a file, never trusts a count in the file, and runs nothing but treelite, in
a process of its own. It raises `places.damaged` for a damaged file and `places.refused` for what a
network cannot hold, each with the location. A layer may have NumPy arrays: `imported` writes long
ones into a file beside the network, with all tensors that the reader lists in `tensors`.

To add one: its module here and in the order below; a line in `formats.FORMATS`, with the settings
that it accepts; its name in `settings.FormatName`; how its files are recognised, in
`files.other_tools`; tests in `tests/interchange/importing/`, and its mutants in
`tests/interchange/importing/test_damaged.py`; a section in `docs/importing.md`.

Order: settings, places, ties, imported, naming, ordering, buses, circuits, xml, scopes,
expressions, common_causes, formulas, fault_trees, scorecards, models, pmml, onnx.
"""
