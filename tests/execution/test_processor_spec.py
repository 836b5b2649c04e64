from __future__ import annotations

import sys

import pytest

from bumpcast.execution.processor_spec import ProcessorError, ProcessorSpec

GOOD = """
class Counter:
    def __init__(self, analysis, step=1):
        self.analysis, self.step = analysis, step
    def process(self, events):
        return self.step
"""


@pytest.fixture
def spec(tmp_path, make_analysis):
    def make(source, name="Counter", **options):
        file = tmp_path / "own.py"
        file.write_text(source)
        analysis = make_analysis(options=options)
        return ProcessorSpec.of(analysis.model_copy(update={"processor": f"{file}:{name}"}))

    return make


def test_the_constructor_gets_the_configuration_and_the_options(spec):
    made = spec(GOOD, step=3)
    processor = made.make()
    assert processor.step == 3
    assert processor.analysis.name == "toy"
    assert made.make() is processor
    assert type(processor).__module__ in sys.modules


def test_a_changed_file_is_another_module(spec):
    assert spec(GOOD).make().process(None) == 1
    assert spec(GOOD.replace("return self.step", "return 10")).make().process(None) == 10


def test_the_file_is_not_needed_on_a_worker(spec, tmp_path):
    made = spec(GOOD.replace("Counter", "Elsewhere"), "Elsewhere")
    (tmp_path / "own.py").unlink()
    assert made.make().step == 1


@pytest.mark.parametrize(
    ("source", "name", "options", "message"),
    [
        (GOOD, "Countr", {}, "no class 'Countr'. Did you mean 'Counter'?"),
        (GOOD, "Counter", {"stpe": 1}, "Did you mean 'step'?"),
        ("import nothing_of_the_kind", "A", {}, "fails to import"),
        ("x = 1\ny = [][3]\n", "A", {}, "IndexError: list index out of range"),
        ("def f(:", "A", {}, "SyntaxError"),
        ("class A:\n    pass", "A", {}, "no method process"),
        ("class A:\n    def __init__(self):\n        1 / 0\n    process = 1", "A", {}, "no method"),
        (GOOD.replace("=1):", "=1):\n        1 / 0\n"), "Counter", {}, "ZeroDivisionError"),
    ],
)
def test_mistakes_are_told(spec, source, name, options, message):
    with pytest.raises(ProcessorError) as error:
        spec(source, name, **options).make()
    assert message in str(error.value)
    assert "own.py" in str(error.value)


def test_a_helper_beside_the_file_is_pointed_out(spec, tmp_path):
    (tmp_path / "helpers.py").write_text("")
    with pytest.raises(ProcessorError, match=r"helpers\.py is not installed"):
        spec("import helpers").make()


@pytest.mark.parametrize("processor", ["jets.py", ":Jets", "jets.py:"])
def test_a_name_without_a_class(make_analysis, processor):
    analysis = make_analysis().model_copy(update={"processor": processor})
    with pytest.raises(ProcessorError, match=r"write 'path/file\.py:Class'"):
        ProcessorSpec.of(analysis)


def test_a_missing_file(make_analysis):
    with pytest.raises(ProcessorError, match=r"Did you mean 'jets\.py'"):
        ProcessorSpec.of(make_analysis("jet.py:Jets"))


def test_the_imports_that_a_server_can_do_ahead_are_read_off(spec):
    source = "import bumpcast.store, os\nfrom bumpcast.objects import build\nfrom . import x\n"
    assert spec(source + GOOD).own_imports == ["bumpcast.store", "bumpcast.objects"]
    assert spec("def f(:").own_imports == []
