import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { lockData } from '#runtime/process/data-lock.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { DATASET, refusalOf, texts, textsOf, useInstallation } from './installation.ts'

const it = useInstallation()

describe('an old copy of the catalog', () => {
  beforeEach(async () => {
    await it.deliver('a', texts(0, 5))
    expect(await it.run()).toEqual([])
  })

  test('under changed limits admits nothing twice', async () => {
    const putBack = await it.copyCatalog()
    await it.deliver('b', texts(100, 30))
    expect(await it.run()).toEqual([])
    await putBack()
    const refused = await it.run({ window: 7 })
    expect(new Set(refused)).toEqual(new Set(['catalog_behind']))
    const all = await it.exported()
    expect(all).toHaveLength(35)
    expect(new Set(all).size).toBe(35)
  })

  test('under the same limits finds its windows in the chain, and catches up', async () => {
    const putBack = await it.copyCatalog()
    await it.deliver('b', texts(100, 30))
    expect(await it.run()).toEqual([])
    await putBack()
    expect(await it.run()).toEqual([])
    await it.deliver('c', texts(200, 10))
    expect(await it.run()).toEqual([])
    expect(await it.exported()).toHaveLength(45)
  })

  test('whose damage is done is not exported from', async () => {
    const { chain, store, signer, vault } = await it.start()
    let last: Parameters<typeof chain.append>[1] | undefined
    for await (const { statement } of chain.links(DATASET)) {
      const {
        kind: _k,
        dataset: _d,
        ordinal: _o,
        previous: _p,
        window: _w,
        review: _r,
        batch: _b,
        ...details
      } = statement.predicate
      last = { about: { kind: 'window', window: 'again' }, subjects: statement.subject, details }
    }
    const forgetful = createManifestChain({ store, signer })
    const { contract } = last!.details
    const context = { dataset: DATASET, window: 'again', contract: contract!.sha256, codec: 'jsonl+zstd' } as const
    const clean = last!.subjects.find(({ name }) => name.startsWith('clean/'))!
    const bytes = await vault.open(clean.name, { ...context, window: clean.name.split('/')[2]! }, clean.digest.sha256)
    const copy = await vault.put(`clean/${DATASET}/again`, context, bytes)
    const scores = last!.subjects.filter(({ name }) => name.startsWith('scores/'))
    await forgetful.append(DATASET, {
      ...last!,
      subjects: [...scores, { name: copy.path, digest: { sha256: copy.sha256 } }],
    })
    expect(await refusalOf(textsOf({ vault, chain: forgetful }))).toBe('repeated')
  })
})

describe.skipIf(process.platform === 'win32')('another user of the machine', () => {
  test('can neither read nor write the files of the catalog, nor those of one made before', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-modes-'))
    try {
      const catalog = join(folder, 'catalog')
      await (await openPglite(catalog)).close()
      const file = join(
        catalog,
        (await readdir(catalog, { recursive: true })).find((path) => path.endsWith('pg_control'))!,
      )
      expect((await stat(file)).mode & 0o077).toBe(0)
      await chmod(catalog, 0o755)
      await chmod(file, 0o666)
      const sql = await openPglite(catalog)
      await sql.query('create table later (a integer)')
      await sql.close()
      for (const path of ['.', ...(await readdir(catalog, { recursive: true }))]) {
        expect((await stat(join(catalog, path))).mode & 0o077, path).toBe(0)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test.each([0o777, 0o775, 0o722])('finds no data folder of mode %o in use', async (mode) => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-modes-'))
    try {
      await chmod(folder, mode)
      expect(await refusalOf(lockData(folder, { command: 'attack' }))).toBe('folder_mode')
      await chmod(folder, mode & ~0o022)
      await (await lockData(folder, { command: 'attack' })).release()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
