#!/usr/bin/env bash
# Makes the whole lab from nothing: pictures, auto-encoder, base model, classifier, zoo, reports; about two hours on two cores.
#   scripts/lab.sh [STAGE...]   only these stages: pictures autoencoder base probes classifier zoo held-out bad proof
#                              encoder gates (default: all)
# A stage that was killed goes on from its checkpoint in .loralake/lab (LORALAKE_LAB for another folder). Same machine and number
# of threads, same bits. Only "pictures" needs the network.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
work=$(realpath -m -- "${LORALAKE_LAB:-$root/.loralake/lab}") # beside whoever asks
export LORALAKE_JAVA_OPTS=${LORALAKE_JAVA_OPTS:--Xmx6g}
cd "$root"

run() {
  case $1 in
    pictures) scripts/lab-pictures.sh ;;
    autoencoder) scripts/loralake lab train-autoencoder --work "$work/autoencoder" ;;
    base) scripts/loralake lab train-base --work "$work/base" ;;
    probes) scripts/loralake probes --base tests/lab/base --out tests/lab/base/probes.safetensors ;;
    classifier) scripts/loralake lab train-classifier --work "$work/classifier" ;;
    zoo)
      scripts/loralake lab zoo-spec --out "$work/zoo.jsonl" --truth tests/lab/truth.jsonl
      scripts/loralake train-adapters --spec "$work/zoo.jsonl" --base tests/lab/base --out tests/lab/zoo ;;
    held-out) # the adapters of the first split's combinations
      grep '"split":"1"' tests/lab/splits.jsonl | sed -E 's/.*("style":"[^"]*","subject":"[^"]*").*/\1/' |
        grep -F -f - tests/lab/truth.jsonl >tests/lab/held-out.jsonl ;;
    bad)
      good=(tests/lab/zoo/*.safetensors)
      scripts/loralake lab zoo-bad --adapter "${good[0]}" --out tests/lab/zoo-bad ;;
    proof)
      scripts/loralake lab base-proof
      scripts/loralake lab zoo-proof ;;
    encoder) scripts/lab-encoder.sh ;;
    gates) scripts/lab-gates.sh ;;
    *) sed -n '2,6s/^# *//p' "$0" >&2; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- pictures autoencoder base probes classifier zoo held-out bad proof encoder gates
times=
trap 'printf %s "$times"' EXIT # also of a run that was stopped
for stage in "$@"; do
  start=$SECONDS
  run "$stage"
  times+=$(printf '%-12s %5d s' "$stage" $((SECONDS - start)))$'\n'
done
