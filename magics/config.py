"""`%config SqlMagic…`: the names that notebooks for jupysql set, honoured where they mean something here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import Bool, Unicode, observe
from traitlets.config import Configurable

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets import Bunch

# What is set but works otherwise here: said once.
DIFFERS = {
    "autolimit": "autolimit changes no SQL here: it limits what is shown. Write LIMIT where the result itself is to be cut.",
    "autocommit": "Connections are read-only unless opened with write=True; each statement stands alone, so there is nothing to commit.",
    "style": "Tables have one look here; style is not used.",
    "named_parameters": "Parameters are always bound: :name and {{ name }} need no setting.",
    "column_local_vars": "Columns do not become variables; take them from the result: result.df()['name'].",
    "short_errors": "Errors are always short here; the whole traceback is in %tb.",
    "displaycon": "The connection a result is from stands below it.",
    "lazy_execution": "Results are always read as they are needed.",
    "polars_dataframe_kwargs": "Options of polars are given where the frame is made: result.polars().",
}


class SqlMagic(Configurable):
    """Settings of the SQL magic, by jupysql's names.

    ``displaylimit`` is how many rows are shown (0 or None: the workspace's own number), ``autopandas`` and ``autopolars`` make a statement
    give a data frame, ``feedback`` says (above 0) what was connected, ``dsn_filename`` is where ``--section`` looks.
    """

    displaylimit = AnyTrait(None, allow_none=True, help="Rows that are shown").tag(config=True)
    autolimit = AnyTrait(0, allow_none=True, help="Rows that are shown; no SQL is changed").tag(config=True)
    autopandas = Bool(default_value=False, help="Give pandas DataFrames").tag(config=True)
    autopolars = Bool(default_value=False, help="Give polars DataFrames").tag(config=True)
    feedback = AnyTrait(1, allow_none=True, help="Say what was connected").tag(config=True)
    dsn_filename = Unicode("~/.jupysql/connections.ini", help="Where --section looks").tag(config=True)
    autocommit = AnyTrait(default_value=True, allow_none=True, help="Not used").tag(config=True)
    style = AnyTrait("DEFAULT", allow_none=True, help="Not used").tag(config=True)
    named_parameters = AnyTrait("enabled", allow_none=True, help="Not used").tag(config=True)
    column_local_vars = AnyTrait(default_value=False, allow_none=True, help="Not used").tag(config=True)
    short_errors = AnyTrait(default_value=True, allow_none=True, help="Not used").tag(config=True)
    displaycon = AnyTrait(default_value=True, allow_none=True, help="Not used").tag(config=True)
    lazy_execution = AnyTrait(default_value=True, allow_none=True, help="Not used").tag(config=True)
    polars_dataframe_kwargs = AnyTrait(None, allow_none=True, help="Not used").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._said: set[str] = set()
        self.cell = ""  # the text of the cell that runs

    @observe(*DIFFERS)
    def _differs(self, change: Bunch) -> None:
        if change.name not in self._said and not (change.name == "autolimit" and not change.new):
            self._said.add(change.name)
            print(DIFFERS[change.name])  # noqa: T201 - a notebook's own output

    @property
    def rows(self) -> int | None:
        """How many rows are shown, or None for the workspace's own number."""
        given = [
            int(value)
            for value in (self.displaylimit, self.autolimit)
            if isinstance(value, int | str) and str(value).isdigit() and int(value) > 0
        ]
        return min(given) if given else None


def register(shell: InteractiveShell) -> SqlMagic:
    """Let ``%config SqlMagic`` find the settings."""
    settings = SqlMagic(parent=shell)
    shell.configurables.append(settings)  # pyright: ignore[reportArgumentType] - its stub knows shells alone

    def begins(info: Any) -> None:
        settings.cell = info.raw_cell or ""

    def ended(*_: Any) -> None:
        settings.cell = ""

    shell.events.register("pre_run_cell", begins)
    shell.events.register("post_run_cell", ended)
    return settings
