# Sourced by the scripts beside it: finds Java and Maven, builds when sources are newer than classes.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null || { echo "there is no $java: set JAVA_HOME to a JDK 17" >&2; exit 1; }
vectors=--add-modules=jdk.incubator.vector # for gates on a processor; the JVM tells that it incubates, so only verbs that paint ask for it
pwd -P >/dev/null 2>&1 || { echo "the folder that this is started from is gone: go to another" >&2; exit 1; }
jvm_options=("@$root/conf/jvm.options" ${LORALAKE_JAVA_OPTS:--Xmx4g})
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in *[Uu][Tt][Ff]*8) ;; *) export LC_ALL=C.UTF-8 ;; esac # names of files
export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1} DJL_OFFLINE=${DJL_OFFLINE:-true}

maven() {
  if command -v mvn >/dev/null; then mvn "$@"; else "$root/mvnw" "$@"; fi
}

# Compiles all modules and writes their classpaths, unless nothing has changed since.
build() {
  local marker=$root/tests/target/.built
  if [ -e "$marker" ] && [ -z "$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/{common,jobs,tests}/src \
      "$root/conf/models" -newer "$marker" -print -quit)" ]; then
    return
  fi
  echo "building LoraLake ..." >&2
  (cd "$root" && maven -q process-test-classes >&2)
  touch "$marker"
}
