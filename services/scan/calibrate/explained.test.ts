import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector, Group } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { createView } from '../view/create-view.ts'
import type { Grouping } from '../view/samples.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const engine = await createEngine()
const N = 2000
const CLASSES = 8
const SIZE = 8
const TARGET = 2
const random = seededRandom(5, 'explained')
const classOf = Int32Array.from({ length: N }, (_, i) => i % CLASSES)
const shownAs = classOf.map((label) => (random.next() < 0.05 ? random.below(CLASSES) : label))
const others = random.permutation(N).filter((i) => classOf[i] !== TARGET)
/** Records that one group explains, those of another push to the same label, and a few that are odd by nature. */
const [explained, pushed, odd] = [others.subarray(0, 40), others.subarray(40, 80), others.subarray(80, 85)]

/** Images of eight classes, each with a bright row of its own; one in twenty has another's. */
function images() {
  const data = Float32Array.from({ length: N * SIZE * SIZE }, (_, at) => {
    const row = Math.floor((at % (SIZE * SIZE)) / SIZE)
    return (row === shownAs[Math.floor(at / (SIZE * SIZE))] ? 0.7 : 0.1) + 0.1 * random.next()
  })
  const pixels = { rows: N, cols: SIZE * SIZE, data }
  return { kind: 'image', width: SIZE, height: SIZE, channels: 1, pixels } as const
}

/** The members of the groups that a channel finds among the far records, which bear the target's label. */
async function membersAmong(far: readonly Int32Array[]): Promise<ReadonlySet<number>> {
  const all = far.flatMap((some) => [...some])
  const of = classOf.map((label, i) => (all.includes(i) ? TARGET : label))
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const labels: Grouping = { of, names, counts: Int32Array.from(names, (_, c) => of.filter((x) => x === c).length) }
  const view = createView({ n: N, seed: 1, samples: images(), labels, contributors: null }, engine)
  const scores = Float64Array.from({ length: N }, (_, i) => random.normal() + (all.includes(i) ? 8 : 0))
  const group: Group = {
    members: explained.toSorted(),
    posterior: new Float64Array(explained.length).fill(0.99),
    evidence: 100,
    label: TARGET,
    summary: 'records with a patch',
  }
  const silent = new Float64Array(N)
  const detectors: Detector[] = [
    {
      info: { name: 'patch', family: 'trigger', version: 1 },
      needs: [],
      tags: { role: 'carrier' },
      score: async () => ({ scores: silent, scale: 'absolute', groups: [group], why: () => '' }),
    },
    {
      info: { name: 'far', family: 'trigger', version: 1 },
      needs: [],
      tags: { role: 'supporting', knows: 'its class' },
      score: async () => ({ scores, scale: 'relative', groups: [], why: () => '' }),
    },
  ]
  const [, channel] = await calibrateChannels(view, detectors, EMPTY_HISTORY, [])
  return new Set(channel!.extremes.flatMap(({ members }) => [...members]))
}

describe('records that a group explains', () => {
  it('lend no evidence to records that lie as far out by nature', async () => {
    expect(await membersAmong([explained, odd])).toEqual(new Set())
  })

  it('do not silence a group of which they are half', async () => {
    const members = await membersAmong([explained, pushed])
    expect(pushed.filter((i) => members.has(i)).length).toBeGreaterThan(30)
    expect(explained.filter((i) => members.has(i)).length).toBeGreaterThan(30)
  })
})
