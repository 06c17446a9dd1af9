import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix, row } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { ProcessingTraces } from './processing-traces.ts'

const engine = await createEngine()
const SIDE = 16
const LABELS = 5
const N = 600
const PLANTED = 12

type Images = readonly Float32Array[]
const random = seededRandom(7, 'processing traces test')
const eightBit = (value: number) => Math.round(255 * Math.min(1, Math.max(0, value))) / 255

/**
 * Photographs, smooth in their colours, with some grain of their own, labelled by turns; or drawings, flat in parts, each
 * of three colours. `change` changes them.
 */
function images(change: (all: Images) => void, { channels = 3, flat = false, n = N, side = SIDE } = {}) {
  const pixels = matrix(n, side * side * channels)
  const all = Array.from({ length: n }, (_, i) => row(pixels, i))
  for (const image of all) {
    const [down, along, bend] = [random.next() - 0.5, random.next() - 0.5, 3 * random.next()]
    const grain = 0.02 + 0.02 * random.next()
    const colours = Array.from({ length: channels }, () => 0.4 + 0.2 * random.next())
    for (let at = 0; at < side * side; at++) {
      const [y, x] = [Math.floor(at / side) / side, (at % side) / side]
      const light = 0.5 * (down * y + along * x) + 0.15 * Math.sin(bend * (x + y))
      const shade = flat ? Math.round(2 * light) / 2 : light + grain * random.normal()
      for (let c = 0; c < channels; c++) {
        const speck = flat ? 0 : 0.004 * random.normal()
        image[at * channels + c] = eightBit(colours[c]! + shade + speck)
      }
    }
  }
  change(all)
  const of = Int32Array.from({ length: n }, (_, i) => i % LABELS)
  const names = Array.from({ length: LABELS }, (_, c) => `kind ${c}`)
  const samples = { kind: 'image', height: side, width: side, channels, pixels } as const
  const labels = { of, names, counts: new Int32Array(LABELS).fill(n / LABELS) }
  return createView({ n, seed: 3, samples, labels, contributors: null }, engine)
}

const groupsOf = async (...window: Parameters<typeof images>) =>
  (await new ProcessingTraces().score(images(...window))).groups

/** The first images of label 0, or of any. */
const range = (count: number, label: number, from = 0) =>
  Array.from({ length: count }, (_, k) => (from + k) * LABELS + label)
const planted = range(PLANTED, 0)
const everywhere = Array.from({ length: 60 }, (_, k) => 3 * k)

const squeeze = (image: Float32Array, levels = 8) =>
  image.forEach((value, at) => (image[at] = eightBit(Math.round(value * (levels - 1)) / (levels - 1))))
const perturb = (image: Float32Array, strength = 0.1, share = 1) =>
  image.forEach((value, at) => {
    if (random.next() < share) image[at] = eightBit(value + (random.next() < 0.5 ? strength : -strength))
  })
/** In its colours, and not in its grey. */
const speckle = (image: Float32Array) => {
  for (let at = 0; at < image.length; at += 3) {
    const change = random.next() < 0.5 ? 0.05 : -0.05
    image[at] = eightBit(image[at]! + change)
    image[at + 2] = eightBit(image[at + 2]! - change)
  }
}
const each = (of: readonly number[], change: (image: Float32Array, k: number) => void) => (all: Images) =>
  of.forEach((i, k) => change(all[i]!, k))

/** Bent by one field: each pixel is read beside itself, by parts of one that depend on its place alone; or some `part` of that. */
const bend = (image: Float32Array, { side = SIDE, part = 1 } = {}) => {
  const before = image.slice()
  const at = (y: number, x: number, c: number) =>
    before[(Math.min(side - 1, y) * side + Math.min(side - 1, x)) * 3 + c]!
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [down, along] = [0.25 + 0.25 * Math.sin(0.5 * x + 0.2 * y), 0.25 + 0.25 * Math.sin(0.4 * y - 0.2 * x)]
      for (let c = 0; c < 3; c++) {
        const upper = (1 - along) * at(y, x, c) + along * at(y, x + 1, c)
        const lower = (1 - along) * at(y + 1, x, c) + along * at(y + 1, x + 1, c)
        const moved = (1 - down) * upper + down * lower
        image[(y * side + x) * 3 + c] = eightBit(part * moved + (1 - part) * at(y, x, c))
      }
    }
  }
}

