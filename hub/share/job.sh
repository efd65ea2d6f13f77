# --- the job itself ---
# In order: a private folder, a port, enrolment (the one-use token for this run's secret and key), the
# app, the report of where it listens, waiting, the report of how it ended. An app's part defines
#   app_run      becomes the app (exec), listening on $BIND:$PORT below $FAIRWAY_BASE_URL, with TLS from
#                $KEY_FILE and $CERT_FILE unless they are empty, letting in who knows $SECRET_FILE's content
#   app_warn     optional: the time limit is near
#   app_listens_on_socket   optional: true if app_run listens on the Unix socket $SOCKET, in the clear and
#                for its owner alone (0600), whenever that is not empty: then a tunnel needs no port here
# Its output is the person's log: plain words, no secrets.

STOPPED='' APP_PID='' TALK_PID='' SECRET='' ROUTE=direct SOCKET='' RUNTIME_DIR=''

main() {
  umask_of_job=$(umask)
  umask 077
  trap 'stop_app TERM' TERM INT # before there is anything to leave behind
  trap warn_app USR1
  make_runtime_dir
  [ -z "$STOPPED" ] || finish 143
  say "Job ${SLURM_JOB_ID:-${FAIRWAY_JOB:-?}} on $(uname -n): starting $FAIRWAY_APP."
  choose_trust || finish 78
  choose_address || finish 78
  candidates=$FAIRWAY_PORTS
  next_port || finish 75
  enrol || finish 77
  [ -z "$STOPPED" ] || finish 143
  settle_route || finish 69
  export_proxies
  run_app
  finish "$code"
}

# Also on the way out by a failure: say how it ended, leave nothing behind.
finish() {
  trap '' TERM INT USR1
  leave_word
  STOPPED='' # what is left to do is done
  TALK_SECONDS=3 # Slurm kills what takes long, and then the folder stays
  [ -z "$SECRET" ] || tell /report 3 "session=$FAIRWAY_SESSION&secret=$SECRET&exit=$1"
  end_sshd
  end_tunnel
  site_epilogue
  rm -rf "$RUNTIME_DIR" 2>/dev/null || { sleep 1; rm -rf "$RUNTIME_DIR"; } # a talk that was given up was still writing
  say "Ended with exit code $1."
  exit "$1"
}

make_runtime_dir() {
  RUNTIME_DIR=$(mktemp -d "${TMPDIR:-/tmp}/fairway-XXXXXXXXXX") || { say "Cannot make a folder in ${TMPDIR:-/tmp}."; exit 73; }
  SECRET_FILE=$RUNTIME_DIR/secret TALK_DIR=$RUNTIME_DIR
}

# Sets HOST, which the gateway is told, and BIND, where the app listens.
choose_address() {
  BIND=0.0.0.0
  case $FAIRWAY_ADDRESS in
    fqdn) HOST=$(hostname -f) ;;
    ip) HOST=$(getent ahostsv4 "$(uname -n)" | while read -r address _; do case $address in 127.*) ;; *) echo "$address"; break ;; esac; done)
      # shellcheck disable=SC2046 # the first of several
      [ -n "$HOST" ] || { set -- $(hostname -I); HOST=${1-}; } ;;
    loopback) HOST=127.0.0.1 BIND=127.0.0.1 ;;
    *) HOST=$(uname -n) ;;
  esac
  [ -n "$HOST" ] || { say "Cannot tell this node's address ($FAIRWAY_ADDRESS)."; return 1; }
}

# listener PORT: the uid that listens there, nothing if nobody does.
listener() {
  hex=$(printf '%04X' "$1")
  grep -hE "^ *[0-9]+: [0-9A-F]+:$hex [0-9A-F]+:0000 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null |
    while read -r _ _ _ _ _ _ _ uid _; do echo "$uid"; break; done
}

# Sets PORT to the next candidate that nobody listens on.
next_port() {
  while [ -n "$candidates" ]; do
    PORT=${candidates%% *}
    case $candidates in *' '*) candidates=${candidates#* } ;; *) candidates='' ;; esac
    [ -n "$(listener "$PORT")" ] || return 0
  done
  say "All ports that this session may use are taken on $(uname -n)."
  return 1
}

