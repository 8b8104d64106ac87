"""E(3) and its representations: elements, groups, irreps, harmonics, tensors. NumPy and sphericart; torch only where needed."""
