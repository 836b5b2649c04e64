"""From a work item to coffea NanoEvents, without paying for the form of each file again."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Collection
from typing import Any

import awkward as ak
from coffea.nanoevents import NanoEventsFactory
from coffea.nanoevents.mapping import TrivialUprootOpener, UprootSourceMapping
from coffea.nanoevents.schemas import BaseSchema
from coffea.nanoevents.util import tuple_to_key

from bumpcast.config.formats import Format
from bumpcast.datasets.workitem import WorkItem
from bumpcast.events.errors import InputError, MissingBranchError
from bumpcast.events.files import close_file, is_local, open_file, open_tree, reading_failed
from bumpcast.events.reader import Reader, reader_for

logger = logging.getLogger(__name__)

Columns = Collection[str] | Callable[[Collection[str]], Collection[str]]

MOST_LAYOUTS = 32
"""How many layouts of files a process remembers."""

_forms: dict[tuple[object, ...], dict[str, Any]] = {}


class _KnownSchema(BaseSchema):  # type: ignore[misc]
    """A form that was built before, for another range of entries or another file."""

    def __init__(self, form: dict[str, Any], behavior: Any, metadata: dict[str, Any]) -> None:
        parameters = {**form["parameters"]}
        parameters["metadata"] = {**parameters["metadata"], **metadata}
        self._form = {**form, "parameters": parameters}
        self._behavior = behavior

    def behavior(self) -> Any:
        return self._behavior


class _Mapping(UprootSourceMapping):  # type: ignore[misc]
    """Coffea's mapping from the buffers of a form to the branches of a tree."""

    @classmethod
    def base_form(cls, tree: Any, keys: frozenset[str]) -> dict[str, Any]:
        """Return the form of some branches before a schema makes collections of them."""
        with warnings.catch_warnings(record=True) as caught:
            # what coffea cannot read is of interest only to who looks for a missing branch
            warnings.simplefilter("always")
            form: dict[str, Any] = cls._extract_base_form(
                tree, iteritems_options={"filter_name": keys.__contains__}
            )
        for warning in caught:
            logger.debug("%s: %s", tree.file.file_path, warning.message)
        form["parameters"]["metadata"] = {}
        return form

    def extract_column(
        self, columnhandle: Any, start: int, stop: int, allow_missing: bool, **options: Any
    ) -> Any:
        """Return a branch of a range of entries; what is damaged has a name."""
        arrays = self.preloaded_arrays
        if arrays is not None and columnhandle is not None and columnhandle.name in arrays:
            # coffea would copy the offsets of each column
            return arrays[columnhandle.name][start:stop]
        try:
            return super().extract_column(columnhandle, start, stop, allow_missing, **options)
        except Exception as error:
            # uproot raises whatever damaged bytes lead the decompression or interpretation to
            filename = columnhandle.file.file_path
            raise reading_failed(filename, error, local=is_local(filename)) from error


class _Range:
    """A column that was read for one range of entries and may only be asked for that range."""

    def __init__(self, column: ak.Array, start: int, stop: int) -> None:
        self._column = column
        self._range = slice(start, stop)

    def __getitem__(self, where: slice) -> ak.Array:
        if where != self._range:
            msg = f"the column was read for {self._range}, not for {where}"
            raise IndexError(msg)
        return self._column


def open_events(item: WorkItem, fmt: Format, *, columns: Columns | None = None) -> ak.Array:
    """Return the NanoEvents of a work item; `events.metadata` says what it is.

    The file stays open for the next work item of this thread. `events.metadata` holds dataset,
    filename, treename, entrystart, entrystop and fileuuid, as under coffea's own Runner.

    Args:
        item: What to read.
        fmt: The format that the data set's configuration names.
        columns: Branches to read at once, or a function that chooses them from the names of the
            branches that exist, such as `reader_for(fmt).columns`; names are those of uproot's
            `tree.keys()`. Only they and what their collections need are then in the events.
            None: every branch is there and is read when it is touched.

    Raises:
        ChangedFileError: The file is not the one that the item was planned with.
        MissingBranchError: The tree lacks a branch that is asked for.
        MissingFileError: There is no such local file.
        MissingTreeError: The file holds no tree of that name.
        UnreadableFileError: The file is empty, truncated, damaged or no ROOT file.
        OSError: The network or the disk failed; another try may succeed.
    """
    tree = open_tree(item)
    reader = reader_for(fmt)
    try:
        return _events(tree, item, reader, columns)
    except InputError:
        raise
    except OSError as error:
        # the connection may be what is broken, so another try starts with a new one
        close_file(item.filename)
        raise reading_failed(item.filename, error, local=is_local(item.filename)) from error


