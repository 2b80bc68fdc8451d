"""YAML text -> Document: plain values, and the place of each.

YAML is read strictly, from parser events, or by regular expressions where these give the same:
every scalar is its own text (`Quoted` where it stood in quotes), mappings are dicts, lists are
lists. Places are looked up lazily: a second pass over the events finds only those that a diagnostic
asks for.

Order: parser, regular, places, text, builder, reader.
"""
