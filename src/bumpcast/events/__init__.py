"""Files of each format, read through coffea's NanoEvents into one event record."""

from bumpcast.events.files import bytes_read, close_file, close_files, open_tree
from bumpcast.events.opening import open_events
from bumpcast.events.reader import Reader, reader_for

__all__ = [
    "Reader",
    "bytes_read",
    "close_file",
    "close_files",
    "open_events",
    "open_tree",
    "reader_for",
]
