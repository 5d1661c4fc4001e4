"""What pydantic found wrong, as mistakes with lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from oncall_tui.config.document import Document, Spot, value_at
from oncall_tui.config.mistakes import Mistake, Place, is_secret, point_at, show_place, suggest

Context = Mapping[str, Any]

_EXPECTED: dict[str, Callable[[Context], str]] = {
    "bool_parsing": lambda _: "true or false",
    "bool_type": lambda _: "true or false",
    "dict_type": lambda _: "a mapping of keys and values",
    "enum": lambda ctx: f"one of {_options(ctx)}",
    "expected": lambda ctx: str(ctx["expected"]),
    "float_parsing": lambda _: "a number",
    "float_type": lambda _: "a number",
    "greater_than": lambda ctx: f"more than {ctx['gt']}",
    "greater_than_equal": lambda ctx: f"at least {ctx['ge']}",
    "int_from_float": lambda _: "a whole number",
    "int_parsing": lambda _: "a whole number",
    "int_parsing_size": lambda _: "a smaller number",
    "int_type": lambda _: "a whole number",
    "less_than_equal": lambda ctx: f"at most {ctx['le']}",
    "list_type": lambda _: "a list",
    "literal_error": lambda ctx: f"one of {_options(ctx)}",
    "model_type": lambda _: "a mapping of keys and values",
    "path_type": lambda _: "a path",
    "string_pattern_mismatch": lambda _: "an id: letters, digits, '-' and '_'",
    "tuple_type": lambda _: "a list",
    "string_too_short": lambda _: "some text",
    "string_type": lambda _: "text",
    "too_short": lambda _: "at least one entry",
}


def explain(document: Document, error: ValidationError, model: type[BaseModel]) -> Iterator[Mistake]:
    """Every mistake in a document that did not become the model."""
    details = error.errors(include_url=False, include_input=False)
    around = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    for detail in details:
        if detail["type"] == "too_short" and detail["loc"] in around:
            continue  # it has entries, and what is wrong with them is told
        place = _written(document, detail["loc"])
        if detail["type"].startswith("union_tag_"):
            yield _unknown_kind(document, (*place, "kind"), detail)
        elif detail["type"] == "extra_forbidden":
            yield _unknown_key(document, place, model)
        elif detail["type"] == "missing":
            yield Mistake(document.spot(place).line, show_place(place), "required, but not there")
        else:
            yield _wrong_value(document, place, detail)


def _written(document: Document, location: tuple[str | int, ...]) -> Place:
    """The place in the document: without pydantic's marks for keys, and for the kind that chose a model."""
    place: Place = ()
    for part in location:
        around = value_at(document.data, place)
        of_kind = isinstance(around, dict) and part == around.get("kind") and part not in around
        if part != "[key]" and not of_kind:
            place = (*place, part)
    return place


def _unknown_kind(document: Document, place: Place, detail: ErrorDetails) -> Mistake:
    """No kind, or none that is known."""
    spot, options = document.spot(place), str(detail.get("ctx", {}).get("expected_tags", "")).replace("'", "")
    if not options:
        return Mistake(spot.line, show_place(place), "required, but not there")
    hint = "" if spot.filled_in else suggest(spot.shown.strip("'"), options.split(", "))
    got = f", got {spot.shown}" if spot.shown else ""
    return Mistake(spot.line, show_place(place), f"expected one of {options}{got}{hint}")


def _wrong_value(document: Document, place: Place, detail: ErrorDetails) -> Mistake:
    spot = document.spot(place)
    mistake = Mistake(spot.line, show_place(place), _what(detail, spot, place))
    offset, value = detail.get("ctx", {}).get("offset"), value_at(document.data, place)
    if offset is None or not isinstance(value, str) or not spot.shown or spot.filled_in:
        return mistake
    line, column = document.position(place, value, offset) or (spot.line, 0)
    return replace(mistake, line=line, column=column, excerpt=point_at(value, offset))


def _unknown_key(document: Document, place: Place, model: type[BaseModel]) -> Mistake:
    *around, key = place
    fields = list(_fields(document, model, tuple(around)))
    hint = suggest(str(key), fields)
    if is_secret(place):  # a slip of the colon makes a password a key
        return Mistake(document.spot(place).line, show_place(tuple(around)), f"a key that is not known{hint}")
    known = hint or f"; known here: {', '.join(fields)}"
    return Mistake(document.spot(place).line, show_place(place), f"not a key that is known{known}")


def _what(detail: ErrorDetails, spot: Spot, place: Place) -> str:
    context = detail.get("ctx", {})
    if detail["type"] in ("value_error", "credentials"):  # from our own validators, which repeat no values
        return detail["msg"].removeprefix("Value error, ")
    expectation = _EXPECTED.get(detail["type"])
    what = f"expected {expectation(context)}" if expectation else "not understood"
    got = f", got {spot.shown}" if spot.shown else ""
    if spot.filled_in or is_secret(place):
        return what + got
    reason = f": {context['reason']}" if context.get("reason") else ""
    hint = suggest(spot.shown.strip("'"), _options(context).split(", ")) if "expected" in context else ""
    return what + got + (reason or ("" if detail["type"] == "expected" else hint))


def _options(context: Context) -> str:
    """pydantic's "'a', 'b' or 'c'" as 'a, b, c'."""
    return str(context["expected"]).replace("'", "").replace(" or ", ", ")


def _fields(document: Document, model: type[BaseModel], place: Place) -> Iterator[str]:
    """The names of the fields of the model at this place in a document of the model."""
    annotation: Any = model
    for at, part in enumerate(place):
        if isinstance(part, int):
            annotation = _held(annotation)
        elif (found := _model(document, annotation, place[:at])) is not None and part in found.model_fields:
            annotation = found.model_fields[part].annotation
        else:
            return
    found = _model(document, annotation, place)
    if found is not None:
        yield from found.model_fields


def _model(document: Document, annotation: Any, place: Place) -> type[BaseModel] | None:
    """The model of what stands at the place; of several, the one of its kind."""
    kind = value_at(document.data, (*place, "kind"))
    models: list[type[BaseModel]] = []
    waiting = [annotation]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, type) and issubclass(one, BaseModel):
            models.append(one)
        elif get_origin(one) is not tuple:
            waiting += get_args(one)
    chosen = (
        one for one in models if "kind" in one.model_fields and kind in get_args(one.model_fields["kind"].annotation)
    )
    return next(chosen, models[0] if models else None)


def _held(annotation: Any) -> Any:
    """What the tuple in 'tuple[X, ...] | None' holds."""
    tuples = (each for each in (annotation, *get_args(annotation)) if get_origin(each) is tuple)
    return next((get_args(each)[0] for each in tuples), None)