enrol() {
  nonce=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  ask="session=$FAIRWAY_SESSION&token=$FAIRWAY_ENROL_TOKEN&nonce=$nonce&host=$HOST&port=$PORT"
  ask="$ask&job=${SLURM_JOB_ID:-${FAIRWAY_JOB:-0}}&restarts=${SLURM_RESTART_COUNT:-0}"
  ! has_ssh >/dev/null || ask="$ask&ssh=1"
  ! find_sshd || ask="$ask&sshd=1"
  ! can_use_socket >/dev/null || ask="$ask&socket=1"
  tell /enrol 600 "$ask" || { say "The gateway did not let this job in."; return 1; }
  unset FAIRWAY_ENROL_TOKEN nonce ask
  KEY_FILE='' CERT_FILE=''
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      FAIRWAY_SECRET=*) SECRET=${line#*=} ;;
      FAIRWAY_KEY=*) KEY_FILE=$RUNTIME_DIR/key.pem; keep "$line" key.pem ;;
      FAIRWAY_CERT=*) CERT_FILE=$RUNTIME_DIR/cert.pem; keep "$line" cert.pem ;;
      FAIRWAY_ROUTE=*) ROUTE=${line#*=} ;;
      FAIRWAY_TUNNEL_TO=*) TUNNEL_TO=${line#*=} ;;
      FAIRWAY_TUNNEL_KEY=*) keep "$line" tunnel_key ;;
      FAIRWAY_TUNNEL_KNOWN_HOSTS=*) keep "$line" tunnel_known_hosts ;;
      FAIRWAY_SSHD_HOST_KEY=*) keep "$line" sshd_host_key ;;
      FAIRWAY_SSHD_AUTHORIZED_KEY=*) keep "$line" sshd_authorized_keys ;;
    esac
  done <"$RUNTIME_DIR/answer"
  rm -f "$RUNTIME_DIR/answer"
  unset line
  [ -n "$SECRET" ] || { say "The gateway's answer held no secret."; return 1; }
  printf '%s' "$SECRET" >"$SECRET_FILE"
}

# keep NAME=BASE64 FILE
keep() { printf '%s' "${1#*=}" | base64 -d >"$RUNTIME_DIR/$2"; }

# A socket's path holds 107 bytes at most.
can_use_socket() { [ "${#RUNTIME_DIR}" -lt 90 ] && command -v app_listens_on_socket && app_listens_on_socket; }

# Where the app listens, by the route that the gateway has chosen: sets BIND, SOCKET and the key's files.
settle_route() {
  if [ "$ROUTE" = tunnel ]; then
    BIND=127.0.0.1
    ! can_use_socket >/dev/null || SOCKET=$RUNTIME_DIR/app.sock
    check_tunnel || return 1
  fi
  # No port is opened for it, or this site talks to its nodes in the clear.
  if [ -n "$SOCKET" ] || [ "${FAIRWAY_TLS:-1}" = 0 ]; then KEY_FILE='' CERT_FILE=''; return 0; fi
  [ -z "$KEY_FILE" ] || [ -z "$CERT_FILE" ] || return 0
  say "The gateway's answer held no key and certificate."
  return 1
}

# The site's way out, for the app and all that it starts.
export_proxies() {
  [ -z "${FAIRWAY_HTTP_PROXY-}" ] || export http_proxy="$FAIRWAY_HTTP_PROXY" HTTP_PROXY="$FAIRWAY_HTTP_PROXY"
  [ -z "${FAIRWAY_HTTPS_PROXY-}" ] || export https_proxy="$FAIRWAY_HTTPS_PROXY" HTTPS_PROXY="$FAIRWAY_HTTPS_PROXY"
  [ -n "${FAIRWAY_HTTP_PROXY-}${FAIRWAY_HTTPS_PROXY-}" ] || return 0
  no_proxy=localhost,127.0.0.1,::1${FAIRWAY_NO_PROXY:+,$FAIRWAY_NO_PROXY}
  export no_proxy NO_PROXY="$no_proxy"
}

