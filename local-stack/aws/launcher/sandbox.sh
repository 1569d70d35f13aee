#!/bin/bash
# sandbox.sh FUNCTION_DIRECTORY OPT LANGUAGE RUNTIME COMMAND... inside a mount namespace of its own
set -euo pipefail
function=$1 opt=$2 language=$3 runtime=$4
shift 4
views=$function/views
mkdir -p "$views"/{tmp,var/{lang,runtime,task,tmp}}
mount --make-rprivate /

mount --bind "$opt" /opt
mount --options remount,bind,ro /opt
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
mount --rbind "$views/tmp" /tmp
mount --rbind "$views/var" /var

cd /var/task
exec "$@"
