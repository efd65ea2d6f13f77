# --- how a job talks to the gateway: form-encoded POSTs by curl, wget or python3, whichever is there ---
# A secret travels in a file's content, never in an argv or the environment of what we start.
# The caller has set RUNTIME_DIR (0700) and a umask of 077. TALK_DIR is where a talk keeps its files: two that
# go on at once have one each. TALK_SECONDS is how long one request may take.

TALK_SECONDS=15

say() { printf '%s  %s\n' "$(date '+%Y-%m-%d %H:%M:%S')" "$*"; }

# is_loopback URL: in the clear, but to this very machine
is_loopback() {
  case $1 in http://*) host=${1#http://} host=${host%%/*} ;; *) return 1 ;; esac
  case $host in '[::1]' | '[::1]:'*) return 0 ;; esac
  host=${host%%:*}
  case $host in localhost) ;; 127.*) case $host in *[!0-9.]*) return 1 ;; esac ;; *) return 1 ;; esac
}

# choose_trust: writes the pinned CA and refuses to talk in the clear to another machine.
choose_trust() {
  CA_FILE=''
  case $FAIRWAY_ENROL_URL in
    https://*) [ "$FAIRWAY_CA" != none ] || { say "FAIRWAY_CA is none, which is for loopback only."; return 1; } ;;
    *) is_loopback "$FAIRWAY_ENROL_URL" || { say "The gateway's address $FAIRWAY_ENROL_URL is not https."; return 1; } ;;
  esac
  case $FAIRWAY_CA in
    none | system) return 0 ;;
  esac
  CA_FILE=$RUNTIME_DIR/ca.pem
  printf '%s' "$FAIRWAY_CA" | base64 -d >"$CA_FILE" || { say "FAIRWAY_CA is not base64."; return 1; }
}

# post PATH BODY_FILE ANSWER_FILE: prints the HTTP status, 000 when there was no answer; what went wrong
# is in talk.err. Through the proxy that stands before the gateway, where there is one; else, or when that does
# not lead there, directly, whatever proxy the site has for others.
post() {
  PROXY=${FAIRWAY_TUNNEL_PROXY-}
  if [ -n "$PROXY" ]; then
    status=$(post_once "$@")
    case $status in 000 | 5??) ;; *) echo "$status"; return 0 ;; esac
  fi
  PROXY=''
  post_once "$@"
}

post_once() {
  if command -v curl >/dev/null 2>&1; then
    post_with_curl "$FAIRWAY_ENROL_URL$1" "$2" "$3"
  elif command -v wget >/dev/null 2>&1; then
    post_with_wget "$FAIRWAY_ENROL_URL$1" "$2" "$3"
  elif command -v python3 >/dev/null 2>&1; then
    post_with_python "$FAIRWAY_ENROL_URL$1" "$2" "$3"
  else
    echo 'neither curl nor wget nor python3 is on this node' >"$TALK_DIR/talk.err"
    echo 000
  fi
}

# -q: not the person's ~/.curlrc.
post_with_curl() {
  if [ -n "$PROXY" ]; then set -- "$1" "$2" "$3" --proxy "$PROXY" --noproxy ''; else set -- "$1" "$2" "$3" --noproxy '*'; fi
  set -- "$@" ${CA_FILE:+--cacert "$CA_FILE"}
  url=$1 body=$2 answer=$3
  shift 3
  curl -q --silent --show-error --max-time "$TALK_SECONDS" "$@" --data "@$body" --output "$answer" --write-out '%{http_code}' "$url" \
    2>"$TALK_DIR/talk.err"
  echo
}

post_with_wget() {
  if [ -n "$PROXY" ]; then set -- "$1" "$2" "$3" -e use_proxy=yes -e "https_proxy=$PROXY"; else set -- "$1" "$2" "$3" --no-proxy; fi
  set -- "$@" ${CA_FILE:+--ca-certificate="$CA_FILE"}
  url=$1 body=$2 answer=$3
  shift 3
  wget --no-config --tries=1 --timeout="$TALK_SECONDS" --max-redirect=0 --no-hsts --server-response -nv "$@" --post-file="$body" \
    --output-document="$answer" "$url" 2>"$TALK_DIR/talk.err"
  ! grep -q 'Proxy tunneling failed' "$TALK_DIR/talk.err" || { echo 000; return 0; } # the proxy's status, not the gateway's
  status=$(sed -n 's|^ *HTTP/[0-9.]* \([0-9][0-9][0-9]\).*|\1|p' "$TALK_DIR/talk.err" | tail -n 1)
  echo "${status:-000}"
}

# -I: not the person's modules, nor what PYTHON* variables point to.
post_with_python() {
  python3 -I - "$1" "$2" "$3" "$CA_FILE" "$PROXY" "$TALK_SECONDS" 2>"$TALK_DIR/talk.err" <<'PYTHON' || echo 000
import ssl, sys, urllib.error, urllib.request
url, body, answer, ca, proxy, seconds = sys.argv[1:7]
class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
handlers = [urllib.request.ProxyHandler({"https": proxy} if proxy else {}), NoRedirect()]
if url.startswith("https:"):
    handlers.append(urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=ca or None)))
try:
    reply = urllib.request.build_opener(*handlers).open(url, data=open(body, "rb").read(), timeout=int(seconds))
except urllib.error.HTTPError as error:
    reply = error
except OSError as error:
    sys.exit(str(error))
open(answer, "wb").write(reply.read())
print(f"{reply.status:03d}")
PYTHON
}

# talk PATH SECONDS: posts TALK_DIR/body, again while there is no answer or the gateway is restarting
# (it takes the same request twice as once). The answer is in TALK_DIR/answer.
talk() {
  pause=1 waited=0
  while :; do
    status=$(post "$1" "$TALK_DIR/body" "$TALK_DIR/answer")
    case $status in
      2??) return 0 ;;
      000 | 429 | 5??) ;;
      *) break ;;
    esac
    [ "$waited" -lt "$2" ] || break
    [ "$waited" -gt 0 ] || say "The gateway does not answer yet ($status: $(tail -n 1 "$TALK_DIR/talk.err")); trying on."
    sleep "$pause"
    waited=$((waited + pause))
    [ "$pause" -ge 10 ] || pause=$((pause * 2))
  done
  say "The gateway answered $status to $1. $(tail -n 1 "$TALK_DIR/talk.err")"
  return 1
}

# tell PATH SECONDS BODY: talks in the background, so that a signal is heard at once: Slurm tells the
# script alone, and a shell hears nothing while it waits for a program in front.
tell() {
  printf '%s' "$3" >"$TALK_DIR/body"
  talk "$1" "$2" &
  TALK_PID=$!
  [ -z "$STOPPED" ] || kill -s KILL "$TALK_PID" 2>/dev/null # it came before there was anybody to tell
  await "$TALK_PID"
  told=$?
  TALK_PID=''
  rm -f "$TALK_DIR/body"
  return "$told"
}

# await PID: its exit code. A signal ends a `wait` early; only one that was not disturbed tells the code.
await() {
  while :; do
    DISTURBED=''
    wait "$1"
    awaited=$?
    [ -n "$DISTURBED" ] || return "$awaited"
  done
}
