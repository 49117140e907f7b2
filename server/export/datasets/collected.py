"""Writes collected.hdf5: recordings of Python Minigrid, in the layout and with the types of Minari's own HDF5 storage.

    python3 collected.py ../../../envs/golden/episodes/BabyAI-GoToLocalS5N2-v0.jsonl.gz collected.hdf5 3

Needs h5py. Minari's collector gives seeds of 64 bits, truth as h5py's enumeration, chunked datasets that can grow,
and keeps the environment in the file itself where it is older than its metadata.json.
"""

import base64
import gzip
import json
import sys

import h5py
import numpy as np

source, target, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
with gzip.open(source, "rt") as lines, h5py.File(target, "w", track_order=True) as file:
    for number in range(count):
        row = json.loads(next(lines))
        step = row["step"]
        file.attrs["env_spec"] = json.dumps({"id": row["id"]})
        group = file.create_group(f"episode_{number}")
        group.attrs["id"] = number
        group.attrs["seed"] = np.uint64(row["seed"])
        group.attrs["total_steps"] = len(step["actions"])

        def add(place, name, data, dtype):
            data = np.array(data, dtype)
            place.create_dataset(name, data=data, chunks=True, maxshape=(None, *data.shape[1:]))

        add(group, "actions", step["actions"], np.int64)
        add(group, "rewards", step["reward"], np.float64)
        add(group, "terminations", step["terminated"], bool)
        add(group, "truncations", step["truncated"], bool)
        seen = group.create_group("observations")
        images = [base64.b64decode(text) for text in [row["obs"], *step["obs"]]]
        add(seen, "image", np.frombuffer(b"".join(images), np.uint8).reshape(-1, 7, 7, 3), np.uint8)
        add(seen, "direction", [row["obs_dir"], *step["agent_dir"]], np.int64)
        missions = [row["mission"]] * len(images)
        seen.create_dataset("mission", data=missions, dtype=h5py.string_dtype("utf-8"), chunks=True, maxshape=(None,))
