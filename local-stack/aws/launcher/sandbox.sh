#!/bin/bash
# sandbox.sh FUNCTION_DIRECTORY LANGUAGE RUNTIME COMMAND... inside a mount namespace of its own
set -euo pipefail
function=$1 language=$2 runtime=$3
shift 3
views=$function/views
mkdir -p "$views"/{opt,tmp,var/{lang,runtime,task,tmp}}
mount --make-rprivate /

for layer in $(ls -d "$function"/layer_*/ 2>/dev/null | sort -V); do
  cp --recursive --link --force "$layer". "$views/opt"
done
mount --bind "$function/code" "$views/var/task"
mount --bind "$language" "$views/var/lang"
mount --bind "$runtime" "$views/var/runtime"

# The worker knows its directory by the path outside, which a view may be about to hide.
for hidden in tmp var; do
  case $function in /$hidden/*)
    mkdir -p "$views$function"
    mount --rbind "$function" "$views$function"
  esac
done
mount --bind "$views/opt" /opt
mount --rbind "$views/tmp" /tmp
mount --rbind "$views/var" /var

cd /var/task
exec "$@"
