"""`casecli config`: settings, and where each comes from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.wiring import Session

EXAMPLES = ("casecli config list --show-origin", "casecli config path")
app = typer.Typer(help="Settings, and where each comes from.")


@app.command("list")
def list_(
    ctx: typer.Context,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Say where each comes from.")
    ] = False,
) -> None:
    """List the settings in force."""
    from casecli.cli.screen import Column

    session = Session.of(ctx)
    settings = session.settings
    rows: list[dict[str, Any]] = [
        {"key": key, "value": chosen.value, "origin": chosen.origin}
        for key, chosen in settings.chosen.items()
    ]
    rows += [
        {"key": f"defaults.{key}", "value": value, "origin": "configuration"}
        for key, value in settings.defaults.items()
    ]
    rows += [
        {"key": key, "value": str(path), "origin": "CASECLI_HOME or the system"}
        for key, path in settings.folders._asdict().items()
    ]
    if not settings.waivers_allowed:
        rows.append({"key": "waivers", "value": "no", "origin": "managed file"})
    columns = [Column(key="key", title="key"), Column(key="value", title="value")]
    if show_origin:
        columns.append(Column(key="origin", title="origin", shrinks=True))
    session.screen.items(rows, columns)


@app.command()
def path(ctx: typer.Context) -> None:
    """Print the path of your config file, whether it exists or not."""
    session = Session.of(ctx)
    where = str(session.settings.config_file)
    session.screen.result({"path": where}, lambda: session.screen.line(where))
