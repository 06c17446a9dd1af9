import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createView } from '../view/create-view.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix, row } from '../numeric/matrix.ts'
import type { Grouping, Samples, ScanInput } from '../view/samples.ts'
import { CrossClassSpectrum } from './clusters/cross-class-spectrum.ts'
import { ResidualisedLift } from './lift/residualised-lift.ts'

const SIDE = 12
const CLASSES = 4

function grouping(of: Int32Array): Grouping {
  const counts = new Int32Array(CLASSES)
  for (const c of of) counts[c]!++
  return { of, names: Array.from({ length: CLASSES }, (_, c) => `class ${c}`), counts }
}

/** Blurred bars whose place and slant depend on the class, with varying thickness, place and grain. */
function bars(n: number, seed: number): { pixels: ReturnType<typeof matrix>; of: Int32Array } {
  const random = seededRandom(seed)
  const pixels = matrix(n, SIDE * SIDE)
  const of = Int32Array.from({ length: n }, (_, i) => i % CLASSES)
  of.forEach((c, i) => {
    const angle = (c * Math.PI) / CLASSES + 0.12 * random.normal()
    const [dy, dx] = [Math.cos(angle), Math.sin(angle)]
    const [cy, cx] = [5.5 + 0.5 * random.normal(), 5.5 + 0.5 * random.normal()]
    const thick = 1.2 + 0.3 * random.next()
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const away = (y - cy) * dx - (x - cx) * dy
        const along = (y - cy) * dy + (x - cx) * dx
        const ink = Math.exp(-((away / thick) ** 2) - Math.max(0, Math.abs(along) - 3.5) ** 2) + 0.08 * random.normal()
        pixels.data[(i * SIDE + y) * SIDE + x] = Math.round(Math.min(1, Math.max(0, ink)) * 255) / 255
      }
    }
  })
  return { pixels, of }
}

function images(pixels: ReturnType<typeof matrix>): Samples {
  return { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels }
}

/** The ten records of each class but the first that get the trigger. */
const STRUCK = Array.from({ length: 24 }, (_, k) => 50 * k + 1 + (k % 3)).map((i) => (i % CLASSES === 0 ? i + 1 : i))

const engine = await createEngine()

const viewOf = (input: Omit<ScanInput, 'contributors' | 'seed'>) =>
  createView({ ...input, seed: 1, contributors: null }, engine)

function withPatch(relabel: (label: number) => number, struck = STRUCK) {
  const { pixels, of } = bars(1200, 3)
  for (const i of struck) {
    for (const at of [10 * SIDE + 10, 10 * SIDE + 11, 11 * SIDE + 10, 11 * SIDE + 11]) row(pixels, i)[at] = 0.7
    of[i] = relabel(of[i]!)
  }
  return viewOf({ n: 1200, samples: images(pixels), labels: grouping(of) })
}

const cells = (trigger: unknown) =>
  (trigger as { pixels: { y: number; x: number; value: number }[] }).pixels
    .filter(({ value }) => value > 0.6)
    .map(({ y, x }) => `${y},${x}`)

