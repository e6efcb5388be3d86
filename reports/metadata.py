"""Metadata: what the bundle is, told to catalogues and archives (RO-Crate, DCAT-AP-SE)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from importlib import metadata, resources
from pathlib import Path
from typing import Any

CRATE_FILE = "ro-crate-metadata.json"
CATALOGUE_FILE = "dcat.jsonld"
SCHEMA_FILE = "results.schema.json"

#: Media types by suffix.
MEDIA_TYPES = {
    ".css": "text/css",
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def write_metadata(document: Mapping[str, Any], out: Path) -> None:
    """Describe a bundle to machines, once all its other files are written.

    Beside the two descriptions stands the JSON Schema of the results.

    Parameters
    ----------
    document : mapping
        The protected results document.
    out : Path
        The bundle.
    """
    schema = resources.files("utfall.analysis").joinpath(SCHEMA_FILE).read_text("utf-8")
    (out / SCHEMA_FILE).write_text(schema, encoding="utf-8")
    _write(out / CATALOGUE_FILE, catalogue(document))
    files = sorted(path for path in out.rglob("*") if path.is_file())
    _write(out / CRATE_FILE, crate(document, out, files))


def crate(document: Mapping[str, Any], out: Path, files: list[Path]) -> dict[str, Any]:
    """Return the bundle as an RO-Crate 1.1, every file with its size and hash.

    Source: https://www.researchobject.org/ro-crate/specification/1.1/
    """
    study = document["study"]
    described = [_file(path, out) for path in files]
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": study["title"]["sv"],
        "alternateName": study["title"]["en"],
        "description": (study["data_note"] or study["title"])["en"],
        "identifier": document["run_id"],
        "version": document["run_id"][:12],
        **_dated(document),
        "license": {"@id": "#terms"},
        "hasPart": [{"@id": one["@id"]} for one in described],
        "wasGeneratedBy": {"@id": "#run"},
    }
    graph = [
        {
            "@id": CRATE_FILE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        root,
        {
            "@id": "#terms",
            "@type": "CreativeWork",
            "name": "Terms of use",
            "description": "The municipality that publishes the bundle sets its terms of use.",
        },
        {
            "@id": "#run",
            "@type": "CreateAction",
            "name": f"utfall run {document['run_id'][:12]}",
            "instrument": {"@id": "#utfall"},
            "result": {"@id": "./"},
        },
        {
            "@id": "#utfall",
            "@type": "SoftwareApplication",
            "name": "utfall",
            "version": metadata.version("utfall"),
        },
        *described,
    ]
    return {"@context": "https://w3id.org/ro/crate/1.1/context", "@graph": graph}


def catalogue(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the results as a DCAT-AP-SE dataset; its publisher completes it with addresses.

    Source: https://docs.dataportal.se/dcat/sv/
    """
    study = document["study"]
    titles = [{"@language": name, "@value": text} for name, text in sorted(study["title"].items())]
    notes = [
        {"@language": name, "@value": text}
        for name, text in sorted((study["data_note"] or study["title"]).items())
    ]
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dcterms": "http://purl.org/dc/terms/",
        },
        "@type": "dcat:Dataset",
        "dcterms:identifier": document["run_id"],
        "dcterms:title": titles,
        "dcterms:description": notes,
        "dcterms:language": [
            {"@id": f"http://publications.europa.eu/resource/authority/language/{code}"}
            for code in ("SWE", "ENG")
        ],
        "dcterms:accessRights": {
            "@id": "http://publications.europa.eu/resource/authority/access-right/PUBLIC"
        },
        "dcat:distribution": [
            {
                "@type": "dcat:Distribution",
                "dcterms:title": name,
                "dcat:mediaType": MEDIA_TYPES[Path(name).suffix],
                "dcat:downloadURL": {"@id": name},
            }
            for name in ("results.json", SCHEMA_FILE)
        ],
    }


def last_delivery(document: Mapping[str, Any]) -> str | None:
    """Return the day of the latest delivery, from the names of their folders.

    A bundle bears no day of its own making, or the same data would give other bytes.
    """
    names = " ".join(one["delivery"] for one in document["deliveries"])
    return max(_DAY.findall(names), default=None)


def _dated(document: Mapping[str, Any]) -> dict[str, str]:
    day = last_delivery(document)
    return {} if day is None else {"datePublished": day}


def _file(path: Path, out: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {
        "@id": path.relative_to(out).as_posix(),
        "@type": "File",
        "encodingFormat": MEDIA_TYPES.get(path.suffix, "application/octet-stream"),
        "contentSize": str(len(content)),
        "sha256": hashlib.sha256(content).hexdigest(),
    }


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(f"{text}\n", encoding="utf-8")
