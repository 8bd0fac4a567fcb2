"""`casecli config`: settings, and where each comes from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from casecli.cli.wiring import Session

EXAMPLES = (
    "casecli config list --show-origin",
    "casecli config set tokens opaque",
    "casecli config set defaults.product.name Billing",
    "casecli config view hot -- --severity critical,high --sort due",
)
app = typer.Typer(help="Settings, and where each comes from.")


@app.command("list")
def list_(
    ctx: typer.Context,
    show_origin: Annotated[
        bool, typer.Option("--show-origin", help="Say where each comes from.")
    ] = False,
) -> None:
    """List the settings in force."""
    from casecli.cli.cells import Column

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


KeyArg = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="profile, tokens, words, exceptions or defaults.FIELD."
    ),
]
ViewArg = Annotated[str, typer.Argument(metavar="NAME", help="The view's name.")]


@app.command()
def get(ctx: typer.Context, key: KeyArg) -> None:
    """Print the value in force of one setting, each of several on its line."""
    from casecli.cli import configuring

    session = Session.of(ctx)
    values = configuring.get(session, key)
    plain: dict[str, Any] = {"key": key, "values": list(values)}
    session.screen.result(plain, lambda: session.screen.write(_lines(values)))


@app.command("set")
def set_(
    ctx: typer.Context,
    key: KeyArg,
    value: Annotated[
        list[str], typer.Argument(metavar="VALUE...", help="Several only for words.")
    ],
) -> None:
    """Write a setting to your config file.

    `words` are replaced wherever they stand in what leaves: names of projects, of
    people, of machines. `defaults.FIELD` fills a field of each new case.
    """
    from casecli.cli import configuring

    session = Session.of(ctx)
    configuring.put(session, key, value)
    session.screen.notice(f"{key} is set; casecli config list --show-origin")


@app.command()
def unset(ctx: typer.Context, key: KeyArg) -> None:
    """Take a setting out of your config file; the default holds again."""
    from casecli.cli import configuring

    session = Session.of(ctx)
    configuring.drop(session, key)
    session.screen.notice(f"{key} is not set here any more")


@app.command()
def views(ctx: typer.Context) -> None:
    """List the saved views."""
    import shlex

    from casecli.cli.cells import Column

    session = Session.of(ctx)
    rows = [
        {"name": name, "options": shlex.join(words)}
        for name, words in session.settings.views.items()
    ]
    columns = (
        Column(key="name", title="view"),
        Column(key="options", title="options", shrinks=True),
    )
    session.screen.items(rows, columns, empty="casecli config view NAME -- OPTIONS")


@app.command()
def view(
    ctx: typer.Context,
    name: ViewArg,
    options: Annotated[
        list[str] | None,
        typer.Argument(metavar="OPTIONS...", help="Options of list, after --."),
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Forget the view.")] = False,
) -> None:
    """Save options of `casecli list` under a name, or print those of a saved view."""
    from casecli.cli import configuring

    session = Session.of(ctx)
    if remove:
        configuring.remove_view(session, name)
    elif options:
        configuring.save_view(session, name, options)
        session.screen.notice(f"casecli list --view {name}")
    else:
        configuring.show_view(session, name)


def _lines(values: tuple[str, ...]) -> str:
    return "".join(f"{each}\n" for each in values)
