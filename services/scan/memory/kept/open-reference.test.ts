import { describe, expect, it } from 'vitest'
import { sha256Hex } from '#core/hash.ts'
import { poolPath, windowContext } from '#core/layout.ts'
import { createMemoryVault } from '#test/support/fakes/memory-vault.ts'
import type { Memory, PooledWindow } from '../memory.ts'
import { openReference } from './open-reference.ts'

const row = { dataset: 'mail', contract: 'a' }

/** Windows that gave five lines each, of which the second, third and fifth are to teach. */
async function given(count: number) {
  const vault = createMemoryVault()
  const pools: PooledWindow[] = []
  for (let ordinal = 1; ordinal <= count; ordinal++) {
    const window = `w${ordinal}`
    const members = [40, 10, 20, 50, 30]
    const bytes = Buffer.from(`${members.map((index) => `${window}/${index}\n`).join('')}columns\n`)
    const sha256 = sha256Hex(bytes)
    await vault.put(poolPath('mail', window, sha256), windowContext({ id: window, ...row }, 'jsonl+zstd'), bytes)
    pools.push({ window, ordinal, records: 60, sha256, members, held: [], teaches: [10, 20, 30] })
  }
  const memory = { pools, members: [] } as Pick<Memory, 'pools' | 'members'> as Memory
  const open = async (of: Memory, every = 4) => {
    const bytes = await openReference(of, row, every, { vault })
    return Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1)
  }
  return { vault, memory, open }
}

describe('openReference', () => {
  it('has the lines of those who teach, window by window', async () => {
    const { memory, open } = await given(2)
    expect(await open(memory)).toEqual(['w1/10', 'w1/20', 'w1/30', 'w2/10', 'w2/20', 'w2/30'])
  })

  it('has none that a campaign has', async () => {
    const { memory, open } = await given(1)
    const found = { window: 1, index: 20, campaign: 'c', logOdds: 3, admitted: true }
    expect(await open({ ...memory, members: [found] })).toEqual(['w1/10', 'w1/30'])
  })

  it('reaches sixteen windows back, and not at all where windows wait for their memory longer than a pool is kept', async () => {
    const { memory, open } = await given(20)
    const lines = await open(memory)
    expect(lines).toHaveLength(48)
    expect(lines[0]).toBe('w5/10')
    expect(await open(memory, 15)).toHaveLength(12)
    expect(await open(memory, 16)).toEqual([])
  })

  it('goes on without what is gone', async () => {
    const { memory, open, vault } = await given(2)
    await vault.discard(poolPath('mail', 'w1', memory.pools![0]!.sha256))
    expect(await open(memory)).toEqual(['w2/10', 'w2/20', 'w2/30'])
  })

  it('is nothing where no window gave any, as in a memory of before', async () => {
    const { memory, open } = await given(1)
    expect(await open({ ...memory, pools: [] })).toEqual([])
    const { teaches: _teaches, ...before } = memory.pools![0]!
    expect(await open({ ...memory, pools: [before] })).toEqual([])
  })
})
