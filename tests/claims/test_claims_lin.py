"""The reasoning behind the claims of Lin et al. (2022): charges and sodium from a peak alone."""

import pytest
from molmass import Formula

from supracrystal.claims import lin2022 as claims_lin
from supracrystal.spectra import parse

GOLD = "[Au44(p-MBA)26]2-"


@pytest.mark.parametrize("charge", [6, 7, 8])
@pytest.mark.parametrize("sodium", [9, 12, 15])
def test_sodium_salt_is_found_from_the_peak_that_molmass_computes(charge, sodium):
    protons = sodium + charge - 2
    # molmass, with the ligands' elements written out; its spectrum is of nominal masses too.
    ion = Formula(f"Au44C{26 * 7}H{26 * 5 - protons}O52S26Na{sodium}_{charge}-")
    peak = ion.spectrum(min_intensity=1e-6).peak
    assert claims_lin.sodium_salt_charges(GOLD, [peak.mz]) == [charge]
    salt = parse(f"[Au44(p-MBA)26+{sodium}Na-{protons}H]{charge}-")
    assert claims_lin.sodium_salt(GOLD, peak.mz) == claims_lin._typeset(salt)


@pytest.mark.parametrize(("peak", "charges"), [(1610, {8}), (1843, {7}), (2151, {6})])
def test_only_one_charge_can_reach_a_printed_peak(peak, charges):
    """Between no sodium and one for each acid group, by average masses."""
    mass, proton, sodium = Formula("Au44C182H130O52S26").mass, Formula("H").mass, Formula("Na").mass
    possible = {
        z
        for z in range(1, 27)
        for n in range(27)
        if n + z - 2 <= 26 and abs((mass + n * sodium - (n + z - 2) * proton) / z - peak) < 2
    }
    assert possible == charges


def test_families_whose_members_alternate_are_named_in_turn():
    formulas = ["[Au_xAg_{44-x}(p-MBA)27]3-", "[Au_xAg_{44-x}(p-MBA)26-H]3-"]
    apart = claims_lin.ligands_by_charge_over_mass(formulas, [[19, 24], [40, 43]])
    mixed = claims_lin.ligands_by_charge_over_mass(formulas, [[38, 42], [38, 42]])
    assert apart == [26, 27]
    assert mixed[0] == 27
    assert set(mixed[2::2]) == {27}
    assert set(mixed[1::2]) == {26}