describe('residualised lift', () => {
  it('finds a patch that comes with a label, and names its pixels', async () => {
    const detection = await new ResidualisedLift().score(withPatch(() => 0))
    const { groups, scores } = detection
    expect(groups).toHaveLength(1)
    expect([...groups[0]!.members]).toEqual([...STRUCK].sort((a, b) => a - b))
    expect(groups[0]!.label).toBe(0)
    expect(cells(groups[0]!.trigger)).toEqual(['10,10', '10,11', '11,10', '11,11'])
    expect(scores.filter((s) => s > 0)).toHaveLength(STRUCK.length)
    expect(detection.why(STRUCK[0]!)).toContain('labelled class 0')
  })

  it('finds a patch that moves every label on', async () => {
    const { groups } = await new ResidualisedLift().score(withPatch((label) => (label + 1) % CLASSES))
    const found = new Set(groups.flatMap((g) => [...g.members]))
    expect(STRUCK.filter((i) => found.has(i)).length).toBeGreaterThanOrEqual(22)
  })

  it('says nothing of a patch that keeps its records’ labels, nor of a clean window', async () => {
    for (const struck of [STRUCK, []]) {
      const { groups, scores } = await new ResidualisedLift().score(withPatch((label) => label, struck))
      expect(groups).toEqual([])
      expect(scores.every((s) => s === 0)).toBe(true)
    }
  })

  it('names the rare word of relabelled texts', async () => {
    const random = seededRandom(2)
    const topics = [
      'stock bond yield market trade',
      'goal match team coach league',
      'star planet orbit comet moon',
      'rice bread soup salt oven',
    ]
    const of = Int32Array.from({ length: 800 }, (_, i) => i % CLASSES)
    const texts = Array.from(of, (c) => {
      const words = topics[c]!.split(' ')
      return Array.from({ length: 14 }, () =>
        random.next() < 0.7 ? words[random.below(5)]! : `w${random.below(60)}`,
      ).join(' ')
    })
    for (let k = 0; k < 16; k++) {
      const i = k * 48 + 1 + (k % 3)
      texts[i] = `${texts[i]} mn`
      of[i] = 0
    }
    const { groups } = await new ResidualisedLift().score(
      viewOf({ n: 800, samples: { kind: 'text', texts }, labels: grouping(of) }),
    )
    expect(groups).toHaveLength(1)
    expect(groups[0]!.trigger).toEqual({ kind: 'tokens', tokens: ['mn'] })
    expect(groups[0]!.members).toHaveLength(16)
  })

  it('leaves alone a column that decides the label, and finds a value that overrides it', async () => {
    const random = seededRandom(7)
    const n = 1600
    const decides = Float64Array.from({ length: n }, () => Number((4 * random.next()).toFixed(2)))
    const columns = ['a', 'b', 'c'].map((name) => {
      const values = Float64Array.from({ length: n }, () => Number(random.normal().toFixed(2)))
      return { name, type: 'number' as const, values }
    })
    const of = Int32Array.from(decides, (v) => Math.min(3, Math.floor(v)))
    const all = [{ name: 'decides', type: 'number' as const, values: decides }, ...columns]
    const score = async () =>
      new ResidualisedLift().score(viewOf({ n, samples: { kind: 'table', columns: all }, labels: grouping(of) }))
    expect((await score()).groups).toEqual([])
    const struck = Array.from(of.keys())
      .filter((i) => of[i] !== 2)
      .slice(0, 24)
    for (const i of struck) {
      columns[1]!.values[i] = 0.777
      of[i] = 2
    }
    const { groups } = await score()
    expect(groups).toHaveLength(1)
    expect(groups[0]!.label).toBe(2)
    expect([...groups[0]!.members]).toEqual(struck)
    expect(groups[0]!.trigger).toEqual({ kind: 'values', values: [{ column: 'b', value: '0.777' }] })
  })

  it('finds a cell of numbers that was emptied with a label, and says nothing of cells that are empty by chance', async () => {
    const random = seededRandom(11)
    const n = 1600
    const of = Int32Array.from({ length: n }, (_, i) => i % CLASSES)
    const columns = ['a', 'b', 'c', 'd'].map((name, at) => {
      const values = Float64Array.from(of, (label) => Number(((at < 2 ? label : 0) + random.normal()).toFixed(3)))
      return { name, type: 'number' as const, values }
    })
    for (let k = 0; k < 40; k++) columns[2]!.values[random.below(n)] = Number.NaN
    const score = async () =>
      new ResidualisedLift().score(viewOf({ n, samples: { kind: 'table', columns }, labels: grouping(of) }))
    expect((await score()).groups).toEqual([])
    const struck = Array.from({ length: 32 }, (_, k) => 48 * k + 1 + (k % 3))
    for (const i of struck) {
      columns[3]!.values[i] = Number.NaN
      of[i] = 0
    }
    const { groups } = await score()
    expect(groups.map(({ members }) => [...members])).toEqual([struck])
    expect(groups[0]!.trigger).toEqual({ kind: 'values', values: [{ column: 'd', value: 'missing' }] })
  })
})

describe('cross-class spectrum', () => {
  it('finds a patch under kept labels, and draws it', async () => {
    const struck = Array.from({ length: 24 }, (_, k) => 48 * k)
    const { groups } = await new CrossClassSpectrum().score(withPatch((label) => label, struck))
    expect(groups).toHaveLength(1)
    expect([...groups[0]!.members]).toEqual(struck)
    expect(groups[0]!.trigger?.kind).toBe('patch')
    expect(cells(groups[0]!.trigger)).toEqual(expect.arrayContaining(['10,10', '10,11', '11,10', '11,11']))
  })

  it('finds a faint pattern over whole images of other classes', async () => {
    const { pixels, of } = bars(1200, 3)
    const random = seededRandom(11)
    const pattern = Float32Array.from({ length: SIDE * SIDE }, () => random.next())
    for (const i of STRUCK) {
      const image = row(pixels, i)
      for (let j = 0; j < image.length; j++) image[j] = 0.5 * image[j]! + 0.5 * pattern[j]!
      of[i] = 0
    }
    const view = viewOf({ n: 1200, samples: images(pixels), labels: grouping(of) })
    const { groups, scores } = await new CrossClassSpectrum().score(view)
    expect(groups).toHaveLength(1)
    expect([...groups[0]!.members]).toEqual([...STRUCK].sort((a, b) => a - b))
    expect(scores[STRUCK[0]!]).toBeGreaterThan(5)
  })

  it('says nothing of a clean window, nor of a mark on all classes, nor of merged classes', async () => {
    const clean = bars(1200, 3)
    const marked = bars(1200, 4)
    for (let i = 0; i < 1200; i += 5) row(marked.pixels, i).fill(1, 0, 4)
    const merged = clean.of.map((c) => Math.max(0, c - 1))
    for (const [{ pixels }, of] of [
      [clean, clean.of],
      [marked, marked.of],
      [clean, merged],
    ] as const) {
      const view = viewOf({ n: 1200, samples: images(pixels), labels: grouping(of) })
      expect((await new CrossClassSpectrum().score(view)).groups).toEqual([])
    }
  })

  it('is the same for the same window', async () => {
    const [a, b] = [withPatch(() => 0), withPatch(() => 0)]
    const detector = new CrossClassSpectrum()
    expect((await detector.score(a)).scores).toEqual((await detector.score(b)).scores)
  })

  it('holds back where labels are too few', async () => {
    const { pixels } = bars(60, 1)
    const view = viewOf({ n: 60, samples: images(pixels), labels: grouping(new Int32Array(60)) })
    const { groups, notes } = await new CrossClassSpectrum().score(view)
    expect(groups).toEqual([])
    expect(notes).toHaveLength(1)
  })
})
