import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { SigningSystem } from '#app/system.ts'
import type { NewReview } from '#runtime/catalog/catalog.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { verifyDataset } from '#services/encrypt/chain/verify.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { reencryptDataset } from '#services/encrypt/rekey/reencrypt.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { DATASET, refusalOf, texts, textsOf, useInstallation } from './installation.ts'

const it = useInstallation()
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
})

/** Releases everything that is held, then takes it back: the chain's last link is the revocation. */
async function releaseAndUndo(system: SigningSystem): Promise<void> {
  const { catalog } = system
  const held = await catalog.flagged.list({ dataset: DATASET, standing: 'quarantined' })
  const records = held.map(({ record }) => record)
  const review = { id: randomUUID(), dataset: DATASET, records, reason: 'a mistake', actor: 'ann' }
  const decide = async (made: NewReview) => {
    await applyReview(await catalog.reviews.add(await signReview(made, system.signer)), system)
  }
  await decide({ ...review, action: 'release', undoes: null })
  const undo = { ...review, id: randomUUID(), action: 'undo', undoes: review.id } as const
  await decide(undo)
}

async function deleteNewest(count: number): Promise<void> {
  const paths: string[] = []
  for await (const path of it.store.list(`manifests/${DATASET}/`)) paths.push(path)
  for (const path of paths.slice(-count)) await it.store.delete(path)
}

/** As the product did before it knew of links from elsewhere. */
function forgetful({ store, signer }: SigningSystem) {
  return createManifestChain({ store, signer })
}

async function problems(): Promise<readonly string[]> {
  const { store, signer, catalog, vault } = await it.start()
  const known = await catalog.chains.known(DATASET)
  const report = await verifyDataset(DATASET, { store, verifier: signer.verifier, known, vault })
  return report.problems.map(({ code }) => code)
}

describe('who can delete objects of the store', () => {
  test('takes the revocation away: nothing is added, exported or verified until it is back', async () => {
    await releaseAndUndo(await it.start())
    const putBack = await it.copyStore('manifests/')
    await deleteNewest(1)
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['chain_truncated'])
    expect(await refusalOf(it.exported())).toBe('chain_truncated')
    expect(await problems()).toEqual(['chain_truncated'])

    await putBack()
    expect(await it.run()).toEqual([])
    expect(await it.exported()).not.toContain('poison 0')
    expect(await it.exported()).toHaveLength(25)
  })

  test('takes the newest windows away: admitted records do not go silently', async () => {
    await it.deliver('b', texts(100, 30))
    expect(await it.run()).toEqual([])
    await deleteNewest(2)
    await it.deliver('c', texts(200, 10))
    expect(await it.run()).toEqual(['chain_truncated'])
    expect(await refusalOf(it.exported())).toBe('chain_truncated')
    expect(await problems()).toEqual(['chain_truncated'])
  })

  test('takes all of a chain away', async () => {
    await deleteNewest(99)
    expect(await refusalOf(it.exported())).toBe('chain_truncated')
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['chain_truncated'])
  })

  test('takes an object away: the export ends with its name, and goes on once it is back', async () => {
    const whole = await it.exported()
    const putBack = await it.copyStore('clean/')
    const { value: gone } = await it.store.list('clean/')[Symbol.asyncIterator]().next()
    await it.store.delete(gone)
    await expect(it.exported()).rejects.toMatchObject({
      code: 'not_found',
      reason: 'object_gone',
      message: expect.stringMatching(`^${gone} is gone from the store: put it back from a backup`),
    })
    await putBack()
    expect(await it.exported()).toEqual(whole)
  })

  test('takes the record of a key away: it is the key that is said to be gone, not the objects', async () => {
    const putBack = await it.copyStore('keys/')
    for await (const path of it.store.list(`keys/${DATASET}/`)) await it.store.delete(path)
    expect(await refusalOf(it.exported())).toBe('key_records_gone')
    await putBack()
    expect(await it.exported()).toHaveLength(15)
  })

  test('takes the link of a re-encryption away, for which no row stands', async () => {
    const system = await it.start()
    await system.keys.newEpoch(DATASET)
    await reencryptDataset({ dataset: DATASET, ...system, settled: () => Promise.resolve(true) })
    expect(await problems()).toEqual([])
    await deleteNewest(1)
    expect(await refusalOf(it.exported())).toBe('chain_truncated')
  })
})

describe('who can write the store, and has genuine links of another course of events', () => {
  test('puts another link where the revocation was', async () => {
    const system = await it.start()
    await releaseAndUndo(system)
    await deleteNewest(1)
    const about = { kind: 'release', review: 'another' } as const
    await forgetful(system).append(DATASET, { about, subjects: [], details: {} })
    // the chain verifies by itself, and admits what was taken back
    expect(await textsOf({ ...system, chain: forgetful(system) })).toContain('poison 0')

    expect(await refusalOf(it.exported())).toBe('chain_rewritten')
    expect(await problems()).toEqual(['chain_rewritten'])
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['chain_rewritten'])
  })
})
