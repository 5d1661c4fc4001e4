"""${NAME} and ${NAME:-default} in values, as a shell understands them."""

from __future__ import annotations

import re
from collections.abc import Mapping

# A $ that no { follows is not ours: $window, $1 and $$ keep their meaning in queries, and so does ${1}.
_REFERENCE = re.compile(r"\$\$\{|\$\{(?!\d+\})(?:(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?P<default>:-[^}]*)?\})?")


class EnvironmentMistake(ValueError):
    """A reference that cannot be filled in. The message names the variable and never a value."""


def fill_in(text: str, environment: Mapping[str, str]) -> str:
    """text with its references replaced; '$${' stands for a plain '${'. What is filled in is not looked at again.

    The default is taken where the variable is unset or empty. Raises EnvironmentMistake for a variable that is
    not set and has no default, and for a '${' that is no reference.
    """

    def value(match: re.Match[str]) -> str:
        if match.group() == "$${":
            return "${"
        name, default = match["name"], match["default"]
        if name is None:
            raise EnvironmentMistake("expected ${NAME} or ${NAME:-default} (write $${ for a plain ${)")
        found = environment.get(name)
        if default is not None:
            return found or default.removeprefix(":-")
        if found is None:
            advice = "write $window" if name == "window" else f"set it, or write ${{{name}:-default}}"
            raise EnvironmentMistake(f"the environment has no {name} ({advice})")
        return found

    return _REFERENCE.sub(value, text)
