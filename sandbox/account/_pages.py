"""Pages of a long answer: MaxItems and Marker in, IsTruncated and Marker out."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.account._call import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.account._call import Call

_ITEMS_A_PAGE = 100  # API reference: "If you do not include this parameter, the number of items defaults to 100"
_MOST_ITEMS = 1_000
Item = TypeVar("Item")


def page(items: Sequence[Item], call: Call) -> tuple[Sequence[Item], dict[str, Any]]:
    """The items of the page that is asked for, and what the answer says of the rest.

    Raises:
        Refused: MaxItems is out of range, or the marker was made by nobody here.
    """
    size = int(call.text("MaxItems", str(_ITEMS_A_PAGE)))
    if not 1 <= size <= _MOST_ITEMS:
        raise Refused(
            "ValidationError",
            f"1 validation error detected: Value '{size}' at 'maxItems' failed to satisfy constraint: "
            f"Member must have value between 1 and {_MOST_ITEMS}",
        )
    start = _start(call.text("Marker"))
    end = start + size
    if end >= len(items):
        return items[start:], {"IsTruncated": False}
    return items[start:end], {"IsTruncated": True, "Marker": base64.b64encode(f"from:{end}".encode()).decode()}


def _start(marker: str) -> int:
    if not marker:
        return 0
    try:
        name, _, number = base64.b64decode(marker, validate=True).decode().partition(":")
        if name == "from":
            return int(number)
    except ValueError:
        pass
    raise Refused("ValidationError", "Invalid Marker.")
