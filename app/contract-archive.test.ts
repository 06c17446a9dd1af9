import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { contractDigest } from '#runtime/config/load-contract.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { archiveContract, contractOf, contractToRead } from './contract-archive.ts'
import type { System } from './system.ts'

const before = contractSchema.parse({ version: 1, schema: {}, features: { kind: 'text', field: 'body' } })
const after = contractSchema.parse({ version: 1, schema: {}, features: { kind: 'text', field: 'text' } })

function systemWith(contract: typeof before, store = createMemoryStore()): System {
  const config = { datasets: { mail: {} } }
  const contracts = new Map([['mail', { contract, sha256: contractDigest(contract) }]])
  return { store, config, contracts } as unknown as System
}

describe('a contract that is edited while windows are staged', () => {
  it('still judges the windows that were staged under it', async () => {
    const store = createMemoryStore()
    const first = systemWith(before, store)
    await archiveContract(first, 'mail')
    await archiveContract(first, 'mail')
    const second = systemWith(after, store)
    expect(await contractOf(second, 'mail', contractDigest(before))).toEqual(before)
    expect(await contractOf(second, 'mail', contractDigest(after))).toEqual(after)
  })

  it('tells a person where the fields of older windows are', async () => {
    const store = createMemoryStore()
    await archiveContract(systemWith(before, store), 'mail')
    const window = { dataset: 'mail', contract: contractDigest(before) }
    expect(await contractToRead(systemWith(after, store), window)).toEqual(before)
    expect(await contractToRead(systemWith(after), window)).toEqual(after)
  })

  it('is missed when nobody kept it', async () => {
    await expect(contractOf(systemWith(after), 'mail', contractDigest(before))).rejects.toMatchObject({
      code: 'conflict',
      reason: 'contract_changed',
    })
  })
})
