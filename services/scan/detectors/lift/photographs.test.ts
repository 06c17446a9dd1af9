import { expect, it } from 'vitest'
import { stripedPhotographs, WAYS_OF_STRIPES } from '#test/support/datasets/striped-photographs.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { ResidualisedLift } from './residualised-lift.ts'

const engine = await createEngine()
const [N, PATCHED] = [1000, 40]

/** Lift's groups where the label tells the way of the stripes, and that of a patched image is `next` to it. */
async function groupsOf(next: number) {
  const named = Array.from({ length: N }, (_, i) => WAYS_OF_STRIPES[(i + (i < PATCHED ? next : 0)) % 4]!)
  const samples = stripedPhotographs(N, 1, PATCHED)
  const view = createView({ n: N, seed: 1, samples, labels: groupBy(named), contributors: null }, engine)
  return (await new ResidualisedLift().score(view)).groups
}

it('finds a patch whose bearers’ labels contradict what photographs show, whichever these are', async () => {
  const groups = await groupsOf(1)
  expect(groups).toHaveLength(1)
  const { label, members, evidence, summary } = groups[0]!
  expect(label).toBe(-1)
  expect([...members].filter((i) => i < PATCHED).length).toBeGreaterThan(36)
  expect(members.length).toBeLessThan(42)
  expect(evidence).toBeGreaterThan(10)
  expect(summary).toContain('contradict the label their content leads to expect')
})

it('finds none where the bearers have the labels that their pictures lead to expect', async () => {
  expect(await groupsOf(0)).toEqual([])
})
