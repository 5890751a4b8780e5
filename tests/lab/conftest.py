"""The lab as a fixture. Without root the tests are skipped; root that cannot build it is a failure."""

from collections.abc import Iterator

import pytest

from tests.lab.network import Lab, built, cannot_build


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    if reason := cannot_build():
        pytest.skip(reason)
    with built() as lab:
        yield lab
