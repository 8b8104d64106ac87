"""Pictures as data (Scene, Diagram, Chart, put together on a Sheet) and what draws them off screen.

Nothing here knows where the numbers come from; nothing here imports Qt. Only the drawing modules import VTK or matplotlib, and
not before something is drawn.
"""
