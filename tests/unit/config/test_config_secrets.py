"""Every secret of a configuration is known, wherever it stands."""

from __future__ import annotations

from pathlib import Path

from oncall_tui.config.loader import load_config
from oncall_tui.config.secrets import secrets_of

CONFIG = """\
sources:
  prometheus:
    - url: http://p:9090
      basic_auth: {username: maria, password: hunter2}
      headers: {X-Key: headerkey}
      proxy_url: http://u:proxypass@proxy:3128
  alertmanager:
    - url: http://a:9093
      authorization: {credentials_file: token}
      tls_config: {cert_file: cert.pem, key_file: gone.key}
pagers:
  - {kind: pagerduty, token: pdtoken, matches: ['severity="page"']}
  - {kind: webhook, url: 'https://hooks.example/T0/secretpath', body: '{}'}
runbooks: {redact: [MY_TOKEN, NOT_SET]}
"""


def test_secrets_are_found_in_values_files_urls_and_named_variables(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("filetoken\n")
    (tmp_path / "cert.pem").write_text("public")
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    config = load_config(file)
    assert secrets_of(config, {"MY_TOKEN": "fromenv", "OTHER": "public"}) == {
        "hunter2",
        "maria:hunter2",
        "headerkey",
        "http://u:proxypass@proxy:3128",
        "filetoken",
        "pdtoken",
        "https://hooks.example/T0/secretpath",
        "fromenv",
    }


def test_a_rotated_file_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first")
    file = tmp_path / "config.yaml"
    file.write_text(
        "sources: {prometheus: [{url: 'http://p', authorization: {credentials_file: token}}]}\n",
    )
    config = load_config(file)
    assert secrets_of(config, {}) == {"first"}
    (tmp_path / "token").write_text("second")
    assert secrets_of(config, {}) == {"second"}
