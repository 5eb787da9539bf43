"""The rules folder, read as a whole: every problem of every file at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from retention.model.dataset import Dataset, Source
from retention.model.errors import Problem, RetentionError
from retention.model.fact import Fact
from retention.model.rule import RuleSet
from retention.model.schema import Schema
from retention.model.settings import Settings
from retention.model.statute import Statute
from retention.policy.datasets import convert_datasets, with_references, without_address
from retention.policy.digest import canonical, digest_of
from retention.policy.documents.datasets import DatasetsDocument
from retention.policy.documents.facts import FactDocument
from retention.policy.documents.rule import RuleDocument
from retention.policy.documents.settings import SettingsDocument
from retention.policy.facts import convert_facts
from retention.policy.finding import Finding, Refused, in_reading_order
from retention.policy.lint import check_all
from retention.policy.naming import choose_from
from retention.policy.needs import with_needs
from retention.policy.places import misplaced, rule_files
from retention.policy.reading import Reading
from retention.policy.rule_file import ReadRule, convert
from retention.policy.settings_file import convert_settings
from retention.policy.snapshots import parse_snapshot
from retention.policy.statutes import read_statutes
from retention.policy.undecided import undecided
from retention.policy.validate import validate
from retention.policy.yaml_text import Parsed, read_yaml

DATASETS, SETTINGS, SNAPSHOTS = "datasets.yaml", "settings.yaml", "snapshots"
_FIRST = (
    "{version: 1, datasets: {shop: {title: Shop, url_from_environment: RETENTION_SHOP_URL, zone: UTC, "
    "owner: you@shop.example}}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """``rules`` is None when there is any problem. Remarks are worth a look; nothing is refused for them."""

    rules: RuleSet | None
    problems: tuple[Problem, ...]
    remarks: tuple[Problem, ...]


def load(rules_dir: Path) -> Loaded:
    """Read and check the whole folder. Raises nothing for what stands in the files."""
    folder = _Folder(rules_dir)
    folder.read()
    problems = in_reading_order(finding for finding in folder.findings if not finding.remark)
    remarks = in_reading_order(finding for finding in folder.findings if finding.remark)
    return Loaded(rules=None if problems else folder.rule_set(), problems=problems, remarks=remarks)


def load_or_refuse(rules_dir: Path) -> RuleSet:
    """Raises RetentionError with every problem of the folder."""
    loaded = load(rules_dir)
    if loaded.rules is None:
        raise RetentionError(*loaded.problems)
    return loaded.rules


def load_datasets(rules_dir: Path) -> Mapping[str, Dataset]:
    """The datasets alone: what a first snapshot needs before any rule can be checked. Raises RetentionError."""
    try:
        return _datasets(rules_dir).datasets
    except Refused as refused:
        raise RetentionError(*in_reading_order(refused.findings)) from None


def load_schema(rules_dir: Path, dataset_id: str) -> Schema:
    """The committed snapshot of a dataset that is declared, with its references. Raises RetentionError."""
    path = rules_dir / SNAPSHOTS / f"{dataset_id}.yaml"
    try:
        declared = _datasets(rules_dir)
        if not path.exists():
            raise Refused(_no_snapshot(dataset_id, declared.text))
        parsed = parse_snapshot(read_yaml(path, f"{SNAPSHOTS}/{path.name}"), dataset_id)
        schema, findings = with_references(declared.datasets[dataset_id], parsed, declared.text)
        if findings:
            raise Refused(*findings)
    except Refused as refused:
        raise RetentionError(*in_reading_order(refused.findings)) from None
    return schema


def _no_snapshot(dataset_id: str, text: Parsed, *, remark: bool = False) -> Finding:
    what = f"there is no snapshot of {dataset_id} ({SNAPSHOTS}/{dataset_id}.yaml)"
    remedy = f"run `retention snapshot {dataset_id}`, and commit the file that it writes"
    return Finding(code="R117", at=text.at("datasets", dataset_id), what=what, remedy=remedy, remark=remark)


def load_settings(rules_dir: Path) -> Settings:
    """The safe defaults where there is no settings.yaml. Raises RetentionError."""
    try:
        return _settings(rules_dir)
    except Refused as refused:
        raise RetentionError(*in_reading_order(refused.findings)) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Datasets:
    """What datasets.yaml says. The facts cannot be told before the snapshots are read."""

    datasets: dict[str, Dataset]
    facts: dict[str, FactDocument]
    text: Parsed


def _datasets(rules_dir: Path) -> _Datasets:
    path = rules_dir / DATASETS
    if not path.is_file():
        what = f"there is no {DATASETS} in {rules_dir}" if rules_dir.is_dir() else f"there is no folder {rules_dir}"
        remedy = f"name the folder of the rules with --rules or RETENTION_RULES, or write datasets.yaml there: {_FIRST}"
        raise Refused(Finding(code="R100", at=Source(file=DATASETS, line=1), what=what, remedy=remedy))
    parsed = read_yaml(path, DATASETS)
    document = validate(DatasetsDocument, parsed)
    datasets = convert_datasets(document)
    findings = list(without_address(datasets, parsed))
    if findings:
        raise Refused(*findings)
    return _Datasets(datasets=datasets, facts=document.facts, text=parsed)


def _settings(rules_dir: Path) -> Settings:
    path = rules_dir / SETTINGS
    return convert_settings(validate(SettingsDocument, read_yaml(path, SETTINGS))) if path.exists() else Settings()


@dataclass
class _Folder:
    """Collects; what cannot be read is left out, and the rest is still checked."""

    root: Path
    datasets: dict[str, Dataset] = field(default_factory=dict)
    schemas: dict[str, Schema] = field(default_factory=dict)
    facts: dict[str, Fact | None] = field(default_factory=dict)
    statutes: dict[str, Statute] = field(default_factory=dict)
    rules: list[ReadRule] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def read(self) -> None:
        try:
            declared = _datasets(self.root)
        except Refused as refused:
            self.findings.extend(refused.findings)
            return
        self.datasets, text = declared.datasets, declared.text
        try:
            _settings(self.root)
        except Refused as refused:
            self.findings.extend(refused.findings)
        self.findings.extend(misplaced(self.root, self.datasets))
        for dataset in self.datasets.values():
            self._read_snapshot(dataset, text)
        self.facts, wrong = convert_facts(declared.facts, self.datasets, self.schemas, text)
        self.findings.extend(wrong)
        catalogue = read_statutes(self.root)
        self.statutes = catalogue.statutes
        self.findings.extend(catalogue.findings)
        files = rule_files(self.root)
        readable = sum(self._read_rule(path) for path in files)
        complete = readable == len(files)
        self.findings.extend(check_all(self.rules, self.schemas, self.datasets, self._facts, text, complete=complete))

    def _read_snapshot(self, dataset: Dataset, text: Parsed) -> None:
        name = f"{SNAPSHOTS}/{dataset.id}.yaml"
        path = self.root / name
        if not path.exists():
            has_rules = any(path.parent.name == dataset.id for path in rule_files(self.root))
            self.findings.append(_no_snapshot(dataset.id, text, remark=not has_rules))
            return
        try:
            schema, findings = with_references(dataset, parse_snapshot(read_yaml(path, name), dataset.id), text)
        except Refused as refused:
            self.findings.extend(refused.findings)
            return
        self.schemas[dataset.id] = schema
        self.findings.extend(findings)

    def _read_rule(self, path: Path) -> bool:
        """Whether the file says what it claims, so that what no file claims can be told."""
        name = path.relative_to(self.root).as_posix()
        try:
            parsed = read_yaml(path, name)
            if missing := tuple(undecided(parsed)):
                raise Refused(*missing)
            document = validate(RuleDocument, parsed)
        except Refused as refused:
            self.findings.extend(refused.findings)
            return False
        dataset = self.datasets.get(document.dataset)
        if dataset is None:
            what = f"the dataset {document.dataset!r} is not declared in {DATASETS}"
            remedy = choose_from(document.dataset, self.datasets, what="datasets")
            self.findings.append(Finding(code="R116", at=parsed.at("dataset"), what=what, remedy=remedy))
            return False
        if dataset.id not in self.schemas:
            return False
        reading = Reading(
            text=parsed, dataset=dataset, schema=self.schemas[dataset.id], facts=self.facts, statutes=self.statutes
        )
        read = convert(document, reading)
        self.findings.extend(reading.findings)
        if read is not None:
            self.rules.append(read)
        return read is not None

    @property
    def _facts(self) -> dict[str, Fact]:
        return {name: fact for name, fact in self.facts.items() if fact is not None}

    def rule_set(self) -> RuleSet:
        rules = with_needs(rule for read in self.rules for rule in (read.rule, *read.elements))
        document = {
            "datasets": canonical(self.datasets),
            "schemas": canonical(self.schemas),
            "rules": {rule.id: rule.digest for rule in rules},
        }
        if self._facts:
            document["facts"] = canonical(self._facts)
        return RuleSet(
            datasets=self.datasets, schemas=self.schemas, rules=rules, digest=digest_of(document), facts=self._facts
        )
