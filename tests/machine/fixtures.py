"""Hosts for the tests of machine/ and bench/, and the reason why there are none where they cannot be booted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.machine import outer
from tests.machine.host import Host
from tests.machine.network import Network

MakeHost = Callable[..., Host]


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """The hosts' bridge; tests are skipped where it cannot be made."""
    reason = outer.lacking()
    if reason:
        pytest.skip(reason)
    network = Network()
    network.set_up()
    yield network
    network.tear_down()


@pytest.fixture(scope="module")
def make_host(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeHost]:
    """`make_host("plain", "bookworm", disk_mb=0)`: a booted bare host, gone after the module's tests."""
    with ExitStack() as hosts:

        def make(name: str, release: str, disk_mb: int = 0) -> Host:
            folder = Path(tmp_path_factory.mktemp(name))
            host = Host(name, release, network, folder, disk_mb)
            hosts.callback(host.destroy)
            return host.create().boot()

        yield make
