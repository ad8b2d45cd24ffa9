#!/usr/bin/env python3
"""Square roots of small integers: the example on the front page of the crate `golden`."""

import argparse
import datetime
import json
import math
import pathlib
import platform

HERE = pathlib.Path(__file__).resolve().parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=HERE, help="folder to write into")
    out = parser.parse_args().out

    newton = 1.0
    for _ in range(3):
        newton = (newton + 2.0 / newton) / 2.0
    golden = {
        "provenance": {
            "tool": "CPython math",
            "version": platform.python_version(),
            "script": "crates/golden/tests/golden/square_roots.py",
            "seed": None,
            "date": datetime.date.today().isoformat(),
            "note": "square roots of small integers; `newton` is the third Newton step towards the square root of 2",
        },
        "tolerance": {"rtol": 1e-15, "atol": 0.0, "reason": "sqrt is correctly rounded on both sides"},
        "values": {
            "sqrt2": math.sqrt(2.0),
            "table": [[math.sqrt(1.0), math.sqrt(2.0)], [math.sqrt(3.0), math.sqrt(4.0)]],
            "squares": [1, 4, 9],
            "limits": ["inf", "-inf", "nan"],
            "newton": {"value": newton, "rtol": 1e-12, "atol": 0.0, "reason": "three divisions, in any order"},
        },
    }
    text = json.dumps(golden, indent=2, allow_nan=False)
    (out / "square_roots.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
