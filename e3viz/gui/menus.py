"""The commands of the window, in one list, and the menus made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar

from e3viz import labs
from e3viz.atoms.samples import SAMPLES
from e3viz.gui import help_windows
from e3viz.gui.commands import Command
from e3viz.gui.palette import Entry
from e3viz.gui.public_data import show_public_data
from e3viz.gui.sessions import last_session
from e3viz.gui.theme import CHOICES

if TYPE_CHECKING:
    from e3viz.gui.main_window import MainWindow

MENUS = ("File", "Edit", "View", "Labs", "Help")
GROUPS_END = {
    "public-data",
    "save-session-as",
    "full-screen",
    "copy-picture",
    "redo",
    "theme-dark",
    "fit",
    "view-z",
    "forget-looks",
    "shortcuts",
}
Key = QKeySequence.StandardKey


def window_commands(window: MainWindow) -> list[Command]:
    """Everything the window can do."""
    return [*_file(window), *_edit(window), *_view(window), *_labs(window), *_help(window)]


def _file(w: MainWindow) -> list[Command]:
    opening = w.opening
    several = lambda: len(opening.files) > 1  # noqa: E731
    return [
        Command("open", "Open…", "Open structure files.", opening.ask, "File", (Key.Open,)),
        Command("next-file", "Next file", "Show the next of the opened files.", lambda: opening.step(1), "File", ("Ctrl+PgDown",), enabled=several),
        Command("previous-file", "Previous file", "Show the previous of the opened files.", lambda: opening.step(-1), "File", ("Ctrl+PgUp",), enabled=several),
        Command("close-file", "Close file", "Take the file on view off the list.", opening.close_current, "File", enabled=lambda: bool(opening.files)),
        Command(
            "save-file", "Save as…", "Write the structure on view in any format that ASE writes, or the figure page.", opening.save_file_as, "File",
            enabled=opening.can_save,
        ),
        Command("public-data", "Public data…", "Get rMD17, 3BPA, AcAc or mlearn, or take the copy that you have.", lambda: show_public_data(w), "File"),
        Command("open-session", "Open session…", "Go on with a saved session.", opening.ask_session, "File", ("Ctrl+Shift+O",)),
        Command(
            "last-session", "Go on with the last session", "Show what was on view when a window was closed last.",
            opening.open_last_session, "File", enabled=lambda: last_session() is not None,
        ),
        Command("save-session", "Save session", "Save what is on view in every lab.", opening.save_session, "File", (Key.Save,)),
        Command("save-session-as", "Save session as…", "Save the session under another name.", opening.save_session_as, "File", ("Ctrl+Shift+S",)),
        Command("export-figure", "Export figure…", "Save a figure of what is on view.", opening.ask_export, "File", ("Ctrl+E",)),
        Command("export-animation", "Export animation…", "Film what is on view along a path of states.", opening.ask_film, "File", ("Ctrl+Shift+E",)),
        Command("add-to-page", "Add to figure page", "Put what is on view on the figure page.", opening.add_to_page, "File", ("Ctrl+Shift+P",)),
        Command("copy-picture", "Copy picture", "Copy the picture on view to the clipboard.", opening.copy_picture, "File", ("Ctrl+Alt+C",)),
        Command("quit", "Quit", "Close the window.", w.close, "File", (Key.Quit, "Ctrl+Q")),
    ]  # fmt: skip


def _edit(w: MainWindow) -> list[Command]:
    store = w.store
    return [
        Command("undo", "Undo", "Undo.", store.undo, "Edit", (Key.Undo,), enabled=lambda: bool(store.undo_text)),
        Command("redo", "Redo", "Redo.", store.redo, "Edit", (Key.Redo, "Ctrl+Y"), enabled=lambda: bool(store.redo_text)),
        Command("copy-python", "Copy as Python", "Copy a script that makes what is on view.", w.opening.copy_python, "Edit", ("Ctrl+Shift+C",)),
        Command("palette", "Find a command…", "Find a command by typing part of its name.", w.show_palette, "Edit", ("Ctrl+K",)),
        Command("reset-g", "Reset g", "Make g the identity.", w.g_bar_reset, "Edit", ("Ctrl+0",)),
    ]  # fmt: skip


def _view(w: MainWindow) -> list[Command]:
    own = w.own_looks
    themes = [
        Command(
            f"theme-{choice}", {"system": "Theme of the system", "light": "Light theme", "dark": "Dark theme"}[choice],
            "Follow the system's theme." if choice == "system" else f"Always use the {choice} theme.",
            lambda choice=choice: w.theme.choose(choice), "View", checked=lambda choice=choice: w.theme.choice == choice,
        )
        for choice in CHOICES
    ]  # fmt: skip
    looks = [
        Command(
            f"view-{axis}",
            f"Look along {axis}",
            f"Look along the {axis} axis.",
            lambda axis=axis: w.look_along(axis),
            "View",
            (f"Alt+{axis.upper()}",),
        )
        for axis in "xyz"
    ]
    return [
        *themes,
        Command("fit", "Fit", "Show all of the picture.", w.fit, "View", ("Ctrl+F",)),
        *looks,
        Command("keep-looks", "Keep these looks as my defaults", "Begin with the looks on view from now on.", own.keep, "View", enabled=own.possible),
        Command("my-looks", "My looks", "Draw what is on view with your own defaults.", own.put_on, "View", enabled=own.any),
        Command("forget-looks", "Forget my defaults", "Begin with the program's looks again.", own.forget, "View", enabled=own.any),
        Command("timeline", "Timeline", "Play what is on view, or set keyframes.", w.toggle_timeline, "View", ("Ctrl+T",), checked=w.timeline_open),
        Command("full-screen", "Full screen", "Use the whole screen, or stop doing so.", w.toggle_full_screen, "View", ("F11",), checked=w.isFullScreen),
        Command("next-part", "Next part of the window", "Take the keys to the next part: bar, labs, picture, g.", w.next_part, "View", ("F6",)),
        Command("previous-part", "Previous part of the window", "Take the keys to the previous part.", lambda: w.next_part(-1), "View", ("Shift+F6",)),
    ]  # fmt: skip


def _labs(w: MainWindow) -> list[Command]:
    return [
        Command(
            f"lab-{entry.name}", entry.title, f"Show the lab {entry.title}: {entry.summary}.", lambda name=entry.name: w.show_lab(name), "Labs",
            (f"Ctrl+{(number + 1) % 10}",) if number < 9 else (), checked=lambda name=entry.name: w.store.session.lab == name,
        )
        for number, entry in enumerate(labs.LABS)
    ]  # fmt: skip


def _help(w: MainWindow) -> list[Command]:
    return [
        Command(
            "explain",
            "Explain this lab",
            "Show the idea behind the lab on view.",
            lambda: w.page.show_tab("Explain"),
            "Help",
            ("Shift+F1",),
        ),
        Command("shortcuts", "Shortcuts", "Show all shortcuts.", lambda: help_windows.show_shortcuts(w), "Help", ("F1", "?", "Ctrl+/")),
        Command("about", "About e3viz", "What e3viz is, and who made it.", lambda: help_windows.show_about(w), "Help"),
        Command("about-qt", "About Qt", "The toolkit that the window is made with.", QApplication.aboutQt, "Help"),
    ]


def palette_entries(window: MainWindow) -> list[Entry]:
    """Everything that can be done now: commands, what the lab on view can do, samples, recent files."""
    entries = []
    for command in window.commands:
        action = window.actions_by_name[command.name]
        if action.isEnabled() and command.name != "palette":
            entries.append(Entry(command.menu, action.text(), command.keys_text(), action.trigger))
    for action in window.page.lab.actions:
        entries.append(Entry(window.page.lab.title, action.title, action.shortcut, lambda action=action: window.page.act(action)))
    for path in window.settings.recent:
        entries.append(Entry("Recent", path.name, "", lambda path=path: window.opening.open([path])))
    return entries


def fill_menus(window: MainWindow, bar: QMenuBar) -> None:
    """Put every command into its menu, and the recent and opened files into menus of their own."""
    for title in MENUS:
        if title == "Help":
            _actions_menu(window, bar)
        menu = bar.addMenu(title)
        keys = QShortcut(QKeySequence(f"Alt+{title[0]}"), window)  # not “&File”: its underline would stand there for good
        keys.activated.connect(lambda menu=menu: bar.setActiveAction(menu.menuAction()))
        menu.setObjectName(f"menu.{title.lower()}")
        for command in (c for c in window.commands if c.menu == title):
            menu.addAction(window.actions_by_name[command.name])
            if command.name == "open":
                _samples_menu(window, menu)
                _files_menu(window, menu, "Recent files")
                _files_menu(window, menu, "Opened files")
            if command.name in GROUPS_END:
                menu.addSeparator()


def _samples_menu(window: MainWindow, menu: QMenu) -> None:
    sub = menu.addMenu("Samples")
    sub.setObjectName("menu.samples")
    sub.setToolTipsVisible(True)
    for sample in SAMPLES:
        sub.addAction(sample.title, lambda name=sample.name: window.opening.show_sample(name)).setToolTip(sample.source)


def _actions_menu(window: MainWindow, bar: QMenuBar) -> None:
    """What the lab on view can do."""
    menu = bar.addMenu("Actions")
    menu.setObjectName("menu.actions")
    menu.setToolTipsVisible(True)

    def fill() -> None:
        menu.clear()
        for action in window.page.lab.actions:
            if not action.name.startswith("sample-"):
                menu.addAction(action.title, lambda action=action: window.page.act(action)).setToolTip(action.tip)
        if menu.isEmpty():
            menu.addAction("Nothing here").setEnabled(False)

    menu.aboutToShow.connect(fill)


def lab_keys(window: MainWindow) -> list[QShortcut]:
    """Shortcuts of what the lab on view can do; they go when another lab comes."""
    made = []
    for action in window.page.lab.actions:
        if action.shortcut:
            keys = QShortcut(QKeySequence(action.shortcut), window)
            keys.activated.connect(lambda action=action: window.page.act(action))
            made.append(keys)
    return made


def _files_menu(window: MainWindow, menu: QMenu, title: str) -> None:
    sub = menu.addMenu(title)
    sub.setObjectName(f"menu.{title.split(maxsplit=1)[0].lower()}")
    sub.setToolTipsVisible(True)

    def fill() -> None:
        sub.clear()
        paths = window.settings.recent if title.startswith("Recent") else window.opening.files
        for path in paths:
            action = sub.addAction(path.name, lambda path=path: window.opening.open([path]))
            action.setToolTip(str(path))
            action.setCheckable(path == window.opening.current)
            action.setChecked(path == window.opening.current)
        if not paths:
            sub.addAction("None yet").setEnabled(False)
        elif title.startswith("Recent"):
            sub.addSeparator()
            sub.addAction("Forget them", window.settings.forget_recent)

    sub.aboutToShow.connect(fill)
