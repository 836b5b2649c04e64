"""Reads a file that an option names, from where a job was brought it."""

from dataclasses import replace
from pathlib import Path

from coffea.processor import ProcessorABC

from bumpcast.execution.option_files import OptionFile, content_digest


class Brought(ProcessorABC):
    def __init__(self, table):
        self.table = table

    def process(self, events):
        named = OptionFile("options.table.path", str(self.table), content_digest(self.table))
        # As on a machine that does not see the driver's files.
        elsewhere = replace(named, path=str(Path("/nowhere") / self.table.name)).here()
        return {"folders": {str(elsewhere.parent)}, "texts": {(elsewhere / "text").read_text()}}

    def postprocess(self, accumulator):
        pass