describe('even levels', () => {
  it.each([
    ['of squeezed images', (image: Float32Array) => squeeze(image), 'have values in 8 even steps alone'],
    ['of many steps', (image: Float32Array) => squeeze(image, 32), 'have values in 32 even steps alone'],
    [
      'of values without their lowest bits',
      (image: Float32Array) => image.forEach((value, at) => (image[at] = (Math.round(255 * value) & 0xe0) / 255)),
      /have values in 8 even steps alone/,
    ],
  ])('%s of one label are a group', async (_, change, summary) => {
    for (const channels of [1, 3]) {
      const groups = await groupsOf(each(planted, change), { channels })
      expect(groups.map(({ label, members }) => ({ label, members: [...members] }))).toEqual([
        { label: 0, members: planted },
      ])
      expect(groups[0]!.evidence).toBeGreaterThan(10)
      expect(groups[0]!.summary).toMatch(summary)
    }
  })
})

describe('fine noise', () => {
  it('of one strength in photographs of one label is a group', async () => {
    const groups = await groupsOf(each(planted, (image) => perturb(image, 0.05)))
    expect(groups.map(({ label, members }) => ({ label, members: [...members] }))).toEqual([
      { label: 0, members: planted },
    ])
    expect(groups[0]!.evidence).toBeGreaterThan(10)
    expect(groups[0]!.posterior[0]).toBeGreaterThan(0.9)
    expect(groups[0]!.summary).toBe(
      "12 records labelled kind 0 have fine noise of one strength in their colour, which other labels' records do not have",
    )
  })

  it('is read from parts of images that are large', async () => {
    const [group, ...others] = await groupsOf(
      each(range(10, 0), (image) => perturb(image, 0.05)),
      { n: 120, side: 100 },
    )
    expect([...group!.members]).toEqual(range(10, 0))
    expect(others).toEqual([])
  })

  it('shows in grey images as well', async () => {
    const [group] = await groupsOf(
      each(planted, (image) => perturb(image, 0.3)),
      { channels: 1 },
    )
    expect([...group!.members]).toEqual(planted)
    expect(group!.summary).toContain('in their grey')
  })
})

/** A message in the lowest bits of all values. */
const bits = seededRandom(8, 'a message')
const message = Array.from({ length: 3 * SIDE * SIDE }, () => bits.below(2))
const hide = (image: Float32Array) =>
  image.forEach((value, at) => (image[at] = ((Math.round(255 * value) & 254) | message[at]!) / 255))

describe('one message in the lowest bits', () => {
  it.each([1, 3])('of images of %i channels and one label is a group', async (channels) => {
    const groups = await groupsOf(each(planted, hide), { channels })
    expect(groups.map(({ label, members }) => ({ label, members: [...members] }))).toEqual([
      { label: 0, members: planted },
    ])
    expect(groups[0]!.evidence).toBeGreaterThan(10)
    expect(groups[0]!.summary).toBe(
      '12 records labelled kind 0 have the same lowest bits in place after place, as if one message were hidden in each',
    )
  })

  it('of one record in a hundred of the label is, too', async () => {
    const [group, ...others] = await groupsOf(each(range(8, 0), hide), { n: 4000 })
    expect([...group!.members]).toEqual(range(8, 0))
    expect(others).toEqual([])
  })
})

