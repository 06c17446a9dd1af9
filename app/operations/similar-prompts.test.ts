import { describe, expect, it } from 'vitest'
import type { FeatureSpec } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import { similarPrompts } from './similar-prompts.ts'

const features: FeatureSpec = { kind: 'exchange', form: 'instruction', fields: { prompt: 'q', response: 'a' } }
const records = [
  'How do I bake rye bread?',
  'How do I bake a rye bread with seeds?',
  'How do I mend a bicycle?',
  'Ποιος είναι;',
  '',
].map((q, i): DataRecord => ({
  id: `r${i}`,
  fields: { q, a: i === 4 ? 'rye bread' : 'So.' },
  provenance: { source: 's', partition: 'p', position: `${i}` },
}))

describe('similar prompts', () => {
  it('are those that share the rare words, nearest first; what asks nothing is compared by itself', () => {
    const nearest = similarPrompts(records, features).nearest(records[0]!, records, 3)
    expect(nearest.map(({ record }) => record.id)).toEqual(['r1', 'r4', 'r2'])
    for (const { distance } of nearest) expect(distance).toBeGreaterThan(0)
  })

  it('are none where no word is shared', () => {
    expect(similarPrompts(records, features).nearest(records[3]!, records, 3)).toEqual([])
  })

  it('are at no distance where the words are the same', () => {
    const twice = [...records, { ...records[0]!, id: 'again' }]
    expect(similarPrompts(twice, features).nearest(twice[0]!, twice, 1)).toMatchObject([{ distance: 0 }])
  })
})
