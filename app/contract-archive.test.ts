import { describe, expect, it } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import { sha256Hex } from '#core/hash.ts'
import { contractPath } from '#core/layout.ts'
import { contractDigest } from '#runtime/config/load-contract.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { archiveContract, contractOf, readingOf } from './contract-archive.ts'
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

  it('tells a person where the fields of older windows are, and never by another contract', async () => {
    const store = createMemoryStore()
    await archiveContract(systemWith(before, store), 'mail')
    const window = { dataset: 'mail', contract: contractDigest(before) }
    expect(await readingOf(systemWith(after, store), window)).toEqual({ contract: before, warnings: [] })
    expect(await readingOf(systemWith(after), window)).toEqual({
      contract: null,
      warnings: [
        expect.stringMatching(/^All fields .* is gone from the store: put it back from a backup of the store\.$/),
      ],
    })
  })

  it.each([
    ['another contract', JSON.stringify(after)],
    ['the beginning of it', '{"features":{"field":"bo'],
    ['nothing', ''],
    ['what repeats itself without end', 'a: &a [*a]'],
  ])('is not believed where its place holds %s', async (_what, text) => {
    const store = createMemoryStore()
    const sha256 = contractDigest(before)
    await store.create(contractPath('mail', sha256), Buffer.from(text))
    const { contract, warnings } = await readingOf(systemWith(after, store), { dataset: 'mail', contract: sha256 })
    expect({ contract, warnings }).toEqual({
      contract: null,
      warnings: [expect.stringContaining('holds something else than was put there')],
    })
    await expect(contractOf(systemWith(after, store), 'mail', sha256)).rejects.toMatchObject({
      code: 'conflict',
      reason: 'contract_changed',
    })
    await expect(archiveContract(systemWith(before, store), 'mail')).rejects.toMatchObject({ code: 'conflict' })
  })

  it('is read by its own bytes, though this version would write further defaults into it', async () => {
    const store = createMemoryStore()
    const text = '{"features":{"field":"body","kind":"text"},"schema":{},"version":1}'
    const sha256 = sha256Hex(text)
    expect(sha256).not.toBe(contractDigest(before))
    await store.create(contractPath('mail', sha256), Buffer.from(text))
    expect(await contractOf(systemWith(after, store), 'mail', sha256)).toEqual(before)
  })

  it('shows all fields where a later version wrote what this one does not understand', async () => {
    const store = createMemoryStore()
    const text = '{"features":{"field":"body","kind":"of a later version"},"schema":{},"version":1}'
    await store.create(contractPath('mail', sha256Hex(text)), Buffer.from(text))
    const window = { dataset: 'mail', contract: sha256Hex(text) }
    expect(await readingOf(systemWith(after, store), window)).toEqual({
      contract: null,
      warnings: [expect.stringMatching(/is no contract that this version of Credence understands: use the version/)],
    })
    await expect(contractOf(systemWith(after, store), 'mail', sha256Hex(text))).rejects.toMatchObject({
      code: 'conflict',
    })
  })

  it('says what to grant where it may not be read', async () => {
    const read = () => Promise.reject(new AppError('denied', 'no'))
    const system = systemWith(after, { ...createMemoryStore(), read })
    const window = { dataset: 'mail', contract: contractDigest(before) }
    const remedy = /grant it the right to read contracts\//
    expect((await readingOf(system, window)).warnings).toEqual([expect.stringMatching(remedy)])
    const refused = { code: 'denied', message: expect.stringMatching(remedy) }
    await expect(contractOf(system, 'mail', window.contract)).rejects.toMatchObject(refused)
    const create = () => Promise.reject(new AppError('conflict', 'there'))
    const writing = systemWith(before, { ...createMemoryStore(), create, read })
    await expect(archiveContract(writing, 'mail')).rejects.toMatchObject(refused)
  })

  it('is missed when nobody kept it', async () => {
    await expect(contractOf(systemWith(after), 'mail', contractDigest(before))).rejects.toMatchObject({
      code: 'conflict',
      reason: 'contract_changed',
    })
  })
})
