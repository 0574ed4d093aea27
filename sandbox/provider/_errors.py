"""The error that the plugin reports to the engine."""


class RequestFailed(Exception):
    """The message is shown to the user as it is."""
