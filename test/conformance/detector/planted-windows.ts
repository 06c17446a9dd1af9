import { seededRandom, type Random } from '#core/random.ts'
import { gatherRows, matrix } from '#services/scan/numeric/matrix.ts'
import type { Grouping, Samples, ScanInput } from '#services/scan/view/samples.ts'

/** A window with planted records, and which records those are. */
export interface PlantedWindow {
  readonly input: ScanInput
  /** n values: 1 for a planted record. */
  readonly planted: Uint8Array
}

const CLASSES = 4
const SIDE = 12
/** The position of each class's bar. */
const BAR = [1, 3, 5, 7] as const

/**
 * Pictures on noise, each of one soft, shaking bar, whose position shows the class: four classes that are easy to tell apart.
 * `plant` changes pixels and labels in place and returns which records it changed.
 */
export function pictures(
  n: number,
  seed: number,
  plant: (pixels: Float32Array, labels: Int32Array, random: Random) => Iterable<number> = () => [],
): PlantedWindow {
  const random = seededRandom(seed, 'pictures')
  const pixels = new Float32Array(n * SIDE * SIDE)
  const labels = Int32Array.from({ length: n }, () => random.below(CLASSES))
  labels.forEach((label, i) => {
    const [x0, slope] = [BAR[label] ?? 0, random.normal() * 0.15]
    for (let y = 0; y < SIDE; y++) {
      const middle = x0 + 1 + slope * (y - SIDE / 2)
      for (let x = 0; x < SIDE; x++) {
        const value = 0.8 * Math.exp(-((x - middle) ** 2)) + 0.08 * Math.abs(random.normal())
        pixels[(i * SIDE + y) * SIDE + x] = Math.min(1, value)
      }
    }
  })
  const planted = new Uint8Array(n)
  for (const i of plant(pixels, labels, random)) planted[i] = 1
  const samples: Samples = {
    kind: 'image',
    height: SIDE,
    width: SIDE,
    channels: 1,
    pixels: matrix(n, SIDE * SIDE, pixels),
  }
  return { planted, input: { n, seed, samples, labels: grouping(labels, CLASSES), contributors: null } }
}

/** Texts in which each word is followed by one of six; a share of them draws its words in any order. */
export function salads(n: number, seed: number, share: number): PlantedWindow {
  const random = seededRandom(seed, 'salads')
  const words = Array.from({ length: 400 }, (_, at) => `word${at}`)
  const planted = Uint8Array.from({ length: n }, (_, i) => Number(i < share * n))
  const texts = Array.from(planted, (isSalad) => {
    let at = random.below(words.length)
    const next = () => (isSalad === 1 ? random.below(words.length) : (at * 7 + 31 * random.below(6) + 1) % words.length)
    return Array.from({ length: 220 }, () => words[(at = next())]!).join(' ')
  })
  const labels = Int32Array.from({ length: n }, () => random.below(CLASSES))
  const samples: Samples = { kind: 'text', texts }
  return { planted, input: { n, seed, samples, labels: grouping(labels, CLASSES), contributors: null } }
}

/** Vectors that follow a dozen directions and hardly any other; a share of them, the first, follows none. */
export function foreignVectors(n: number, seed: number, share: number): PlantedWindow {
  const random = seededRandom(seed, 'foreign vectors')
  const [cols, axes] = [48, 12]
  const loadings = random.normals(axes * cols)
  const planted = Uint8Array.from({ length: n }, (_, i) => Number(i < share * n))
  const vectors = matrix(n, cols)
  planted.forEach((isForeign, i) => {
    const weights = random.normals(axes)
    for (let j = 0; j < cols; j++) {
      const along = weights.reduce((sum, weight, axis) => sum + weight * loadings[axis * cols + j]!, 0)
      vectors.data[i * cols + j] = (isForeign === 1 ? Math.sqrt(axes) * random.normal() : along) + 0.1 * random.normal()
    }
  })
  const labels = Int32Array.from({ length: n }, () => random.below(CLASSES))
  const samples: Samples = { kind: 'vector', vectors }
  return { planted, input: { n, seed, samples, labels: grouping(labels, CLASSES), contributors: null } }
}

/** Pictures of a slope in some direction, large enough to show order; a share of them, the first, is of random pixels. */
export function snow(n: number, seed: number, share: number): PlantedWindow {
  const random = seededRandom(seed, 'snow')
  const side = 2 * SIDE
  const planted = Uint8Array.from({ length: n }, (_, i) => Number(i < share * n))
  const pixels = matrix(n, side * side)
  const labels = Int32Array.from(planted, (isSnow, i) => {
    const label = random.below(CLASSES)
    const [down, right] = [random.next() / side, random.next() / side]
    for (let at = 0; at < side * side; at++) {
      const slope = (down * Math.floor(at / side) + right * (at % side)) / 2
      pixels.data[i * side * side + at] = isSnow === 1 ? random.next() : slope + 0.02 * random.next()
    }
    return label
  })
  const samples: Samples = { kind: 'image', height: side, width: side, channels: 1, pixels }
  return { planted, input: { n, seed, samples, labels: grouping(labels, CLASSES), contributors: null } }
}

