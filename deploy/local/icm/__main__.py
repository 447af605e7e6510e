"""The `icm` command."""

import typer

app = typer.Typer(no_args_is_help=True, help="Set Open ICM up and run it on this machine.")


@app.callback()
def _icm() -> None:
    """Set Open ICM up and run it on this machine."""


def main() -> None:
    """Entry point of the `icm` command."""
    app()


if __name__ == "__main__":
    main()
