"""TSV: CSV with tabs between the cells, and quotes where a cell needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from nnc.rows.csv import csv
from nnc.rows.dialect import TAB
from nnc.rows.output import Heading, Table

if TYPE_CHECKING:
    from nnc.rows.columns import Batch
    from nnc.rows.session import Session


def read(stream: BinaryIO, session: Session) -> Iterator[Batch]:
    """Read TSV, or with another delimiter where one is set; see `nnc.rows.formats.read_rows`."""
    options = session.options
    dialect = replace(options.csv, delimiter=options.csv.delimiter or TAB)
    return csv.read(stream, replace(session, options=replace(options, csv=dialect)))


def write(results: Iterable[Table], stream: BinaryIO, heading: Heading) -> None:
    """Write TSV with a header, as `nnc.rows.csv.csv.write` does."""
    csv.write(results, stream, heading, TAB)
