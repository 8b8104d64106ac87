"""A person's own defaults: the looks on view, kept for every file opened from now on, put on again, or forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from e3viz import labs
from e3viz.labs import own

if TYPE_CHECKING:
    from e3viz.gui.main_window import MainWindow


class OwnLooks:
    """The own defaults of the lab on view."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    def possible(self) -> bool:
        """Whether the lab on view has looks that can be kept."""
        return self._window.store.session.lab in self._window.pages and bool(self._window.page.lab.looks)

    def any(self) -> bool:
        """Whether there are own defaults of the lab on view."""
        return self.possible() and bool(self._window.settings.looks(self._window.page.lab.name))

    def keep(self) -> None:
        """Make the looks on view the defaults."""
        lab = self._window.page.lab
        self._window.settings.keep_looks(lab.name, own.kept(lab, self._window.store.session.state()))
        self._window.settings.save()
        self._say("These looks are your defaults now: new windows begin with them.")

    def put_on(self) -> None:
        """Dress what is on view in the defaults."""
        lab, store = self._window.page.lab, self._window.store
        store.set_state(own.dressed(lab, store.session.state(), self._window.settings.looks(lab.name)), "my looks")

    def forget(self) -> None:
        """Have no own defaults any more."""
        self._window.settings.keep_looks(self._window.page.lab.name, {})
        self._window.settings.save()
        self._say("Your defaults are forgotten: new windows begin as the program comes.")

    def first_state(self, name: str) -> Any:
        """The state in which a lab is opened: its own, in a person's looks."""
        lab = labs.load(name)
        return own.dressed(lab, lab.State(), self._window.settings.looks(name))

    def _say(self, sentence: str) -> None:
        self._window.banner.say(sentence, "note")
        self._window._refresh_commands()
