"""Structures: files, neighbour lists, bonds, space groups, data sets. Needs ASE; never torch, Qt or VTK."""
