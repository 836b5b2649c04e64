"""Events of any kind of file as pairs of long-lived particles.

`read_pairs` reads them, `read_decisions` what a search made of them, and `write_table` writes both.
"""

from bumpcast.surrogates.reading.decisions import read_decisions
from bumpcast.surrogates.reading.files import read_pairs
from bumpcast.surrogates.reading.options import ReadOptions
from bumpcast.surrogates.reading.writing import write_table

__all__ = ["ReadOptions", "read_decisions", "read_pairs", "write_table"]
