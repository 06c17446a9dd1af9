import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDataset } from '#app/library/open-dataset.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { verifyDataset } from '#services/encrypt/chain/verify.ts'
import { verify } from '#services/encrypt/chain/verify-anywhere.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { openLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { GOLDEN_PASSPHRASE, goldenInstall } from '#test/support/golden-install.ts'

describe('the golden install with recalls', () => {
  test('yields neither what a window nor what a release admitted and a recall names, and all that an undo named', async () => {
    using install = goldenInstall('recalled.json')
    const ids: string[] = []
    const local = { file: join(install.folder, 'keyring.json'), passphrase: GOLDEN_PASSPHRASE }
    const options = { keys: { local }, publicKey: install.publicKey }
    for await (const { id } of openDataset(join(install.folder, 'objects'), options)) ids.push(id)
    expect(ids).toEqual(['texts:1', 'texts:4', 'texts:6'])
  })

  test('verifies with its public key alone, here and in a browser', async () => {
    using install = goldenInstall('recalled.json')
    const objects = join(install.folder, 'objects')
    const store = await openFileStore(objects)
    const verifier = verifierFromPem(install.publicKey)
    expect(await verifyDataset('golden', { store, verifier })).toMatchObject({ links: 6, objects: 3, problems: [] })
    const read = (path: string) => readFile(join(objects, path)).catch(() => null)
    const { publicKey } = install
    expect(await verify('golden', { read, publicKey })).toMatchObject({ links: 6, objects: 3, counts: { admitted: 4 } })
  })

  test.each(['recall', 'reinstatement'] as const)('a %s of nothing is refused by each of them', async (kind) => {
    using install = goldenInstall('recalled.json')
    const objects = join(install.folder, 'objects')
    const store = await openFileStore(objects)
    const keyring = await openLocalKeyring(join(install.folder, 'keyring.json'), { passphrase: GOLDEN_PASSPHRASE })
    const signer = await openSigner(createKeyRecords({ store, keyrings: [keyring] }))
    const about = { kind, review: 'review6' } as const
    await createManifestChain({ store, signer }).append('golden', { about, subjects: [], details: {} })
    const verifier = verifierFromPem(install.publicKey)
    expect(await verifyDataset('golden', { store, verifier })).toMatchObject({ problems: [{ code: 'recall' }] })
    const read = (path: string) => readFile(join(objects, path)).catch(() => null)
    const refused = verify('golden', { read, publicKey: install.publicKey })
    await expect(refused).rejects.toMatchObject({ code: 'corrupt', reason: 'recall' })
  })
})
