"""A table as text: columns side by side, numbers and numbers with errors to the right."""

from __future__ import annotations

from typing import Any

import pandas as pd


def text_table(table: pd.DataFrame) -> str:
    """Return a table as aligned lines, the first of them its heads.

    Args:
        table: Numbers are grouped by thousands, true and false written as yes and no.
    """
    columns = []
    for head in table.columns:
        values = table[head]
        words = [_word(value) for value in values.tolist()]
        width = max(len(word) for word in [str(head), *words])
        numbers = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        numbers = numbers or any("±" in word for word in words)
        columns.append(
            [word.rjust(width) if numbers else word.ljust(width) for word in [str(head), *words]]
        )
    return "\n".join("  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        if value.is_integer() and abs(value) < 1e15:
            return f"{int(value):,}"
        return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"
    return str(value)
