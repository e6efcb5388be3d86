import socket

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org"])
def test_a_test_that_leaves_this_machine_fails(host):
    with pytest.raises(RuntimeError, match="offline"):
        socket.create_connection((host, 80), timeout=1)


def test_loopback_stays_open():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=1).close()
