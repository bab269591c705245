"""The generated pages are what the declarations say."""

import pytest

from jobs.runtime.generated_docs import PAGES
from jobs.runtime.settings import project_root


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_up_to_date(name):
    stored = (project_root() / name).read_text(encoding="utf-8")
    assert stored == PAGES[name]() + "\n", f"{name} is not what the declarations say: run `make docs`"
