"""Figures, animations and 3D models: pictures and paths of states → files. `EXPORTERS` is the one table of formats."""
