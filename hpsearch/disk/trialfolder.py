"""trials/00017/: what one trial leaves on disk while it runs and afterwards.

`task.json` and `outcome.json` are the coordinator's, `checkpoint`, `hits.npy`, `layers.npy`, `weights.npz`
and `error.txt` the worker's. Each is renamed into place and none is fsynced: whatever is lost or torn is made
again with the same bits, since a trial is a pure function of its task.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from hpsearch.disk import atomic, outcomes
from hpsearch.disk.forms import checked
from hpsearch.errors import FolderError
from hpsearch.records import RETRIED, Cost, Epoch, Proposal, TrialOutcome
from hpsearch.space import Params
from nets.training.state import load_state, save_state

_MAGIC = b"hpsearch checkpoint 3"  # 1 had no hits, 2 no layers: such a trial starts over, to the same bits


@dataclass(frozen=True)
class Checkpoint:
    """A trial at the end of an epoch.

    Attributes:
        params: the drawn values, to know a checkpoint of another trial by.
        curve: epochs so far.
        cost: cost so far.
        state: the solver's whole state.
    """

    params: Params
    curve: tuple[Epoch, ...]
    cost: Cost
    state: Mapping[str, Any]


def folder_name(number: int) -> str:
    """Returns the name of a trial's folder."""
    return f"{number:05d}"


