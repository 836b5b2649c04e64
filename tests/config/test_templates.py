from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bumpcast.config import ConfigurationError, load
from bumpcast.config.errors import Origin
from bumpcast.config.layers import Layer, paths_in
from bumpcast.config.templates import render


def layer_of(values: dict[str, Any]) -> Layer:
    return Layer(values, dict.fromkeys(paths_in(values), Origin(Path("/x/a.toml"))))


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ n.lumi * 1000 }}", 2500.0),
        ("{{ n.count // 2 }}", 3),
        ("{{ n.count > 5 }}", True),
        ("{{ n.name }}", "run2"),
        ("{{ n.numbers }}", [1, 2]),
        ("{{ n.numbers + [3] }}", [1, 2, 3]),
        ("{{ n }}", {"lumi": 2.5, "count": 7, "name": "run2", "numbers": [1, 2], "items": 9}),
        ("{{ n.items }}", 9),  # a key, not a method of the table
        ("{{ n['items'] }}", 9),
        ("{{- n.count -}}", 7),
        ("{{ -n.count }}", -7),
        ("{{ n | length }}", 5),
        ("{{ n.nothing is defined }}", False),
        ("{{ n.nothing | default(4) }}", 4),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ n.count }}0", "70"),  # more than an expression: a text
        ("{{ n.count }}{{ n.count }}", "77"),
        (" {{ n.count }}", " 7"),
        ("{% if n.count > 5 %}many{% else %}few{% endif %}", "many"),
        ("data/{{ n.name }}/*.root", "data/run2/*.root"),
        ("{% for x in n.numbers %}{{ x }};{% endfor %}", "1;2;"),
        ("{a,b}.root", "{a,b}.root"),
        ("{{ '{{' }}", "{{"),
    ],
)
def test_templates_over_the_configuration(template: str, value: Any) -> None:
    table = {"lumi": 2.5, "count": 7, "name": "run2", "numbers": [1, 2], "items": 9}
    rendered = render(layer_of({"n": table, "value": template}))
    assert not rendered.problems
    assert rendered.values["value"] == value
    assert type(rendered.values["value"]) is type(value)


def test_templates_in_lists_and_in_tables_in_lists() -> None:
    values = {"x": 2, "list": ["{{ x }}", ["{{ x + 1 }}"], {"dr": "{{ x / 4 }}"}]}
    assert render(layer_of(values)).values["list"] == [2, [3], {"dr": 0.5}]


def test_templates_that_refer_to_templates_whatever_their_order() -> None:
    values = {"a": "{{ t.b + 1 }}", "t": {"b": "{{ c * 2 }}"}, "c": "{{ 20 }}"}
    assert render(layer_of(values)).values == {"a": 41, "t": {"b": 40}, "c": 20}


def test_what_a_template_gives_is_not_rendered_again() -> None:
    values = {"a": "{{ '{' ~ '{ b }}' }}", "b": 1}
    assert render(layer_of(values)).values["a"] == "{{ b }}"


@pytest.mark.parametrize(
    ("values", "key", "message"),
    [
        (
            {"v": "{{ n.lumi }}", "n": {"luminosity": 1, "mode": "raw"}},
            "v",
            "in the template '{{ n.lumi }}' there is no 'n.lumi'. Did you mean 'luminosity'?",
        ),
        (
            {"v": "x{{ normalization.mode }}", "normalisation": {"mode": "raw"}},
            "v",
            "in the template 'x{{ normalization.mode }}' there is no 'normalization'. "
            "Did you mean 'normalisation'?",
        ),
        (
            {"value": "{{ env.HOME }}"},
            "value",
            "in the template '{{ env.HOME }}' there is no 'env'. Known names: 'value'.",
        ),
        (
            {"a": "{{ b }}", "b": "{{ t.c }}", "t": {"c": "{{ a }}"}},
            "a",
            "templates refer to each other in a circle: a -> b -> t.c -> a",
        ),
        (
            {"v": "{{ 1 / n }}", "n": 0},
            "v",
            "the template '{{ 1 / n }}' fails: division by zero",
        ),
        (
            {"v": "{{ 1 + }}"},
            "v",
            "the template '{{ 1 + }}' is not valid: unexpected 'end of print statement'",
        ),
        (
            {"v": "{{ none }}"},
            "v",
            "the template gives nothing: a text, number, true/false, list or table is needed",
        ),
        (
            {"v": "{{ [1] | map('string') }}"},
            "v",
            "the template gives a generator: a text, number, true/false, list or table is needed",
        ),
    ],
)
def test_templates_that_fail(values: dict[str, Any], key: str, message: str) -> None:
    rendered = render(layer_of(values))
    assert [(".".join(problem.key), problem.message) for problem in rendered.problems] == [
        (key, message)
    ]


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ n.__class__ }}",
        "{{ n.numbers.append(1) }}",
        "{{ n.numbers.__init__.__globals__ }}",
        "{{ n['_look_up'] }}",
        "{{ range(10) }}",
        "{% include '/etc/passwd' %}",
        "{{ self.__init__ }}",
    ],
)
def test_the_sandbox_holds(template: str) -> None:
    layer = layer_of({"n": {"numbers": [1]}, "v": template})
    rendered = render(layer)
    assert [problem.key for problem in rendered.problems] == [("v",)]
    assert layer.values["n"] == {"numbers": [1]}


def test_a_failing_template_is_reported_once_and_with_all_other_problems(
    write_config: Callable[..., Path],
) -> None:
    extra = """
k_factor = "{{ normalisation.luminosity }}"
[run]
workers = "{{ datasets.ttbar.k_factor }}"
executer = 1
"""
    path = write_config(extra)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    template = "{{ normalisation.luminosity }}"
    assert str(caught.value) == (
        "2 problems in the configuration:\n"
        f"  {path}:19: datasets.ttbar.k_factor: in the template '{template}' there is no "
        "'normalisation.luminosity'. Did you mean 'luminosity_fb'?\n"
        f"  {path}:22: run.executer: unknown key. Did you mean 'executor'?"
    )


def test_a_rendered_value_is_checked(write_config: Callable[..., Path]) -> None:
    path = write_config('[run]\nworkers = "{{ 4 / 2 }}"\n')
    with pytest.raises(ConfigurationError, match=r":19: run\.workers: 2\.0 should be a valid int"):
        load(path)
