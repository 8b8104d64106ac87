"""The explanation of the Training lab."""

EXPLAIN = r"""## Watching a potential learn

An interatomic potential is a function $E(x; w)$ of the positions $x$ of atoms with weights $w$. It is fitted to energies and forces that
somebody computed with a better and slower method, by making

$$L(w) = \lambda_E \left|\frac{E(x; w) - E}{n}\right|^2 + \lambda_F \left|{-\frac{\partial E}{\partial x}} - F\right|^2$$

small on average over training structures. Forces are the slope of the energy, so they are never at odds with it.

## What the curves say

The *training* curve says how well the structures are matched that the fit has seen; the *validation* curve, how well those that it has not.
The second is what counts: the best epoch is the one with the smallest validation error, and its weights are kept. Where the two part, the
network learns its examples by heart. Errors are never judged by the loss alone, because the loss depends on its weights $\lambda$.

On logarithmic axes a straight line means that each doubling of the time takes off the same share of the error. A curve that has been flat
for long will not fall by waiting; a lower learning rate may help, or more data.

Click a name in the legend, or a card, to hide or show a run; drag the dashed line to the error you are after, and each card says when it will be
reached if the curve goes on falling as in its second half. A card calls a curve *flat* when its best has fallen by less than a hundredth for
forty validations and for a fifth of all. *Export figure* writes the curves as PNG, SVG or PDF, and their numbers as CSV.

## Parity and the probe

A point of a parity plot is a force component or an energy of a validation structure; a click opens that structure.
One structure is watched: after every epoch its forces and features are written down, and can be scrubbed like a film, with
the player or by dragging the upright line in the curves. An
equivariant network is equivariant before it has learned anything: look at the equivariance error, which stays at rounding from the first
epoch to the last while the force error falls by orders of magnitude.

## Time and memory

Before a run starts, both are estimated from counts: structures, pairs of atoms within the cutoff, channels and paths. An earlier run of the
same settings is a better measure, and *Measure* the best: it fits a little of the data, in a process of its own.

## Runs

A run is a process and a folder. It goes on if the window closes or crashes, and is picked up again where it stands; `e3viz runs` shows the
same runs in a terminal, and `e3viz train` starts them there. Runs give way to everything else on the machine. Those that wait start as others end;
the card *Queue* says how many work at once, and lets all of them rest while you work.

D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, arXiv 1412.6980; S. Batzner et al., Nature Communications **13**, 2453 (2022).
"""
