"""The explanation of the Data efficiency lab."""

EXPLAIN = r"""## How much data does symmetry save?

An equivariant network knows from the start that a turned molecule has the same energy and turned forces. It need not see every orientation
to learn it, so it should do with less data. The way to find out is to teach several potentials the same data, at several sizes, and to
measure errors on structures that none of them has seen.

## What is fair

Every potential gets the *same* structures: for each seed one permutation of the data is drawn, its first $N$ structures train, so that small
parts lie within large ones, and its last ones validate. Either each run goes on until its validation error stops falling (*converged*), or
each gets the same CPU time (*equal compute*). The rule is written in the study. Whatever is chosen, an epoch or a setting, is chosen on
validation structures; the held-out part is looked at once.

## What the lines say

On logarithmic axes a power law is a straight line,

$$\varepsilon(N) = a\, N^{-b},$$

fitted to all seeds, with a 95 % interval. A line that lies lower needs less data by the same factor everywhere; a steeper one gains with every
doubling. A line that becomes flat has reached what its form can say, or, under equal compute, what the time allows: more structures are then
seen less often each.

## Published values

Crosses are published errors of the same data set and quantity, with their source. They come from long training with settings chosen for
the purpose, so they say what is possible, not what the budget of this study should give.

S. Batzner et al., Nature Communications **13**, 2453 (2022); I. Batatia et al., NeurIPS 2022, arXiv 2206.07697; Y. Zuo et al., J. Phys. Chem. A
**124**, 731 (2020).
"""
