import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { createView } from '../view/create-view.ts'
import type { Grouping, NumberColumn, Samples } from '../view/samples.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'
import { mergeSketch } from './sketch.ts'

const engine = await createEngine()
const N = 4000
const FAR = 20
const random = seededRandom(17, 'kinds')
const texts = Array.from({ length: N }, (_, i) => `topic${i % 7} by author${i % 11}: ${i}`)
const exchanges = texts.map((prompt) => ({ context: '', prompt, response: 'Yes.' }))
const LABELS: Grouping = {
  of: Int32Array.from({ length: N }, (_, i) => i % 2),
  names: ['a', 'b'],
  counts: Int32Array.of(N / 2, N / 2),
}
/** The first records lie far from the middle, beyond a tail that thins out. */
const distance = Float64Array.from({ length: N }, (_, i) =>
  i < FAR ? 12 + random.next() : -Math.log(1 - random.next()),
)
const near = Float64Array.from({ length: N }, () => random.next())

function scored(name: string, tags: DetectorTags, scores: Float64Array): Detector {
  const info = { name, family: 'outlier', version: 1 } as const
  return { info, needs: [], tags, score: async () => ({ scores, scale: 'relative', groups: [], why: () => '' }) }
}

/** How many of the far records are held, and how many of the others, where the far lie `apart` from their fellows or among them. */
async function held(
  samples: Samples,
  labels: Grouping | null,
  apart: boolean,
  scores = distance,
  count = FAR,
  history = EMPTY_HISTORY,
): Promise<readonly number[]> {
  const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, engine)
  const fellows = near.map((score, i) => (i < count ? score + Number(apart) : score))
  const detectors = [
    scored('far', { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples' }, scores),
    scored('fellows', { role: 'supporting', farOutIn: 'neighbours' }, fellows),
  ]
  const [far] = await calibrateChannels(view, detectors, history, [])
  const isHeld = far!.logOdds.map((l) => Number(l >= 0))
  return [isHeld.subarray(0, count), isHeld.subarray(count)].map((some) => some.reduce((sum, is) => sum + is, 0))
}

const WINDOWS: readonly Samples[] = [
  { kind: 'text', texts },
  { kind: 'exchange', form: 'instruction', exchanges },
]

describe('records far from the middle, without labels', () => {
  it.each(WINDOWS)('are held where they are near nothing: $kind', async (samples) => {
    expect(await held(samples, null, true)).toEqual([FAR, 0])
  })

  it.each(WINDOWS)('are a kind that nobody named where they are near one another: $kind', async (samples) => {
    expect(await held(samples, null, false)).toEqual([0, 0])
  })

  it('are not held where texts are of words of their own, and lie where chance puts them', async () => {
    const texts = Array.from({ length: N }, (_, i) => `word${i}`)
    const answered = texts.map((prompt, i) => ({ context: '', prompt, response: i % 2 ? 'Y' : 'N' }))
    expect(await held({ kind: 'text', texts }, null, true)).toEqual([0, 0])
    expect(await held({ kind: 'exchange', form: 'instruction', exchanges: answered }, null, true)).toEqual([0, 0])
    const asked = texts.map((word) => `Does this word exist: ${word}?`)
    expect(await held({ kind: 'text', texts: asked }, null, true)).toEqual([0, 0])
    const two = answered.map((each, i) => ({ ...each, prompt: `${each.prompt} ${i % 3}` }))
    expect(await held({ kind: 'exchange', form: 'instruction', exchanges: two }, null, true)).toEqual([FAR, 0])
    const heap = near.map((score, i) => (i < FAR ? 60 + score : score))
    expect(await held({ kind: 'exchange', form: 'instruction', exchanges: answered }, null, true, heap)).toEqual([0, 0])
    expect(await held({ kind: 'exchange', form: 'instruction', exchanges: two }, null, true, heap)).toEqual([FAR, 0])
  })

  it('are held where labels name the kinds', async () => {
    expect(await held({ kind: 'text', texts }, LABELS, false)).toEqual([FAR, 0])
  })
})

describe('rows far from the middle', () => {
  const column = (of: (i: number) => number) => ({
    name: 'x',
    type: 'number' as const,
    values: Float64Array.from({ length: N }, (_, i) => of(i)),
  })

  it('are held beside rows of a kind that lie as far, and these are not', async () => {
    const columns = [column((i) => i), column((i) => i % 977), column((i) => i % 31)]
    expect(await held({ kind: 'table', columns }, null, true)).toEqual([FAR, 0])
    const kind = 14
    const beside = [...columns, column((i) => (i < kind ? -3 : i % 977))]
    expect(await held({ kind: 'table', columns: beside }, null, true)).toEqual([FAR - kind, 0])
  })

  it('are held by a history beside rows of a kind that it has not seen, and these are not', async () => {
    const channels = { 'far/1': mergeSketch(undefined, distance.subarray(FAR)) }
    const by = (columns: readonly NumberColumn[], labels = LABELS) =>
      held({ kind: 'table', columns }, labels, true, distance, FAR, { windows: 4, channels })
    const columns = [column((i) => i), column((i) => i % 977), column((i) => i % 31)]
    expect(await by(columns)).toEqual([FAR, 0])
    const kind = 14
    expect(await by([...columns, column((i) => (i < kind ? -3 : i % 977))])).toEqual([FAR - kind, 0])
    expect(await by([...columns, column((i) => (i < FAR ? -3 : i % 977))])).toEqual([0, 0])
    expect(await by([...columns, column((i) => (i < FAR ? -3000 : i % 977))])).toEqual([FAR, 0])
    const rare: Grouping = {
      of: LABELS.of.map((label, i) => (i < FAR ? 2 : label)),
      names: ['a', 'b', 'rare'],
      counts: Int32Array.of((N - FAR) / 2, (N - FAR) / 2, FAR),
    }
    expect(await by(columns, rare)).toEqual([0, 0])
  })

  it('do not lie beyond a bulk that is made of rows which come again', async () => {
    const [few, copied] = [240, 50]
    const scores = near.map((score, i) => (i < few ? 0.6 + 0.5 * score : (i % copied) / 100))
    const again = [column((i) => (i < few ? i : i % copied)), column((i) => i % 2)]
    expect(await held({ kind: 'table', columns: again }, LABELS, true, scores, few)).toEqual([0, 0])
    const history = { windows: 4, channels: { 'far/1': mergeSketch(undefined, scores.subarray(few)) } }
    const thrice = [column((i) => (i < few ? i % 80 : i % copied)), column((i) => i % 2)]
    expect(await held({ kind: 'table', columns: thrice }, LABELS, true, scores, few, history)).toEqual([0, 0])
    const [far = 0, others] = await held({ kind: 'table', columns: [column((i) => i)] }, LABELS, true, scores, few)
    expect([far > 100, others]).toEqual([true, 0])
  })
})
