"""Known weaknesses of the versions in constraints.txt: ``python -m devtools.audit PYTHON [--must-look]``.

``PYTHON`` is of an environment with pip-audit. Ends with 1 only where a version has a weakness that a newer one has
not, for that can be mended here. Where the advisory service cannot be asked it says so, loudly, and ends with 0, or
with ``--must-look`` with 2: not having looked is no finding, and no clean bill either.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
#: What a person, and the script that runs everything, look for.
NOT_LOOKED = "COULD NOT LOOK for known weaknesses"
OSV = "https://api.osv.dev/v1/query"


@dataclass(frozen=True)
class Findings:
    """Lines for a person: what a newer version mends, what none does, and what was not looked at."""

    mended: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    looked: int = 0


def found(report: dict[str, Any]) -> Findings:
    """What pip-audit's JSON says.

    :raises KeyError: it is of another form.
    """
    findings, looked = Findings(), 0
    for package in report["dependencies"]:
        if "skip_reason" in package:
            findings.skipped.append(f"{package['name']}: {package['skip_reason']}")
            continue
        looked += 1
        for weakness in package["vulns"]:
            names = ", ".join([weakness["id"], *weakness.get("aliases", [])])
            fixes = weakness.get("fix_versions") or []
            line = f"{package['name']} {package['version']}: {names}"
            if fixes:
                findings.mended.append(f"{line}; mended in {', '.join(fixes)}")
            else:
                findings.open.append(f"{line}; no version mends it")
    return Findings(findings.mended, findings.open, findings.skipped, looked)


def told(findings: Findings) -> list[str]:
    lines = [f"{findings.looked} packages looked at."]
    if findings.skipped:
        lines.insert(0, f"{NOT_LOOKED} in {len(findings.skipped)} packages: {'; '.join(findings.skipped[:3])}")
    lines += [f"KNOWN WEAKNESS {line}" for line in findings.mended]
    return lines + [f"note: {line}" for line in findings.open]


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="devtools.audit")
    parser.add_argument("python")
    parser.add_argument("--must-look", action="store_true")
    parser.add_argument("--osv-url", default=OSV)
    parser.add_argument("--list", type=Path, default=REPOSITORY / "constraints.txt")
    asked = parser.parse_args(argv)
    command = [asked.python, "-m", "pip_audit", "--requirement", str(asked.list), "--no-deps", "--disable-pip"]
    command += ["--vulnerability-service", "osv", "--osv-url", asked.osv_url, "--format", "json", "--desc", "off"]
    done = subprocess.run([*command, "--progress-spinner", "off"], capture_output=True, text=True, timeout=900)
    try:
        findings = found(json.loads(done.stdout))
    except (ValueError, KeyError):
        why = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"{NOT_LOOKED}: {why[:300]}")
        return 2 if asked.must_look else 0
    print("\n".join(told(findings)))
    if findings.mended:
        return 1
    return 2 if asked.must_look and findings.skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
