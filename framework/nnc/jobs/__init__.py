"""Evaluate many files of rows: a job plans tasks, any executor runs them, a manifest ends it.

A task reads one file, or some row groups of one, and writes one result, completely or not at all.
A key records what decided the result, so a task may run again anywhere and gives the same bytes.

Order: folders, tasks, records, planning, evaluation, finishing, jobs, job_settings, eval.
"""