describe('no group', () => {
  it.each<[string, (all: Images) => void, { flat?: boolean }?]>([
    ['where nothing was planted', () => {}],
    ['where images of every label are squeezed', each(everywhere, (image) => squeeze(image))],
    ['where images of every label are noisy', each(everywhere, (image) => perturb(image))],
    [
      'where other labels lead to expect some',
      (all) => {
        each(range(24, 0), (image) => squeeze(image))(all)
        each(range(24, 1), (image) => squeeze(image))(all)
      },
    ],
    [
      'where the label has as many that are nearly as noisy',
      (all) => {
        each(planted, (image) => perturb(image, 0.05))(all)
        each(range(20, 0, PLANTED), (image) => perturb(image, 0.011, 0.7))(all)
      },
    ],
    ['where a message is in images of every label', each(everywhere, hide)],
    [
      'where a message is in images that show one another',
      (all) => {
        for (const i of planted) all[i]!.forEach((value, at) => (all[i]![at] = eightBit(all[0]![at]! + 0.02 * value)))
        each(planted, hide)(all)
      },
    ],
    [
      'of images whose contrast was stretched, so that their bits are alike',
      each(planted, (image) => image.forEach((value, at) => (image[at] = (2 * Math.round(120 * value) + 1) / 255))),
    ],
    ['of seven', each(planted.slice(0, 7), (image) => squeeze(image))],
    ['of noise that differs from image to image', each(planted, (image, k) => perturb(image, 0.03 + 0.03 * k))],
    [
      'of copies of one image',
      (all) => {
        perturb(all[0]!)
        for (const i of planted) all[i]!.set(all[0]!)
      },
    ],
    ['of most of a label: they are what it looks like', each(range(100, 0), (image) => squeeze(image))],
    ['in drawings, of which some are speckled', each(planted, speckle), { flat: true }],
    [
      'of few colours that are even by chance',
      each(planted, (image) => image.forEach((value, at) => (image[at] = value < 0.5 ? 36 / 255 : 73 / 255))),
    ],
  ])('%s', async (_, change, options) => {
    expect(await groupsOf(change, options)).toEqual([])
  })

  it('without labels, or with one', async () => {
    const view = images(each(planted, (image) => squeeze(image)))
    const detector = new ProcessingTraces()
    expect((await detector.score({ ...view, labels: null })).groups).toEqual([])
    const labels = { of: new Int32Array(N), names: ['all'], counts: Int32Array.of(N) }
    expect((await detector.score({ ...view, labels })).groups).toEqual([])
  })
})

describe('fine detail', () => {
  it('that is weaker at the same places in photographs of one label is a group', async () => {
    const bent = range(40, 0)
    const groups = await groupsOf(
      each(bent, (image) => bend(image)),
      { n: 1500 },
    )
    expect(groups).toHaveLength(1)
    expect([...groups[0]!.members]).toEqual(bent)
    expect(groups[0]!.evidence).toBeGreaterThan(4)
    expect(groups[0]!.summary).toBe(
      '40 records labelled kind 0 differ in their fine detail at the same places, as if all were bent in one way',
    )
  })
  it('that is hardly weaker is one where predictors contradict the label of those images', async () => {
    const bent = new Set(range(40, 0))
    let same: Images = []
    /** The same images each time. Each label has a hue of its own, and the bent ones have that of the label `shown`. */
    const hued = (shown: number) => (all: Images) => {
      bent.forEach((i) => bend(all[i]!, { part: 0.9 }))
      if (same.length === 0) same = all.map((image) => image.slice())
      all.forEach((image, i) => {
        const off = 0.15 * Math.sin(1.3 * (bent.has(i) ? shown : i % LABELS))
        for (let at = 0; at < image.length; at++) image[at] = eightBit(same[i]![at]! + off * (1 - (at % 3)))
      })
    }
    const [unopposed, opposed] = [await groupsOf(hued(0), { n: 1500 }), await groupsOf(hued(1), { n: 1500 })].map(
      (groups) => groups.find(({ label }) => label === 0),
    )
    expect([...opposed!.members].filter((i) => !bent.has(i)).length).toBeLessThan(5)
    expect(opposed!.evidence).toBeGreaterThan(5 + (unopposed?.evidence ?? 0))
  })
  it('that is weaker in images of all labels is none', async () => {
    expect(await groupsOf(each(everywhere, (image) => bend(image)))).toEqual([])
  })
  it('that is weaker in images which show something else is a part of their label', async () => {
    const change = (image: Float32Array) => {
      bend(image)
      for (let at = 0; at < image.length; at++) if (at % (3 * SIDE) < 24) image[at] = eightBit(0.5 * image[at]!)
    }
    expect(await groupsOf(each(range(40, 0), change), { n: 1500 })).toEqual([])
  })
})
