"""Servers with a fault, on loopback addresses: each name of /etc/hosts (acme.example) answers with its own fault."""
import http.server, os, socket, ssl, struct, sys, threading, time, json

NAMES = {"registry": 1, "npm": 2, "artifacts": 3, "git": 4, "cdn": 5, "nexus": 6, "api": 7, "mirror": 8, "reset": 9, "db": 10, "flaky": 11,
         "private": 12, "hub": 13, "wrong": 14, "gone": 15, "drop": 16}
STATUS = {1: 503, 2: 502, 3: 429, 4: 500, 12: 401, 13: 504, 15: 404}
COUNT = {}


def handler(n):
    class H(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def any(self):
            code = STATUS.get(n, 200)
            if n == 11:
                COUNT[self.path] = COUNT.get(self.path, 0) + 1
                code = 503 if COUNT[self.path] % 3 else 200
            if n == 16:
                self.send_response(200); self.send_header("Content-Length", "100000"); self.end_headers()
                self.wfile.write(b"x" * 9000); self.wfile.flush(); self.connection.shutdown(socket.SHUT_RDWR); self.close_connection = True
                return
            if n == 8:
                self.send_response(200); self.send_header("Content-Length", "100000"); self.end_headers()
                try:
                    for _ in range(6):
                        self.wfile.write(b"."); self.wfile.flush(); time.sleep(9)
                except OSError:
                    pass
                return
            body, kind = f"<html><head><title>{code}</title></head><body>{http.client.responses.get(code, '')}</body></html>".encode(), "text/html"
            if n == 11 and code == 200:
                import base64
                root = os.environ.get("FLAKY_ROOT", "/opt/flaky")
                path = root + self.path.split("?")[0]
                if os.path.isdir(path):
                    body = "".join(f'<a href="{x}">{x}</a><br>' for x in sorted(os.listdir(path))).encode()
                elif os.path.exists(path):
                    body, kind = open(path, "rb").read(), "application/octet-stream"
                else:
                    body = b"ok\n"
            if n == 7:
                body, kind = b'{"status":"ok"}\n', "application/json"
            self.send_response(code)
            if code == 429:
                self.send_header("Retry-After", "1")
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="acme"')
            self.send_header("Content-Type", kind); self.send_header("Content-Length", str(len(body))); self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_HEAD = any

        def log_message(self, *a):
            pass

    return H


def serve(n, port, tls=None):
    s = http.server.ThreadingHTTPServer((f"127.0.77.{n}", port), handler(n))
    if tls:
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ctx.load_cert_chain(*tls)
        s.socket = ctx.wrap_socket(s.socket, server_side=True)
    threading.Thread(target=s.serve_forever, daemon=True).start()


def reset():
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.77.9", 80)); s.listen(20)
    while True:
        c, _ = s.accept()
        c.recv(1); c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)); c.close()


if __name__ == "__main__":
    d = sys.argv[1]
    for n in (1, 2, 3, 4, 7, 8, 11, 12, 13, 15, 16):
        serve(n, 80)
    serve(5, 443, (f"{d}/expired.pem", f"{d}/expired.key"))
    serve(6, 443, (f"{d}/self.pem", f"{d}/self.key"))
    serve(14, 443, (f"{d}/wrong.pem", f"{d}/wrong.key"))
    threading.Thread(target=reset, daemon=True).start()
    print("ready", flush=True)
    while True:
        time.sleep(60)
