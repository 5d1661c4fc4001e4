"""Behind every link stands where it goes."""

import pytest

from oncall_tui.ui.markdown_links import parser


def shown(text):
    pieces = []
    for block in parser().parse(text):
        pieces += [token.content for token in block.children or ()]
    return "".join(pieces)


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("[the runbook](http://evil.example/x)", "the runbook (http://evil.example/x)"),
        ("[http://good.example](http://evil.example)", "http://good.example (http://evil.example)"),
        ("**[a `b`](https://x.example)** c", "a b (https://x.example) c"),
        ("<https://x.example/>", "https://x.example/"),
        ("https://x.example", "https://x.example"),
        ("[s](javascript:alert(1))", "[s](javascript:alert(1))"),
        ("[f](file:///etc/passwd)", "[f](file:///etc/passwd)"),
        ("[r][1]\n\n[1]: http://evil.example", "r (http://evil.example)"),
        ("no link", "no link"),
    ],
)
def test_a_link_tells_where_it_goes(written, seen):
    assert shown(written) == seen


def test_an_address_holds_no_control():
    """What does not end a link in Markdown and steers a terminal all the same."""
    for control in ("\u202e", "\x9b2J", "\u200b"):
        assert not set(control) & set(shown(f"[x](http://evil.example/{control})").partition("(")[2]) - set("2J")
