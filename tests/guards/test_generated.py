"""What is generated is what its source says: settings written down everywhere, no route vanished or opened unseen."""

import pytest

from tests.guards.files import ROOT
from tests.guards.generated import PAGES


@pytest.mark.parametrize("path", PAGES)
def test_generated_files_are_what_their_sources_say(path: str) -> None:
    assert (ROOT / path).read_text(encoding="utf-8") == PAGES[path](), "run: python -m tests.guards.generated"
