#!/usr/bin/env bash
# Starts what a file of conf/emr describes, with the AWS CLI: a run of EMR Serverless, or, where the file is a list, steps of
# the EMR cluster $EMR_CLUSTER.  scripts/submit.sh conf/emr/index.json
# ${NAME}s in the file are variables of the environment. What scripts/package.sh has collected lies under $JARS already:
#   scripts/package.sh target/cluster && aws s3 sync target/cluster "$JARS"
set -euo pipefail
[ $# = 1 ] || { echo "usage: scripts/submit.sh FILE" >&2; exit 2; }
input=$(cat "$1")
for name in $(grep -oE '\$\{[A-Z_]+\}' "$1" | tr -d '${}' | sort -u); do
  [ -n "${!name:-}" ] || { echo "$1 asks for \$$name: export it first" >&2; exit 2; }
  value=${!name//\\/"\\\\"}
  value=${value//\"/"\\\""}
  input=${input//"\${$name}"/"$value"} # quoted: to bash 5.2 a bare & is what was found
done
case $input in
  \[*) aws emr add-steps --cluster-id "${EMR_CLUSTER:?the cluster that the steps are for}" --steps "$input" ;;
  *) aws emr-serverless start-job-run --cli-input-json "$input" ;;
esac
