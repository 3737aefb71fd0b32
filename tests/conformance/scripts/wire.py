"""How a test and a peer in another interpreter talk: one line of JSON each way.

Arrays travel as ``.npy`` files, since the peers' versions of NumPy cannot read each other's
pickles. What is neither an array nor plain JSON stays where it is and is named by a number.
This file runs under the peers' interpreters too: the standard library and NumPy alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import traceback
import warnings
from functools import partial
from pathlib import Path

import numpy as np


class Wire:
    """Values to JSON and back; ``keep`` and ``find`` name and give back the other objects."""

    def __init__(self, folder, keep, find):
        self.folder = Path(folder)
        self.keep = keep
        self.find = find
        self._sent = 0

    def pack(self, value):
        """Turn a value into what JSON can say."""
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        if isinstance(value, (np.ndarray, np.generic)) and np.asarray(value).dtype != object:
            self._sent += 1
            name = f"{os.getpid()}-{self._sent}.npy"
            np.save(self.folder / name, np.asarray(value))
            return {"array": name}
        if isinstance(value, np.ndarray):
            return self.pack(value.tolist())
        for kind in (list, tuple, set):
            if type(value) is kind:
                return {kind.__name__: [self.pack(v) for v in value]}
        if type(value) is dict:
            return {"dict": [[self.pack(k), self.pack(v)] for k, v in value.items()]}
        return {"object": self.keep(value)}

    def unpack(self, said):
        """Turn what JSON said into the value."""
        if not isinstance(said, dict):
            return said
        ((kind, content),) = said.items()
        if kind == "array":
            array = np.load(self.folder / content)
            (self.folder / content).unlink()
            return array[()]  # a scalar for an array without axes
        if kind == "dict":
            return {self.unpack(k): self.unpack(v) for k, v in content}
        if kind == "object":
            return self.find(content)
        return {"list": list, "tuple": tuple, "set": set}[kind](self.unpack(v) for v in content)


def each(call, arguments):
    """Call a function with one argument after the other."""
    for argument in arguments:
        call(argument)


def serve(entries):
    """Answer questions about these objects, by name, until the asker hangs up."""
    entries = {"each": each, "list": list, "partial": partial, **entries}
    answers = sys.stdout
    objects = []

    def keep(value):
        objects.append(value)
        return len(objects) - 1

    def answer(question):
        ask = question["ask"]
        if ask == "entry":
            return entries[question["name"]]
        target = objects[question["object"]]
        if ask == "attribute":
            return getattr(target, question["name"])
        if ask == "item":
            return target[wire.unpack(question["key"])]
        args, options = wire.unpack(question["args"]), wire.unpack(question["options"])
        if ask == "milliseconds":
            start = time.perf_counter()
            result = target(*args, **options)
            took = (time.perf_counter() - start) * 1e3
            del result
            return took
        return target(*args, **options)

    wire = Wire(sys.argv[1], keep, objects.__getitem__)
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):  # a peer that prints must not answer for us
        for line in sys.stdin:
            try:
                reply = {"value": wire.pack(answer(json.loads(line)))}
            except Exception as error:  # noqa: BLE001 - a refusal is an answer too
                traceback.print_exc()
                reply = {"error": [type(error).__name__, str(error)]}
            answers.write(json.dumps(reply) + "\n")
            answers.flush()
