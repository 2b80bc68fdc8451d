"""`nnc lsp`: a language server for editing network files.

One process talks to the editor and answers within milliseconds; another checks whole networks.

Order: texts, excerpt, facts, checker, keys, project, findings, completion, hover, names, structure,
server, features, command.
"""
