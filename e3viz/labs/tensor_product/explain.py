"""What the Tensor product lab teaches, as Markdown with formulas."""

EXPLAIN = """
## The learnable equivariant operation

Two irreps can be multiplied so that the result turns along with them. For given degrees and parities there is *one* such product, up to
a number, and it exists if

$$|l_1 - l_2| \\leq l_3 \\leq l_1 + l_2, \\qquad p_1 p_2 = p_3$$

Its numbers are the Clebsch–Gordan tensor $C$, and it commutes with every $g$ of O(3):

$$z_k = \\sum_{ij} C_{ijk}\\, x_i\\, y_j$$

$$C\\left(D^{l_1} x,\\, D^{l_2} y\\right) = D^{l_3}\\, C(x, y)$$

You know three of them: two vectors make a number (dot product, $1o \\otimes 1o \\to 0e$), an axial vector (cross product, $\\to 1e$) and a
symmetric traceless matrix ($\\to 2e$). $3 \\times 3 = 1 + 3 + 5$.

**That number is what a network learns.** Since the product is unique, nothing else is free: each path has a weight for each pair of
copies, and no choice of weights can break the symmetry. Drag a weight and watch the output: it changes, but the number beside g stays
at rounding error.

## Weights, modes, normalisation

With several copies $u$, $v$, $w$ of the terms, the *mode* says which are joined. uvw joins everything and costs u·v·w weights; uvu, the mode
of convolutions in NequIP and MACE, keeps the copies of $x$ apart and sums over $y$.

Coefficients $\\sqrt{\\alpha}$ keep numbers at their size however many paths there are: with weights and inputs of variance 1 each component of
the output has variance 1 (*component*), since $\\sum_{ij} C_{ijk}^2 = 1/(2l_3+1)$ and a sum of $n$ such terms has variance $n$.

## Learning

The output is linear in the weights, so the loss is a bowl, and gradient descent slides down it. What can be reached is decided
before training: a target made of the same paths is found exactly, the cross product needs only one path and all others
fade to zero, and a function that is no product of these harmonics leaves a loss that no weights go below.

## Powers of a vector

Multiply $x$ by itself again and again. Half of all the products vanish, because their tensor is antisymmetric in equal arguments:
$x \\wedge x = 0$. What is left of degree $l$ and order $n$ is $|x|^{n-l}\\, Y^l(x)$: the top of each order is a spherical harmonic. So harmonics are
nothing but tensor products of a direction with itself.

*M. Geiger and T. Smidt, e3nn: Euclidean Neural Networks, arXiv 2207.09453 (2022); S. Batzner et al., Nat. Commun. 13, 2453 (2022);
I. Batatia et al., MACE, NeurIPS (2022).*
"""
