"""What a page says of the surrogate itself."""

from __future__ import annotations

from bumpcast.surrogates.model.card import SurrogateCard


def facts_of(card: SurrogateCard | None) -> list[tuple[str, str]]:
    """Return what a card says, as names and words; nothing of what it does not say.

    Args:
        card: Of a surrogate; None: there is none.
    """
    if card is None:
        return []
    training = card.training
    points = training.get("mass_points") or {}
    facts = [
        ("Description", card.description),
        ("Analysis", card.reference),
        ("Licence", card.licence),
        ("Classes", ", ".join(card.classes)),
        (
            "Features",
            ", ".join(one.name + (f" [{one.unit}]" if one.unit else "") for one in card.features),
        ),
        ("Training events", f"{training['events']:,}" if "events" in training else ""),
        (f"Training mass points ({len(points)})", ", ".join(points)),
        (
            "Folds",
            "; ".join(" + ".join(fold) for fold in training.get("folds") or []),
        ),
        ("Rounds of boosting", str(training.get("rounds", ""))),
        (
            "Cross-entropy of left-out mass points",
            f"{training['loss_left_out']:.5f}" if "loss_left_out" in training else "",
        ),
        (
            "Uncertainty of an efficiency",
            ", ".join(f"{name} {value:.3g}" for name, value in card.uncertainty.items())
            + f" (relative; {card.uncertainty_source})",
        ),
        ("Domain", _domain(card)),
        ("Files", "; ".join(f"{file.file} sha256 {file.sha256}" for file in card.files)),
        ("Versions", ", ".join(f"{name} {value}" for name, value in card.versions.items())),
    ]
    return [(name, text) for name, text in facts if text]


def _domain(card: SurrogateCard) -> str:
    domain = card.domain
    parts = [f"{name} {low:.4g} to {high:.4g}" for name, (low, high) in domain.ranges.items()]
    if domain.children is not None:
        parts.append(f"decays to {', '.join(str(child) for child in domain.children)}")
    for name, span in (("Lxy", domain.mean_lxy_m), ("Lz", domain.mean_lz_m)):
        if span is not None:
            parts.append(f"a sample's mean {name} {span[0]:.3g} to {span[1]:.3g} m")
    return "; ".join(parts)
