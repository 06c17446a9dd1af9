"""One client's side of one masked round: five requests, five answers; seven where sketches are asked for."""

import os
from collections.abc import Mapping

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .noise import gaussians
from .secrets import Ring, agree, derive_key, info, key_stream, pack_words, share_digest, split_secret, words_of
from .wire import STAGES, Binding, Reader, decode_terms, encode_indexes, extend_transcript, read_message, refuse, seal_message, sha256

Peers = Mapping[str, bytes]
MOST_SATURATED = (2**32 - 1) // 4096


class Client:
    """Takes what the aggregator asks and returns what to answer, in the order of the stages and once each.

    `identity` is the raw Ed25519 secret, `aggregator` and `peers` raw public keys from the configuration, `sketch` the most numbers that a
    sketch of the update may have, `minimum` the fewest clients that a sum may be over, `noise` the least that each adds. A request that is refused (`Fault`) ends the round for
    this client.
    """

    def __init__(
        self, name: str, identity: bytes, aggregator: bytes, peers: Peers, session: bytes, number: int, random=os.urandom, sketch=0, minimum=3, noise=0.0
    ):
        self.name, self.session, self.number, self.random, self.most, self.least = name, session, number, random, sketch, minimum
        self.noise = noise
        self.identity = Ed25519PrivateKey.from_private_bytes(identity)
        self.keys_of = {**peers, name: self.identity.public_key().public_bytes_raw()}.get
        self.asks = {"aggregator": aggregator}.get
        self.mask_secret, share_secret, self.seed = random(32), random(32), random(32)
        self.mask_pair, self.share_pair = map(X25519PrivateKey.from_private_bytes, (self.mask_secret, share_secret))
        self.keys = b"".join(pair.public_key().public_bytes_raw() for pair in (self.mask_pair, self.share_pair))
        self.transcript = sha256(session, str(number).encode())
        self.due, self.terms, self.saturated = ["advertise"], None, 0

    def advertise(self, request: bytes) -> bytes:
        body = self._open("advertise", request)
        self.terms = decode_terms(body)
        refuse("bad_terms", self.terms.sketch > self.most, f"a sketch of {self.terms.sketch} numbers: this client signs {self.most}")
        refuse("bad_terms", self.terms.minimum < self.least, f"a sum over {self.terms.minimum} clients: this client is among {self.least} or more")
        refuse("bad_terms", self.terms.noise < self.noise, f"noise of {self.terms.noise}: this client takes part from {self.noise} on")
        return self._answer("advertise", self.keys, body)

    def share(self, request: bytes) -> bytes:
        body = self._open("share", request)
        advertised = [read_message(message, self._binding("advertise"), self.keys_of) for message in Reader(body).messages()]
        self.names = [name for name, _, _ in advertised]
        refuse("not_ascending", any(b <= a for a, b in zip(self.names, self.names[1:])), "the roster is unsorted")
        readers = [Reader(keys) for _, keys, _ in advertised]
        self.roster = [(keys.take(32), keys.end(keys.take(32))) for keys in readers]
        own = dict(zip(self.names, self.roster)).get(self.name, ())
        refuse("left_out", b"".join(own) != self.keys, "the roster is without the keys of this client")
        refuse("too_few", len(self.names) < self.terms.minimum, f"a roster of {len(self.names)} clients")
        refuse("bad_terms", len(self.names) > self.terms.most_clients, f"{len(self.names)} clients would run over")
        self.me, self.salt = self.names.index(self.name), extend_transcript(self.transcript, "share", body)
        self.ring = Ring(len(self.names), self.salt)
        for i in self.ring.neighbours(self.me):  # others verify the rest: the transcript keeps all rosters the same
            advertised[i][2]()
        committee = self.ring.committee(self.me)
        parts = [split_secret(secret, self.ring.threshold, len(committee), self.random) for secret in (self.seed, self.mask_secret)]
        shares = [seed + secret for seed, secret in zip(*parts)]
        self.received = {self.me: shares[0]}
        sealed = [self._sealed(to, self.me, to)(AESGCM.encrypt, share) for to, share in zip(committee[1:], shares[1:])]
        digests = [share_digest(share, self.salt, self.me, place) for place, share in enumerate(shares, 1)]
        return self._answer("share", sha256(info("commitment", self.me), self.salt, self.seed) + b"".join(sealed + digests), body)

    def mask(self, request: bytes, update: np.ndarray, weight: int = 1) -> bytes:
        reader = Reader(self._open("mask", request))
        sharers = reader.indexes(self.ring.size)
        refuse("wrong_size", len(reader.left) % 112 != 0, "a delivery of shares that are not whole")
        self.sharers = self.maskers = self._among("mask", sharers, range(self.ring.size))
        senders = [of for of in self.ring.seats(self.me) if of != self.me and of in self.sharers]
        refuse("wrong_size", len(senders) != len(reader.left) // 112, "shares are missing from the delivery")
        opened = {of: self._opened(of, reader.take(80), reader.take(32)) for of in senders}
        complaints = [of for of in senders if opened[of] is None]
        self.received |= {of: share for of, share in opened.items() if share is not None}
        words = self.plain = self._protect(update, weight)
        words = words + words_of(self._own_key(), len(words))
        for peer in self._near(self.sharers):
            mask = words_of(self._key_with(peer), len(words))
            words = words + mask if self.me < peer else words - mask
        vector = pack_words(words, self.terms.packed_bits(self.ring.size))
        return self._answer("mask", vector + encode_indexes(complaints), encode_indexes(sharers))

    def sketch(self, request: bytes) -> bytes:
        body = self._open("sketch", request)
        reader = Reader(body)
        key = derive_key(reader.take(32), self.transcript, info("sketch"))
        self.maskers = self._among("sketch", reader.end(reader.indexes(self.ring.size)), self.sharers)
        self.places = np.frombuffer(key_stream(key, 4 * self.terms.dimension), dtype="<u4")
        middle = np.full(self.terms.dimension + 1, 2 ** (self.terms.bits - 1), np.uint32)
        middle[-1] = 1
        gone = [self._key_with(peer) for peer in self._near(self.sharers - self.maskers)]
        folds = [self._fold(self.plain[: len(middle)] - middle), *map(self._fold_mask, [self._own_key(), *gone])]
        return self._answer("sketch", b"".join(folds), body)

    def explain(self, request: bytes) -> bytes:
        Reader(self._open("explain", request)).end()
        return self._answer("explain", b"".join(self._fold_mask(self._key_with(peer)) for peer in self._near(self.maskers)))

    def agree(self, request: bytes) -> bytes:
        body = self._open("agree", request)
        reader = Reader(body)
        self.survivors = self._among("agree", reader.end(reader.indexes(self.ring.size)), self.maskers)
        return self._answer("agree", b"", body)

    def unmask(self, request: bytes) -> bytes:
        near, signers = set(self.ring.within(self.me)), {}
        for message in Reader(self._open("unmask", request)).messages():
            sender, _, verify = read_message(message, self._binding("agree"), self.keys_of)
            index = self.names.index(sender) if sender in self.names else -1
            refuse("unknown_sender", index not in self.survivors, "an agreement by somebody who is no survivor")
            if index in near:
                signers[index] = verify
        self.ring.check(set(signers), self.terms.minimum if len(near) == self.ring.size else 0, self.ring.seats(self.me))
        for index, verify in signers.items():
            if index != self.me:
                verify()
        opened = {of: self.received[of] for of in self.ring.seats(self.me) if of in self.sharers and of in self.received}
        revealed = [share[:32] if of in self.survivors else share[32:] for of, share in opened.items()]
        return self._answer("unmask", encode_indexes(list(opened)) + b"".join(revealed))

    def _protect(self, update: np.ndarray, weight: int) -> np.ndarray:
        """Checks, clips, quantises with stochastic rounding, adds this client's noise: dimension + 3 words."""
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
        chance = (words_of(self.random(32), t.dimension) >> 8) / 2**24
        top = 2**t.bits - 1
        steps = np.floor((values + t.range) * (top / (2 * t.range)) + chance)
        self.saturated = int(((values < -t.range) | (values > t.range)).sum())
        extra = [weight, min(self.saturated, MOST_SATURATED), int(clipped and (t.noise == 0 or t.count_noise > 0))]
        words = np.concatenate([np.clip(steps, 0, top).astype(np.uint32) * np.uint32(weight), np.array(extra, np.uint32)])
        if t.noise > 0:
            seeds = key_stream(self.random(32), 64)
            words[: t.dimension] += gaussians(t.noise / t.step, seeds[:32], t.dimension)
            words[-1:] += gaussians(t.count_noise, seeds[32:], 1) if t.count_noise > 0 else np.uint32(0)
        return words

    def _among(self, stage: str, indexes: list[int], before) -> set[int]:
        """A list of who is still there, as it has to be."""
        there = set(indexes)
        refuse("unknown_index", not there <= set(before), f"somebody in the list of {stage} is known to be gone")
        refuse("left_out", self.me not in there, "this client is said to be gone")
        if stage != "sketch":
            self.ring.check(there, self.terms.minimum)
        return there

    def _own_key(self) -> bytes:
        return derive_key(self.seed, self.salt, info("own mask", self.me))

    def _key_with(self, peer: int) -> bytes:
        return derive_key(agree(self.mask_pair, self.roster[peer][0]), self.salt, info("mask", *sorted((self.me, peer))))

    def _near(self, among: set[int]) -> list[int]:
        return [peer for peer in self.ring.neighbours(self.me) if peer in among]

    def _fold(self, words: np.ndarray) -> bytes:
        """The cells of the numbers, then the word of the weight."""
        cells = np.zeros(self.terms.sketch + 1, np.uint32)
        np.add.at(cells, self.places & (self.terms.sketch - 1), np.where(self.places >> 31, -words[:-1], words[:-1]))
        cells[-1] = words[-1]
        return cells.astype("<u4").tobytes()

    def _fold_mask(self, key: bytes) -> bytes:
        return self._fold(words_of(key, self.terms.dimension + 1))

    def _sealed(self, peer: int, sender: int, receiver: int):
        """AES-GCM of the one share that goes from one to the other."""
        context = info("share", sender, receiver)
        key = derive_key(agree(self.share_pair, self.roster[peer][1]), self.salt, context)
        return lambda use, data: use(AESGCM(key), bytes(12), data, context)

    def _opened(self, of: int, sealed: bytes, digest: bytes) -> bytes | None:
        """None where its dealer sealed something else, or signed for another share."""
        try:
            share = self._sealed(of, of, self.me)(AESGCM.decrypt, sealed)
            return share if share_digest(share, self.salt, of, self.ring.place(self.me, of)) == digest else None
        except InvalidTag:
            return None

    def _binding(self, stage: str, request=False) -> Binding:
        return Binding(self.session, self.number, self.transcript, stage, request)

    def _open(self, stage: str, request: bytes) -> bytes:
        refuse("answered_twice", stage not in self.due, f"stage {stage} is not due")
        self.due = []
        _, body, verify = read_message(request, self._binding(stage, True), self.asks)
        verify()
        return body

    def _answer(self, stage: str, body: bytes, agreed: bytes | None = None) -> bytes:
        """Extends the transcript with what was agreed, and signs the answer under it."""
        if agreed is not None:
            self.transcript = extend_transcript(self.transcript, stage, agreed)
        later = [due for due in STAGES if self.terms.sketch > 0 or due not in ("sketch", "explain")]
        at = later.index(stage) + 1
        self.due = later[at : at + 2] if stage == "sketch" else later[at : at + 1]
        return seal_message(self._binding(stage), self.name, body, self.identity)
