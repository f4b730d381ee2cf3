#!/usr/bin/env bash
# Makes the lab's gates from zoo, pictures and the lab's encoder, without what is held out: scripts/lab-gates.sh [--measure] [--ablations] [--split N] [--zoo-seed N]
#   --measure      also writes fusion.html beside them (of the first split: tests/reports/fusion.html): 'evaluate --fusion'
#   --ablations    also trains gates that lack a term each, 300 steps, and compares them: ablations.html in .loralake/lab-gates-SPLIT-ZOO
#   --split N      holds out another split's combinations, of which encoder and gates then know nothing
#   --zoo-seed N   from another zoo: the same 300 adapters, trained anew (14 minutes more)
# Writes tests/lab/gates/full and tests/lab/gates/bias-only; of another split or zoo, .loralake/lab-gates-SPLIT-ZOO.
# Three quarters of an hour of two cores. A training that was killed goes on from .loralake.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$root"
measure= ablations= split=1 zoo=0
usage() { sed -n '2,8s/^# *//p' "$0" >&2; exit 2; }
while [ $# -gt 0 ]; do
  case $1 in
    --measure) measure=1 ;;
    --ablations) ablations=1 ;;
    --split) [ $# -gt 1 ] || usage; split=$2; shift ;;
    --zoo-seed) [ $# -gt 1 ] || usage; zoo=$2; shift ;;
    *) usage ;;
  esac
  shift
done
work=.loralake/lab-gates-$split-$zoo
mkdir -p "$work"
scripts/loralake lab zoo-spec --seed "$zoo" --out "$work/zoo.jsonl" --truth "$work/truth.jsonl"
if [ "$split-$zoo" = 1-0 ]; then
  adapters=tests/lab/zoo held_out=tests/lab/held-out.jsonl out=tests/lab/gates report=tests/reports/fusion.html
  catalog=.loralake/lab-encoder/catalog # has the out-of-fold embeddings, which only a training brings
  [ -d $catalog/embeddings ] || scripts/lab-encoder.sh
else
  adapters=$work/zoo held_out=$work/held-out.jsonl out=$work/gates report=$work/fusion.html catalog=$work/catalog
  if [ "$zoo" = 0 ]; then
    adapters=tests/lab/zoo
  else
    scripts/loralake train-adapters --spec "$work/zoo.jsonl" --base tests/lab/base --out "$adapters"
  fi
  grep "\"split\":\"$split\"" tests/lab/splits.jsonl | sed -E 's/.*("style":"[^"]*","subject":"[^"]*").*/\1/' |
    grep -F -f - "$work/truth.jsonl" >"$held_out"
  if [ ! -d "$catalog/embeddings" ]; then
    scripts/loralake index --catalog "$catalog" --model lab --source "$adapters" --probes tests/lab/base/probes.safetensors
    scripts/loralake train-alignment --catalog "$catalog" --captions "$work/truth.jsonl" --hold-out "$held_out" \
      --head contrastive --validation 0 --seed 1
  fi
fi
train() {
  rm -rf "${out:?}/$1"
  scripts/loralake train-gates --catalog "$catalog" --spec "$work/zoo.jsonl" --captions "$work/truth.jsonl" \
    --hold-out "$held_out" --base tests/lab/base --work "$work/$1" --out "$out/$1" "${@:2}"
}
train bias-only --no-activations --steps 2000 --learning-rate 1e-2
train first --steps 2000 --learning-rate 1e-2
train full --from "$out/first" --steps 150 --learning-rate 5e-3 --depth 48 --distractor 0.3 --seed 1
rm -r "$out/first"
compare() { # REPORT OPTIONS...
  scripts/loralake evaluate --fusion --catalog "$catalog" --truth "$work/truth.jsonl" --splits tests/lab/splits.jsonl \
    --split "$split" --samples 12 --json "$work/$(basename "$1" .html).jsonl" --report "$1" "${@:2}"
}
if [ "$measure" ]; then
  compare "$report" --gates full="$out/full" --gates "bias only=$out/bias-only" --paint 4
fi
if [ "$ablations" ]; then
  gates=(--gates "as shipped=$out/full" --gates "bias only, as shipped=$out/bias-only") out=$work/ablations
  variant() {
    train "$1" --steps 300 --learning-rate 1e-2 "${@:2}"
    gates+=(--gates "$1=$out/$1")
  }
  variant all
  variant no-time --no-time
  variant no-relevance --relevance 0
  variant no-activations --no-activations
  variant no-activations-no-time --no-activations --no-time
  variant published --undivided --no-time --relevance 0
  variant all-with-hinge-and-dropout --hinge 0.5 --prompt-dropout 0.3
  variant published-with-hinge-and-dropout --undivided --no-time --relevance 0 --hinge 0.5 --prompt-dropout 0.3
  compare "$work/ablations.html" "${gates[@]}"
fi
