"""Things are found in the configuration by their names, and by what stands in for a name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from oncall_tui.config.loader import read_config
from oncall_tui.config.whereabouts import Whereabouts

CONFIG = """\
sources:
  prometheus:
    - url: http://a
    - {name: other, url: http://b}
services:
  - name: ranker
    endpoints:
      - url: http://c
      - {protocol: vllm, url: http://d}
    slos:
      - &slo {name: one, objective: 99%, at_least: {query: up, bound: 1}}
      - <<: *slo
        name: two
    signals: [{name: load, query: up}]
"""


def test_everything_is_found_by_its_name_or_what_stands_in_for_one(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(CONFIG)
    config, document = read_config(file)
    where = Whereabouts(file, document)
    (service,) = config.catalogue().services
    assert where.service(service) == "c.yaml:6"
    assert [where.source("prometheus", name) for name in ("prometheus", "other")] == ["c.yaml:3", "c.yaml:4"]
    assert [where.endpoint(one) for one in service.endpoints] == ["c.yaml:8", "c.yaml:9"]
    assert [where.slo(one) for one in service.slos] == ["c.yaml:11", "c.yaml:13"]
    assert where.signal(service.signals[0]) == "c.yaml:14"
    assert where.place("runbooks", "folders") == "c.yaml:1"


def test_an_imported_slo_is_where_it_came_from(tmp_path: Path) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(CONFIG)
    config, document = read_config(file)
    imported = replace(config.catalogue().services[0].slos[0], origin="slos/x.yaml (Sloth)")
    assert Whereabouts(file, document).slo(imported) == "slos/x.yaml (Sloth)"
    unknown = replace(imported, origin="", service="elsewhere")
    assert Whereabouts(file, document).slo(unknown) == "c.yaml:5"
