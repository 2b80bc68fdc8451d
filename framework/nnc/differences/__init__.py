"""Compare networks and their versions: `nnc diff`, `log`, `digest` and `git`.

Order: digests, digest, structure, row_changes, answer, diffs, history, merging, git, log, pairs,
diff.
"""
