"""Requests made of an input alone, for the protocols that have one way of asking."""

import json

import pytest

from oncall_tui.core.canary_shapes import MOST_TOKENS, shaped
from oncall_tui.core.catalogue import Protocol


def body_of(protocol, given, model="m"):
    request, path = shaped(protocol, model, given)
    assert request.method == "POST"
    assert dict(request.headers)["Content-Type"] == "application/json"
    return request.path, json.loads(request.body), path


@pytest.mark.parametrize("protocol", [Protocol.KSERVE_V2, Protocol.TRITON, Protocol.MLSERVER])
def test_an_array_becomes_a_tensor_with_its_shape_and_type(protocol):
    path, body, found_at = body_of(protocol, [[0.5, 1, 2.0], [1, 2, 3]])
    assert path == "/v2/models/{model}/infer"
    assert found_at == "$.outputs[0].data"
    assert body == {
        "inputs": [{"name": "input-0", "shape": [2, 3], "datatype": "FP32", "data": [0.5, 1, 2.0, 1, 2, 3]}]
    }


@pytest.mark.parametrize(
    ("given", "shape", "datatype"),
    [([1, 2], [2], "INT64"), ([[True]], [1, 1], "BOOL"), (["a", "b"], [2], "BYTES"), ([[[1.5]]], [1, 1, 1], "FP32")],
)
def test_the_datatype_follows_from_the_values(given, shape, datatype):
    (tensor,) = body_of(Protocol.TRITON, {"x": given})[1]["inputs"]
    assert (tensor["name"], tensor["shape"], tensor["datatype"]) == ("x", shape, datatype)


@pytest.mark.parametrize("given", [1.5, "text", [], [[1], [1, 2]], [[1], 2], ["a", 1], [None], [{"a": 1}], [True, 1]])
def test_what_is_no_array_of_one_kind_is_refused(given):
    with pytest.raises(ValueError, match="expected an array"):
        shaped(Protocol.KSERVE_V2, "m", given)


@pytest.mark.parametrize("protocol", [Protocol.VLLM, Protocol.SGLANG, Protocol.LLAMA_CPP])
def test_a_language_model_is_asked_for_little_and_the_same_each_time(protocol):
    path, body, found_at = body_of(protocol, "Say yes.")
    assert path == "/v1/chat/completions"
    assert found_at == "$.choices[0].message.content"
    assert (body["model"], body["temperature"], body["max_tokens"], body["stream"]) == ("m", 0, MOST_TOKENS, False)
    assert body["messages"] == [{"role": "user", "content": "Say yes."}]


def test_the_others_are_asked_in_their_own_way():
    assert body_of(Protocol.TF_SERVING, [[1]]) == ("/v1/models/{model}:predict", {"instances": [[1]]}, "$.predictions")
    assert body_of(Protocol.TORCHSERVE, {"a": 1}) == ("/predictions/{model}", {"a": 1}, "")
    assert body_of(Protocol.MLFLOW, [[1]], "") == ("/invocations", {"inputs": [[1]]}, "$.predictions")
    assert body_of(Protocol.SAGEMAKER, [[1]], "") == ("/invocations", [[1]], "")
    path, body, found_at = body_of(Protocol.TGI, "Say yes.", "")
    assert (path, found_at) == ("/generate", "$.generated_text")
    assert body["parameters"] == {"max_new_tokens": MOST_TOKENS, "do_sample": False}
    path, body, found_at = body_of(Protocol.OLLAMA, "Say yes.")
    assert (path, found_at) == ("/api/chat", "$.message.content")
    assert body["options"] == {"temperature": 0, "num_predict": MOST_TOKENS}
    assert body["stream"] is False


def test_llama_cpp_serves_one_model_and_needs_no_name():
    assert "model" not in body_of(Protocol.LLAMA_CPP, "Say yes.", "")[1]


@pytest.mark.parametrize("protocol", [Protocol.TRITON, Protocol.TF_SERVING, Protocol.TORCHSERVE, Protocol.VLLM])
def test_one_that_is_asked_by_name_needs_it(protocol):
    with pytest.raises(ValueError, match="set model:"):
        shaped(protocol, "", "hello" if protocol is Protocol.VLLM else [1])


@pytest.mark.parametrize("protocol", [Protocol.HTTP, Protocol.RAY_SERVE, Protocol.BENTOML])
def test_one_that_has_no_one_way_wants_the_whole_request(protocol):
    with pytest.raises(ValueError, match="write request:"):
        shaped(protocol, "m", [1])


def test_a_language_model_is_asked_a_text():
    with pytest.raises(ValueError, match="text"):
        shaped(Protocol.VLLM, "m", [1])
