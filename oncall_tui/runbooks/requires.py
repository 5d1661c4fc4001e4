"""What front matter lists under `requires`: variables in upper case, and programs."""

from __future__ import annotations

import yaml

from oncall_tui.core.variables import NAME, Variable, VariableType

EXAMPLE = 'write it like: requires: [kubectl, {name: REPLICAS, prompt: "How many?", type: int, default: 3}]'
_KEYS = ("name", "prompt", "type", "default", "choices", "secret")
_RESERVED = ("ONCALL_", "LD_", "BASH_", "DYLD_")
_SHELLS_OWN = frozenset({"PATH", "IFS", "ENV", "HOME", "SHELL", "PS4", "SHELLOPTS"})


class Unfit(ValueError):
    """Something under `requires` that cannot be understood, and the node that says it."""

    def __init__(self, message: str, node: yaml.Node) -> None:
        super().__init__(message)
        self.node = node


def read_requires(node: yaml.Node) -> tuple[tuple[Variable, ...], tuple[str, ...]]:
    """The variables and the programs under `requires`. Raises Unfit."""
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    variables: dict[str, Variable] = {}
    programs: list[str] = []
    for item in items:
        if isinstance(item, yaml.ScalarNode):
            name = str(item.value).strip()
            if not name or any(letter in name for letter in "/\0 \n\t"):
                raise Unfit(f"{name!r} is neither a variable nor a program's name", item)
            if NAME.fullmatch(name):
                variables[name] = Variable(_allowed(name, item))
            else:
                programs.append(name)
        elif isinstance(item, yaml.MappingNode):
            variable = _variable(item)
            variables[variable.name] = variable
        else:
            raise Unfit("expected a name, or a mapping with one", item)
    return tuple(variables.values()), tuple(dict.fromkeys(programs))


def _variable(node: yaml.MappingNode) -> Variable:
    written = {str(key.value): value for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    if unknown := [key for key in written if key not in _KEYS]:
        raise Unfit(f"{unknown[0]!r} is none of {', '.join(_KEYS)}", node)
    if "name" not in written:
        raise Unfit("a variable has no name", node)
    name = _text(written["name"])
    if not NAME.fullmatch(name):
        raise Unfit(f"{name!r}: a variable's name is of A-Z, 0-9 and _", written["name"])
    kind = _text(written["type"]) if "type" in written else VariableType.TEXT.value
    if kind not in {one.value for one in VariableType}:
        raise Unfit(f"{kind!r} is none of {', '.join(VariableType)}", written["type"])
    hidden = _text(written["secret"]).lower() if "secret" in written else "false"
    if hidden not in ("true", "false"):
        raise Unfit("secret: expected true or false", written["secret"])
    variable = Variable(
        name=_allowed(name, written["name"]),
        prompt=_text(written["prompt"]) if "prompt" in written else "",
        type=VariableType(kind),
        default=_text(written["default"]) if "default" in written else None,
        choices=_choices(written["choices"]) if "choices" in written else (),
        secret=hidden == "true",
    )
    if variable.default is not None and (mistake := variable.mistake(variable.default)):
        raise Unfit(f"{name}: the default: {mistake}", written["default"])
    return variable


def _allowed(name: str, node: yaml.Node) -> str:
    """The name, unless it would steer the shell itself or is the program's own."""
    if name.startswith(_RESERVED) or name in _SHELLS_OWN:
        raise Unfit(f"{name} is not for a runbook to ask for", node)
    return name


def _choices(node: yaml.Node) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise Unfit("choices: expected a list", node)
    return tuple(_text(item) for item in node.value)


def _text(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise Unfit("expected text", node)
    return str(node.value).strip()
