"""The inside of mzML files: read by ``pyteomics``, written by ``psims``.

Both would ask the network for the vocabulary of the standard. Reading needs none of it; writing takes the
copy that ``psims`` brings. What is damaged is refused with a ValueError, whatever the libraries say of it,
and so are entities, by which a small file could grow without end.
"""

import gzip
import re
import warnings
from functools import cache
from importlib import resources
from importlib.metadata import version
from io import BytesIO
from numbers import Real

import numpy as np
from tqdm import tqdm

VOCABULARIES = {
    "http://purl.obolibrary.org/obo/ms/psi-ms.obo": "psi-ms.obo.gz",
    "http://purl.obolibrary.org/obo/uo.obo": "unit.obo.gz",
}


def _import_psims():
    """Import ``psims``, as ``pyteomics`` does, without its warning of mzMLb, which is not written here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="hdf5plugin is missing")
        import psims  # noqa: F401


def scans(data, name):
    """Return the scans of an mzML file as dictionaries: id, level, mz, intensity, attrs."""
    from lxml import etree

    _import_psims()
    from pyteomics.mzml import MzML

    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise ValueError("it declares a document type or entities, as no mzML file does")
    try:
        _, root = next(etree.iterparse(BytesIO(data), events=("start",), resolve_entities=False))
    except (etree.XMLSyntaxError, LookupError) as error:
        raise ValueError(f"this begins like XML, but cannot be read: {error.args[0]}") from error
    if (kind := etree.QName(root).localname) not in ("mzML", "indexedmzML"):
        raise ValueError(f"this is XML, but not mzML; its root is {kind[:40]!r}")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # of arrays whose meaning had to be guessed
            reader = MzML(BytesIO(data), use_index=False, huge_tree=True, cv=False)
            reader.cv = None  # It would be looked up on the network, for the types of values alone.
            return [_scan(found) for found in tqdm(reader, desc=name, unit=" scans", delay=2, leave=False)]
    except Exception as error:  # The libraries beneath have many for what is damaged or cut off.
        what = str(error.args[0]) if error.args else type(error).__name__
        raise ValueError(f"the mzML is damaged, cut off or of an unknown kind: {what[:120]}") from error


def _scan(found):
    """Return what is used of a spectrum that ``pyteomics`` has read."""
    which = found.get("id", "without identifier")
    missing = [name for name in ("m/z array", "intensity array") if name not in found]
    if missing:
        raise ValueError(f"scan {which} has no {missing[0]}")
    mz, intensity = found["m/z array"], found["intensity array"]
    length = found["defaultArrayLength"]
    if not len(mz) == len(intensity) == length:
        raise ValueError(f"scan {which}: {len(mz)} m/z and {len(intensity)} intensities for {length} points")
    attrs = {}
    for word in ("profile", "centroid"):
        if f"{word} spectrum" in found:
            attrs["representation"] = word
    for word in ("positive", "negative"):
        if f"{word} scan" in found:
            attrs["polarity"] = word
    scans = found.get("scanList", {}).get("scan", [{}])
    if resolution := scans[0].get("mass resolving power"):
        attrs["resolution"] = float(resolution)
    return {"id": which, "level": found.get("ms level", 1), "mz": mz, "intensity": intensity, "attrs": attrs}


@cache
def _vocabularies():
    """Return the vocabularies that ``psims`` brings; its own way to them asks the network first."""
    from psims.controlled_vocabulary.controlled_vocabulary import ControlledVocabulary, OBOCache

    def load(name):
        packed = resources.files("psims.controlled_vocabulary.vendor") / name
        return ControlledVocabulary.from_obo(BytesIO(gzip.decompress(packed.read_bytes())))

    resolvers = {address: lambda _, name=name: load(name) for address, name in VOCABULARIES.items()}
    return OBOCache(enabled=False, use_remote=False, resolvers=resolvers)


def document(spectrum, attrs):
    """Return a spectrum as mzML."""
    _import_psims()
    from psims.mzml.writer import PlainMzMLWriter

    polarity, resolution = attrs.get("polarity"), attrs.get("resolution")
    resolution = float(resolution) if isinstance(resolution, Real) else None  # It may be a function of m/z.
    target = BytesIO()
    with PlainMzMLWriter(target, close=False, vocabulary_resolver=_vocabularies()) as writer:
        writer.controlled_vocabularies()
        writer.file_description(["MS1 spectrum"])
        software = {"id": "supracrystal", "version": version("supracrystal")}
        writer.software_list([{**software, "params": ["custom unreleased software tool"]}])
        parts = [writer.Source(1, ["ionization type"]), writer.Analyzer(2, ["mass analyzer type"])]
        parts.append(writer.Detector(3, ["detector type"]))
        writer.instrument_configuration_list(
            [writer.InstrumentConfiguration("instrument", parts, ["instrument model"])]
        )
        step = writer.ProcessingMethod(
            order=1, software_reference="supracrystal", params=["Conversion to mzML"]
        )
        writer.data_processing_list([writer.DataProcessing([step], id="conversion")])
        with writer.run(id="run"), writer.spectrum_list(count=1):
            writer.write_spectrum(
                spectrum["mz"].to_numpy(),
                spectrum["intensity"].to_numpy(),
                id="scan=1",
                polarity=polarity and f"{polarity} scan",
                centroided=attrs.get("representation") == "centroid",
                params=["MS1 spectrum", {"ms level": 1}],
                scan_params=[{"mass resolving power": resolution}] if resolution else [],
                encoding={"m/z array": np.float64, "intensity array": np.float64},
            )
    # The schema has no list without members.
    return re.sub(rb'\s*<sourceFileList count="0">\s*</sourceFileList>', b"", target.getvalue())
