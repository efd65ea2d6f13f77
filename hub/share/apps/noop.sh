# --- noop: answers "ok" to whoever knows the secret; for trying out a site, and for tests ---
app_run() {
  export BIND PORT KEY_FILE CERT_FILE SECRET_FILE
  exec python3 -I -c '
import http.server, os, ssl
secret = open(os.environ["SECRET_FILE"]).read()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        known = self.headers.get("X-Fairway-Secret") == secret or self.headers.get("Authorization") == "token " + secret
        body = b"ok" if known else b"not you"
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer((os.environ["BIND"], int(os.environ["PORT"])), Handler)
if os.environ["KEY_FILE"]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["CERT_FILE"], os.environ["KEY_FILE"])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
'
}
