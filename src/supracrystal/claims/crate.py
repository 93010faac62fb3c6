"""The register with its verdicts as a research object: an RO-Crate."""

import json
from importlib import metadata
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from supracrystal.claims import register
from supracrystal.records import recorded_path, write_whole

DOIS = {
    "wang2021": "10.1038/s41567-020-1003-9",
    "acharya2025": "10.1021/acs.jpcc.4c07077",
    "lin2022": "10.1039/d1sc06296d",
    "bose2025": "10.1039/d4nr02820a",
}
"""The papers by their citation keys."""


def write_crate(judged, place):
    """Write the claims, their schema and the verdicts with the metadata of an RO-Crate.

    Parameters
    ----------
    judged : pandas.DataFrame
        Of :func:`supracrystal.claims.evaluate`.
    place : path-like
        Folder to be made; an RO-Crate that is there is written over.

    Raises
    ------
    OSError
        If the folder cannot be written.
    """
    place = Path(place)
    place.mkdir(parents=True, exist_ok=True)
    verdicts = json.dumps(judged.to_dict("records"), indent=1, ensure_ascii=False)
    write_whole((verdicts + "\n").encode(), place / "verdicts.json")
    schema = json.dumps(register.schema(), indent=1, ensure_ascii=False)
    write_whole((schema + "\n").encode(), place / "claims.schema.json")
    crate = ROCrate()
    crate.name = "supracrystal: statements of four papers and what comes of computing them again"
    crate.description = (
        "Each statement with its printed value, place and kind of evidence, our value and the verdict. "
        f"{len(judged)} claims: {register.in_words(judged)}."
    )
    crate.license = "https://spdx.org/licenses/BSD-3-Clause"
    software = {
        "@type": "SoftwareApplication",
        "name": "supracrystal",
        "softwareVersion": metadata.version("supracrystal"),
        "url": "https://github.com/supracrystal/supracrystal",
    }
    instrument = crate.add(ContextEntity(crate, "#supracrystal", properties=software))
    files = []
    for paper in dict.fromkeys(judged["paper"]):
        about = {"@type": "ScholarlyArticle", "identifier": DOIS[paper]}
        article = crate.add(ContextEntity(crate, f"https://doi.org/{DOIS[paper]}", properties=about))
        file = crate.add_file(
            recorded_path(f"claims/{paper}.yaml"),
            properties={"name": f"claims of {paper}, as printed", "encodingFormat": "application/yaml"},
        )
        file["about"] = article
        file["conformsTo"] = {"@id": "claims.schema.json"}
        files.append(file)
    json_type = {"encodingFormat": "application/json"}
    crate.add_file(
        place / "claims.schema.json", properties={"name": "JSON schema of the files of claims"} | json_type
    )
    result = crate.add_file(
        place / "verdicts.json", properties={"name": "claims with our values and verdicts"} | json_type
    )
    action = {"@type": "CreateAction", "name": "supracrystal claims"}
    made = crate.add(ContextEntity(crate, "#evaluation", properties=action))
    made["instrument"], made["object"], made["result"] = instrument, files, result
    crate.root_dataset["mentions"] = made
    crate.write(place)
