"""The signed chain of a dataset: which windows, releases, revocations and recalls there are, and what stands for what."""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from .errors import CredenceError, corrupt
from .manifest import COUNTS, Link, Subject, Verifier, signer_ended, verifier_from_pem
from .store import Store, check_dataset, open_store

ORDINAL = re.compile(r"([0-9]{8})\.json")
RELEASED = re.compile(r"clean/[^/]+/([^/]+?)\.release\.[^/]+")
PART = re.compile(r"[0-9]+|[^0-9]+")


@dataclass(frozen=True)
class Verified:
    """What a chain comes to that verifies."""

    dataset: str
    links: int
    head: str
    """SHA-256 of the last link's envelope, to be compared with one from elsewhere."""
    objects: int
    counts: dict[str, int]
    """What the windows' links add up to."""


def verify(
    folder: str | os.PathLike[str],
    public_key: str | bytes,
    dataset: str | None = None,
    *,
    head: str | None = None,
    objects: bool = True,
) -> Verified:
    """Checks everything that a dataset's chain signs for: signatures, the order of links, what they say, and each object's digest.

    `public_key` is Ed25519 keys in PEM, in the order in which they signed, that of now last; `head` the digest of a link that the chain must have, from elsewhere: a
    chain that was cut short verifies by itself. Throws `corrupt` at the first thing that does not verify, `not_found`
    (`unsigned`) where there is no chain. Decrypts nothing.
    """
    verifier = verifier_from_pem(public_key)
    store, _ = open_store(folder)
    name = store.only_dataset() if dataset is None else dataset
    links = list(read_links(store, verifier, name))
    for _link in signed_links(name, links, head):
        pass
    read_admission(name, links)
    standing = standing_subjects(links) if objects else []
    for subject in standing:
        data = store.find(subject.name)
        if data is None:
            raise corrupt(f"{subject.name} is gone", "missing_object")
        check_digest(data, subject)
    counts = dict.fromkeys(COUNTS, 0)
    for link in links:
        said = link.predicate.get("counts", dict.fromkeys(COUNTS, 0))
        if said["received"] != sum(said[name] for name in COUNTS[1:]):
            raise corrupt(f"{link.path} accounts for more or fewer records than it received", "counts")
        counts = {name: counts[name] + said[name] for name in COUNTS}
    return Verified(name, len(links), links[-1].sha256, len(standing), counts)


def read_links(store: Store, verifier: Verifier, dataset: str) -> Iterator[Link]:
    """Every link from the first, each verified against the one before.

    What a key of before signed comes only once a link of the key of now vouches for it. Throws `corrupt`: `signature`, `signer_ended`, `ordinal`, `chain`, `gap`, `manifest_format`.
    """
    check_dataset(dataset)
    listed = [int(found[1]) for name in store.names(f"manifests/{dataset}") if (found := ORDINAL.fullmatch(name))]
    last, previous = max(listed, default=0), None
    signer: str | None = None
    unvouched: list[Link] = []
    for ordinal in range(1, last + 1):
        path = f"manifests/{dataset}/{ordinal:08}.json"
        data = store.find(path)
        if data is None:
            raise corrupt(f"{path} is missing from the chain", "gap")
        statement, signers = verifier.open(data, path)
        predicate = statement["predicate"]
        if predicate["ordinal"] != ordinal or predicate["dataset"] != dataset:
            raise corrupt(f"{path} belongs elsewhere", "ordinal")
        if predicate.get("previous", {}).get("sha256") != previous:
            raise corrupt(f"{path} does not follow the link before it", "chain")
        previous = hashlib.sha256(data).hexdigest()
        subjects = tuple(Subject(name["name"], name["digest"]["sha256"]) for name in statement["subject"])
        unvouched.append(Link(ordinal, path, previous, subjects, predicate, signers))
        signer = verifier.next_signer(unvouched[-1], signer)
        if not verifier.has_ended(signer):
            yield from unvouched
            unvouched = []
    if unvouched:
        raise signer_ended(unvouched[-1].path)


def signed_links(dataset: str, links: Iterable[Link], head: str | None) -> Iterator[Link]:
    """Refuses a chain without a link (`unsigned`), and one without the link that must be in it (`chain_truncated`)."""
    count, is_whole = 0, head is None
    for link in links:
        count += 1
        is_whole = is_whole or link.sha256 == head
        yield link
    if count == 0:
        raise CredenceError("not_found", f"{dataset} has no signed link", "unsigned")
    if not is_whole:
        raise corrupt(f"the chain of {dataset} lacks the link that was asked for", "chain_truncated")


@dataclass(frozen=True)
class Window:
    """A window that a link commits; `clean` is None where every record is held."""

    id: str
    ordinal: int
    contract: str
    place: tuple[str, ...]
    clean: Subject | None


@dataclass(frozen=True)
class Release:
    """Records that review let out of a window."""

    ordinal: int
    subject: Subject
    window: Window


@dataclass
class Admission:
    """What a chain says about the records of a dataset; the last link that names a record decides."""

    windows: list[Window] = field(default_factory=list)
    releases: list[Release] = field(default_factory=list)
    revoked: dict[str, int] = field(default_factory=dict)
    """The last revocation of each record, by ordinal."""
    recalled: set[str] = field(default_factory=set)
    """Records that nothing admits, whatever else is said of them."""


