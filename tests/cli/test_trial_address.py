"""A trial site finds a free port and says how a browser reaches it."""

import socket

import pytest

from cli.errors import WrongUse
from cli.trial import address


def test_a_taken_port_means_the_next_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with address.listening("127.0.0.1", taken) as held:
            assert taken < held.getsockname()[1] < taken + address.TRIED_PORTS


@pytest.mark.parametrize("listen", ["localhost", "198.51.100.7", "300.1.1.1"])
def test_an_address_that_is_not_this_machines_is_refused(listen: str) -> None:
    with pytest.raises(WrongUse, match="address"), address.listening(listen, 0):
        pass


@pytest.mark.parametrize(
    ("listen", "url"), [("127.0.0.1", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")]
)
def test_the_address_of_the_site_is_the_one_it_listens_on(listen: str, url: str) -> None:
    assert address.public_url(listen, 8000) == url


def test_a_site_that_listens_everywhere_is_reached_by_the_machines_own_address() -> None:
    assert "0.0.0.0" not in address.public_url("0.0.0.0", 8000)


def test_nothing_there_is_status_zero_with_the_reason() -> None:
    with address.listening("127.0.0.1", 0) as held:
        port = held.getsockname()[1]
    status, reason = address.answer(f"http://127.0.0.1:{port}", "/")
    assert (status, "refused" in reason) == (0, True)
