import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { attackNamed } from '#attacks/catalog.ts'
import { shiftsOn } from '#attacks/benign.ts'
import type { LabelledWindow } from '#attacks/types.ts'
import { drawWindow } from '#cli/demo/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { arePhotographs } from '../../features/photographs.ts'
import { CrossClassSpectrum } from './cross-class-spectrum.ts'

const engine = await createEngine()
/** Prices of three markets, what they are about and how far they go. */
const MARKETS = { here: [25, 4], abroad: [14, 6], real: [28, 3] } as const
const EACH = 500

/** A series a market, two of which begin later than the third; or some months of all without a price, which are labelled one market. */
function prices(seed: number, labelled?: string) {
  const random = seededRandom(seed, 'prices')
  const rows = Object.entries(MARKETS).flatMap(([market, [mean, spread]]) =>
    Array.from({ length: EACH }, (_, month) => {
      const price = mean + spread * random.normal()
      if (labelled === undefined) return { market, price: market !== 'real' && month < 120 ? Number.NaN : price }
      return month % 25 === 0 ? { market: labelled, price: Number.NaN } : { market, price }
    }),
  )
  const column = (name: string, of: (row: (typeof rows)[number]) => number) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from(rows, of),
  })
  const columns = [column('price', ({ price }) => price), column('weight', () => random.normal())]
  const labels = groupBy(rows.map(({ market }) => market))
  return createView({ n: rows.length, seed, samples: { kind: 'table', columns }, labels, contributors: null }, engine)
}

const spectrum = new CrossClassSpectrum({ of: 'samples' })

it('takes months without a price for no pattern laid over records', async () => {
  const { groups } = await spectrum.score(prices(1))
  expect(groups).toEqual([])
})

it('names a blanked column that comes with one label', async () => {
  const { groups } = await spectrum.score(prices(2, 'abroad'))
  expect(groups).toMatchObject([{ trigger: { kind: 'values', values: [{ column: 'price', value: 'missing' }] } }])
  expect(groups[0]!.summary).toMatch(/records labelled abroad have no price, which other labels' records seldom lack/)
})

it('takes a flag that most records of one label have for no pattern in those without it, as other labels are', async () => {
  const random = seededRandom(3, 'flag')
  const n = 1200
  const of = Int32Array.from({ length: n }, () => random.below(3))
  const number = (name: string, valueOf: (label: number) => number) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from(of, valueOf),
  })
  const flag = number('flag', (label) => Number(random.next() < (label === 1 ? 0.85 : 0.02)))
  const columns = [flag, ...['a', 'b', 'c'].map((name) => number(name, () => random.normal()))]
  const labels = groupBy(Array.from(of, String))!
  const samples = { kind: 'table' as const, columns }
  const view = createView({ n, seed: 0, samples, labels, contributors: null }, engine)
  expect((await spectrum.score(view)).groups).toEqual([])
})

const noise = shiftsOn('image').find(({ name }) => name === 'noisy')!
const noisyDigits = (seed: number) => noise.apply(drawWindow(loadDataset('mnist'), 4000, seed), seed)

/** The groups that have some nats more than a natural one. */
async function strongGroups({ samples, labels }: LabelledWindow, seed: number) {
  if (samples.kind !== 'image') throw new TypeError('digits are images')
  const view = createView({ n: labels.of.length, seed, samples, labels, contributors: null }, engine)
  return (await spectrum.score(view)).groups.filter(({ evidence }) => evidence > 3)
}

it.each([10, 14, 33])('takes noise that each image has of its own for no shared pattern, draw %i', async (seed) => {
  expect(await strongGroups(noisyDigits(seed), seed)).toEqual([])
})

it('finds a blend beside images with noise of their own', async () => {
  const seed = 14
  const planted = attackNamed('image', 'blend-10').apply(noisyDigits(seed), { rate: 0.01, seed })
  const groups = await strongGroups(planted, seed)
  expect(groups).toHaveLength(1)
  expect(groups[0]!.members.filter((i) => planted.poisoned[i] === 1).length).toBeGreaterThan(36)
})

/** Digits of which one stands sixteen times more, and every tenth stands `recurring` times. */
function copiedDigits(recurring: number, seed: number): LabelledWindow {
  const { samples, ...window } = drawWindow(loadDataset('mnist'), 2000, seed)
  if (samples.kind !== 'image') throw new TypeError('digits are images')
  const { data, rows, cols } = samples.pixels
  const of = Int32Array.from(window.labels.of)
  const copy = (from: number, to: number) => {
    data.copyWithin(to * cols, from * cols, (from + 1) * cols)
    of[to] = of[from]!
  }
  for (let i = 0; i + recurring <= rows; i += 10) for (let k = 1; k < recurring; k++) copy(i, i + k)
  for (let k = 1; k <= 16; k++) copy(0, k * 100 + 9)
  const counts = new Int32Array(window.labels.names.length)
  for (const label of of) counts[label]!++
  return { ...window, samples, labels: { ...window.labels, of, counts } }
}

it.each([20, 21])('takes copies of one image for no pattern where images recur, draw %i', async (seed) => {
  expect(await strongGroups(copiedDigits(2, seed), seed)).toEqual([])
})

it('takes them for a pattern where hardly any other image recurs', async () => {
  expect(await strongGroups(copiedDigits(1, 20), 20)).not.toEqual([])
})

/** Members of the strongest group of a planted window, and how many of them were planted. */
async function foundOf(window: LabelledWindow, attack: string, rate: number, seed: number) {
  const planted = attackNamed('image', attack).apply(window, { rate, seed })
  const [group] = (await strongGroups(planted, seed)).toSorted((a, b) => b.evidence - a.evidence)
  return { members: group?.members.length ?? 0, planted: group?.members.filter((i) => planted.poisoned[i]).length ?? 0 }
}

