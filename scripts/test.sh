#!/usr/bin/env bash
# Builds everything and passes all tests: formatting, dependencies, unit, parity, integration, cluster.
#   --peers   also installs the Python peers (diffusers, PEFT, deltalake) into target/peers and runs the tests that use them
#   --slow    also runs the tests tagged "slow"
# Needs a JDK 17; Maven comes with the wrapper.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
source "$root/scripts/lib/java.sh"
cd "$root"
excluded=slow
for option in "$@"; do
  case $option in
    --peers)
      python3 -m venv target/peers
      target/peers/bin/pip install --quiet -r scripts/peers/requirements.txt
      export LORALAKE_PYTHON=$root/target/peers/bin/python ;;
    --slow) excluded= ;;
    *) echo "usage: scripts/test.sh [--peers] [--slow]" >&2; exit 2 ;;
  esac
done
maven -B -ntp verify --fail-at-end -Dloralake.excludedGroups="$excluded"
