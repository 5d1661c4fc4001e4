"""Markdown as people are to see it: behind every link stands where it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from oncall_tui.core.text import clean_line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

LONGEST = 300
"""Characters of an address that are shown."""


def parser() -> MarkdownIt:
    """A parser whose links tell where they go. Schemes other than the web's and mail's make no link at all."""
    from markdown_it import MarkdownIt

    made = MarkdownIt("gfm-like")
    made.core.ruler.push("tell_where_links_go", _tell)
    return made


def _tell(state: StateCore) -> None:
    for block in state.tokens:
        if block.children:
            block.children = _told(block.children)


def _told(tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    address, said = "", ""
    for token in tokens:
        found.append(token)
        if token.type == "link_open":
            address, said = str(token.attrGet("href") or ""), ""
        elif token.type == "link_close":
            if address and address not in (said, f"http://{said}", f"mailto:{said}"):
                found.append(_text(f" ({clean_line(address, LONGEST)})"))
            address = ""
        else:
            said += token.content
    return found


def _text(words: str) -> Token:
    from markdown_it.token import Token

    return Token("text", "", 0, content=words)