def _events(tree: Any, item: WorkItem, reader: Reader, columns: Columns | None) -> ak.Array:
    start, stop = item.entrystart, item.entrystop
    uuid = str(tree.file.uuid)
    arrays = None
    if columns is None:
        keys = list(filter(reader.readable, open_file(item.filename).keys(item.treename)))
    else:
        read, keys = _needed(item, reader, columns)
        arrays = _read(tree, read, item)
    partition = (uuid, tree.object_path, f"{start}-{stop}")
    mapping = _Mapping(
        TrivialUprootOpener({uuid: tree.file.file_path}),
        start,
        stop,
        cache={},
        file_handle=tree.file,
        use_ak_forth=True,
        virtual=True,
        preloaded_arrays=arrays,
    )
    mapping.preload_column_source(uuid, tree.object_path, tree)
    metadata = {
        "dataset": item.dataset,
        "filename": item.filename,
        "treename": item.treename,
        "entrystart": start,
        "entrystop": stop,
        "fileuuid": uuid,
    }
    schema = _KnownSchema(_form(tree, reader, keys), reader.schema.behavior(), metadata)
    factory = NanoEventsFactory(schema, mapping, tuple_to_key(partition), mode="virtual")
    return factory.events()


def _needed(item: WorkItem, reader: Reader, columns: Columns) -> tuple[list[str], list[str]]:
    """Return the branches to read at once and those to have in the form, in a fixed order."""
    existing = open_file(item.filename).keys(item.treename)
    known = frozenset(existing)
    try:
        wanted = columns(known) if callable(columns) else columns
    except MissingBranchError as error:
        raise error.within(item.filename) from None
    for key in wanted:
        if key not in known:
            raise MissingBranchError.of(
                item.treename, key, known, why="the processor", filename=item.filename
            )
    read = frozenset(wanted) | (reader.counters(wanted) & known)
    form = read | (reader.companions(wanted) & known)
    return [key for key in existing if key in read], [key for key in existing if key in form]


def _read(tree: Any, keys: list[str], item: WorkItem) -> dict[str, _Range]:
    """Read the branches of a range of entries; keyed by the branches' own names."""
    start, stop = item.entrystart, item.entrystop
    try:
        if is_local(item.filename):
            # branch by branch: TTree.arrays looks at each of the tree's hundreds of branches
            columns = {}
            for key in keys:
                branch = tree[key]
                columns[branch.name] = branch.array(entry_start=start, entry_stop=stop)
        else:
            names = {tree[key].name for key in keys}
            columns = tree.arrays(
                filter_branch=lambda branch: branch.name in names,
                entry_start=start,
                entry_stop=stop,
                how=dict,
            )
    except OSError:
        raise
    except Exception as error:
        # uproot raises whatever damaged bytes lead the decompression or interpretation to
        close_file(item.filename)
        raise reading_failed(item.filename, error, local=is_local(item.filename)) from error
    return {name: _Range(_from_zero(column), start, stop) for name, column in columns.items()}


def _from_zero(column: ak.Array) -> ak.Array:
    """Return a column whose lists start at their content's beginning.

    Uproot leaves what stands before the range of entries in lists of strings, and NanoEvents would
    take the values of other branches at the same, too late, places.
    """
    layout = column.layout
    if isinstance(layout, ak.contents.ListOffsetArray) and layout.offsets[0] != 0:
        return ak.Array(layout.to_ListOffsetArray64(True))
    return column


def _form(tree: Any, reader: Reader, keys: list[str]) -> dict[str, Any]:
    """Return the schema's form of some branches, built once for all files of one layout."""
    layout = (reader.schema, tree.name, tuple((key, _shape(tree[key])) for key in keys))
    if layout not in _forms:
        logger.debug("building the form of %d branches of %s", len(keys), tree.file.file_path)
        base_form = _Mapping.base_form(tree, frozenset(keys))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            schema = reader.schema(base_form)
        for warning in caught:
            logger.debug("%s: %s", tree.file.file_path, warning.message)
        if len(_forms) >= MOST_LAYOUTS:
            _forms.pop(next(iter(_forms)))
        _forms[layout] = schema.form
    return _forms[layout]


def _shape(branch: Any) -> tuple[object, ...]:
    """Return what decides how a branch is interpreted, cheaply."""
    leaves = branch.member("fLeaves")
    return (
        branch.classname,
        branch.member("fClassName", none_if_missing=True),
        branch.member("fClassVersion", none_if_missing=True),
        branch.member("fStreamerType", none_if_missing=True),
        tuple((leaf.classname, leaf.member("fTitle")) for leaf in leaves),
    )
