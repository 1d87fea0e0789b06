"""Whether a study's page shows all that its folder holds, asked without the libraries that draw."""

from __future__ import annotations

from hpsearch.disk.folder import StudyFolder

_RENEWS_ITSELF = b"<body data-live="  # in templates/layout.html


def is_current(folder: StudyFolder) -> bool:
    """Says whether the page is younger than the record and what was found since, and renews itself no more.

    A command that ended while it drew (a kill, a full disk) left the page of before, and a killed
    `run --live` the last page of a search that still went on. Copies of a folder may have other times, which
    costs another drawing.
    """
    try:
        page = folder.page.read_bytes()
    except FileNotFoundError:
        return False
    shown = [file for file in (folder.journal, *folder.later_files) if file.exists()]
    drawn_at = folder.page.stat().st_mtime_ns
    return all(file.stat().st_mtime_ns <= drawn_at for file in shown) and _RENEWS_ITSELF not in page
