"""`surrogate map show`: what a map holds."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from bumpcast.cli.importing import importing
from bumpcast.cli.surrogate.common_options import json_option
from bumpcast.cli.surrogate.map_options import binning_of, binning_options

if TYPE_CHECKING:
    from bumpcast.surrogates.llps import LlpPairs
    from bumpcast.surrogates.maps.efficiency_map import EfficiencyMap


class LlpType(click.ParamType[dict[str, float]]):
    """A particle, such as 'pT=120,eta=0.3,Lxy=2.2,decay=5'."""

    name = "LLP"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, float]:
        """Return its numbers by name, Lxy and Lz among them."""
        if isinstance(value, dict):
            return value
        try:
            pairs = [word.split("=") for word in str(value).split(",")]
            llp = {name.strip(): float(number) for name, number in pairs}
        except ValueError:
            llp = {}
        wanted = {"pT", "eta", "decay"}
        sound = len(llp) == str(value).count("=") and all(map(math.isfinite, llp.values()))
        if not (
            sound and wanted < set(llp) <= {*wanted, "Lxy", "Lz"} and llp["decay"].is_integer()
        ):
            self.fail(
                f"{value!r} is no particle: it is pT (GeV), eta, decay (PDG number) and Lxy or Lz "
                "(m) or both, such as pT=120,eta=0.3,Lxy=2.2,decay=5",
                param,
                ctx,
            )
        if min(llp[name] for name in llp if name != "eta") < 0:
            self.fail(f"{value!r}: only eta may be negative", param, ctx)
        # Particles that come from the centre: the direction says one distance by the other.
        slope = abs(math.sinh(llp["eta"]))
        if "Lz" not in llp:
            llp["Lz"] = llp["Lxy"] * slope
        if "Lxy" not in llp:
            if not slope:
                self.fail(f"{value!r}: at eta = 0, only Lxy says where it decays", param, ctx)
            llp["Lxy"] = llp["Lz"] / slope
        return llp


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Such as: bumpcast surrogate map show high-ET pT=120,eta=0.3,Lxy=2.2,decay=5",
)
@click.argument("source", metavar="MAP")
@click.argument("llps", metavar="[LLP [LLP]]", type=LlpType(), nargs=-1)
@click.option(
    "--largest",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="So many of each class's largest probabilities are listed.",
)
@binning_options
@json_option()
def show(
    source: str, llps: tuple[dict[str, float], ...], largest: int, as_json: bool, **more: Any
) -> None:
    """Say what the map MAP holds, or what it has for two long-lived particles LLP.

    MAP is high-ET or low-ET for a published one, or a file. An LLP is written with the names pT
    (GeV), eta, Lxy and Lz (m; one of them will do) and decay (PDG number); one alone is taken
    twice. Bins are options for a table (.csv), which does not hold them.
    """
    if len(llps) > 2:
        msg = f"an event has two long-lived particles at most, and here are {len(llps)}"
        raise click.UsageError(msg)
    with importing():
        from bumpcast.surrogates.maps.files import read_map

    found = read_map(source, binning_of(more))
    document = _of_event(found, llps) if llps else _of_map(found, largest)
    if as_json:
        click.echo(json.dumps(document, indent=1))
        return
    for line in _event_lines(document) if llps else _map_lines(document):
        click.echo(line)


def _of_map(found: EfficiencyMap, largest: int) -> dict[str, Any]:
    import numpy as np

    binning = found.binning
    a, b = found.stored()
    tops: dict[str, Any] = {}
    for number, name in enumerate(found.classes[1:]):
        values = found.table[number, a, b]
        tops[name] = [
            {
                "probability": float(values[k]),
                "error": None if found.errors is None else float(found.errors[number, a[k], b[k]]),
                "bins": [int(a[k]), int(b[k])],
                "labels": [binning.label(int(a[k])), binning.label(int(b[k]))],
            }
            for k in np.argsort(-values, kind="stable")[:largest]
        ]
    bins = len(binning)
    reached = None if found.filled is None else int(np.count_nonzero(np.tril(found.filled)))
    return {
        "name": found.name,
        "description": found.description,
        "classes": list(found.classes),
        "bins": bins,
        "lxy_m": _finite(binning.lxy),
        "lz_m": _finite(binning.lz),
        "pt_GeV": _finite(binning.pt),
        "flavours": list(binning.flavours),
        "barrel_eta": binning.barrel,
        "pairs": bins * (bins + 1) // 2,
        "stored_pairs": len(a),
        "reached_pairs": reached,
        "relative_uncertainty": None
        if found.relative_uncertainty is None
        else dict(zip(found.classes[1:], found.relative_uncertainty, strict=True)),
        "mean_lxy_m": found.mean_lxy_m,
        "mean_lz_m": found.mean_lz_m,
        "largest": tops,
    }


def _finite(edges: tuple[float, ...]) -> list[float | str]:
    return [edge if math.isfinite(edge) else "inf" for edge in edges]


def _map_lines(of_map: Mapping[str, Any]) -> list[str]:
    def edges(name: str) -> str:
        return ", ".join(edge if edge == "inf" else f"{edge:g}" for edge in of_map[name])

    barrel = of_map["barrel_eta"]
    lines = [
        f"{of_map['name']}: {of_map['description']}".rstrip(": "),
        f"Classes: {', '.join(of_map['classes'])}",
        f"Bins: {of_map['bins']:,}, by",
        f"  Lxy {edges('lxy_m')} m where |eta| < {barrel:g}, Lz {edges('lz_m')} m elsewhere",
        f"  pT {edges('pt_GeV')} GeV",
        f"  decay to {', '.join(str(number) for number in of_map['flavours'])}",
        f"Pairs of bins: {of_map['pairs']:,}; {of_map['stored_pairs']:,} are stored"
        + (
            "; which of the others training events reached is not known"
            if of_map["reached_pairs"] is None
            else f"; training events reached {of_map['reached_pairs']:,}"
        ),
    ]
    relative = of_map["relative_uncertainty"]
    if relative is not None:
        each = ", ".join(f"{value:.0%} of {name}" for name, value in relative.items())
        lines.append(f"Uncertainty of an efficiency: {each}")
    for name, key in (("Lxy", "mean_lxy_m"), ("Lz", "mean_lz_m")):
        if of_map[key] is not None:
            low, high = of_map[key]
            lines.append(f"For samples of mean {name} from {low:g} to {high:g} m")
    for name, tops in of_map["largest"].items():
        if tops:
            lines.append(f"Largest probabilities of {name}:")
        for top in tops:
            error = "" if top["error"] is None else f" +- {top['error']:.2g}"
            first, second = (
                f"{number} ({label})"
                for number, label in zip(top["bins"], top["labels"], strict=True)
            )
            lines.append(f"  {top['probability']:.4g}{error}  {first} and {second}")
    return lines


def _of_event(found: EfficiencyMap, llps: tuple[dict[str, float], ...]) -> dict[str, Any]:
    pairs = _pairs_of(llps)
    numbers = found.binning.indices(pairs, "LLP")[0]
    values = found.probabilities(pairs, "LLP")[0]
    errors = None
    if found.errors is not None:
        of_pair = found.errors[:, numbers[0], numbers[1]]
        errors = dict(zip(found.classes[1:], map(float, of_pair), strict=True))
    return {
        "name": found.name,
        "bins": numbers.tolist(),
        "labels": [found.binning.label(int(number)) for number in numbers],
        "probabilities": dict(zip(found.classes, map(float, values), strict=True)),
        "errors": errors,
        "outside": bool(found.outside(pairs, "LLP")[0]),
    }


def _pairs_of(llps: tuple[dict[str, float], ...]) -> LlpPairs:
    with importing():
        import numpy as np

        from bumpcast.surrogates.llps import LlpPairs

    first, second = llps[0], llps[-1]

    def column(name: str) -> Any:
        return np.array([[first[name], second[name]]])

    return LlpPairs(
        pt=column("pT"),
        eta=column("eta"),
        # A map does not ask for it.
        mass=np.ones((1, 2)),
        child=column("decay").astype(np.int64),
        weight=np.ones(1),
        copied=np.array([len(llps) == 1]),
        lxy=column("Lxy"),
        lz=column("Lz"),
    )


def _event_lines(event: Mapping[str, Any]) -> list[str]:
    lines = [
        f"LLP {llp}: bin {number}, {label}"
        for llp, number, label in zip((1, 2), event["bins"], event["labels"], strict=True)
    ]
    for name, value in event["probabilities"].items():
        error = (event["errors"] or {}).get(name)
        lines.append(f"{name}: {value:.5g}" + ("" if error is None else f" +- {error:.2g}"))
    if event["outside"]:
        lines.append("Outside: training had no such events")
    return lines
