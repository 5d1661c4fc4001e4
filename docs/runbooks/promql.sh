#!/bin/sh
# sh promql.sh QUERY: what Prometheus answers now, one series a line. The steps of these runbooks use it.
set -eu
query=$1
if [ -z "${ONCALL_PROMETHEUS_URL:-}" ]; then
  echo "No Prometheus to ask: the demo has none, and its screens show the same figures. The query:"
  echo "  $query"
  exit 0
fi
if command -v promtool >/dev/null; then
  answer=$(promtool query instant "$ONCALL_PROMETHEUS_URL" "$query")
elif command -v curl >/dev/null; then
  answer=$(curl -fsS --max-time 10 --data-urlencode "query=$query" "$ONCALL_PROMETHEUS_URL/api/v1/query")
else
  echo "Neither promtool nor curl is installed. Ask $ONCALL_PROMETHEUS_URL for: $query" >&2
  exit 1
fi
echo "${answer:-nothing: no series answers $query}"
