import { createHash } from 'node:crypto'
import { valueText } from '../features/column-codes.ts'
import { splitWords } from '../features/words.ts'
import { textsOf, type ImageSamples, type ScanInput, type TableSamples } from '../view/samples.ts'

/** Hashes of a likeness: their agreement estimates the share of what two groups have in common (MinHash; Broder 1997). */
const HASHES = 64
/** What at least this share of the members has is what they are like. */
const SHARED = 0.5
const FEWEST_TOKENS = 3
/** Images are compared as so many by so many cells, each of so many shades. */
const CELLS = 8
const SHADES = 16

/**
 * What records that are nearly the same have in common, in hashes by which the next of their kind are known, whoever wrote them: null for vectors, and where
 * they share too little. The seed is the installation's, so that nobody else can make up records with the same hashes.
 */
export function likenessOf(
  { samples, seed }: Pick<ScanInput, 'samples' | 'seed'>,
  members: readonly number[],
): number[] | null {
  const tokensOf = readerOf(samples)
  if (tokensOf === null) return null
  const counts = new Map<string, number>()
  for (const i of members) for (const token of new Set(tokensOf(i))) counts.set(token, (counts.get(token) ?? 0) + 1)
  const shared = [...counts].filter(([, count]) => count >= SHARED * members.length).map(([token]) => token)
  return shared.length < FEWEST_TOKENS ? null : minHashes(shared, seed)
}

/** The share of what both have that they have in common, as their hashes estimate it. */
export function alikeness(a: readonly number[], b: readonly number[]): number {
  return a.filter((hash, at) => hash === b[at]).length / HASHES
}

function minHashes(tokens: readonly string[], seed: number): number[] {
  const least = new Uint32Array(HASHES).fill(0xffffffff)
  for (const token of tokens) {
    const digest = createHash('sha256').update(`${seed}/${token}`).digest()
    const [from, step] = [digest.readUInt32LE(0), digest.readUInt32LE(4) | 1]
    for (let k = 0; k < HASHES; k++) least[k] = Math.min(least[k]!, mixed(from + Math.imul(k, step)))
  }
  return [...least]
}

function mixed(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}

function readerOf(samples: ScanInput['samples']): ((i: number) => readonly string[]) | null {
  if (samples.kind === 'image') return (i) => cellsOf(samples, i)
  if (samples.kind === 'table') return (i) => valuesOf(samples, i)
  const texts = textsOf(samples)
  return texts === null ? null : (i) => splitWords([texts[i]!]).words
}

function cellsOf({ pixels, height, width, channels }: ImageSamples, i: number): string[] {
  const sums = new Float64Array(CELLS * CELLS)
  const counts = new Float64Array(CELLS * CELLS)
  for (let at = 0; at < height * width; at++) {
    const cell =
      Math.floor((CELLS * Math.floor(at / width)) / height) * CELLS + Math.floor((CELLS * (at % width)) / width)
    for (let c = 0; c < channels; c++) sums[cell]! += pixels.data[i * pixels.cols + at * channels + c]!
    counts[cell]! += channels
  }
  return Array.from(sums, (sum, cell) => `${cell}=${Math.round((SHADES * sum) / Math.max(1, counts[cell]!))}`)
}

function valuesOf({ columns }: TableSamples, i: number): string[] {
  return columns.map((column) =>
    column.type === 'number'
      ? `${column.name}=${valueText(column.values[i]!)}`
      : `${column.name}=${column.levels[column.codes[i]!] ?? ''}`,
  )
}
