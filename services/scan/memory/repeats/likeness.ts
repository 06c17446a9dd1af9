import { hash } from 'node:crypto'
import type { ScanInput } from '../../view/samples.ts'
import { recordTokens } from './record-tokens.ts'

/**
 * The hashes of a likeness. Their agreement estimates the share of tokens that two groups have in common (MinHash;
 * Broder 1997).
 */
const HASHES = 64
/** A token belongs to the likeness where at least this share of the members have it. */
const SHARED = 0.5
const FEWEST_TOKENS = 3

/**
 * The likeness of records that are nearly the same: hashes of the tokens that they share, by which the next such
 * records are recognised, whoever wrote them. Null where they share too few. The seed is the installation's, so that
 * nobody else can make records with the same hashes.
 */
export function likenessOf(
  { samples, seed }: Pick<ScanInput, 'samples' | 'seed'>,
  members: readonly number[],
): number[] | null {
  const { tokensOf, nameOf } = recordTokens(samples)
  const counts = new Map<number, number>()
  for (const i of members) for (const token of new Set(tokensOf(i))) counts.set(token, (counts.get(token) ?? 0) + 1)
  const shared = [...counts].filter(([, count]) => count >= SHARED * members.length).map(([token]) => nameOf(token))
  return shared.length < FEWEST_TOKENS ? null : minHashes(shared, seed)
}

/** The share of tokens that two likenesses have in common, estimated from their hashes. */
export function alikeness(a: readonly number[], b: readonly number[]): number {
  return a.filter((hash, at) => hash === b[at]).length / HASHES
}

function minHashes(tokens: readonly string[], seed: number): number[] {
  const least = new Uint32Array(HASHES).fill(0xffffffff)
  for (const token of tokens) {
    const [from, step] = hashOf(token, seed)
    for (let k = 0; k < HASHES; k++) least[k] = Math.min(least[k]!, mixed(from + Math.imul(k, step)))
  }
  return [...least]
}

/**
 * The two numbers from which all hashes of a token follow: the first eight bytes of a digest, the lowest byte first.
 */
export function hashOf(token: string, seed: number): readonly [from: number, step: number] {
  const digest = hash('sha256', `${seed}/${token}`, 'latin1')
  return [fourBytes(digest, 0), fourBytes(digest, 4) | 1]
}

/** The two numbers of each word from which its hashes follow, each made when it is first asked for. */
interface HashedWords {
  readonly seed: number
  readonly from: Int32Array
  /** 0 of a word that nobody asked for: steps are odd. */
  readonly step: Int32Array
}

/** A window gives words, places and prints, and all of these ask for its words' hashes. */
const hashed = new WeakMap<readonly string[], HashedWords>()

/** As `hashOf`, of words by their place in a window's list. */
export function hashesOf(
  words: readonly string[],
  seed: number,
): (word: number) => readonly [from: number, step: number] {
  let known = hashed.get(words)
  if (known?.seed !== seed) {
    known = { seed, from: new Int32Array(words.length), step: new Int32Array(words.length) }
    hashed.set(words, known)
  }
  const { from, step } = known
  return (word) => {
    if (step[word] === 0) [from[word], step[word]] = hashOf(words[word]!, seed)
    return [from[word]!, step[word]!]
  }
}

function fourBytes(digest: string, at: number): number {
  const byte = (place: number) => digest.charCodeAt(at + place) << (8 * place)
  return byte(0) | byte(1) | byte(2) | byte(3)
}

export function mixed(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}
