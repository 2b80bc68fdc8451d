"""A file -> what it holds: checked, loaded, at a git revision, its cases run.

Order: cases, checking, loading, api, repository, revisions, testing.
"""
