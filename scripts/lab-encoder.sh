#!/usr/bin/env bash
# Makes the lab's encoder and its report from the zoo, without the adapters that are held out: scripts/lab-encoder.sh [--measure]
#   --measure   also writes tests/reports/alignment.md: the tables and plots of 'evaluate --retrieval'
# Reads tests/lab/zoo, tests/lab/truth.jsonl and the base's mean activations, $LORALAKE_PROBES
# (default: tests/lab/base/probes.safetensors). Writes tests/lab/encoder.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
probes=$(realpath -m -- "${LORALAKE_PROBES:-$root/tests/lab/base/probes.safetensors}") # beside whoever asks
cd "$root"
measure=${1:-}
[ $# -le 1 ] && case $measure in "" | --measure) ;; *) false ;; esac || { sed -n '2,5s/^# *//p' "$0" >&2; exit 2; }
work=.loralake/lab-encoder
index() { scripts/loralake index --catalog "$1" --model lab --source tests/lab/zoo "${@:2}"; }
index $work/catalog --probes "$probes"
rm -rf tests/lab/encoder
scripts/loralake train-alignment --catalog $work/catalog --captions tests/lab/truth.jsonl \
  --hold-out tests/lab/held-out.jsonl --head contrastive --validation 0 --seed 1 --out tests/lab/encoder
if [ "$measure" = --measure ]; then
  index $work/gaussian
  scripts/loralake evaluate --retrieval --catalog $work/catalog --gaussian $work/gaussian \
    --truth tests/lab/truth.jsonl --splits tests/lab/splits.jsonl \
    --json $work/alignment.jsonl --report tests/reports/alignment.md
fi
