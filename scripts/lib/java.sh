# Sourced by the scripts beside it: finds Java and Maven, builds when sources are newer than classes.
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
command -v "$java" >/dev/null || { echo "there is no $java: set JAVA_HOME to a JDK 17" >&2; exit 1; }
vectors=--add-modules=jdk.incubator.vector # for sketches, and gates on a processor; the JVM tells that it incubates, so only verbs that need it ask for it
pwd -P >/dev/null 2>&1 || { echo "the folder that this is started from is gone: go to another" >&2; exit 1; }
jvm_options=("@$root/conf/jvm.options" ${LORALAKE_JAVA_OPTS:--Xmx4g})
[ "$(locale charmap 2>/dev/null)" = UTF-8 ] || export LC_ALL=C.UTF-8 # names of files; a locale may be asked for that is not installed
export SPARK_LOCAL_IP=${SPARK_LOCAL_IP:-127.0.0.1} DJL_OFFLINE=${DJL_OFFLINE:-true}

maven() {
  if command -v mvn >/dev/null; then mvn "$@"; else "$root/mvnw" "$@"; fi
}

# Compiles all modules and writes their classpaths, unless nothing has changed since. Of several starts at once one does.
build() {
  if built; then require_classpath; return; fi
  (
    if command -v flock >/dev/null && ! flock -n 9; then # Linux has it
      echo "another start is building: waiting for it ..." >&2
      flock 9 || true # a disk may know no locks
    fi
    if built; then return; fi
    echo "building LoraLake ..." >&2
    (cd "$root" && maven -q process-test-classes >&2)
    touch "$root/tests/target/.built"
    archive
  ) 9<"$root/pom.xml"
}

built() {
  local marker=$root/tests/target/.built
  [ -e "$marker" ] && [ -z "$(find "$root"/pom.xml "$root"/*/pom.xml "$root"/{common,jobs,tests}/src \
      "$root/conf/models" -newer "$marker" -print -quit)" ]
}

# Classpaths name the local repository of whoever built, which may be shut to others, and folders of the clone, which may have moved.
require_classpath() {
  local file
  while IFS= read -r file; do
    [ -r "$file" ] || {
      echo "$file, which the build in $root runs with, is not there or may not be read by this user: have it opened," \
        "or build again in a clone that you own (rm tests/target/.built there)" >&2
      exit 1
    }
  done < <(tr : '\n' <"$root/jobs/target/classpath.txt")
}

# Sets $libraries, which come first in a classpath, $ours, which come after, and $archive: a file of the libraries' classes, parsed and
# verified, for one JDK. The JVM takes it for a classpath that begins with $libraries, and goes on without it where it does not fit.
classpath() {
  local all jdk ours_end='/(loralake-[^/]*|classes)$'
  all=$(tr : '\n' <"$root/jobs/target/classpath.txt")
  libraries=$(grep -Ev "$ours_end" <<<"$all" | paste -s -d : -)
  ours=$root/jobs/target/classes:$root/conf:$(grep -E "$ours_end" <<<"$all" | paste -s -d : -)
  jdk=$(readlink -f "$(command -v "$java")")
  archive=$(cksum <<<"of files $libraries $jdk $(cat "${jdk%/bin/java}/release" 2>/dev/null)")
  archive=$root/jobs/target/libraries-${archive%% *}.jsa
}

# Makes the archive, unless it is there, of what one index run loads.
archive() {
  classpath
  if [ -e "$archive" ]; then return; fi
  echo "archiving the libraries' classes: each start from now on takes a quarter less ..." >&2
  local work=$archive.$$ run=("$java" "@$root/conf/jvm.options" -XX:TieredStopAtLevel=1 -XX:+UseSerialGC)
  mkdir "$work"
  "${run[@]}" -XX:DumpLoadedClassList="$work/loaded.txt" -cp "$libraries:$ours" io.loralake.jobs.Main index --model lab \
    --source "$root/tests/lab/zoo/03248a_000828.safetensors" --catalog "$work/catalog" &>"$work/log" &&
    with_files "$work/loaded.txt" >"$work/classes.txt" &&
    "${run[@]}" -Xshare:dump -XX:SharedClassListFile="$work/classes.txt" -XX:SharedArchiveFile="$work/classes.jsa" \
      -cp "$libraries" &>>"$work/log" && mv "$work/classes.jsa" "$archive" || tail -3 "$work/log" >&2
  rm -rf "$work"
}

# A list of classes but for those that no jar has under their own name: those of one version of Java (a jar keeps the names of its files as
# they are), and those that the JVM makes. JDK 17 dies of them when they are archived and a profiler, as Flight Recorder, asks for their file.
with_files() {
  local jars
  IFS=: read -ra jars <<<"$libraries"
  awk 'FILENAME == ARGV[1] { versions[$0]; next } !/SPECIES_RESOLVE/ && !($1 in versions)' <(
    grep -aohE 'META-INF/versions/[0-9]+/[A-Za-z0-9_$/]+\.class' "${jars[@]}" |
      sed -E 's#META-INF/versions/[0-9]+/(.*)\.class#\1#' | sort -u
  ) "$1"
}
