from __future__ import annotations

import http.client
import threading

import pytest

from bumpcast.report.site.serving import LOOPBACK, ReportServer, ServingError


@pytest.fixture
def server(page, tmp_path):
    (page.parent.parent / "secret.txt").write_text("secret")
    with ReportServer(page.parent) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path, host=None, method="GET"):
    connection = http.client.HTTPConnection(LOOPBACK, server.server_port, timeout=5)
    try:
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"{LOOPBACK}:{server.server_port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read(), answer.headers
    finally:
        connection.close()


def test_the_report_is_served(server, page):
    status, body, headers = ask(server, "/")
    assert (status, body) == (200, page.read_bytes())
    assert headers["Cache-Control"] == "no-cache"
    status, body, headers = ask(server, "/data/overview.js?x=1")
    assert (status, body) == (200, (page.parent / "data" / "overview.js").read_bytes())
    assert headers["Content-Type"] in {"text/javascript", "application/javascript"}
    assert ask(server, "/", method="HEAD")[:2] == (200, b"")


@pytest.mark.parametrize(
    "path",
    ["/../secret.txt", "/%2e%2e/secret.txt", "//../secret.txt", "/data/../../secret.txt",
     "/..%2fsecret.txt", "/link.txt", "/data/", "/nothing.js"],
)  # fmt: skip
def test_nothing_else_is(server, page, path):
    link = page.parent / "link.txt"
    if not link.is_symlink():
        link.symlink_to(page.parent.parent / "secret.txt")
    try:
        status, body, _ = ask(server, path)
    finally:
        link.unlink()
    assert status == 404
    assert b"secret" not in body


def test_it_is_asked_by_its_own_name_alone(server):
    port = server.server_port
    assert ask(server, "/", f"localhost:{port}")[0] == 200
    assert ask(server, "/", f"evil.example:{port}")[0] == 403
    assert ask(server, "/", "127.0.0.1:1")[0] == 403


def test_it_only_gives(server):
    assert ask(server, "/index.html", method="POST")[0] == 501
    assert ask(server, "/index.html", method="DELETE")[0] == 501


def test_only_this_machine_reaches_it(server):
    assert server.socket.getsockname()[0] == LOOPBACK
    assert server.address == f"http://{LOOPBACK}:{server.server_port}/"


def test_a_port_that_is_taken(server, page):
    with pytest.raises(ServingError, match="leave --port out"):
        ReportServer(page.parent, server.server_port)
