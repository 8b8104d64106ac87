"""The explanation of the Equivariance lab."""

EXPLAIN = r"""## The commuting square

A map $f$ takes typed data $x$ to typed data $f(x)$. It is **equivariant** if it makes no difference whether one turns first or maps first:

$$f(D_{in}(g)\,x) = D_{out}(g)\,f(x) \quad \text{for all } g \in O(3).$$

The four pictures are the corners of that square. Go right and down, or down and right: at the fourth corner both results are drawn over each
other. The number at the foot is the largest difference over *all* of $O(3)$: every node of an exact quadrature, with and without the
inversion, and not a few random rotations, which never try an improper $g$.

## Closed under +, ∘ and ⊗

If $f$ and $g$ are equivariant, so are $f + g$ (of one type), $f \circ g$ (where the types meet) and $f \otimes g$, split into irreps by
Clebsch–Gordan coefficients. That is why networks are built of these three: nothing made of equivariant parts can stop being equivariant.

## Types can be wrong

The cross product of two vectors is *axial*, `1e`: the inversion turns both vectors round and leaves it alone. Called `1o` it passes every
rotation and fails under the inversion only; the lab finds that, and says which type would be right.

## What can be kept

Of any map, the average

$$\bar f(x) = \int_{O(3)} D_{out}(g)^{-1} f(D_{in}(g)\,x)\, dg$$

is equivariant, and it is $f$ itself if $f$ was. Of $x^2$ it keeps $\frac{1}{3}(x^2+y^2+z^2)$, of $2(y-3z)$ nothing.

## Networks

A plain network has to learn the symmetry from examples. Turning each batch at random (*augmentation*) makes the error smaller with every
step and never zero. Networks made of invariants, or of tensor products, have it from the first step, at rounding.

T. Smidt, M. Geiger, B. Miller, *Finding symmetry breaking order parameters with Euclidean neural networks*, Phys. Rev. Research **3**,
L012002 (2021); M. Geiger, T. Smidt, *e3nn: Euclidean neural networks*, arXiv 2207.09453.
"""