def read_admission(dataset: str, links: Iterable[Link]) -> Admission:
    """Reads a verified chain; its windows in the order of what they read.

    Throws `corrupt` for what no scan decided on (`unscanned`), an object outside the dataset (`subject`), a release from a window
    that no earlier link commits (`release`), a window without a place or with two (`window`), and a recall or reinstatement of nothing (`recall`).
    """
    admission, windows = Admission(), dict[str, Window]()
    for link in links:
        kind = link.predicate["kind"]
        for subject in link.subjects:
            if subject.name.split("/")[1:2] != [dataset]:
                raise corrupt(f"{link.path} names an object of another dataset", "subject")
        if kind == "window":
            window = _window(link)
            if window.id in windows:
                raise corrupt(f"{link.path} commits a window a second time", "window")
            windows[window.id] = window
        elif kind == "release":
            admission.releases += [_release(windows, link, subject) for subject in link.subjects]
        elif kind == "revocation":
            admission.revoked.update(dict.fromkeys(link.predicate.get("revoked", []), link.ordinal))
        elif kind == "recall":
            admission.recalled.update(_recalled(link))
        elif kind == "reinstatement":
            admission.recalled.difference_update(_recalled(link))
    admission.windows = sorted(windows.values(), key=functools.cmp_to_key(_by_place))
    return admission


def standing_subjects(links: Iterable[Link]) -> list[Subject]:
    """What links sign for as it is now: every object once, by the name that stands for it."""
    links = list(links)
    replacements = Replacements(links)
    signed = [subject for link in links if link.predicate["kind"] != "reencryption" for subject in link.subjects]
    return list({subject.name: subject for subject in map(replacements.standing, signed)}.values())


class Replacements:
    """Which objects stand for those that links signed before they were re-encrypted."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._by_name: dict[str, tuple[str, Subject]] = {}
        for link in links:
            by = {subject.name: subject for subject in reversed(link.subjects)}
            for moved in link.predicate.get("replaced", []) if link.predicate["kind"] == "reencryption" else []:
                name, to = moved["from"]["name"], by.get(moved["by"])
                if to is not None and to.name != name:
                    self._by_name[name] = (moved["from"]["digest"]["sha256"], to)

    def standing(self, subject: Subject) -> Subject:
        """The object that stands for this one now, followed from digest to digest; itself where it was never replaced."""
        for _ in self._by_name:  # no more steps than there are links in a circle
            digest, to = self._by_name.get(subject.name, ("", subject))
            if digest != subject.sha256:
                break
            subject = to
        return subject


def check_digest(data: bytes, subject: Subject) -> None:
    if hashlib.sha256(data).hexdigest() != subject.sha256:
        raise corrupt(f"{subject.name} is not the object that was signed for", "digest")


def compare_natural(a: str, b: str) -> int:
    """As people number things: runs of digits by their value, the rest by UTF-16 code units. The empty text comes first."""
    first, second = PART.findall(a), PART.findall(b)
    for x, y in zip(first, second):
        if x[0] in "0123456789" and y[0] in "0123456789":
            n, m = int_key(x), int_key(y)
        else:
            n, m = (0, utf16(x)), (0, utf16(y))
        if n != m:
            return -1 if n < m else 1
    return len(first) - len(second) or (utf16(a) > utf16(b)) - (utf16(a) < utf16(b))


def int_key(digits: str) -> tuple[int, bytes]:
    value = digits.lstrip("0")  # of any length: sequence numbers exceed what Python reads as one number
    return len(value), value.encode()


def utf16(text: str) -> bytes:
    return text.encode("utf-16-be", "surrogatepass")


def _window(link: Link) -> Window:
    said = link.predicate
    if any(name not in said for name in ("window", "contract", "source", "segments")):
        raise corrupt(f"{link.path} does not say which window it commits", "window")
    if any(name not in said for name in ("policy", "detectors", "counts")) or link.subject_in("scores") is None:
        raise corrupt(f"{link.path} does not say what scanned its window", "unscanned")
    place, natural = [said["source"]], functools.cmp_to_key(compare_natural)
    for segment in sorted(said["segments"], key=lambda segment: natural(segment["partition"])):
        place += [segment["partition"], segment["from"], segment["to"]]
    return Window(said["window"], link.ordinal, said["contract"]["sha256"], tuple(place), link.subject_in("clean"))


def _recalled(link: Link) -> list[str]:
    named: list[str] = link.predicate.get("recalled", [])
    if not named:
        raise corrupt(f"{link.path} does not say which records it is about", "recall")
    return named


def _release(windows: dict[str, Window], link: Link, subject: Subject) -> Release:
    found = RELEASED.fullmatch(subject.name)
    if found is None or found[1] not in windows:
        raise corrupt(f"{link.path} releases from a window that no link before commits", "release")
    return Release(link.ordinal, subject, windows[found[1]])


def _by_place(a: Window, b: Window) -> int:
    orders = (order for x, y in zip(a.place, b.place) if (order := compare_natural(x, y)) != 0)
    return next(orders, 0) or len(a.place) - len(b.place) or compare_natural(a.id, b.id)
