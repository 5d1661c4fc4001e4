"""Requests made of an input alone, where a protocol has one way of asking; and where in its answer the answer is."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from oncall_tui.core.canary import CanaryRequest
from oncall_tui.core.catalogue import Protocol

MOST_TOKENS = 16
"""Of an answer that a language model writes: a canary asks for a word, and pays for no more."""

_TENSOR = "input-0"


def shaped(protocol: Protocol, model: str, given: object) -> tuple[CanaryRequest, str]:
    """The request for this input, and the JSON path of what it brings ('' for the whole answer).

    Raises ValueError where the protocol has no one way, or the input is not of its kind.
    """
    maker = _MAKERS.get(protocol)
    if maker is None:
        known = ", ".join(one.value for one in _MAKERS)
        raise ValueError(f"{protocol.value} has no one way of asking: write request: (input does for {known})")
    if not model and protocol in _BY_NAME:
        raise ValueError(f"{protocol.value} is asked by the model's name: set model: for this endpoint")
    path, body, found = maker(model, given)
    return CanaryRequest("POST", path, json.dumps(body, ensure_ascii=False, separators=(",", ":")), _JSON), found


_JSON = (("Content-Type", "application/json"),)
_Made = tuple[str, Any, str]


def _v2(_model: str, given: object) -> _Made:
    """An array becomes the tensor input-0; an object is tensors by name."""
    tensors = given if isinstance(given, dict) else {_TENSOR: given}
    inputs = [_tensor(str(name), value) for name, value in tensors.items()]
    return "/v2/models/{model}/infer", {"inputs": inputs}, "$.outputs[0].data"


def _tensor(name: str, value: object) -> dict[str, Any]:
    shape: list[int] = []
    level: list[object] = [value]
    while level and all(isinstance(one, list) for one in level):
        lengths = {len(one) for one in level if isinstance(one, list)}
        if len(lengths) > 1 or 0 in lengths:
            raise ValueError(f"{name}: expected an array whose rows are equally long")
        shape.append(lengths.pop())
        level = [inner for one in level if isinstance(one, list) for inner in one]
    if not shape:
        raise ValueError(f"{name}: expected an array, such as [[1.0, 2.0]]")
    return {"name": name, "shape": shape, "datatype": _datatype(name, level), "data": level}


def _datatype(name: str, values: list[object]) -> str:
    kinds = {type(value) for value in values}
    for allowed, datatype in (({bool}, "BOOL"), ({int}, "INT64"), ({int, float}, "FP32"), ({str}, "BYTES")):
        if kinds <= allowed:
            return datatype
    raise ValueError(f"{name}: expected an array of numbers, of texts, or of true and false")


def _tf_serving(_model: str, given: object) -> _Made:
    return "/v1/models/{model}:predict", {"instances": given}, "$.predictions"


def _chat(model: str, given: object) -> _Made:
    """OpenAI's chat completions, as predictable as they come."""
    asked = {"messages": _messages(given), "temperature": 0, "max_tokens": MOST_TOKENS, "stream": False}
    return "/v1/chat/completions", ({"model": model} if model else {}) | asked, "$.choices[0].message.content"


def _messages(given: object) -> list[dict[str, str]]:
    return [{"role": "user", "content": _text(given)}]


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("expected a text to ask the model")
    return given


def _tgi(_model: str, given: object) -> _Made:
    parameters = {"max_new_tokens": MOST_TOKENS, "do_sample": False}
    return "/generate", {"inputs": _text(given), "parameters": parameters}, "$.generated_text"


def _ollama(model: str, given: object) -> _Made:
    options = {"temperature": 0, "num_predict": MOST_TOKENS}
    body = {"model": model, "messages": _messages(given), "options": options, "stream": False}
    return "/api/chat", body, "$.message.content"


def _torchserve(_model: str, given: object) -> _Made:
    return "/predictions/{model}", given, ""


def _mlflow(_model: str, given: object) -> _Made:
    return "/invocations", {"inputs": given}, "$.predictions"


def _sagemaker(_model: str, given: object) -> _Made:
    return "/invocations", given, ""


_MAKERS: Mapping[Protocol, Callable[[str, object], _Made]] = {
    Protocol.KSERVE_V2: _v2,
    Protocol.MLSERVER: _v2,
    Protocol.TRITON: _v2,
    Protocol.TF_SERVING: _tf_serving,
    Protocol.TORCHSERVE: _torchserve,
    Protocol.VLLM: _chat,
    Protocol.SGLANG: _chat,
    Protocol.LLAMA_CPP: _chat,
    Protocol.TGI: _tgi,
    Protocol.OLLAMA: _ollama,
    Protocol.MLFLOW: _mlflow,
    Protocol.SAGEMAKER: _sagemaker,
}
_BY_NAME = frozenset(
    {
        Protocol.KSERVE_V2,
        Protocol.MLSERVER,
        Protocol.TRITON,
        Protocol.TF_SERVING,
        Protocol.TORCHSERVE,
        Protocol.VLLM,
        Protocol.OLLAMA,
    }
)
