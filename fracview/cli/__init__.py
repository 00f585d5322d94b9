"""The command line: one module per verb, assembled here. No torch and no Qt until a verb runs."""

from __future__ import annotations

import typer

from fracview.cli.attack import attack
from fracview.cli.convert import convert
from fracview.cli.devices import devices
from fracview.cli.evidence import evidence
from fracview.cli.explain import explain
from fracview.cli.models import models
from fracview.cli.open import open_
from fracview.cli.output import Verbs
from fracview.cli.phantom import phantom
from fracview.cli.predict import predict
from fracview.cli.project import project
from fracview.cli.split import split
from fracview.cli.train import train

app = typer.Typer(
    name="fracview",
    cls=Verbs,
    help="Why did this model call this radiograph fractured, and would it still do so tomorrow?\n\n"
    "Research use only, not for diagnosis. Exit codes: 0 all done, 1 something could not be "
    "done (one line says what), 2 the command itself is wrong.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("open")(open_)
app.command()(predict)
app.command()(attack)
app.command()(explain)
app.command()(evidence)
app.command()(split)
app.command()(train)
app.command()(phantom)
app.command()(convert)
app.command()(devices)
app.add_typer(models, name="models")
app.add_typer(project, name="project")
