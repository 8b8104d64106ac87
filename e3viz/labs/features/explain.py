"""The explanation of the Features lab."""

EXPLAIN = r"""# What a trained network carries on every atom

After each layer of an equivariant network every atom $i$ carries features $h_i$: numbers that are grouped into irreps, so that the
network *knows* how each group turns. A channel of degree $l$ is a set of $2l+1$ coefficients, and with the spherical harmonics they are
a function on the sphere,

$$f_i(\hat n) = \sum_l \sum_m h_{i,lm}\, Y^l_m(\hat n).$$

That function is what is drawn about each atom: how far the surface reaches in a direction is $|f_i|$, red where it is positive, blue where
it is negative. A surface that is a ball is a pure scalar; two lobes are a vector; more lobes are higher degrees.

## What equivariance means here

Turn the molecule by $g$. The network is run again on what was turned, and every surface turns with it,

$$h(g\,x) = D(g)\, h(x),$$

while scalars, and with them the energy, stand still. The number at the foot says how exactly: it compares both sides for every layer and
irrep. Nobody taught the network this; it cannot do otherwise, because each of its operations is equivariant: sums, compositions and tensor
products of equivariant maps are equivariant maps.

## What symmetry forbids

Where an atom's surroundings have a symmetry, its features must have it too. On a mirror plane, for example, a vector has no component
across the plane. The features of the trained network keep such rules to rounding, trained or not.

## The audit

The audit asks the same of a model file without trusting it: every layer and irrep under an exact set of rotations, under the inversion,
translations and permutations, in single and double precision; forces and stress beside differences of the energy; smoothness at the cutoff;
and whether a short run keeps its energy. `e3viz audit MODEL FILE` does it in a terminal and writes a report.

S. Batzner et al., *E(3)-equivariant graph neural networks for data-efficient and accurate interatomic potentials*, Nature Communications
**13**, 2453 (2022).
"""
