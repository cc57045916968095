"""`chapter`: the Reading of the chapter that a test module is about, by its CHAPTER."""

import pytest
from reading import SOURCES, reading


@pytest.fixture(scope="module")
def chapter(request, tmp_path_factory):
    (source,) = (path for path in SOURCES if path.name.startswith(request.module.CHAPTER))
    with reading(source, tmp_path_factory.mktemp("chapter")) as read:
        yield read
