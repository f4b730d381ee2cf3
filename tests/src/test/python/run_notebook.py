"""Executes a notebook beside the repository's others: run_notebook.py NOTEBOOK LAKE COMMAND; fails where a cell does."""

import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

notebook, lake, command = map(Path, sys.argv[1:])
os.environ.update(LORALAKE_LAKE=str(lake), LORALAKE=str(command))
read = nbformat.read(notebook, as_version=4)
NotebookClient(read, timeout=600, resources={"metadata": {"path": notebook.parent}}).execute()
print(sum(len(cell.get("outputs", [])) for cell in read.cells))
