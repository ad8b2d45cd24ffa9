"""Writes a golden file, one value a line, for the scripts in `crates/*/tests/golden`.

`cargo xtask golden` puts this folder on PYTHONPATH; whoever runs a script by hand does the same.
"""

import argparse
import json
import pathlib
import sys


def write(provenance, tolerance, values):
    """Writes `<stem of the running script>.json` beside the script, or into `--out DIR`."""
    script = pathlib.Path(sys.argv[0])
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=script.parent)
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in values.items())
    head = json.dumps({"provenance": provenance, "tolerance": tolerance}, indent=1).removesuffix("\n}")
    file = parser.parse_args().out / f"{script.stem}.json"
    file.write_text(f'{head},\n "values": {{\n{lines}\n }}\n}}\n')
