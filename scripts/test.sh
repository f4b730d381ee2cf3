#!/usr/bin/env bash
# Builds everything and passes all tests: formatting, dependencies, unit, parity, integration, cluster.
#   --peers   also installs the Python peers (diffusers, PEFT, transformers) into target/python and runs the tests that use them
#   --slow    also runs the tests tagged "slow"
# Needs a JDK 17; Maven comes with the wrapper. Where there is a Python, it reads our tables, runs the notebooks, and brings the
# Spark distribution that our jar is submitted to.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
source "$root/scripts/lib/java.sh"
cd "$root"
excluded=slow
peers=
for option in "$@"; do
  case $option in
    --peers) peers="-r scripts/peers/requirements.txt" ;;
    --slow) excluded= ;;
    *) echo "usage: scripts/test.sh [--peers] [--slow]" >&2; exit 2 ;;
  esac
done
if [ -n "${LORALAKE_PYTHON:-}" ]; then
  echo "tests read with $LORALAKE_PYTHON" >&2
elif python3 -m venv target/python && target/python/bin/pip install --quiet --disable-pip-version-check --retries 1 \
  -r notebooks/requirements.txt "pyspark==$(sed -n 's#.*<spark.version>\(.*\)</.*#\1#p' pom.xml)" $peers; then
  export LORALAKE_PYTHON=$root/target/python/bin/python
elif [ -n "$peers" ]; then
  exit 1
else
  echo "no Python with notebooks/requirements.txt and pyspark: tests that need it are skipped" >&2
fi
maven -B -ntp verify --fail-at-end -Dloralake.excludedGroups="$excluded"