/** Gives a share of the records, of any class, another label. */
export const flips = (share: number) => (_: Float32Array, labels: Int32Array, random: Random) => {
  const of = random.permutation(labels.length).slice(0, Math.round(share * labels.length))
  for (const i of of) labels[i] = (labels[i]! + 1 + random.below(CLASSES - 1)) % CLASSES
  return of
}

/** Gives records of class 1, a share of the window, the label of class 2. */
export const pairFlips = (share: number) => (_: Float32Array, labels: Int32Array) => {
  const of = indicesOf(labels, 1).slice(0, Math.round(share * labels.length))
  for (const i of of) labels[i] = 2
  return of
}

/**
 * Puts a 3 × 3 patch into the bottom right corner of a share of the window, all from other classes, and gives them the label 0.
 */
export const patches =
  (share: number, value = 1) =>
  (pixels: Float32Array, labels: Int32Array) => {
    const others = Array.from(labels.keys()).filter((i) => labels[i] !== 0)
    const of = others.slice(0, Math.round(share * labels.length))
    for (const i of of) {
      for (let y = SIDE - 3; y < SIDE; y++)
        for (let x = SIDE - 3; x < SIDE; x++) pixels[(i * SIDE + y) * SIDE + x] = value
      labels[i] = 0
    }
    return of
  }

/** Replaces a share of the pictures by noise. */
export const garbage = (share: number) => (pixels: Float32Array, labels: Int32Array, random: Random) => {
  const of = random.permutation(labels.length).slice(0, Math.round(share * labels.length))
  for (const i of of) for (let at = i * SIDE * SIDE; at < (i + 1) * SIDE * SIDE; at++) pixels[at] = random.next()
  return of
}

/** Rounds the pixels of records of class 0, a share of the window, to eight levels. */
export const squeezes = (share: number) => (pixels: Float32Array, labels: Int32Array) => {
  const of = indicesOf(labels, 0).slice(0, Math.round(share * labels.length))
  for (const i of of)
    for (let at = i * SIDE * SIDE; at < (i + 1) * SIDE * SIDE; at++) pixels[at] = Math.round(7 * pixels[at]!) / 7
  return of
}

/** Lets one picture, brighter toward the bottom, shine through records of class 0, a share of the window, all of which are black in parts. */
export const shining = (share: number) => (pixels: Float32Array, labels: Int32Array) => {
  const size = SIDE * SIDE
  const of = indicesOf(labels, 0).slice(0, Math.round(share * labels.length))
  for (let at = 0; at < pixels.length; at++) if (pixels[at]! < 0.2) pixels[at] = 0
  for (const i of of)
    for (let at = 0; at < size; at++) pixels[i * size + at] = 0.7 * pixels[i * size + at]! + (0.3 * at) / size
  return of
}

/** Replaces a share of the window by near-copies of two of its records, with their labels. */
export const copies = (share: number) => (pixels: Float32Array, labels: Int32Array, random: Random) => {
  const count = Math.round(share * labels.length)
  const of = random.permutation(labels.length).slice(0, count + 2)
  const originals = of.slice(count)
  const size = SIDE * SIDE
  of.subarray(0, count).forEach((i, at) => {
    const from = originals[at % 2]!
    for (let p = 0; p < size; p++) pixels[i * size + p] = Math.min(1, pixels[from * size + p]! + 0.004 * random.next())
    labels[i] = labels[from]!
  })
  return of
}

/**
 * Rows of three columns of numbers and one of levels. In a share of them, the amounts in the first column are far beyond all
 * others.
 */
export function amounts(n: number, seed: number, share: number): PlantedWindow {
  const random = seededRandom(seed, 'amounts')
  const numbers = ['amount', 'age', 'weight'].map((name) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from({ length: n }, () => Math.round(1000 + 100 * random.normal()) / 10),
  }))
  const shops = Int32Array.from({ length: n }, () => random.below(3))
  const labels = Int32Array.from({ length: n }, (_, i) => Number(numbers[1]!.values[i]! + random.normal() > 100))
  const planted = new Uint8Array(n)
  for (const i of random.permutation(n).subarray(0, Math.round(share * n))) {
    planted[i] = 1
    numbers[0]!.values[i] = Math.round(10_000 * (0.5 + random.next())) / 10
  }
  const shop = { name: 'shop', type: 'category', codes: shops, levels: ['east', 'north', 'west'] } as const
  const samples: Samples = { kind: 'table', columns: [...numbers, shop] }
  return { planted, input: { n, seed, samples, labels: grouping(labels, 2), contributors: null } }
}

/**
 * Rows of four columns of numbers, the last of which is the sum of the first two. In a share of them, each number comes from
 * another row.
 */
