"""What a processor itself does with the total: postprocess, publish."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import h5py

from bumpcast import store
from bumpcast.diskio import DiskError, write_atomically
from bumpcast.errors import BumpcastError
from bumpcast.execution.processor_spec import ProcessorError, ProcessorSpec, excerpt
from bumpcast.execution.summary import RunSummary

RESULT = "result.h5"

_Value = TypeVar("_Value")


def store_result(output: Any, folder: Path) -> Path:
    """Write an output as it is, as `bumpcast.store` does.

    Args:
        output: A processor's output, added up.
        folder: The results folder.

    Returns:
        The file, in which it is called 'output'.

    Raises:
        DiskError: The results cannot be written.
    """
    options = {"driver": "core", "backing_store": False, "block_size": 1 << 24}
    with h5py.File(RESULT, "w", **options) as file:
        store.write(file, "output", output)
        file.flush()
        image = bytes(file.id.get_file_image())
    write_atomically(folder / RESULT, image)
    return folder / RESULT


@dataclass(frozen=True, slots=True)
class LastSteps:
    """The methods of a processor that are called once in a run, by the driver.

    Attributes:
        processor: The processor.
        folder: The results folder.
    """

    processor: ProcessorSpec
    folder: Path

    @property
    def publishes(self) -> bool:
        """Whether the processor writes its results itself, which may take long."""
        return hasattr(self.processor.make(), "publish")

    def preparation(self) -> Callable[[], None] | None:
        """Return what `publish` will need and can be done while the first tasks run, if any."""
        prepare = getattr(self.processor.make(), "prepare_publish", None)
        if prepare is None:
            return None
        return lambda: self._ask("prepare_publish", prepare)

    def postprocess(self, total: Any) -> Any:
        """Return the output after the processor's own last step.

        Args:
            total: The sum of all outputs; None: there was none.

        Raises:
            ProcessorError: The method failed.
        """
        if total is None:
            return None
        processor = self.processor.make()
        postprocess = getattr(processor, "postprocess", None)
        if postprocess is None:
            return total
        output = self._ask("postprocess", lambda: postprocess(total))
        return total if output is None else output

    def publish(self, summary: RunSummary) -> RunSummary:
        """Store the output as the processor wishes, or as it is.

        Returns:
            The summary, with the lines that the processor wants to be shown.

        Raises:
            ProcessorError: The method failed.
            DiskError: The results cannot be written.
        """
        publish = getattr(self.processor.make(), "publish", None)
        if publish is not None:
            lines = self._ask("publish", lambda: publish(summary.output, self.folder, summary))
            return replace(summary, lines=tuple(lines or ()))
        store_result(summary.output, self.folder)
        return summary

    def _ask(self, what: str, call: Callable[[], _Value]) -> _Value:
        try:
            return call()
        except BumpcastError:
            raise
        except OSError as error:
            raise DiskError.of(self.folder, error) from error
        except Exception as error:
            # A user's method may raise anything.
            where = f"{self.processor.path}: {self.processor.class_name}.{what}"
            msg = f"{where} failed:\n{excerpt(error, self.processor.path)}"
            raise ProcessorError(msg) from error
