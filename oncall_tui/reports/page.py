"""What every HTML page of ours has: one style sheet, and a policy that lets nothing else be loaded or run."""

from __future__ import annotations

import base64
import hashlib

STYLE_SHEET = """
body { font: 16px/1.5 sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.2rem; margin-top: 2rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: .25rem .6rem; vertical-align: top; }
tr:nth-child(even) { background: #f5f5f5; }
td.at { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { background: #f0f0f0; padding: .5rem; overflow-x: auto; font-size: .85rem; }
.prompt { color: #666; font-style: italic; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; color: #444; }
svg { max-width: 100%; height: auto; }
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE_SHEET.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'"
"""What a browser may do with the page: apply this one style sheet, and nothing else at all."""
