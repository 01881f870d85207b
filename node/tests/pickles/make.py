"""Makes the pickles beside this file, which the tests of node/src/source/pickle.rs read: what CPython and numpy
write of pictures (`cut-5.pickle`: the array `cut` by protocol 5, whose bytes are in `cut.bytes`), and what must be
refused. numpy 2.3 and later write protocol 5 in a newer form: with one of them only the files `-newer` are made.

usage: python3 make.py"""

import collections
import os
import pathlib
import pickle

import numpy as np

FOLDER = pathlib.Path(__file__).parent


def write(name, pickled):
    (FOLDER / f"{name}.pickle").write_bytes(pickled)


def old_names(pickled):
    """As numpy 1 writes it. Lengths stand before the names from protocol 4 on, and before the frame."""
    new, old = b"numpy._core.", b"numpy.core."
    if b"\x8c" in pickled[:12]:
        start = pickled.index(new) - 1
        name = pickled[start]
        pickled = pickled[:start] + bytes([name - 1]) + pickled[start + 1 :]
        frame = int.from_bytes(pickled[3:11], "little")
        pickled = pickled[:3] + (frame - 1).to_bytes(8, "little") + pickled[11:]
    assert pickled.count(new) == 1
    return pickled.replace(new, old)


class Evil:
    def __reduce__(self):
        return os.system, ("echo executed",)


def main():
    bgr = (np.arange(4 * 5 * 3) * 7 % 256).astype(np.uint8).reshape(4, 5, 3)
    bgr[0, 0] = 0, 128, 255
    arrays = {
        "bgr": bgr,
        "grey": np.ascontiguousarray(bgr[:, :, 1]),
        "fortran": np.asfortranarray(bgr),
        "cut": bgr[1:, 1:4],
        "read-only": np.frombuffer(bgr.tobytes(), np.uint8).reshape(bgr.shape),
        "large": np.tile(bgr, (20, 10, 1)),
        "transposed": bgr.transpose(1, 0, 2),
        "turned": bgr.transpose(1, 2, 0),
        "flat": bgr.reshape(-1),
        "column": bgr.reshape(-1, 1),
    }
    if np.lib.NumpyVersion(np.__version__) >= "2.3.0":
        for name in "bgr", "fortran", "transposed", "turned", "cut":
            write(f"{name}-5-newer", pickle.dumps(arrays[name], 5))
        return
    for name, array in arrays.items():
        (FOLDER / f"{name}.bytes").write_bytes(array.tobytes())
        for protocol in range(2, 6):
            pickled = pickle.dumps(array, protocol)
            write(f"{name}-{protocol}", pickled)
            if name in ("bgr", "fortran"):
                assert (pickle.loads(old_names(pickled)) == array).all()
                write(f"{name}-{protocol}-old", old_names(pickled))
    for protocol in range(2, 6):
        write(f"none-{protocol}", pickle.dumps(None, protocol))

    def refuse(name, value, protocol=4, **more):
        write(f"refused-{name}", pickle.dumps(value, protocol, **more))

    for protocol in range(2, 6):
        refuse(f"code-{protocol}", Evil(), protocol)
        refuse(f"code-in-a-tuple-{protocol}", (bgr, Evil()), protocol)
    refuse("protocol-0", bgr, 0)
    refuse("float", bgr.astype(np.float32))
    refuse("objects", np.array([[Evil(), None]]))
    refuse("list", [bgr])
    refuse("dict", {"frame": bgr})
    refuse("tuple", (bgr, bgr))
    refuse("text", "frame")
    refuse("number", 7)
    refuse("real", 0.5)
    refuse("empty", bgr[:0])
    refuse("four-sides", bgr.reshape(2, 2, 5, 3))
    refuse("scalar", bgr[0, 0, 0])
    refuse("set", {1, 2})
    refuse("object", collections.Counter("ab"))
    refuse("class", np.ndarray)
    refuse("matrix", np.matrix([[1, 2]], np.uint8))
    refuse("masked", np.ma.masked_array(bgr, bgr > 5))
    refuse("buffers-apart", bgr, 5, buffer_callback=lambda _: False)


if __name__ == "__main__":
    main()
