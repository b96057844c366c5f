"""Starts ACA-Py on Python's own event loop: `python -m agents.acapy start …`, same arguments as `aca-py`.

When it is imported, ACA-Py lets `nest_asyncio` replace asyncio's tasks and loop by versions in pure Python, so that its document
loader can re-enter the loop. Our plugin's loader never does; left alone, asyncio needs an eighth less time. Should
anything still try to re-enter, it fails at once instead of growing the stack until RecursionError.
"""

import sys

import nest_asyncio


def main() -> None:
    """Run ACA-Py with the arguments of this process."""
    nest_asyncio.apply = lambda loop=None: None
    # Imported only now: importing is what rebuilds asyncio.
    from acapy_agent.__main__ import main as acapy

    acapy(sys.argv)


if __name__ == "__main__":
    main()
