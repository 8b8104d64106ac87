"""Readers of structure files, one file per family of formats.

`recognise` names the format of a file, `reading` maps it to the function that reads it. Every reader takes a `Source`
and gives a `Trajectory`; whatever it finds wrong it says with a `FileError`.
"""
