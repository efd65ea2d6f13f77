#!/usr/bin/python3
# What Fairway's app "noop" is, for JupyterHub: answers everything, does nothing. batchspawner-singleuser
# runs it in place of jupyterhub-singleuser, and tells it its port in the URL.
import http.server
import os
import urllib.parse


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass


port = urllib.parse.urlparse(os.environ["JUPYTERHUB_SERVICE_URL"]).port
http.server.ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
