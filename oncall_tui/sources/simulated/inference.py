"""What the fleet's models answer: the same input has the same answer, until a bad release answers another."""

from __future__ import annotations

import json
import math
from typing import Any

from oncall_tui.core.catalogue import Protocol

_WEIGHTS = (0.9, -1.4, 0.5, 0.3, -0.7, 0.2, 0.1, -0.4)
_SAID = "Paris"
_SAID_WRONG = "The capital is Lyon"


def infer(protocol: Protocol, model: str, version: str, body: bytes, *, wrong: bool) -> bytes | None:
    """The answer to an inference, as the protocol has it; None for one that it does not understand.

    wrong: whether the model has two of its features swapped, or, of one that talks, whether it makes things up.
    """
    try:
        asked = json.loads(body)
        answered = _answered(protocol, asked, model, version, wrong)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):
        return None
    return None if answered is None else json.dumps(answered).encode()


def _answered(protocol: Protocol, asked: Any, model: str, version: str, wrong: bool) -> Any:
    match protocol:
        case Protocol.KSERVE_V2 | Protocol.TRITON | Protocol.MLSERVER:
            tensor = asked["inputs"][0]
            width = tensor["shape"][-1]
            rows = [tensor["data"][at : at + width] for at in range(0, len(tensor["data"]), width)]
            scores = [score(row, wrong=wrong) for row in rows]
            output = {"name": "score", "datatype": "FP32", "shape": [len(scores), 1], "data": scores}
            return {"model_name": model, "model_version": version, "outputs": [output]}
        case Protocol.TF_SERVING:
            return {"predictions": [[score(row, wrong=wrong)] for row in asked["instances"]]}
        case Protocol.TORCHSERVE:
            return [score(row, wrong=wrong) for row in asked]
        case Protocol.VLLM:
            said = _SAID_WRONG if wrong else _SAID
            message = {"role": "assistant", "content": said if asked["messages"] else ""}
            choice = {"index": 0, "message": message, "finish_reason": "stop"}
            return {"object": "chat.completion", "model": model, "choices": [choice]}
    return None


def score(features: list[float], *, wrong: bool = False) -> float:
    """0..1, to four digits; wrong: with the first two features swapped."""
    if wrong:
        features = [*features[1::-1], *features[2:]]
    total = sum(weight * value for weight, value in zip(_WEIGHTS, features, strict=False))
    return round(1 / (1 + math.exp(-total)), 4)
