# --- noop: answers "ok" to whoever knows the secret; for trying out a site, and for tests ---
# Little is imported on purpose: forty of these start at nine o'clock, and then it is not they who are measured.
app_listens_on_socket() { :; }

app_run() {
  export BIND PORT SOCKET KEY_FILE CERT_FILE SECRET_FILE
  exec python3 -I -S -c '
import _thread, os, socket, ssl
secret = open(os.environ["SECRET_FILE"]).read().encode()
known = {(b"x-fairway-secret", secret), (b"authorization", b"token " + secret)}
context = None
if os.environ["KEY_FILE"]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["CERT_FILE"], os.environ["KEY_FILE"])

def serve(connection):
    try:
        with (context.wrap_socket(connection, server_side=True) if context else connection) as stream:
            file = stream.makefile("rb")
            while answer(stream, file):
                pass
    except OSError:
        pass  # a client that went away, or spoke no TLS

def answer(stream, file):
    method = file.readline(65536).split(b" ", 1)[0]
    fields = []
    while (line := file.readline(65536).strip()):
        name, _, value = line.partition(b":")
        fields.append((name.lower(), value.strip()))
    if not method:
        return False
    length = int(dict(fields).get(b"content-length", 0))
    while length > 0 and (read := len(file.read(min(length, 65536)))):
        length -= read
    status, body = (b"200 OK", b"ok") if known & set(fields) else (b"403 Forbidden", b"not you")
    # How a body in chunks ends is not worth knowing here.
    keep = not any(name == b"transfer-encoding" for name, _ in fields)
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (status, len(body), b"" if keep else b"Connection: close\r\n")
    stream.sendall(head if method == b"HEAD" else head + body)
    return keep

if os.environ["SOCKET"]:
    os.umask(0o177)
    server = socket.socket(socket.AF_UNIX)
    server.bind(os.environ["SOCKET"])
    server.listen(64)
else:
    server = socket.create_server((os.environ["BIND"], int(os.environ["PORT"])), backlog=64)
while True:
    _thread.start_new_thread(serve, (server.accept()[0],))
'
}
