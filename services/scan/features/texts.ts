import { seededRandom } from '#core/random.ts'
import { symmetricEigen } from '../numeric/eigen.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix, transpose } from '../numeric/matrix.ts'
import { orthonormalColumns } from '../numeric/pca.ts'
import { type Sparse, sparseTimes, turned } from '../numeric/sparse.ts'
import { isLetter } from './unparted.ts'
import type { Vocabulary } from './words.ts'

const INPUTS = 2048
const SPARE = 10

/** How fine latent semantics are. */
export interface Semantics {
  /** Columns that words are hashed into, a power of two. */
  readonly hashed: number
  readonly axes: number
  readonly iterations: number
}

const SEMANTICS: Semantics = { hashed: 1 << 14, axes: 100, iterations: 3 }
/** Fine enough to separate texts of one kind from others. */
export const COARSE_SEMANTICS: Semantics = { hashed: 1 << 12, axes: 30, iterations: 1 }

/** Sublinear tf-idf of words and pairs of words hashed into 2,048 columns, rows of unit length. */
export function sparseTextInputs(vocabulary: Vocabulary): Sparse {
  return hashedTfIdf(vocabulary, INPUTS, true)
}

/** The sparse rows as a dense matrix. */
export function textInputs({ n, offsets, columns, values }: Sparse): Matrix {
  const out = matrix(n, INPUTS)
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) out.data[i * INPUTS + columns[at]!] = values[at]!
  }
  return out
}

/**
 * Latent semantics (Deerwester et al. 1990): the leading singular directions of the tf-idf of words, 100 by default, by
 * randomised subspace iteration (Halko, Martinsson & Tropp 2011), with rows of unit length. Within the iteration, bases
 * are made orthonormal among the records, which are fewer than the columns: the span is the same.
 */
export async function textReduced(
  engine: Engine,
  vocabulary: Vocabulary,
  seed: number,
  { hashed, axes, iterations }: Semantics = SEMANTICS,
): Promise<Matrix> {
  const counts = hashedTfIdf(vocabulary, hashed, false)
  const holders = turned(counts)
  const width = Math.min(axes + SPARE, counts.n)
  let basis = startOf(seed, width, hashed)
  for (let i = 0; i < iterations; i++) {
    const ofRecords = await orthonormalColumns(engine, sparseTimes(counts, basis))
    basis = sparseTimes(holders, ofRecords)
  }
  const scores = sparseTimes(counts, await orthonormalColumns(engine, basis))
  const gram = await engine.gram(scores)
  const size = Math.min(axes, width)
  const { vectors } = symmetricEigen(Float64Array.from(gram.data), width)
  const turn = matrix(size, width, Float32Array.from(vectors.subarray(0, size * width)))
  return unitRows(await engine.multiplyByTransposed(scores, turn))
}

/** The directions that the last window started from: the next one of the same configuration starts from them, too. */
let started: { readonly seed: number; readonly basis: Matrix } | undefined

/** Random directions among so many hashed columns, hashed × width. Nobody writes to them. */
function startOf(seed: number, width: number, hashed: number): Matrix {
  const { basis } = started ?? {}
  if (basis !== undefined && started?.seed === seed && basis.cols === width && basis.rows === hashed) return basis
  const drawn = transpose(matrix(width, hashed, seededRandom(seed, 'latent semantics').normals(width * hashed)))
  started = { seed, basis: drawn }
  return drawn
}

/**
 * An ideograph or a letter of the kana says little by itself, and two that follow one another are mostly a word: without
 * `pairs`, too, such a pair counts, in place of its letters.
 */
function hashedTfIdf({ n, words, hashes: plain, offsets, ids }: Vocabulary, space: number, pairs: boolean): Sparse {
  const hashes = plain.map(mixed)
  const letters = Uint8Array.from(words, (word) => Number(isLetter(word)))
  const mask = space - 1
  const frequency = new Int32Array(space)
  const counts = new Int32Array(space)
  const outOffsets = new Int32Array(n + 1)
  // A record has at most as many columns as words and pairs of words.
  const columns = new Int32Array(ids.length * (pairs || letters.includes(1) ? 2 : 1))
  const times = new Int32Array(columns.length)
  let used = 0
  for (let i = 0; i < n; i++) {
    const start = used
    let follows = false
    for (let at = offsets[i]!, before = -1; at < offsets[i + 1]!; at++) {
      const own = hashes[ids[at]!]!
      const leads = letters[ids[at]!] === 1 && at + 1 < offsets[i + 1]! && letters[ids[at + 1]!] === 1
      const bucket = own & mask
      if ((pairs || !(follows || leads)) && counts[bucket]!++ === 0) columns[used++] = bucket
      if ((pairs || follows) && before >= 0) {
        const pair = (Math.imul(hashes[before]!, 0x01000193) ^ own) & mask
        if (counts[pair]!++ === 0) columns[used++] = pair
      }
      before = ids[at]!
      follows = leads
    }
    for (let at = start; at < used; at++) {
      const bucket = columns[at]!
      times[at] = counts[bucket]!
      frequency[bucket]!++
      counts[bucket] = 0
    }
    outOffsets[i + 1] = used
  }
  const rarity = Float64Array.from(frequency, (records) => Math.log((1 + n) / (1 + records)) + 1)
  const values = new Float32Array(used)
  for (let at = 0; at < used; at++) values[at] = (1 + logOf(times[at]!)) * rarity[columns[at]!]!
  for (let i = 0; i < n; i++) scaleToUnit(values, outOffsets[i]!, outOffsets[i + 1]!)
  return { n, cols: space, offsets: outOffsets, columns: columns.slice(0, used), values }
}

/** Logarithms of small counts, which most are. */
const LOGS = Float64Array.from({ length: 256 }, (_, count) => Math.log(count))

function logOf(count: number): number {
  return count < LOGS.length ? LOGS[count]! : Math.log(count)
}

function unitRows(m: Matrix): Matrix {
  for (let i = 0; i < m.rows; i++) scaleToUnit(m.data, i * m.cols, (i + 1) * m.cols)
  return m
}

function scaleToUnit(values: Float32Array, from: number, to: number): void {
  let sum = 0
  for (let at = from; at < to; at++) sum += values[at]! * values[at]!
  const factor = sum > 0 ? 1 / Math.sqrt(sum) : 0
  for (let at = from; at < to; at++) values[at] = values[at]! * factor
}

/** A final mix of FNV-1a, whose low bits choose the column. */
function mixed(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b)
  return h ^ (h >>> 16)
}