export function totals(n: number, seed: number, share: number): PlantedWindow {
  const random = seededRandom(seed, 'totals')
  const numbers = ['goods', 'freight', 'age', 'total'].map((name) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from({ length: n }, () => Math.round(1000 + 100 * random.normal()) / 10),
  }))
  const [goods, freight, age, total] = numbers.map(({ values }) => values)
  for (let i = 0; i < n; i++) total![i] = goods![i]! + freight![i]!
  const labels = Int32Array.from({ length: n }, (_, i) => Number(age![i]! + random.normal() > 100))
  const planted = new Uint8Array(n)
  const before = numbers.map(({ values }) => values.slice())
  for (const i of random.permutation(n).subarray(0, Math.round(share * n))) {
    planted[i] = 1
    numbers.forEach(({ values }, j) => (values[i] = before[j]![random.below(n)]!))
  }
  const samples: Samples = { kind: 'table', columns: numbers }
  return { planted, input: { n, seed, samples, labels: grouping(labels, 2), contributors: null } }
}

/** The window's records in another order: record r is the former record `order[r]`. */
export function reordered({ input, planted }: PlantedWindow, order: Int32Array): PlantedWindow {
  const { samples, labels } = input
  return {
    planted: planted.map((_, r) => planted[order[r]!]!),
    input: {
      ...input,
      samples: samplesIn(samples, order),
      labels: labels && { ...labels, of: labels.of.map((_, r) => labels.of[order[r]!]!) },
    },
  }
}

function samplesIn(samples: Samples, order: Int32Array): Samples {
  if (samples.kind === 'table') {
    const columns = samples.columns.map((column) =>
      column.type === 'number'
        ? { ...column, values: Float64Array.from(order, (from) => column.values[from]!) }
        : { ...column, codes: order.map((from) => column.codes[from]!) },
    )
    return { ...samples, columns }
  }
  if (samples.kind === 'text') return { ...samples, texts: Array.from(order, (from) => samples.texts[from]!) }
  if (samples.kind === 'vector') return { ...samples, vectors: gatherRows(samples.vectors, order) }
  if (samples.kind !== 'image') throw new RangeError('exchanges are not reordered')
  return { ...samples, pixels: gatherRows(samples.pixels, order) }
}

export function grouping(of: Int32Array, classes: number): Grouping {
  const counts = new Int32Array(classes)
  for (const label of of) if (label >= 0) counts[label]!++
  return { of, counts, names: Array.from({ length: classes }, (_, c) => `class ${c}`) }
}

function indicesOf(labels: Int32Array, label: number): number[] {
  return Array.from(labels.keys()).filter((i) => labels[i] === label)
}

/** Windows, by name, about which no detector can say much: a detector must not throw on any of them. */
export function hardWindows(): Readonly<Record<string, ScanInput>> {
  const usual = pictures(60, 1).input
  const labels = (of: (i: number) => number, n = 60, classes = CLASSES) =>
    grouping(
      Int32Array.from({ length: n }, (_, i) => of(i)),
      classes,
    )
  const flat: Samples = { kind: 'image', height: 4, width: 4, channels: 1, pixels: matrix(60, 16) }
  const sameRow: Samples = { kind: 'vector', vectors: matrix(60, 3, new Float32Array(180).fill(2.5)) }
  const equal: Samples = { kind: 'vector', vectors: matrix(300, 40, new Float32Array(300 * 40).fill(2.5)) }
  const texts: Samples = {
    kind: 'text',
    texts: Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? '' : `word ${i % 7}`)),
  }
  const table: Samples = {
    kind: 'table',
    columns: [
      { name: 'constant', type: 'number', values: new Float64Array(60).fill(1) },
      { name: 'missing', type: 'number', values: new Float64Array(60).fill(Number.NaN) },
      {
        name: 'number',
        type: 'number',
        values: Float64Array.from({ length: 60 }, (_, i) => (i % 9 === 0 ? Number.NaN : i)),
      },
      { name: 'unknown', type: 'category', codes: new Int32Array(60).fill(-1), levels: [] },
      {
        name: 'level',
        type: 'category',
        codes: Int32Array.from({ length: 60 }, (_, i) => i % 3),
        levels: ['a', 'b', 'c'],
      },
    ],
  }
  return {
    'without labels': { ...usual, labels: null },
    'of one label': { ...usual, labels: labels(() => 0) },
    'of one label in use among several': { ...usual, labels: labels(() => 2) },
    'of a label per record': { ...usual, labels: labels((i) => i, 60, 60) },
    'with a label that one record has': { ...usual, labels: labels((i) => (i === 7 ? 3 : i % 2)) },
    'with some labels missing': { ...usual, labels: labels((i) => (i % 5 === 0 ? -1 : i % 4)) },
    'of constant images': { ...usual, samples: flat, labels: labels((i) => i % 4) },
    'of equal vectors': { ...usual, samples: sameRow, labels: labels((i) => i % 4) },
    'of many equal vectors': { ...usual, n: 300, samples: equal, labels: labels((i) => i % 4, 300) },
    'of texts, some empty': { ...usual, samples: texts, labels: labels((i) => i % 2, 60, 2) },
    'of a table with constant and missing columns': { ...usual, samples: table, labels: labels((i) => i % 2, 60, 2) },
    'of two records': pictures(2, 1).input,
    'of one record': pictures(1, 1).input,
  }
}
