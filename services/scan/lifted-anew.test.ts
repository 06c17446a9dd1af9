import { describe, expect, it } from 'vitest'
import type { Channel } from './calibrate/channel.ts'
import type { Detection, Detector } from './detector.ts'
import { liftedAnew } from './lifted-anew.ts'
import { createEngine } from './numeric/create-engine.ts'
import { createView } from './view/create-view.ts'
import type { ScanInput } from './view/samples.ts'
import type { WindowView } from './view/window-view.ts'

const engine = await createEngine()
const N = 400

/** Records that a found value explains, and rows of garbage, two of which hold the value. */
const held = [10, 20, 30, 40, 50]
const garbage = [20, 30, 101, 102, 103, 104, 105, 106]

const input: ScanInput = {
  n: N,
  seed: 1,
  samples: {
    kind: 'table',
    columns: [{ name: 'x', type: 'number', values: Float64Array.from({ length: N }, Math.sin) }],
  },
  labels: {
    of: Int32Array.from({ length: N }, (_, i) => i % 2),
    names: ['a', 'b'],
    counts: Int32Array.of(N / 2, N / 2),
  },
  contributors: null,
}

const found: Detection = {
  scores: Float64Array.from({ length: N }, (_, i) => Number(held.includes(i))),
  scale: 'absolute',
  groups: [
    { members: Int32Array.from(held), posterior: new Float64Array(5).fill(1), evidence: 9, label: 0, summary: '' },
  ],
  why: () => '',
}

/** Finds nothing, and notes which labels it was shown. */
function lift(shown: WindowView[]): Detector {
  return {
    info: { name: 'lift', family: 'trigger', version: 1 },
    needs: ['labels', 'tokens'],
    tags: { role: 'carrier' },
    score(view) {
      shown.push(view)
      return Promise.resolve({ scores: new Float64Array(N), scale: 'absolute', groups: [], why: () => '' })
    },
  }
}

function channel(
  name: string,
  family: 'trigger' | 'outlier',
  detection: Detection,
  odds: (i: number) => number,
): Channel {
  return {
    info: { name, family, version: 1 },
    tags: { role: 'carrier' },
    detection,
    logOdds: Float64Array.from({ length: N }, (_, i) => odds(i)),
    extremes: [],
  }
}

async function anew(far: readonly number[], groups = found.groups) {
  const shown: WindowView[] = []
  const channels = [
    channel('lift', 'trigger', { ...found, groups }, (i) => (held.includes(i) ? 4 : -14)),
    channel('distance', 'outlier', { ...found, groups: [] }, (i) => (far.includes(i) ? 2 : -9)),
  ]
  const view = createView(input, engine)
  return { shown, channels, said: await liftedAnew(channels, [lift(shown)], input, view, 'full') }
}

describe('tokens are tested anew', () => {
  it('without the labels of garbage, but for rows that what was found explains', async () => {
    const { shown, channels, said } = await anew(garbage)
    const labels = shown[0]!.labels!
    const forgotten = [...labels.of.keys()].filter((i) => labels.of[i] === -1)
    expect(forgotten).toEqual([101, 102, 103, 104, 105, 106])
    expect([...labels.counts]).toEqual([N / 2 - 3, N / 2 - 3])
    expect(said[0]!.detection.groups).toEqual([])
    expect(Math.max(...said[0]!.logOdds)).toBeLessThan(-1)
    expect(said[1]).toBe(channels[1])
  })

  it('not where there is little garbage, or nothing was found', async () => {
    for (const { shown, channels, said } of [await anew(garbage.slice(0, 5)), await anew(garbage, [])]) {
      expect(shown).toEqual([])
      expect(said).toBe(channels)
    }
  })
})
