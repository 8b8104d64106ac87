"""e3viz: see, build, train and question E(3)-equivariant neural networks."""

__version__ = "0.1.0"
