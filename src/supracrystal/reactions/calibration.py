"""Barriers of dissociations from the collision energies at which things are seen.

Acharya et al. (2025, `acharya2025`) say in words at which collision energies the fragments of their dimers
come and go. Each of these numbers fixes one barrier of :mod:`~supracrystal.reactions.dissociation`, all else
being given. So the numbers are met, and prove nothing; what is predicted is all that is not among them.

Left out: an estimate of errors. As many barriers as numbers leave none; how far the barriers depend on what
is assumed is seen by calibrating again with other conditions.
"""

from scipy.optimize import brentq

from supracrystal.reactions.dissociation import STANDARD, breakdown
from supracrystal.reactions.fragments import NAMES, tree
from supracrystal.spectra import parse

TIED = {"unit": "staple", "ring": "staple", "onward": "dithiolate"}
"""Channels of which no energy is printed, and the one whose barrier they are given."""


def observations(*, first, split, hydrogen, silver, back, gone, share=0.02):
    """Return what Acharya et al. (2025) say of collision energies, as conditions for :func:`calibrate`.

    Parameters
    ----------
    first, split : float
        Collision energies at which a `share` of the silver dimer has broken, and is [Ag31L12L']2-.
    hydrogen, silver : float
        At which half of what was [Ag31L12L']2- has gone on, and half of the [Ag30L12H]2- that it became.
    back : float
        At which a `share` of the dimer has become [Ag29L12]3-.
    gone : float
        At which a `share` of [Ag29L12]3- is left when that is trapped.
    share : float
        What counts as seen.

    Returns
    -------
    list
        For :func:`calibrate`, with the channel that each determines.

    Examples
    --------
    >>> energies = {"first": 15, "split": 25, "hydrogen": 40, "silver": 50, "back": 55, "gone": 35}
    >>> [channel for channel, *_ in observations(**energies)]
    ['staple', 'dithiolate', 'split', 'hydrogen', 'silver', 'proton']
    """
    dimer, parent = tree("[Ag53L12L'16]3-"), tree("[Ag29L12]3-")
    texts = ("[Ag31L12L']2-", "[Ag30L12H]2-", "[Ag29L12H]2-", "[Ag29L12]3-")
    staged, hydride, proton, bare = (str(parse(text, where=NAMES)) for text in texts)
    return [
        ("staple", dimer, first, lambda amount: amount.iloc[0] - 1 + share),
        ("dithiolate", parent, gone, lambda amount: amount.iloc[0] - share),
        ("split", dimer, split, lambda amount: amount[staged] - share),
        ("hydrogen", dimer, hydrogen, lambda amount: amount[staged] - amount[[hydride, proton, bare]].sum()),
        ("silver", dimer, silver, lambda amount: amount[hydride] - amount[[proton, bare]].sum()),
        ("proton", dimer, back, lambda amount: amount[bare] - share),
    ]


def calibrate(found, conditions=STANDARD, *, frequency=1e13, rounds=2, nodes=21):
    """Barriers with which breakdown curves meet observations, one barrier for each.

    Parameters
    ----------
    found : list of (str, Tree, float, callable)
        As from :func:`observations`: channel whose barrier is sought, tree of what was trapped, collision
        energy in V, and a function of the amounts there (a row of a breakdown curve) that is 0 where the
        observation is met.
    conditions : Conditions
    frequency : float
        Of all channels, in 1/s.
    rounds : int
        How often all observations are gone through, as a barrier acts on the others.
    nodes : int
        Energies of the spread.

    Returns
    -------
    dict of str to (float, float)
        Barrier in eV and frequency in 1/s, with the channels of :data:`TIED`.

    Raises
    ------
    ValueError
        If no barrier between 0.2 and 8 eV meets an observation.

    Examples
    --------
    >>> broken, half = tree("[Ag29L12]3-"), lambda amount: amount.iloc[0] - 0.5
    >>> channels = calibrate([("dithiolate", broken, 35, half)])
    >>> float(breakdown(broken, channels, [35]).iloc[0, 0].round(6))
    0.5
    """
    channels = {}

    def put(channel, barrier):
        for each in (channel, *(one for one, other in TIED.items() if other == channel)):
            channels[each] = barrier, frequency

    def miss(barrier, channel, ion, voltage, excess):
        put(channel, barrier)
        return excess(breakdown(ion, channels, [voltage], conditions, nodes=nodes).iloc[0])

    for _ in range(rounds):
        for channel, *observed in found:
            ends = [miss(barrier, channel, *observed) for barrier in (0.2, 8.0)]
            if ends[0] * ends[1] > 0:
                raise ValueError(
                    f"no barrier of {channel!r} from 0.2 to 8 eV meets what is seen at {observed[1]} V"
                )
            put(channel, brentq(miss, 0.2, 8.0, args=(channel, *observed), xtol=1e-7))
    return channels
