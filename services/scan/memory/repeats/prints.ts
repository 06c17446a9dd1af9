import { z } from 'zod'
import { seededRandom } from '#core/random.ts'
import type { ScanInput } from '../../view/samples.ts'
import { hashesOf, hashOf, mixed } from './likeness.ts'
import { packBits, packLine, unpackBits, unpackLine, type Encoded } from '../pool/lines.ts'
import { recordTokens } from './record-tokens.ts'

/**
 * Short prints of a window's records. They show near-copies in other windows, which a pool's scan counts over all
 * windows.
 */
export interface WindowPrints {
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** The print at place k is of record `from + step · k`. */
  readonly from: number
  readonly step: number
  /** All prints, one after another; a record with too few tokens has a print of zeros. */
  readonly prints: Uint8Array
}

/**
 * The hashes of a print, four bits of each. How many agree estimates the share of tokens that two records have in
 * common (b-bit MinHash; Li & König 2010).
 */
export const HASHES = 48
const BITS = 4
export const PRINT_BYTES = (HASHES * BITS) / 8
/**
 * A record with fewer tokens has no print, since many records would share it; of more tokens than `most` the first are
 * enough.
 */
const TOKENS = { fewest: 5, most: 1000 }
/**
 * The most prints that a window gives, so that they leave room for the rest: larger windows give every second record's,
 * or third's.
 */
const MOST_PRINTS = 16_384

/**
 * The print of every record, one after another. The seed is the installation's, so that nobody else can make records
 * with the same print.
 */
export function printsOf({ n, samples, seed }: Pick<ScanInput, 'n' | 'samples' | 'seed'>): Uint8Array {
  return printed(
    samples,
    Array.from({ length: n }, (_, i) => i),
    seed,
  )
}

function printed(samples: ScanInput['samples'], records: readonly number[], seed: number): Uint8Array {
  const { tokensOf, nameOf, words } = recordTokens(samples)
  const hashes = words === undefined ? (token: number) => hashOf(nameOf(token), seed) : hashesOf(words, seed)
  const prints = new Uint8Array(records.length * PRINT_BYTES)
  const [froms, steps, lastIn]: [number[], number[], number[]] = [[], [], []]
  const least = new Uint32Array(HASHES)
  records.forEach((i, at) => {
    const tokens = tokensOf(i)
    let distinct = 0
    least.fill(0xffffffff)
    for (let t = 0; t < Math.min(tokens.length, TOKENS.most); t++) {
      const token = tokens[t]!
      if (lastIn[token] === at) continue
      if (lastIn[token] === undefined) [froms[token], steps[token]] = hashes(token)
      lastIn[token] = at
      distinct++
      take(least, froms[token]!, steps[token]!)
    }
    if (distinct >= TOKENS.fewest) prints.set(printFrom(least), at * PRINT_BYTES)
  })
  return prints
}

/** Lowers each least hash by those of one more token. */
function take(least: Uint32Array, from: number, step: number): void {
  for (let k = 0; k < HASHES; k++) {
    const value = mixed(from + Math.imul(k, step))
    if (value < least[k]!) least[k] = value
  }
}

/** The print of some hashes. A likeness has more hashes, whose first are those of a print. */
export function printFrom(hashes: ArrayLike<number>): Uint8Array {
  const print = new Uint8Array(PRINT_BYTES)
  for (let k = 0; k < HASHES; k++) print[k >> 1]! |= (hashes[k]! & 15) << (BITS * (k & 1))
  return print
}

/** How many hashes of two prints agree. */
export function agreeing(a: Uint8Array, b: Uint8Array): number {
  let agree = 0
  for (let at = 0; at < PRINT_BYTES; at++) {
    const differ = a[at]! ^ b[at]!
    agree += Number((differ & 15) === 0) + Number((differ & 240) === 0)
  }
  return agree
}

/** One line, unencrypted. Of a large window, only every `step`-th record has a print. */
export function encodePrints({ n, samples, seed }: ScanInput, held: readonly number[]): Encoded {
  const step = Math.max(1, Math.ceil(n / MOST_PRINTS))
  const from = seededRandom(seed, `prints of ${n}`).below(step)
  const records = Array.from({ length: Math.ceil((n - from) / step) }, (_, k) => from + step * k)
  const bytes = Buffer.concat([printed(samples, records, seed), packBits(n, held)])
  return { line: packLine({ prints: records.length, records: n, from, step }, bytes), leftOut: n - records.length }
}

const index = z.int().nonnegative()
const step = z.int().positive()
const aboutSchema = z.strictObject({ prints: index, records: index, from: index, step })
/** A line of JSON, as earlier versions wrote it. */
const jsonSchema = z.strictObject({ prints: z.base64(), from: index, step, held: z.array(index) })

/** The inverse of `encodePrints`; null for any other line. */
export function decodePrints(line: Uint8Array): WindowPrints | null {
  const packed = unpackLine(line)
  if (packed === null) return fromJson(line)
  const { data: about } = aboutSchema.safeParse(packed.about)
  if (about === undefined) return null
  const { prints: count, records, from, step } = about
  const [bytes, end] = [packed.bytes(), count * PRINT_BYTES]
  if (bytes.length !== end + Math.ceil(records / 8)) return null
  return { held: unpackBits(bytes.subarray(end)), from, step, prints: bytes.subarray(0, end) }
}

const PREFIX = '{"prints"'

function fromJson(line: Uint8Array): WindowPrints | null {
  const text = Buffer.from(line).toString('utf8')
  if (!text.startsWith(PREFIX)) return null
  try {
    const { prints, ...rest } = jsonSchema.parse(JSON.parse(text))
    const bytes = new Uint8Array(Buffer.from(prints, 'base64'))
    return bytes.length % PRINT_BYTES === 0 ? { ...rest, prints: bytes } : null
  } catch {
    return null
  }
}
