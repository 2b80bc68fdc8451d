"""The one text of a network: of a `Network` built in Python, and of a file that is there.

Both are a tree of what is written, which `layout` alone turns into lines. So what `to_yaml` writes
is what `nnc fmt` leaves as it is.

Order: layout, parse, formatted, networks, moving.
"""
