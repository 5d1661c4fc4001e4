"""Which links of an alert can be opened."""

from hypothesis import given
from hypothesis import strategies as st

from oncall_tui.core.alerts import Alert
from oncall_tui.ui.links import links_of


def urls(**annotations):
    return [link.url for link in links_of(Alert("am", "f", {"alertname": "A"}, annotations))]


def test_links_are_found_within_text_and_stand_once_the_runbook_first():
    alert = Alert(
        "am",
        "f",
        {"alertname": "A", "dashboard": "https://grafana.example/d/x?var=a,b."},
        {
            "description": "see (https://wiki.example/a_(b)) or http://x.example/y.",
            "runbook_url": "https://rb.example/#top",
        },
        generator_url="http://prom:9090/graph?g0.expr=up",
    )
    assert [(link.name, link.url) for link in links_of(alert)] == [
        ("runbook", "https://rb.example/#top"),
        ("description", "https://wiki.example/a_(b)"),
        ("description", "http://x.example/y"),
        ("dashboard", "https://grafana.example/d/x?var=a,b"),
        ("where it was made", "http://prom:9090/graph?g0.expr=up"),
    ]
    assert [link.host for link in links_of(alert)] == [
        "rb.example", "wiki.example", "x.example", "grafana.example", "prom:9090",
    ]  # fmt: skip


def test_other_schemes_users_and_lookalikes_are_no_links():
    assert urls(a="javascript:alert(1)", b="file:///etc/passwd", c="ftp://x", d="data:text/html,x") == []
    assert urls(a="https://good.example@evil.example/") == []
    assert urls(a="https://exаmple.com/") == ["https://ex"]  # a Cyrillic а: what is left leads elsewhere, and shows it
    assert urls(a="https://x.example/\x1b]8;;evil\x07") == ["https://x.example/"]
    assert urls(a="http://") == urls(a="https://:0/") == []


@given(st.text(max_size=120))
def test_what_is_offered_is_printable_ascii(text):
    for url in urls(a=f"https://{text}", b=text):
        assert url.isascii()
        assert url.isprintable()
        assert url.lower().startswith(("http://", "https://"))
