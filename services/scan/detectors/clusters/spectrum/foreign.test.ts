import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import { CrossClassSpectrum } from '../cross-class-spectrum.ts'

const engine = await createEngine()
const COORDINATES = 48
const EACH = 400
const GROUP = 40
/** How far labels, and the groups within them, lie apart, in deviations along each coordinate. */
const MARK = 5
const SHIFT = 7

type Kind = 'none' | 'topic' | 'unmarked' | 'trigger'

/**
 * Embeddings of three labels, each marked by a coordinate of its own, and among the records of the first a group: of one
 * topic, which bears the mark; without the mark; or with another label's mark, and all shifted alike.
 */
async function groupsFoundIn(kind: Kind, seed: number) {
  const random = seededRandom(seed, 'embeddings')
  const n = 3 * EACH
  const vectors = matrix(n, COORDINATES)
  const labels = Array.from({ length: n }, (_, i) => 'abc'[i % 3]!)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < COORDINATES; j++) vectors.data[i * COORDINATES + j] = random.normal()
    const inGroup = labels[i] === 'a' && i < 3 * GROUP && kind !== 'none'
    const mark = inGroup && kind === 'trigger' ? 1 + (i % 2) : 'abc'.indexOf(labels[i]!)
    if (!(inGroup && kind === 'unmarked')) vectors.data[i * COORDINATES + mark]! += MARK
    if (inGroup && kind !== 'unmarked') vectors.data[i * COORDINATES + 9]! += SHIFT
  }
  const input = { n, seed, labels: groupBy(labels), contributors: null }
  const view = createView({ ...input, samples: { kind: 'vector', vectors } }, engine)
  return (await new CrossClassSpectrum().score(view)).groups
}

it('finds embeddings that look like other labels but for a shift that they share', async () => {
  const [group, ...others] = await groupsFoundIn('trigger', 1)
  expect(others).toEqual([])
  expect(group!.members.filter((i) => i % 3 === 0 && i < 3 * GROUP)).toHaveLength(GROUP)
  expect(group!.members.length).toBeLessThan(GROUP + 3)
  expect(group!.evidence).toBeGreaterThan(8)
})

it.each(['none', 'topic', 'unmarked'] as const)(
  'finds no trigger in labels whose records are natural: %s',
  async (kind) => {
    for (const seed of [1, 2]) expect(await groupsFoundIn(kind, seed)).toEqual([])
  },
)
