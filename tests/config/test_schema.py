from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from bumpcast.config.kinds import KINDS, Kind
from bumpcast.config.schema import json_schema


def fields(node: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, field in node.get("properties", {}).items():
        yield f"{name}.{key}", field


def test_the_schema_is_json_without_infinity() -> None:
    text = json.dumps(json_schema(), allow_nan=False)
    schema = json.loads(text)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert {"name", "processor", "datasets", "normalisation"} == set(schema["required"])
    assert schema["additionalProperties"] is False
    assert "extends" in schema["properties"]
    assert "default" not in schema["$defs"]["MassClasses"]["properties"]["HM_GeV"]
    assert schema["$defs"]["MassClasses"]["properties"]["Wh_GeV"]["default"] == [60.0, 110.0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_is_described(kind: Kind) -> None:
    schema = json_schema(kind)
    plain = {"kind", "form", *("e", "m", "g", "j", "b", "Z", "Wh", "T", "HM")}  # say it themselves
    silent = [
        name
        for table, node in [(kind, schema), *schema["$defs"].items()]
        for name, field in fields(node, table)
        if "description" not in field and name.rpartition(".")[2] not in plain
    ]
    assert silent == []
