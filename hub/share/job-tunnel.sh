# --- the tunnel: the job dials out with the node's own ssh, so that nobody needs to reach the node ---
# The gateway may ask for two ends of it, /app.sock and /sshd.sock; which are lent to it is said here. The key is
# of this run alone, and lies in a private file; the gateway's own key is pinned.

TUNNEL_TO='' TUNNEL_PID='' PROXY_COMMAND=''

has_ssh() { command -v ssh; }

# Can one be opened? Says why not.
check_tunnel() {
  [ -n "$TUNNEL_TO" ] || { say "The gateway did not say where to dial for its tunnel."; return 1; }
  has_ssh >/dev/null || { say "Sessions here are reached by a tunnel, and there is no ssh on this node."; return 1; }
  [ -z "${FAIRWAY_TUNNEL_PROXY-}" ] || choose_proxy_command
}

# open_tunnel: in the background, for as long as the job runs; again whenever the app's end has changed.
open_tunnel() {
  end_tunnel
  app_end=${SOCKET:-127.0.0.1:$PORT}
  keep_tunnel &
  TUNNEL_PID=$!
}

end_tunnel() {
  [ -n "$TUNNEL_PID" ] || return 0
  kill "$TUNNEL_PID" 2>/dev/null
  await "$TUNNEL_PID"
  TUNNEL_PID=''
}

keep_tunnel() {
  child='' ended='' pause=1 told=''
  trap 'ended=yes; [ -z "$child" ] || kill "$child" 2>/dev/null' TERM
  trap '' INT USR1
  # $$ is the job's own shell: nothing outlives it.
  while [ -z "$ended" ] && [ ! -e "$RUNTIME_DIR/ending" ] && kill -0 $$ 2>/dev/null; do
    began=$(date +%s)
    (trap - TERM; heed_word; dial) &
    await_child
    [ -z "$ended" ] || return 0
    # It was open for a while: this is another trouble than the last one.
    [ $(($(date +%s) - began)) -lt 60 ] || pause=1 told=''
    why=$(tail -n 1 "$RUNTIME_DIR/tunnel.err")
    [ "$why" = "$told" ] || { told=$why; say "The tunnel to the gateway is down (${why:-no reason given}); dialling again."; }
    # Not all at once, when all were cut off at once.
    (trap - TERM; heed_word; exec sleep "$pause.$(($$ % 10))") &
    await_child
    [ "$pause" -ge 15 ] || pause=$((pause * 2))
  done
}

# The one that was just started; also when we are told to end, which it is told then.
await_child() {
  child=$!
  [ -z "$ended" ] || kill "$child" 2>/dev/null # it came in between
  wait "$child"
  child=''
}

# Becomes ssh. -F: neither the person's configuration nor the site's has a say in it.
dial() {
  to_host=${TUNNEL_TO%:*} to_host=${to_host#\[} to_host=${to_host%\]}
  set -- -R "/app.sock:$app_end"
  [ -z "$SSHD_PORT" ] || set -- "$@" -R "/sshd.sock:127.0.0.1:$SSHD_PORT"
  [ -z "$PROXY_COMMAND" ] || set -- "$@" -o "ProxyCommand=$PROXY_COMMAND"
  # A proxy command is started by the shell that SHELL names.
  export SHELL=/bin/sh FAIRWAY_CONNECT="$RUNTIME_DIR/connect.py"
  exec ssh -F /dev/null -N -T -a -x "$@" \
    -o BatchMode=yes -o ExitOnForwardFailure=yes -o ConnectTimeout=15 -o ServerAliveInterval=15 -o ServerAliveCountMax=3 \
    -o StrictHostKeyChecking=yes -o "UserKnownHostsFile=\"$RUNTIME_DIR/tunnel_known_hosts\"" -o GlobalKnownHostsFile=/dev/null \
    -o HostKeyAlias=fairway-door -o UpdateHostKeys=no -o CheckHostIP=no \
    -o PreferredAuthentications=publickey -o IdentitiesOnly=yes -o IdentityAgent=none -i "$RUNTIME_DIR/tunnel_key" \
    -p "${TUNNEL_TO##*:}" -l "+$FAIRWAY_SESSION" -- "$to_host" </dev/null >/dev/null 2>"$RUNTIME_DIR/tunnel.err"
}

# By whatever is on the node; the proxy's address was checked, so it holds nothing that a shell would read.
choose_proxy_command() {
  proxy=${FAIRWAY_TUNNEL_PROXY#http://} proxy=${proxy%/}
  proxy_host=${proxy%:*} proxy_port=${proxy##*:}
  [ "$proxy_host" != "$proxy" ] || proxy_port=80
  if command -v ncat >/dev/null; then
    PROXY_COMMAND="ncat --proxy $proxy_host:$proxy_port --proxy-type http %h %p"
  elif command -v socat >/dev/null; then
    PROXY_COMMAND="socat - PROXY:$proxy_host:%h:%p,proxyport=$proxy_port"
  elif command -v nc >/dev/null && nc -h 2>&1 | grep -q -- '-X proto'; then
    PROXY_COMMAND="nc -X connect -x $proxy_host:$proxy_port %h %p"
  elif command -v python3 >/dev/null; then
    write_connect >"$RUNTIME_DIR/connect.py"
    PROXY_COMMAND="python3 -I \"\$FAIRWAY_CONNECT\" $proxy_host $proxy_port %h %p"
  else
    say "A proxy stands before the gateway, and neither ncat, socat, nc nor python3 is on this node."
    return 1
  fi
}

write_connect() {
  cat <<'PYTHON'
import os, socket, sys, threading
proxy, proxy_port, host, port = sys.argv[1:5]
where = ("[%s]:%s" if ":" in host else "%s:%s") % (host, port)
stream = socket.create_connection((proxy, int(proxy_port)), 15)
stream.sendall(("CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (where, where)).encode())
head = b""
while not head.endswith(b"\r\n\r\n"):
    byte = stream.recv(1)
    if not byte or len(head) > 65536:
        sys.exit("the proxy closed the connection")
    head += byte
if head.split(None, 2)[1:2] != [b"200"]:
    sys.exit("the proxy said " + head.split(b"\r\n", 1)[0].decode("latin-1"))
stream.settimeout(None)

def send():
    for data in iter(lambda: os.read(0, 65536), b""):
        stream.sendall(data)
    stream.shutdown(socket.SHUT_WR)

threading.Thread(target=send, daemon=True).start()
for data in iter(lambda: stream.recv(65536), b""):
    while data:
        data = data[os.write(1, data):]
PYTHON
}
