#!/usr/bin/env bash
# From nothing to a catalog: builds LoraLake and indexes the sample adapters of this repository.
#   scripts/quickstart.sh [FOLDER]   where the catalog goes (default: .loralake/quickstart)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
catalog=${1:-$root/.loralake/quickstart}/catalog
cd "$root"
scripts/loralake index --catalog "$catalog" --model lab --probes tests/lab/trial/probe-acts.safetensors \
  --source tests/lab/trial/zoo --source tests/fixtures/lora/bad --show 12
echo
echo "One adapter from close:"
scripts/loralake inspect tests/lab/trial/zoo/pixel__food-fruit.safetensors --model lab
echo
echo "The catalog is at $catalog. A second run reads nothing: run this command again."