it.each([
  ['blend-10', 10],
  ['clean-label-patch', 11],
])('finds %s in a window of as many records as pixels', async (attack, seed) => {
  const { members, planted } = await foundOf(drawWindow(loadDataset('fashion'), 1000, seed), attack, 0.02, seed)
  expect(planted).toBeGreaterThan(17)
  expect(members).toBeLessThan(23)
})

const watermark = shiftsOn('image').find(({ name }) => name === 'watermark')!

it.each([20, 21])('takes a mark that all classes bear for no trigger, draw %i', async (seed) => {
  expect(await strongGroups(watermark.apply(drawWindow(loadDataset('mnist'), 4000, seed), seed), seed)).toEqual([])
})

/** Digits in three channels under a light of their own each, with the noise of a sensor; or drawn, without either. */
function colouredDigits(n: number, seed: number, isPhotographed: boolean): LabelledWindow {
  const window = drawWindow(loadDataset('mnist'), n, seed)
  if (window.samples.kind !== 'image') throw new TypeError('digits are images')
  const { pixels } = window.samples
  const random = seededRandom(seed, 'coloured digits')
  const light = Float64Array.from({ length: n }, () => 0.2 + 0.5 * random.next())
  const data = Float32Array.from({ length: 3 * pixels.data.length }, (_, at) => {
    const value = pixels.data[Math.floor(at / 3)]! / (1 + (at % 3))
    if (!isPhotographed) return value
    const lit = 0.4 * value + light[Math.floor(at / (3 * pixels.cols))]! + 0.006 * random.normal()
    return Math.round(255 * Math.min(1, Math.max(0, lit))) / 255
  })
  const samples = { ...window.samples, channels: 3, pixels: matrix(n, 3 * pixels.cols, data) }
  return { ...window, samples }
}

it('tells photographs from drawings', () => {
  for (const isPhotographed of [true, false]) {
    const { samples } = colouredDigits(100, 10, isPhotographed)
    expect(samples.kind === 'image' && arePhotographs(samples)).toBe(isPhotographed)
  }
})

it('finds in photographs what they lose where squares of their pixels are averaged', async () => {
  const window = colouredDigits(2000, 10, true)
  if (window.samples.kind !== 'image') throw new TypeError('digits are images')
  const { pixels, width, channels } = window.samples
  const planted = [...window.labels.of.keys()].filter((i) => window.labels.of[i] === 4).slice(0, 40)
  for (const i of planted) {
    for (let at = 0; at < pixels.cols; at++) {
      const place = Math.floor(at / channels)
      const isWhite = (Math.floor(place / width) + place) % 2 === 0
      pixels.data[i * pixels.cols + at]! += isWhite ? 0.02 : -0.02
    }
  }
  const [group, ...others] = await strongGroups(window, 10)
  expect(others).toEqual([])
  expect(group!.members.filter((i) => !planted.includes(i)).length).toBeLessThan(3)
  expect(group!.members.filter((i) => planted.includes(i)).length).toBeGreaterThan(36)
})

/** Photographs of noise that is stronger the coarser it is, as that of natural images, of which the labels tell nothing. */
function photographs(n: number, seed: number): LabelledWindow {
  const side = 32
  const random = seededRandom(seed, 'photographs')
  const pixels = matrix(n, side * side * 3)
  for (let i = 0; i < n; i++) {
    const image = pixels.data.subarray(i * pixels.cols, (i + 1) * pixels.cols).fill(0.5)
    for (const [cell, strength] of [
      [16, 0.1],
      [8, 0.08],
      [4, 0.05],
      [2, 0.03],
      [1, 0.02],
    ] as const) {
      const cells = random.normals((side / cell) ** 2)
      for (let at = 0; at < image.length; at++) {
        const [y, x] = [Math.floor(at / 3 / side), Math.floor(at / 3) % side]
        image[at]! += strength * cells[Math.floor(y / cell) * (side / cell) + Math.floor(x / cell)]!
      }
    }
    for (let at = 0; at < image.length; at++) image[at] = Math.round(255 * (image[at]! + 0.01 * random.normal())) / 255
  }
  const of = Int32Array.from({ length: n }, (_, i) => i % 5)
  const names = ['a', 'b', 'c', 'd', 'e']
  const labels = { of, names, counts: new Int32Array(5).fill(n / 5) }
  return { samples: { kind: 'image', height: side, width: side, channels: 3, pixels }, labels, contributors: null }
}

it('finds an offset that photographs of a label share below the noise of what varies most, and none elsewhere', async () => {
  const clean = photographs(1500, 1)
  expect(await strongGroups(clean, 1)).toEqual([])
  const { pixels } = clean.samples as { readonly pixels: { readonly data: Float32Array; readonly cols: number } }
  const planted = Array.from({ length: 24 }, (_, k) => 5 * k)
  // Each pixel a little lighter or darker, the same way in all of them.
  const pattern = seededRandom(2, 'photographs')
    .normals(32 * 32)
    .map(Math.sign)
  for (const i of planted) {
    for (let at = 0; at < pixels.cols; at++) pixels.data[i * pixels.cols + at]! += 0.008 * pattern[Math.floor(at / 3)]!
  }
  const [group, ...others] = await strongGroups(clean, 1)
  expect(others).toEqual([])
  expect([...group!.members]).toEqual(planted)
  expect(group!.evidence).toBeGreaterThan(5)
})
