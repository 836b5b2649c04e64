"""Jinja2 templates in the values of a configuration, over the configuration itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, UndefinedError, nodes
from jinja2.runtime import Context, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from bumpcast.config.errors import Origin, Problem
from bumpcast.config.keys import KeyPath, dotted
from bumpcast.config.layers import Layer
from bumpcast.errors import did_you_mean


class _TemplateFailureError(Exception):
    """A template could not be rendered; `key` is the one to blame, not one that refers to it."""

    def __init__(self, key: KeyPath, message: str) -> None:
        self.key = key
        self.message = message
        super().__init__(message)


class _TableView(Mapping[str, Any]):
    """A table as a template sees it: values are rendered when they are asked for."""

    def __init__(self, path: KeyPath, keys: tuple[str, ...], look_up: Callable[[KeyPath], Any]):
        self.path = path
        self._keys = keys
        self._look_up = look_up

    def __getitem__(self, key: str) -> Any:
        if key not in self._keys:
            raise KeyError(key)
        return self._look_up((*self.path, key))

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox; a name after a table's dot is always a key of the table, never a method."""

    def __init__(self, root: _TableView) -> None:
        self.root = root

        class UndefinedName(StrictUndefined):
            @property
            def _undefined_message(self) -> str:
                if self._undefined_hint or self._undefined_obj is not missing:
                    return super()._undefined_message
                return f"there is no '{self._undefined_name}'. " + did_you_mean(
                    str(self._undefined_name), root
                )

        super().__init__(undefined=UndefinedName)
        self.context_class = _Context
        self.globals.clear()

    def getattr(self, obj: Any, attribute: str) -> Any:
        if isinstance(obj, _TableView):
            return self.getitem(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if not isinstance(obj, _TableView):
            return super().getitem(obj, argument)
        if argument in obj:
            return obj[argument]
        hint = f"there is no '{dotted((*obj.path, str(argument)))}'. " + did_you_mean(
            str(argument), obj
        )
        return self.undefined(hint=hint, obj=obj, name=argument)


class _Context(Context):
    """Looks names up in the configuration, one by one, so that only what is used is rendered."""

    environment: _Environment

    def resolve_or_missing(self, key: str) -> Any:
        found = super().resolve_or_missing(key)
        if found is missing:
            return self.environment.root.get(key, missing)
        return found


class _Renderer:
    """Renders every value once, in the order in which they need each other."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._rendered: dict[KeyPath, Any] = {}
        self._underway: list[KeyPath] = []
        self._failed: dict[KeyPath, _TemplateFailureError] = {}
        root = _TableView((), tuple(layer.values), self.look_up)
        self._environment = _Environment(root)

    def look_up(self, path: KeyPath) -> Any:
        """Return the rendered value at a path, or a view of the table there."""
        value: Any = self._layer.values
        for key in path:
            value = value[key]
        if isinstance(value, dict):
            return _TableView(path, tuple(value), self.look_up)
        if path in self._failed:
            raise self._failed[path]
        if path not in self._rendered:
            self._rendered[path] = self._render_once(path, value)
        return self._rendered[path]

    def _render_once(self, path: KeyPath, value: Any) -> Any:
        if path in self._underway:
            circle = [*self._underway[self._underway.index(path) :], path]
            message = "templates refer to each other in a circle: " + " -> ".join(
                map(dotted, circle)
            )
            raise _TemplateFailureError(path, message)
        self._underway.append(path)
        try:
            return self._render_value(path, value)
        except _TemplateFailureError as error:
            self._failed[path] = error
            raise
        finally:
            self._underway.pop()

    def _render_value(self, path: KeyPath, value: Any) -> Any:
        if isinstance(value, str):
            return self._render_text(path, value)
        if isinstance(value, list):
            return [self._render_value(path, item) for item in value]
        if isinstance(value, dict):  # an inline table in a list
            return {key: self._render_value(path, item) for key, item in value.items()}
        return value

    def _render_text(self, path: KeyPath, text: str) -> Any:
        if "{{" not in text and "{%" not in text:
            return text
        try:
            expression = self._lone_expression(text)
            if expression is None:
                return self._environment.from_string(text).render()
            compiled = self._environment.compile_expression(expression, undefined_to_none=False)
            result = compiled()
            if isinstance(result, Undefined):
                str(result)  # raises the error that names what is undefined
            return self._plain(path, result)
        except UndefinedError as error:
            raise _TemplateFailureError(path, f"in the template {text!r} {error}") from error
        except TemplateSyntaxError as error:
            message = f"the template {text!r} is not valid: {error.message}"
            raise _TemplateFailureError(path, message) from error
        except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError) as error:
            # Whatever an expression over the user's own values can raise.
            message = f"the template {text!r} fails: {error}"
            raise _TemplateFailureError(path, message) from error

    def _lone_expression(self, text: str) -> str | None:
        """Return the expression of a text that is '{{ expression }}' and nothing else."""
        body = self._environment.parse(text).body
        alone = (
            text.startswith("{{")
            and text.endswith("}}")
            and len(body) == 1
            and isinstance(body[0], nodes.Output)
            and len(body[0].nodes) == 1
        )
        if not alone:
            return None
        # '{{-' and '-}}' are Jinja2's whitespace control, not a minus sign.
        return text[2:-2].removeprefix("-").removesuffix("-")

    def _plain(self, path: KeyPath, value: Any) -> Any:
        """Return the value of an expression as TOML could hold it."""
        if isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            return str(value)
        if isinstance(value, Mapping):
            return {str(key): self._plain(path, value[key]) for key in value}
        if isinstance(value, list | tuple):
            return [self._plain(path, item) for item in value]
        kind = "nothing" if value is None else f"a {type(value).__name__}"
        message = f"the template gives {kind}: a text, number, true/false, list or table is needed"
        raise _TemplateFailureError(path, message)


@dataclass(frozen=True)
class Rendered:
    """A configuration with its templates rendered.

    Attributes:
        values: The tables and values; a value whose template failed stays as it was written.
        problems: What went wrong, each at the key to blame.
        failed: Every key whose template could not be rendered, also for another key's sake.
    """

    values: dict[str, Any]
    problems: list[Problem]
    failed: set[KeyPath]


def render(layer: Layer) -> Rendered:
    """Render every template in a configuration.

    A text that is one expression and nothing else keeps the expression's type; any other text
    with templates stays a text. Templates may refer to values that are templates themselves.

    Args:
        layer: The merged configuration.
    """
    renderer = _Renderer(layer)
    problems: dict[KeyPath, Problem] = {}
    failed: set[KeyPath] = set()

    def rendered(values: Mapping[str, Any], prefix: KeyPath) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for key, value in values.items():
            path = (*prefix, key)
            if isinstance(value, dict):
                table[key] = rendered(value, path)
                continue
            try:
                table[key] = renderer.look_up(path)
            except _TemplateFailureError as error:
                origin = layer.origin_of(error.key) or Origin(None)
                problems.setdefault(error.key, Problem(error.key, error.message, origin))
                failed.add(path)
                table[key] = value
        return table

    return Rendered(rendered(layer.values, ()), list(problems.values()), failed)
