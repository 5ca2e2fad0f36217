"""Runs the Python and SQL blocks of docs/how-to/results.md against fresh results in the folder it is started in."""

import re
import sys
from pathlib import Path

import duckdb

page = Path(sys.argv[1]).read_text()
ran = 0
for language, block in re.findall(r"^```(python|sql)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
    if language == "python":
        exec(compile(block, f"block {ran + 1} of {sys.argv[1]}", "exec"), {})
    else:
        table = duckdb.sql(block)
        assert table is not None and len(table.fetchall()) == 6
    ran += 1
assert ran == 3, f"{ran} examples instead of 3"
print(f"{ran} examples ran")
