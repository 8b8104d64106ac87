"""Training without a window: a run is a process and a folder (`run`), and whoever watches or steers it does so through files there."""
