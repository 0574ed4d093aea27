"""What the plugin tells the engine when something cannot be done."""


class PluginError(Exception):
    """The text is for people."""
