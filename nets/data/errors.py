"""The two ways in which data can be wrong: a file, or a setting."""

from __future__ import annotations

from pathlib import Path


class DataFileError(ValueError):
    """A file or folder does not hold the data that it should.

    Attributes:
        path: the file or folder.
        reason: what is wrong with it.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class SettingError(ValueError):
    """A setting of the data has a value that cannot be.

    Attributes:
        key: the name of the setting.
        reason: the rule and the value that broke it.
    """

    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, reason)
        self.key = key
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"
