"""Rows of an NPY array that are rejected: an array of them, as they were, of the same type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnc.rows.reading import RowFindings
from nnc.rows.rejects import Rejects
from nnc.rows.spool import Spool


class Rejected:
    """Takes the rows with mistakes out of tables; an array has no room for what is wrong."""

    def __init__(self, rejects: Rejects, file: str, spool: Spool) -> None:
        self.findings = RowFindings(file)
        self._rejects, self._spool, self._count = rejects, spool, 0

    def without(self, table: NDArray[Any], start: int) -> NDArray[Any]:
        """Give a table without the rows of which a mistake was noted; the first is `start`."""
        wrong = self.findings.taken()
        for found in wrong.values():
            self._rejects.add(found)
        is_wrong = np.zeros(len(table), bool)
        is_wrong[np.array(list(wrong), np.int64) - start] = True
        if self._rejects.stream is not None:
            self._spool.add(table[is_wrong])
            self._count += len(wrong)
        return table[~is_wrong]

    def end(self, dtype: np.dtype[Any], width: int) -> None:
        """Write the array of rejected rows, now that their number is known."""
        stream = self._rejects.stream
        if stream is None:
            return
        header: dict[str, Any] = {"shape": (self._count, width), "fortran_order": False}
        header["descr"] = np.lib.format.dtype_to_descr(dtype)
        np.lib.format.write_array_header_1_0(stream, header)
        for table in self._spool:
            stream.write(table.tobytes())
