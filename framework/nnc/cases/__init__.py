"""Cases: examples in a network file that must hold; checked as text, and run.

Order: coverage, typos, case_file, expected, checking, running.
"""

from nnc.cases.checking import check_cases
from nnc.cases.coverage import Coverage
from nnc.cases.expected import expected_value
from nnc.cases.running import Row, run_cases

__all__ = ["Coverage", "Row", "check_cases", "expected_value", "run_cases"]
