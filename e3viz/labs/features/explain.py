"""The explanation of the Features lab."""

EXPLAIN = r"""## What a trained network carries on every atom

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

## Inside the network

A layer sends *messages*: what a neighbour carries, times the harmonics of its direction, weighed by a function $R(r)$ of its distance that
was learned, and added up,

$$m_i = \sum_j R(r_{ij})\; h_j \otimes Y(\hat r_{ij}).$$

Every path $l_1 \otimes l_2 \to l_3$ of that product has its own $R$. The view *network* shows the layers and opens each product in its own
lab, *filters* shows $R(r)$ and $R(r)\,Y^l_m$ in space, and *switches* turns paths, degrees or layers off and measures what the forces lose.

A model in the folder of its run can be seen as it was *after an epoch*: the run keeps a checkpoint every so often, and an animation goes
through them.

## What symmetry forbids

Where an atom's surroundings have a symmetry, its features must have it too. On a mirror plane, for example, a vector has no component
across the plane. If $S$ is the group of operations that leave the atom where it is, features are left alone by the projector

$$P = \frac{1}{|S|} \sum_{s \in S} D(s),$$

and all that it removes is zero, trained or not: the view *symmetry* lists it and looks. T. E. Smidt, M. Geiger & B. K. Miller, Physical
Review Research **3**, L012002 (2021).

## Is it right, and where is it wrong?

*Errors* predicts many frames of a file and sets them beside their references; a click on a point leads to its frame and atom. *Motion* lets the
structure relax, move at a temperature, or turn about a bond, and draws the energies. References in a file are never overwritten: what
the model says is saved beside them.

## The audit

The audit asks the same of a model file without trusting it: every layer and irrep under an exact set of rotations, under the inversion,
translations and permutations, in single and double precision; forces and stress beside differences of the energy; smoothness at the cutoff;
and whether a short run keeps its energy. `e3viz audit MODEL FILE` does it in a terminal and writes a report.

S. Batzner et al., *E(3)-equivariant graph neural networks for data-efficient and accurate interatomic potentials*, Nature Communications
**13**, 2453 (2022).
"""