@dataclass(frozen=True)
class TrialFolder:
    """The folder of one trial; it is made when something is first written into it."""

    path: Path

    @property
    def weights(self) -> Path:
        """The file with the net of the best epoch."""
        return self.path / "weights.npz"

    @property
    def hits(self) -> Path:
        """The file with the validation hits of each epoch; see `hpsearch.hits`."""
        return self.path / "hits.npy"

    @property
    def layers(self) -> Path:
        """The file with what the layers did in each epoch; see `hpsearch.layers`."""
        return self.path / "layers.npy"

    def absolute(self) -> TrialFolder:
        """Returns the same folder for a process that works elsewhere."""
        return TrialFolder(self.path.absolute())

    def beside(self, number: int) -> TrialFolder:
        """Returns the folder of another trial of the same study."""
        return TrialFolder(self.path.parent / folder_name(number))

    def write_task(self, proposal: Proposal, seed: int) -> None:
        """Writes what the trial was asked: parameters, the sampler's attributes, seed."""
        self._write_json("task.json", {**asdict(proposal), "seed": seed})

    def read_task(self) -> Proposal | None:
        """Returns what the trial was asked, or None if there is no whole task."""
        try:
            task = checked(self._read_json("task.json"), {"params": dict, "attributes": dict})
        except ValueError:
            return None
        return Proposal(**task) if task["params"] else None

    def write_outcome(self, params: Params, outcome: TrialOutcome) -> None:
        """Writes how the trial ended, and the traceback of a failed one for people."""
        if outcome.error is not None:
            atomic.write_text(self._made() / "error.txt", outcome.error["traceback"])
        self._write_json("outcome.json", {"params": params, "outcome": outcomes.to_json(outcome)})

    def read_outcome(self, params: Params) -> TrialOutcome | None:
        """Returns how the trial with these parameters ended, or None if there is no whole outcome of it."""
        try:
            found = checked(self._read_json("outcome.json"), {"params": dict, "outcome": dict})
            return outcomes.from_json(found["outcome"]) if found["params"] == params else None
        except ValueError:
            return None

    def forget_outcome(self) -> None:
        """Removes outcome and checkpoint, so that the trial is trained again; its traceback stays."""
        (self.path / "outcome.json").unlink(missing_ok=True)
        self.forget_checkpoint()

    def forget_failure(self, seed: int, n_asked: int, curve: Sequence[Epoch]) -> None:
        """Forgets that the trial failed, but for what those know of it that were asked for by now.

        Args:
            seed: the study's.
            n_asked: how many trials were asked for.
            curve: its epochs, which these may have seen.
        """
        proposal = self.read_task()
        if proposal is not None:
            retries = [*proposal.retries, [n_asked, [epoch.val_accuracy for epoch in curve]]]
            self.write_task(replace(proposal, attributes={**proposal.attributes, RETRIED: retries}), seed)
        self.forget_outcome()

    def forget(self) -> None:
        """Removes the task too, so that the trial is asked for again; its traceback stays."""
        self.forget_outcome()
        (self.path / "task.json").unlink(missing_ok=True)

    def write_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Writes a checkpoint with its checksum; its state holds arrays and JSON values."""
        buffer = io.BytesIO()
        save_state(buffer, checkpoint.state)
        header = {
            "params": checkpoint.params,
            "curve": [asdict(epoch) for epoch in checkpoint.curve],
            "cost": asdict(checkpoint.cost),
        }
        body = json.dumps(header).encode() + b"\n" + buffer.getvalue()
        checksum = hashlib.sha256(body).hexdigest().encode()
        atomic.write_bytes(self._made() / "checkpoint", b" ".join([_MAGIC, checksum]) + b"\n" + body)

    def read_checkpoint(self, params: Params) -> Checkpoint | None:
        """Returns the trial's checkpoint; None if there is none, or only a torn or foreign one."""
        found = self._checkpoint_body()
        if found is None or found[0]["params"] != params:
            return None
        header, payload = found
        curve = tuple(Epoch(**epoch) for epoch in header["curve"])
        return Checkpoint(header["params"], curve, Cost(**header["cost"]), load_state(io.BytesIO(payload)))

    def checkpoint_epoch(self) -> int:
        """Returns the epoch that the checkpoint goes on from; 0 without one."""
        return len(self.checkpoint_curve())

    def checkpoint_curve(self) -> tuple[Epoch, ...]:
        """Returns the epochs up to the checkpoint; none without one."""
        found = self._checkpoint_body()
        return () if found is None else tuple(Epoch(**epoch) for epoch in found[0]["curve"])

    def remove_leftovers(self) -> None:
        """Removes what killed writers left half written."""
        atomic.remove_leftovers(self.path)

    def forget_checkpoint(self) -> None:
        """Removes the checkpoint: the trial is recorded, or starts over."""
        (self.path / "checkpoint").unlink(missing_ok=True)

    def put_hits(self, content: bytes) -> None:
        """Writes the validation hits of each epoch, as `hits.to_file` gives them."""
        atomic.write_bytes(self._made() / self.hits.name, content)

    def put_layers(self, content: bytes) -> None:
        """Writes what the layers did in each epoch, as `layers.to_file` gives it."""
        atomic.write_bytes(self._made() / self.layers.name, content)

    def write_weights(self, state: Mapping[str, Any]) -> None:
        """Writes the state of the best epoch's net."""
        buffer = io.BytesIO()
        save_state(buffer, state)
        self.put_weights(buffer.getvalue())

    def put_weights(self, content: bytes) -> None:
        """Writes what `write_weights` wrote elsewhere."""
        atomic.write_bytes(self._made() / self.weights.name, content)

    def _checkpoint_body(self) -> tuple[dict[str, Any], bytes] | None:
        first, _, body = self._read("checkpoint").partition(b"\n")
        if first != b" ".join([_MAGIC, hashlib.sha256(body).hexdigest().encode()]):
            return None
        header, _, payload = body.partition(b"\n")
        return json.loads(header), payload

    def _made(self) -> Path:
        atomic.make_folder(self.path)
        return self.path

    def _write_json(self, name: str, values: Mapping[str, Any]) -> None:
        atomic.write_text(self._made() / name, json.dumps(values, indent=1) + "\n")

    def _read_json(self, name: str) -> Any:
        """Returns the content of a JSON file.

        Raises:
            ValueError: it is torn, which counts as lost; or there is none.
        """
        return json.loads(self._read(name))

    def _read(self, name: str) -> bytes:
        """Returns the content of a file; nothing if there is none.

        Raises:
            FolderError: it is there but cannot be read.
        """
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise FolderError(f"{self.path / name}: cannot be read: {error.strerror or error}") from error
