"""The network of a job as bytes, and the plan that a worker makes of them, once."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from io import BytesIO
from typing import BinaryIO, cast

from nnc.compiler.artifact import Provenance, load_compiled, write_compiled
from nnc.compiler.plan import Plan
from nnc.diagnostics.diagnostic import Diagnostic, FileError
from nnc.files.writing import temporary_copy
from nnc.jobs.places import place_of
from nnc.jobs.tasks import Work
from nnc.version import VERSION

PLAN = "_nnc/plan"
"""Where a large network lies in the target of a job."""
SMALL = 1 << 20
"""A network of fewer bytes goes with each task."""


def compiled(plan: Plan) -> bytes:
    """Return a plan as the bytes of a compiled network, always the same for the same plan."""
    stream = BytesIO()
    write_compiled(plan, Provenance(), cast("BinaryIO", stream))
    return stream.getvalue()


def plan_of(work: Work) -> Plan:
    """Return the plan of a job; a process reads it once.

    Raises FileError, other-network, where another version of nnc planned the job, or the network is
    not the one that it was planned with.
    """
    if work.version != VERSION:
        message = f"the job was planned by nnc {work.version}, and this worker is nnc {VERSION}"
        hint = f"install nnc {work.version} everywhere, or plan the job again"
        raise FileError([Diagnostic("other-network", message, help=hint)])
    return _plan(work.digest, work.plan, None if work.plan else work.located(work.target))


@lru_cache(maxsize=4)
def _plan(digest: str, data: bytes | None, target: str | None) -> Plan:
    file = None
    if target is not None:
        place = place_of(target)
        file = place.path(PLAN)
        with place.open(PLAN) as stream:
            data = stream.read()
    assert data is not None
    if hashlib.sha256(data).hexdigest() != digest:
        message = "the network of the job is not the one that it was planned with"
        hint = "start the job again, in another folder"
        raise FileError([Diagnostic("other-network", message, help=hint, file=file)])
    with temporary_copy(data) as copy:
        return load_compiled(copy).plan
