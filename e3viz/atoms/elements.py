"""The elements as people know them in pictures: symbols, names, colours, radii; and formulas.

Every table is indexed by the atomic number Z, with Z = 0 for an unknown element "X". Covalent radii: Cordero et al., Dalton Trans.
2008, 2832 (carbon sp³, high spin for Mn, Fe, Co), 2.00 Å beyond curium, 1.00 Å for X. Van der Waals radii: Alvarez, Dalton Trans.
2013, 42, 8617, 2.00 Å where that has none. Colours keep the hues of the CPK tradition, quieter and never as light or as dark as
the backgrounds of the two themes.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from e3viz.errors import UserError, nearest


def _words(table: str) -> tuple[str, ...]:
    return tuple(table.split())


SYMBOLS: tuple[str, ...] = _words(
    """
    X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V
    Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag
    Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu
    Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am
    Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
    """
)
NAMES: tuple[str, ...] = _words(
    """
    unknown hydrogen helium lithium beryllium boron carbon nitrogen oxygen fluorine neon sodium magnesium aluminium silicon
    phosphorus sulfur chlorine argon potassium calcium scandium titanium vanadium chromium manganese iron cobalt nickel copper
    zinc gallium germanium arsenic selenium bromine krypton rubidium strontium yttrium zirconium niobium molybdenum technetium
    ruthenium rhodium palladium silver cadmium indium tin antimony tellurium iodine xenon caesium barium lanthanum cerium
    praseodymium neodymium promethium samarium europium gadolinium terbium dysprosium holmium erbium thulium ytterbium lutetium
    hafnium tantalum tungsten rhenium osmium iridium platinum gold mercury thallium lead bismuth polonium astatine radon francium
    radium actinium thorium protactinium uranium neptunium plutonium americium curium berkelium californium einsteinium fermium
    mendelevium nobelium lawrencium rutherfordium dubnium seaborgium bohrium hassium meitnerium darmstadtium roentgenium
    copernicium nihonium flerovium moscovium livermorium tennessine oganesson
    """
)
_HEX = """
    9aa0ab f2f3f5 d3eef2 b07fe0 b5d33d f0a8a0 5b6270 3f63d6 e0402f 7fc24a a9dbe8 9a62d8 6fbf3f b3a3b0 d8b48a ee8a2a
    f0cb2e 38b54a 74c4d4 7f4cc4 5aa832 d6d6d6 b4b9c2 a2a2a6 8a96ba 967cb7 d4693a de8396 58b05a c4803c 8286b0 b78f8f
    6b8b8b b284d0 eba34a a23b30 6eb1c4 6a3e9d 90e589 98e7e7 9dd6d6 7fbabf 67adad 529897 428a89 337984 29677c c3c7cd
    f0d39b 9c7674 697d7d 9568a7 c37e3b 87289a 5698a6 653d94 65b95f 82cbec dadab0 c4e1b6 b9e4b9 a4e9be 99ecc0 81f0c4
    73f1c5 6cf0c4 67f0c4 71eea8 67d689 62c572 56b25d 48a14b 68bbea 61a2e7 4490c3 3e7a9e 37658a 2e5880 cfd0dc f0c53a
    b6b8cf 9a5a54 57595f 9459a6 9e612d 6f514a 4f7e8e 674088 2d7829 7aa7e4 4cb3e8 429de5 3d8ee3 3f82da 3e74cd 5a68c9
    7564c9 825fc2 9055b1 9a54ad 9c4c9f 9b4591 a6407e ae3e67 b2405f b54259 bb4655 bf4a4f c24e4d c5514c c14d49 bd4945
    b94642 b5423e b13e3b ac3a38 a83634 a43231 a02e2e
