"""A user's processor: found by its file, loaded from its text, the same on every worker."""

from __future__ import annotations

import ast
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import linecache
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from bumpcast.config import Analysis
from bumpcast.errors import BumpcastError, did_you_mean
from bumpcast.execution.option_files import OptionFile, files_of, in_place


class ProcessorError(BumpcastError):
    """A processor cannot be loaded or made."""

    permanent = True


@dataclass(frozen=True, slots=True)
class ProcessorSpec:
    """All that a worker needs to make the processor; plain values, so it can be sent anywhere.

    Attributes:
        path: The file that the text came from, for messages and tracebacks.
        class_name: The class in it.
        source: The file's text.
        analysis: The configuration; given to a constructor whose first parameter has this name.
        digest: What tells this text from another.
        files: What the options name, as it was when this was made.
    """

    path: str
    class_name: str
    source: str = field(repr=False)
    analysis: Analysis = field(repr=False)
    digest: str = ""
    files: tuple[OptionFile, ...] = ()

    @classmethod
    def of(cls, analysis: Analysis) -> ProcessorSpec:
        """Read the file that an analysis names as 'path/file.py:Class'.

        Raises:
            ProcessorError: The name has no class, or the file cannot be read.
            OptionFileError: A file that an option names is not there.
        """
        path, colon, class_name = analysis.processor.rpartition(":")
        if not colon or not path or not class_name.isidentifier():
            msg = f"processor = '{analysis.processor}': write 'path/file.py:Class'"
            raise ProcessorError(msg)
        file = Path(path).absolute()
        try:
            source = file.read_text(encoding="utf-8")
        except FileNotFoundError:
            names = [p.name for p in file.parent.glob("*.py")]
            msg = f"processor = '{analysis.processor}': there is no file {file}. "
            raise ProcessorError(msg + did_you_mean(file.name, names)) from None
        except (OSError, UnicodeDecodeError) as error:
            msg = f"processor = '{analysis.processor}': {file} cannot be read: {error}"
            raise ProcessorError(msg) from error
        digest = hashlib.sha256(source.encode()).hexdigest()
        return cls(str(file), class_name, source, analysis, digest, files_of(analysis.options))

    @property
    def module_name(self) -> str:
        """Name that the module has in `sys.modules` of every process."""
        return f"bumpcast_processor_{self.digest[:16]}"

    @property
    def own_imports(self) -> list[str]:
        """Modules of this package that the file imports, read off its text."""
        names: list[str] = []
        try:
            statements = ast.parse(self.source).body
        except (SyntaxError, ValueError):
            # Importing the file tells the user.
            return []
        for statement in statements:
            if isinstance(statement, ast.ImportFrom) and not statement.level:
                names.append(statement.module or "")
            elif isinstance(statement, ast.Import):
                names += [alias.name for alias in statement.names]
        package = __name__.partition(".")[0]
        return [name for name in names if name.split(".")[0] == package]

    def load_class(self) -> type:
        """Return the class.

        Raises:
            ProcessorError: The file fails to import, has no such class, or the class has no
                method `process`.
        """
        module = self._module()
        found = getattr(module, self.class_name, None)
        if not isinstance(found, type):
            own = [
                n for n, v in vars(module).items() if isinstance(v, type) and hasattr(v, "process")
            ]
            msg = f"{self.path} has no class '{self.class_name}'. "
            raise ProcessorError(msg + did_you_mean(self.class_name, own))
        if not callable(getattr(found, "process", None)):
            msg = (
                f"{self.path}: the class '{self.class_name}' has no method process(events); "
                f"derive it from coffea.processor.ProcessorABC"
            )
            raise ProcessorError(msg)
        return found

    def make(self) -> Any:
        """Return this process's instance, made once.

        The constructor gets the table [options] as keywords, a `pathlib.Path` of this machine in
        the place of each table with the one key `path`, and the whole configuration first if its
        first parameter is called `analysis`.

        Raises:
            ProcessorError: Loading failed or the constructor raised.
            OptionFileError: What an option names is not here, or is not what it was.
        """
        key = (
            self.digest, self.path, self.class_name, self.analysis.model_dump_json(), self.files,
        )  # fmt: skip
        if key not in _instances:
            made = self._construct(self.load_class())
            # One run at a time needs one instance; a long-lived worker must not gather them.
            _instances.clear()
            _instances[key] = made
        return _instances[key]

    def _construct(self, cls: type) -> Any:
        options = in_place(self.analysis.options, self.files)
        parameters = list(inspect.signature(cls).parameters.values())
        wants_analysis = bool(parameters) and parameters[0].name == "analysis"
        arguments = (self.analysis,) if wants_analysis else ()
        try:
            inspect.signature(cls).bind(*arguments, **options)
        except TypeError as error:
            known = [p.name for p in parameters if p.name != "analysis"]
            unknown = [name for name in options if name not in known]
            hint = did_you_mean(unknown[0], known) if unknown else f"It takes {', '.join(known)}."
            msg = (
                f"{self.path}: {self.class_name} does not fit the table [options]: {error}. {hint}"
            )
            raise ProcessorError(msg) from error
        try:
            return cls(*arguments, **options)
        except BumpcastError:
            raise
        except Exception as error:
            # A user's constructor may raise anything.
            msg = f"{self.path}: {self.class_name} cannot be made:\n{excerpt(error, self.path)}"
            raise ProcessorError(msg) from error

    def _module(self) -> ModuleType:
        if self.module_name in sys.modules:
            return sys.modules[self.module_name]
        loader = _TextLoader(self.path, self.source)
        spec = importlib.machinery.ModuleSpec(self.module_name, loader, origin=self.path)
        spec.has_location = True
        module = importlib.util.module_from_spec(spec)
        # A worker on another machine has no such file, and tracebacks should show its lines.
        lines = self.source.splitlines(keepends=True)
        linecache.cache[self.path] = (len(self.source), None, lines, self.path)
        # In sys.modules, so that an output made of the module's own classes can be sent back.
        sys.modules[self.module_name] = module
        try:
            loader.exec_module(module)
        except Exception as error:
            # Importing a user's file may raise anything.
            del sys.modules[self.module_name]
            msg = f"{self.path} fails to import:\n{excerpt(error, self.path)}"
            if isinstance(error, ModuleNotFoundError) and error.name:
                beside = Path(self.path).with_name(f"{error.name.split('.')[0]}.py")
                if beside.exists():
                    msg += (
                        f"\n{beside} is not installed, and a worker gets the processor's own file "
                        f"only: put the code into it, or into an installed package"
                    )
            raise ProcessorError(msg) from error
        return module


_instances: dict[tuple[object, ...], Any] = {}


class _TextLoader(importlib.abc.InspectLoader):
    """Imports a module from a text at hand."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self._source = source

    def get_source(self, fullname: str) -> str:
        return self._source

    def get_code(self, fullname: str) -> Any:
        return self.source_to_code(self._source.encode(), self._path)


def excerpt(error: BaseException, path: str = "", *, frames: int = 4) -> str:
    """Return the part of a traceback that a user can act on.

    Args:
        error: What was raised.
        path: The user's own file; frames before its first are left out.
        frames: How many of the last frames to show.
    """
    stack = traceback.extract_tb(error.__traceback__)
    own = [place for place, frame in enumerate(stack) if frame.filename == path]
    shown = list(stack[own[0] :] if own else stack)
    if len(shown) > frames:
        shown = [shown[0], *shown[len(shown) - frames + 1 :]]
    lines = traceback.format_list(shown) + traceback.format_exception_only(error)
    return "".join(lines).rstrip()
