"""``fracview devices``: where models can run here."""

from __future__ import annotations

from dataclasses import asdict

from rich.table import Table

from fracview.cli.options import Json
from fracview.cli.output import console, one_line_errors, print_json


@one_line_errors
def devices(as_json: Json = False) -> None:
    """List the devices of this machine, the automatic choice first."""
    from fracview.models.device import devices as find

    found = find()
    if as_json:
        print_json([asdict(device) for device in found])
        return
    table = Table("device", "what", "memory")
    for device in found:
        memory = f"{device.memory / 2**30:.1f} GiB" if device.memory else "unknown"
        table.add_row(device.name, device.title, memory)
    console.print(table)