"""
COLOURS: NDArray[np.uint8] = np.array([list(bytes.fromhex(code)) for code in _words(_HEX)], dtype=np.uint8)
"""(119, 3) red, green, blue."""

COVALENT_RADII: NDArray[np.float64] = np.array(
    _words(
        """
    1.00 0.31 0.28 1.28 0.96 0.84 0.76 0.71 0.66 0.57 0.58 1.66 1.41 1.21 1.11 1.07 1.05 1.02 1.06 2.03
    1.76 1.70 1.60 1.53 1.39 1.39 1.32 1.26 1.24 1.32 1.22 1.22 1.20 1.19 1.20 1.20 1.16 2.20 1.95 1.90
    1.75 1.64 1.54 1.47 1.46 1.42 1.39 1.45 1.44 1.42 1.39 1.39 1.38 1.39 1.40 2.44 2.15 2.07 2.04 2.03
    2.01 1.99 1.98 1.98 1.96 1.94 1.92 1.92 1.89 1.90 1.87 1.87 1.75 1.70 1.62 1.51 1.44 1.41 1.36 1.36
    1.32 1.45 1.46 1.48 1.40 1.50 1.50 2.60 2.21 2.15 2.06 2.00 1.96 1.90 1.87 1.80 1.69 2.00 2.00 2.00
    2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00
    """
    ),
    dtype=float,
)
"""Å (119,)."""

VDW_RADII: NDArray[np.float64] = np.array(
    _words(
        """
    2.00 1.20 1.43 2.12 1.98 1.91 1.77 1.66 1.50 1.46 1.58 2.50 2.51 2.25 2.19 1.90 1.89 1.82 1.83 2.73
    2.62 2.58 2.46 2.42 2.45 2.45 2.44 2.40 2.40 2.38 2.39 2.32 2.29 1.88 1.82 1.86 2.25 3.21 2.84 2.75
    2.52 2.56 2.45 2.44 2.46 2.44 2.15 2.53 2.49 2.43 2.42 2.47 1.99 2.04 2.06 3.48 3.03 2.98 2.88 2.92
    2.95 2.00 2.90 2.87 2.83 2.79 2.87 2.81 2.83 2.79 2.80 2.74 2.63 2.53 2.57 2.49 2.48 2.41 2.29 2.32
    2.45 2.47 2.60 2.54 2.00 2.00 2.00 2.00 2.00 2.80 2.93 2.88 2.71 2.82 2.81 2.83 3.05 3.40 3.05 2.70
    2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00 2.00
    """
    ),
    dtype=float,
)
"""Å (119,)."""

_NUMBER = {symbol: z for z, symbol in enumerate(SYMBOLS)}
_NONMETALS = _words("X H He B C N O F Ne Si P S Cl Ar Ge As Se Br Kr Sb Te I Xe At Rn Ts Og")
IS_METAL: NDArray[np.bool_] = np.array([symbol not in _NONMETALS for symbol in SYMBOLS])
"""(119,) with B, Si, Ge, As, Sb and Te counted as non-metals."""

# From the most electropositive to the most electronegative: IUPAC Red Book 2005, table VI.
_RANK = {
    symbol: rank
    for rank, symbol in enumerate(
        _words(
            """
    X Og Rn Xe Kr Ar Ne He Fr Cs Rb K Na Li Ra Ba Sr Ca Mg Be Lr No Md Fm Es Cf Bk Cm Am Pu Np U Pa Th Ac Lu Yb Tm Er Ho Dy Tb Gd Eu
    Sm Pm Nd Pr Ce La Y Sc Rf Hf Zr Ti Db Ta Nb V Sg W Mo Cr Bh Re Tc Mn Hs Os Ru Fe Mt Ir Rh Co Ds Pt Pd Ni Rg Au Ag Cu Cn Hg Cd Zn
    Nh Tl In Ga Al B Fl Pb Sn Ge Si C Mc Bi Sb As P N H Lv Po Te Se S O Ts At I Br Cl F
    """
        )
    )
}
ELECTROPOSITIVITY: NDArray[np.int64] = np.array([_RANK[symbol] for symbol in SYMBOLS])
"""(119,) place in the order of the Red Book, the most electropositive first."""
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def atomic_number(symbol: str) -> int:
    """Z of a symbol in any capitals ("fe" is iron); raises UserError with the nearest known one."""
    number = _NUMBER.get(symbol.strip().capitalize())
    if number is None:
        raise UserError(f"“{symbol}” is no chemical element.", nearest(symbol, SYMBOLS[1:]))
    return number


def counts(numbers: NDArray[Any]) -> dict[str, int]:
    """How many atoms of each element there are, in the order of a formula.

    With both carbon and hydrogen: Hill's order (C, H, then by the alphabet). Otherwise electropositive elements come first, as the
    IUPAC Red Book wants it, so that rock salt reads NaCl and ammonia NH3.
    """
    found, many = np.unique(np.clip(np.asarray(numbers, dtype=int), 0, len(SYMBOLS) - 1), return_counts=True)
    tally = {SYMBOLS[z]: int(n) for z, n in zip(found, many, strict=True)}
    if "C" in tally and "H" in tally:
        order = sorted(tally, key=lambda s: (s != "C", s != "H", s))
    else:
        order = sorted(tally, key=lambda s: _RANK[s])
    return {symbol: tally[symbol] for symbol in order}


def formula(numbers: NDArray[Any]) -> str:
    """The formula of all atoms: C2H6O, H2O, Na4Cl4."""
    return "".join(f"{symbol}{n if n > 1 else ''}" for symbol, n in counts(numbers).items())


def reduced_formula(numbers: NDArray[Any]) -> str:
    """The formula of one formula unit, for crystals: NaCl for Na4Cl4."""
    tally = counts(numbers)
    unit = max(1, math.gcd(*tally.values()))
    return "".join(f"{symbol}{n // unit if n > unit else ''}" for symbol, n in tally.items())


def subscripts(text: str) -> str:
    """A formula with its digits lowered: C₂H₆O."""
    return text.translate(_SUBSCRIPTS)


def formula_unicode(numbers: NDArray[Any]) -> str:
    """`formula` with lowered digits: C₂H₆O."""
    return subscripts(formula(numbers))
