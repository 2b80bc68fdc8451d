"""Many files of rows through a network: tasks that any executor runs, and what is left at the end.

A task reads a file, or some row groups of one, and writes one file, whole or not at all. What has
been written is known by its key, so that a task may run again anywhere, and gives the same bytes.

Order: folders, remote, places, tasks, records, plans, fragments, evaluation, processes, executors,
clusters, finishing, targets, holds, jobs, job_settings, eval, spark.
"""
