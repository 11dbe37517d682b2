# Sourced by the commands in bin/: one line per step, with the seconds of those that take long.

# say TEXT: one line of progress. Standard output is left to the command's own result.
say() { printf '%s\n' "$*" >&2; }

# fail TEXT: says what is wrong and what to do, and ends the command.
fail() {
  say "$*"
  exit 1
}

# launch LOG COMMAND...: starts it in the background; its process is $launched. It is ended together
# with all that it has started when this command ends, also by Ctrl-C.
launched=
groups=()
logs=()
launch() {
  local log=$1
  shift
  set -m # Gives it a process group of its own.
  "$@" >"$log" 2>&1 </dev/null 9>&- &
  launched=$!
  set +m
  groups+=("$launched")
  logs+=("$log")
}
end_launched() {
  local group
  for group in "${groups[@]}"; do
    kill -- "-$group" 2>/dev/null || true
  done
  rm -f "${logs[@]}"
}
trap end_launched EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# step TEXT COMMAND...: runs the command, keeps its output for the case that it fails.
step() {
  local text=$1 log started=$SECONDS reported=0 process outcome=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/gavel-step.XXXXXX")
  launch "$log" "$@"
  process=$launched
  if [ -t 2 ]; then
    printf '%s ...' "$text" >&2
  else
    say "$text ..."
  fi
  while kill -0 "$process" 2>/dev/null; do
    sleep 0.1
    local elapsed=$((SECONDS - started))
    if [ -t 2 ] && [ "$elapsed" -ge 2 ]; then
      printf '\r%s ... %d s' "$text" "$elapsed" >&2
    elif [ "$elapsed" -ge $((reported + 15)) ]; then
      reported=$elapsed
      say "$text ... $elapsed s"
    fi
  done
  wait "$process" || outcome=$?
  [ -t 2 ] && printf '\n' >&2
  if [ "$outcome" -ne 0 ]; then
    say "That did not work after $((SECONDS - started)) s. Its output, shortened:"
    # The cause stands first with some tools and last with others.
    if [ "$(wc -l <"$log")" -le 40 ]; then
      cat "$log" >&2
    else
      head -n 20 "$log" >&2
      say '...'
      tail -n 20 "$log" >&2
    fi
  elif [ "$((SECONDS - started))" -ge 2 ] && [ ! -t 2 ]; then
    say "$text: done after $((SECONDS - started)) s"
  fi
  rm -f "$log"
  return "$outcome"
}

# cache_folder: what is obtained once per machine.
cache_folder() {
  printf '%s' "${GAVEL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gavel}"
}

# download URL FILE: with curl where there is one, else with Node.
download() {
  if command -v curl >/dev/null; then
    curl --fail --location --silent --show-error --connect-timeout 5 --max-time 300 -o "$2" "$1"
  else
    node -e '
      const [url, file] = process.argv.slice(1);
      const connected = new AbortController();
      const timer = setTimeout(() => connected.abort(), 10_000);
      fetch(url, { signal: connected.signal }).then(async (response) => {
        clearTimeout(timer);
        if (!response.ok) throw new Error(`status ${response.status}`);
        require("node:fs").writeFileSync(file, Buffer.from(await response.arrayBuffer()));
      }).catch((fault) => { console.error(String(fault.cause ?? fault)); process.exit(1); });
    ' "$1" "$2"
  fi
}
