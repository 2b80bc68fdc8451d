"""A file -> what it holds: checked, loaded, at a git revision, its cases run.

Order: settings, cases, checking, loading, api, repository, revisions, using, testing.
"""
