"""Open network files: check them, load them, read them at a git revision, run their cases.

Order: settings, cases, checking, loading, api, repository, revisions, using, testing.
"""
