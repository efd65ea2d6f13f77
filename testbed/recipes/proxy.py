#!/usr/bin/python3 -IS
# The HTTP proxy of the network "proxied": CONNECT to the one address and port in /etc/proxy, nothing else.
#
#   /etc/proxy: PORT HOST:PORT
import socket, threading

with open("/etc/proxy") as settings:
    port, allowed = settings.read().split()


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, sink):
            end.close()


def serve(client):
    with client:
        head = b""
        while not head.endswith(b"\r\n\r\n") and len(head) < 8192:
            # One byte at a time: what follows the head is the client's own.
            byte = client.recv(1)
            if not byte:
                return
            head += byte
        method, target = head.split(None, 2)[:2]
        if method != b"CONNECT" or target.decode("latin-1") != allowed:
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        host, _, at = allowed.rpartition(":")
        try:
            server = socket.create_connection((host, int(at)), 10)
        except OSError:
            client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        with server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(server, client), daemon=True)
            back.start()
            pump(client, server)
            back.join()


listener = socket.create_server(("0.0.0.0", int(port)), backlog=64)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
