"""One client's side of one masked round: five requests, five answers."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from . import secrets as s
from .wire import STAGES, Binding, Reader, Terms, decode_terms, encode_indexes, extend_transcript, first_transcript
from .wire import open_message, read_message, refuse, seal_message

Peers = Mapping[str, bytes]
MOST_SATURATED = (2**32 - 1) // 4096


class Client:
    """Takes what the aggregator asks and returns what to answer, in the order of the stages and once each.

    `identity` is the raw Ed25519 secret, `aggregator` and `peers` raw public keys from the configuration, `sketch` the most numbers that a
    sketch of the update may have. A request that is refused (`Fault`) ends the round for this client.
    """

    def __init__(self, name: str, identity: bytes, aggregator: bytes, peers: Peers, session: bytes, number: int, random=os.urandom, sketch=0):
        self.name, self.session, self.number, self.random = name, session, number, random
        self.identity = Ed25519PrivateKey.from_private_bytes(identity)
        self.aggregator = aggregator
        self.peers = {**peers, name: self.identity.public_key().public_bytes_raw()}
        self.mask_secret = random(32)
        self.mask_pair = X25519PrivateKey.from_private_bytes(self.mask_secret)
        self.share_pair = X25519PrivateKey.from_private_bytes(random(32))
        self.seed = random(32)
        self.keys = self.mask_pair.public_key().public_bytes_raw() + self.share_pair.public_key().public_bytes_raw()
        self.transcript = first_transcript(session, number)
        self.due, self.most = ["advertise"], sketch
        self.terms: Terms | None = None
        self.saturated = 0

    def advertise(self, request: bytes) -> bytes:
        body = self._open("advertise", request)
        self.terms = decode_terms(body)
        refuse("bad_terms", self.terms.sketch > self.most, f"a sketch of {self.terms.sketch} numbers: this client signs {self.most}")
        self._agreed("advertise", body)
        return self._answer("advertise", self.keys)

    def share(self, request: bytes) -> bytes:
        body = self._open("share", request)
        binding = Binding(self.session, self.number, "advertise", False, self.transcript)
        advertised = [read_message(message, binding, self.peers.get) for message in Reader(body).messages()]
        self.names = [name for name, _, _ in advertised]
        refuse("not_ascending", any(b <= a for a, b in zip(self.names, self.names[1:])), "the roster is unsorted")
        for _, keys, _ in advertised:
            Reader(keys[64:]).end()
            Reader(keys).take(64)
        self.roster = [(keys[:32], keys[32:]) for _, keys, _ in advertised]
        own = next((keys for name, keys, _ in advertised if name == self.name), None)
        refuse("left_out", own != self.keys, "the roster is without the keys of this client")
        refuse("too_few", len(self.names) < self.terms.minimum, f"a roster of {len(self.names)} clients")
        refuse("bad_terms", len(self.names) > self.terms.most_clients, f"{len(self.names)} clients would run over")
        self.me = self.names.index(self.name)
        self._agreed("share", body)
        self.salt = self.transcript
        self.ring = s.Ring(len(self.names), self.salt)
        for i in self.ring.within(self.me):  # others verify the rest: the transcript keeps all rosters the same
            advertised[i][2]()
        committee = self.ring.committee(self.me)
        seeds = s.split_secret(self.seed, self.ring.threshold, len(committee), self.random)
        secrets = s.split_secret(self.mask_secret, self.ring.threshold, len(committee), self.random)
        self.received = {self.me: seeds[0] + secrets[0]}
        sealed = b""
        for to, seed, secret in zip(committee[1:], seeds[1:], secrets[1:]):
            key, context = s.share_key(self.share_pair, self.roster[to][1], self.salt, self.me, to)
            sealed += s.seal_once(key, seed + secret, context)
        commitment = hashlib.sha256(s.info("commitment", self.me) + self.salt + self.seed).digest()
        return self._answer("share", commitment + sealed)

    def mask(self, request: bytes, update: np.ndarray, weight: int = 1) -> bytes:
        reader = Reader(self._open("mask", request))
        sharers = reader.indexes(self.ring.size)
        rest = reader.take(len(reader.data) - reader.at)
        refuse("wrong_size", len(rest) % 80 != 0, "a delivery of shares that are not whole")
        self.sharers = self.maskers = set(sharers)
        refuse("left_out", self.me not in self.sharers, "the shares of this client are said to be missing")
        self.ring.check(self.sharers, self.terms.minimum)
        senders = [of for of in self.ring.seats(self.me) if of != self.me and of in self.sharers]
        refuse("wrong_size", len(senders) != len(rest) // 80, "shares are missing from the delivery")
        self.received |= {of: rest[80 * i : 80 * i + 80] for i, of in enumerate(senders)}
        self._agreed("mask", encode_indexes(sharers))
        words = self.plain = self._protect(update, weight)
        words = words + s.words_of(self._own_key(), len(words))
        for peer in self._near(self.sharers):
            mask = s.words_of(self._key_with(peer), len(words))
            words = words + mask if self.me < peer else words - mask
        return self._answer("mask", words.astype("<u4").tobytes())

    def sketch(self, request: bytes) -> bytes:
        body = self._open("sketch", request)
        reader = Reader(body)
        key = s.derive_key(reader.take(32), self.transcript, s.info("sketch"))
        self.maskers = set(reader.indexes(self.ring.size))
        reader.end()
        refuse("unknown_index", not self.maskers <= self.sharers, "a vector of one that never shared")
        refuse("left_out", self.me not in self.maskers, "the vector of this client is said to be missing")
        self._agreed("sketch", body)
        self.places = s.words_of(key, self.terms.dimension)
        middle = np.full(self.terms.dimension + 1, 2 ** (self.terms.bits - 1), np.uint32)
        middle[-1] = 1
        gone = self._near(self.sharers - self.maskers)
        folds = [self._fold(self.plain[: len(middle)] - middle), self._fold_mask(self._own_key())]
        return self._answer("sketch", b"".join(folds + [self._fold_mask(self._key_with(peer)) for peer in gone]))

    def explain(self, request: bytes) -> bytes:
        Reader(self._open("explain", request)).end()
        return self._answer("explain", b"".join(self._fold_mask(self._key_with(peer)) for peer in self._near(self.maskers)))

    def agree(self, request: bytes) -> bytes:
        body = self._open("agree", request)
        reader = Reader(body)
        survivors = reader.indexes(self.ring.size)
        reader.end()
        self.survivors = set(survivors)
        refuse("unknown_index", not self.survivors <= self.maskers, "a survivor that is known to have dropped out")
        refuse("left_out", self.me not in self.survivors, "this client is said to have dropped out")
        self.ring.check(self.survivors, self.terms.minimum)
        self._agreed("agree", body)
        return self._answer("agree", b"")

    def unmask(self, request: bytes) -> bytes:
        binding = Binding(self.session, self.number, "agree", False, self.transcript)
        near, signers = set(self.ring.within(self.me)), {}
        for message in Reader(self._open("unmask", request)).messages():
            sender, _, verify = read_message(message, binding, self.peers.get)
            index = self.names.index(sender) if sender in self.names else -1
            refuse("unknown_sender", index not in self.survivors, "an agreement by somebody who is no survivor")
            if index in near:
                signers[index] = verify
        self.ring.check(set(signers), self.terms.minimum if len(near) == self.ring.size else 0, self.ring.seats(self.me))
        for verify in signers.values():
            verify()
        shares = {of: self._share_of(of) for of in self.ring.seats(self.me) if of in self.sharers}
        opened = {of: share for of, share in shares.items() if share is not None}
        revealed = b"".join(share[:32] if of in self.survivors else share[32:] for of, share in opened.items())
        return self._answer("unmask", encode_indexes(list(opened)) + revealed)

    def _protect(self, update: np.ndarray, weight: int) -> np.ndarray:
        """Checks, clips, quantises with stochastic rounding: dimension + 3 words."""
        t = self.terms
        values = np.asarray(update, dtype=np.float64)
        fits = values.shape == (t.dimension,) and 1 <= weight <= t.weight_cap and int(weight) == weight
        refuse("bad_update", not fits, "an update of another shape or weight than the terms allow")
        refuse("not_finite", not np.isfinite(values).all(), "the update holds a number that is not finite")
        largest = np.abs(values).max()
        # one after the other, as the other clients add: a pairwise sum would round otherwise
        norm = largest * np.sqrt(np.cumsum((values / largest) ** 2)[-1]) if largest > 0 else 0.0
        clipped = 0 < t.clip < norm
        values = values * (t.clip / norm) if clipped else values
        chance = (s.words_of(self.random(32), t.dimension) >> 8) / 2**24
        top = 2**t.bits - 1
        steps = np.floor((values + t.range) * (top / (2 * t.range)) + chance)
        self.saturated = int(((values < -t.range) | (values > t.range)).sum())
        extra = [weight, min(self.saturated, MOST_SATURATED), int(clipped)]
        return np.concatenate([np.clip(steps, 0, top).astype(np.uint32) * np.uint32(weight), np.array(extra, np.uint32)])

    def _own_key(self) -> bytes:
        return s.derive_key(self.seed, self.salt, s.info("own mask", self.me))

    def _key_with(self, peer: int) -> bytes:
        pair = s.info("mask", min(self.me, peer), max(self.me, peer))
        return s.derive_key(s.agree(self.mask_pair, self.roster[peer][0]), self.salt, pair)

    def _near(self, among: set[int]) -> list[int]:
        return [peer for peer in self.ring.neighbours(self.me) if peer in among]

    def _fold(self, words: np.ndarray) -> bytes:
        """The cells of the numbers, then the word of the weight."""
        cells = np.zeros(self.terms.sketch + 1, np.uint32)
        np.add.at(cells, self.places & (self.terms.sketch - 1), np.where(self.places >> 31, -words[:-1], words[:-1]))
        cells[-1] = words[-1]
        return cells.astype("<u4").tobytes()

    def _fold_mask(self, key: bytes) -> bytes:
        return self._fold(s.words_of(key, self.terms.dimension + 1))

    def _share_of(self, of: int) -> bytes | None:
        if of == self.me:
            return self.received[of]
        key, context = s.share_key(self.share_pair, self.roster[of][1], self.salt, of, self.me)
        return s.open_once(key, self.received[of], context)

    def _open(self, stage: str, request: bytes) -> bytes:
        refuse("answered_twice", stage not in self.due, f"stage {stage} is not due")
        self.due = []
        binding = Binding(self.session, self.number, stage, True, self.transcript)
        return open_message(request, binding, lambda sender: self.aggregator if sender == "aggregator" else None)[1]

    def _answer(self, stage: str, body: bytes) -> bytes:
        later = [due for due in STAGES if self.terms.sketch > 0 or due not in ("sketch", "explain")]
        at = later.index(stage) + 1
        self.due = later[at : at + 2] if stage == "sketch" else later[at : at + 1]
        return seal_message(Binding(self.session, self.number, stage, False, self.transcript), self.name, body, self.identity)

    def _agreed(self, stage: str, part: bytes) -> None:
        self.transcript = extend_transcript(self.transcript, stage, part)
