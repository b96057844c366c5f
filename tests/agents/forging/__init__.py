"""An ACA-Py plugin for a dishonest agent: sends any credential or presentation on an open exchange, unchecked.

It stands for what a stock agent or a hand-written one can do; our own routes refuse it.
"""


async def setup(context: object) -> None:
    """Nothing to prepare; ACA-Py finds the routes by itself."""
