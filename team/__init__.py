"""People by name: who has access in which stack, on the stack files. Used by `python -m team`."""

__all__: list[str] = []
