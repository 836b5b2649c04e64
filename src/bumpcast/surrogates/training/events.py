"""The events that the configuration of a training names."""

from __future__ import annotations

import glob
from collections.abc import Callable
from pathlib import Path

from bumpcast.config.surrogate import EventsConfig, SurrogateConfig
from bumpcast.surrogates.features import FEATURES
from bumpcast.surrogates.labelled import LabelledEvents, LabelledEventsError, labelled
from bumpcast.surrogates.llps import Floats, Integers, LlpPairs
from bumpcast.surrogates.reading import ReadOptions, read_decisions, read_pairs


def read_labelled(
    config: SurrogateConfig,
    *,
    held_out: bool,
    read: Callable[[Path], None] = lambda _: None,
) -> LabelledEvents | None:
    """Read labelled events.

    Args:
        config: It names the files.
        held_out: Whether those that are held out are wanted, or those that are trained on.
        read: Called with each file that was read.

    Returns:
        The events; None where there are no such samples.

    Raises:
        SurrogateError: A file cannot be read, or lacks something.
        LabelledEventsError: A pattern matches no file, or decisions do not go with events.
    """
    parts: list[tuple[str, LlpPairs, Integers, Floats | None]] = []
    for name, sample in config.samples.items():
        if sample.held_out == held_out:
            for file in files_of(name, sample):
                parts.append(_part(file, sample, config))
                read(file)
    return labelled(parts) if parts else None


def read_options(config: SurrogateConfig, *, held_out: bool) -> ReadOptions:
    """Return how a training's files are read.

    Args:
        config: Of the training.
        held_out: Whether events are compared lifetime by lifetime, and have to say theirs.
    """
    reading = config.reading
    more = [name for name in config.features if name not in FEATURES]
    if held_out and config.lifetime is not None:
        more.append(config.lifetime)
    return ReadOptions(
        tree=reading.tree,
        llp_pdg=tuple(reading.llp_pdg),
        boson=reading.boson,
        columns=reading.columns,
        momentum_unit=reading.momentum_unit,
        length_unit=reading.length_unit,
        more=tuple(more),
        seed=config.seed,
    )


def files_of(name: str, sample: EventsConfig) -> list[Path]:
    """Return the files of a sample, each once.

    Args:
        name: The sample's.
        sample: Its table.

    Raises:
        LabelledEventsError: A pattern matches nothing.
    """
    files: dict[Path, None] = {}
    for pattern in sample.files:
        found = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern is absolute
        if not found:
            msg = f"samples.{name}.files: no file matches {pattern}"
            raise LabelledEventsError(msg)
        files |= dict.fromkeys(Path(path) for path in found)
    return list(files)


def _part(
    file: Path, sample: EventsConfig, config: SurrogateConfig
) -> tuple[str, LlpPairs, Integers, Floats | None]:
    options = read_options(config, held_out=sample.held_out)
    pairs = read_pairs(file, options)
    if sample.decisions is None:
        decision = read_decisions(file, config.decision, config.classes, tree=options.tree)
    else:
        decision = read_decisions(Path(sample.decisions), config.decision, config.classes)
    ctau = pairs.more.get(config.lifetime) if config.lifetime else None
    return sample.mass_point or file.name.split(".")[0], pairs, decision, ctau