# Runs the app to its end, on the next port if somebody else was quicker on this one; sets code.
run_app() {
  known=$PORT # where the gateway looks: it was told at enrolment
  while :; do
    (umask "$umask_of_job"; trap - TERM INT USR1; heed_word; app_run) &
    APP_PID=$!
    [ -z "$STOPPED" ] || kill "$APP_PID" 2>/dev/null # it came in between
    [ "$PORT" = "$known" ] || { known=$PORT; tell /report 60 "session=$FAIRWAY_SESSION&secret=$SECRET&host=$HOST&port=$PORT"; }
    [ "$ROUTE" != tunnel ] || { start_sshd; open_tunnel; }
    if [ -n "$SOCKET" ]; then settle_socket; else settle_port; fi
    settled=$?
    [ "$settled" -ne 2 ] || kill "$APP_PID" 2>/dev/null
    [ "$settled" -ne 0 ] || { rest; start_sshd; report_sshd; }
    await "$APP_PID"
    code=$?
    is_taken || return 0
    say "Port $PORT was taken by somebody else; trying another."
    next_port || { code=75; return 0; }
  done
}

# By somebody else: seen before the app listened; or the app gave up before, and there is a listener all the
# same. Who comes to the port of an app that had listened changes nothing: that app has ended.
is_taken() {
  [ -z "$STOPPED" ] && [ -z "$SOCKET" ] || return 1
  [ "$settled" -eq 2 ] || { [ "$settled" -eq 1 ] && [ "$code" -ne 0 ] && [ -n "$(listener "$PORT")" ]; }
}

# 0: the app listens; 1: it ended, or was told to; 2: somebody else has the port. Nobody waits for this: the
# gateway asks the port itself. So it looks seldom, since the kernel walks its whole table for each look
# (4 ms on a large machine), and a class may be starting on this node.
settle_port() {
  me=$(id -u)
  while [ -z "$STOPPED" ]; do
    is_running || return 1
    sleep 1
    uid=$(listener "$PORT")
    case $uid in
      '') ;;
      "$me") is_running && { say "$FAIRWAY_APP listens on $HOST:$PORT."; return 0; }; return 2 ;;
      *) return 2 ;;
    esac
  done
  return 1
}

settle_socket() {
  while [ -z "$STOPPED" ]; do
    is_running || return 1
    sleep 1
    [ ! -S "$SOCKET" ] || { say "$FAIRWAY_APP listens on a Unix socket of its own."; return 0; }
  done
  return 1
}

# Until this node has a core to spare, 5 seconds at most: a class may be starting here, and its apps come before
# what nobody waits for yet.
rest() {
  cores=$(nproc 2>/dev/null) && rested=0 || return 0
  while [ "$rested" -lt 5 ] && [ -z "$STOPPED" ] && is_running; do
    read -r _ _ _ tasks _ </proc/loadavg && [ "${tasks%%/*}" -gt "$cores" ] || return 0
    sleep 1
    rested=$((rested + 1))
  done
}

is_running() { kill -0 "$APP_PID" 2>/dev/null; }

# A signal to a shell that was just started, and has not put the traps of this one away, is lost (dash). So who tells one
# to end leaves word first, and it looks for that when it has. Not by ":", which would end this shell on a full disk.
leave_word() { [ -z "$RUNTIME_DIR" ] || true >"$RUNTIME_DIR/ending"; }
heed_word() { [ ! -e "$RUNTIME_DIR/ending" ] || exit 143; }

# shellcheck disable=SC2317 # called by a trap
stop_app() {
  STOPPED=yes DISTURBED=yes
  leave_word
  [ -z "$TALK_PID" ] || kill -s KILL "$TALK_PID" 2>/dev/null
  [ -z "$APP_PID" ] || { say "Asked to stop; telling $FAIRWAY_APP."; kill -s "$1" "$APP_PID" 2>/dev/null; }
}

# shellcheck disable=SC2317 # called by a trap
warn_app() {
  DISTURBED=yes
  say "The time limit is near."
  ! command -v app_warn >/dev/null || app_warn
}
