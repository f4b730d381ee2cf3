#!/usr/bin/env bash
# Makes the lab's gates from zoo, pictures and the lab's encoder, without what is held out: scripts/lab-gates.sh [--measure]
#   --measure   also writes tests/reports/fusion-tables.md, its sheets and gate maps: 'evaluate --fusion' on the first split
# Writes tests/lab/gates/full and tests/lab/gates/bias-only. A training that was killed goes on from .loralake/lab-gates.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
work=.loralake/lab-gates
mkdir -p $work
catalog=.loralake/lab-encoder/catalog # has the out-of-fold embeddings, which only a training brings
[ -d $catalog/embeddings ] || scripts/lab-encoder.sh
scripts/loralake lab zoo-spec --out $work/zoo.jsonl --truth $work/truth.jsonl
train() {
  scripts/loralake train-gates --catalog $catalog --spec $work/zoo.jsonl --captions tests/lab/truth.jsonl \
    --hold-out tests/lab/held-out.jsonl --base tests/lab/base --work "$work/$1" --out "tests/lab/gates/$1" "${@:2}"
}
train bias-only --no-activations --steps 300
train first --from tests/lab/gates/bias-only --steps 140 --learning-rate 5e-3
train full --from tests/lab/gates/first --steps 120 --learning-rate 7e-3 --depth 48 --distractor 0.3 --seed 1
rm -r tests/lab/gates/first
if [ "${1:-}" = --measure ]; then
  scripts/loralake evaluate --fusion --catalog $catalog --truth tests/lab/truth.jsonl --splits tests/lab/splits.jsonl \
    --gates full=tests/lab/gates/full --gates "bias only=tests/lab/gates/bias-only" --paint 4 \
    --json $work/fusion.jsonl --report tests/reports/fusion-tables.md
fi
