import { chmod, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GOLDEN_PASSPHRASE, goldenInstall, type GoldenInstall } from '#test/support/golden-install.ts'
import { openDataset, type OpenDatasetOptions } from './open-dataset.ts'

let install: GoldenInstall
let keys: NonNullable<OpenDatasetOptions['keys']>
beforeEach(() => {
  install = goldenInstall()
  keys = { local: { file: join(install.folder, 'keyring.json'), passphrase: GOLDEN_PASSPHRASE } }
})
afterEach(() => install[Symbol.dispose]())

async function ids(options: OpenDatasetOptions = {}, location = join(install.folder, 'objects')): Promise<string[]> {
  const list: string[] = []
  for await (const { id } of openDataset(location, { keys, ...options })) list.push(id)
  return list
}

it('yields what is admitted: neither what is held nor what was revoked', async () => {
  expect(await ids()).toEqual(['digits:10', 'digits:11', 'digits:21', 'digits:12'])
  expect(await ids({ publicKey: install.publicKey })).toHaveLength(4)
})

it('reads a data folder with the keyring in it, and changes nothing', async () => {
  await mkdir(join(install.folder, 'keys'))
  await rename(join(install.folder, 'keyring.json'), join(install.folder, 'keys/keyring.json'))
  const before = await readdir(install.folder, { recursive: true })
  expect(await ids({ keys: { local: { passphrase: GOLDEN_PASSPHRASE } } }, install.folder)).toHaveLength(4)
  expect(await readdir(install.folder, { recursive: true })).toEqual(before)
})

it('refuses what nobody signed', async () => {
  await rm(join(install.folder, 'objects/manifests/golden'), { recursive: true })
  await expect(ids({ dataset: 'golden' })).rejects.toMatchObject({ code: 'not_found', reason: 'unsigned' })
  await expect(ids()).rejects.toMatchObject({ code: 'not_found', reason: 'unsigned' })
  await expect(ids({}, join(install.folder, 'nowhere'))).rejects.toMatchObject({
    code: 'not_found',
    reason: 'unsigned',
  })
})

it('yields no record of a chain that does not verify', async () => {
  await rm(join(install.folder, 'objects/manifests/golden/00000003.json'))
  const seen: string[] = []
  const reading = (async () => {
    for await (const { id } of openDataset(join(install.folder, 'objects'), { keys })) seen.push(id)
  })()
  await expect(reading).rejects.toMatchObject({ code: 'corrupt', reason: 'gap' })
  expect(seen).toEqual([])
})

it('refuses a chain without the link that it must have', async () => {
  const head = 'f'.repeat(64)
  await expect(ids({ head })).rejects.toMatchObject({ code: 'corrupt', reason: 'chain_truncated' })
})

it('says which keys and which stores there are', async () => {
  const s3 = async () => {
    for await (const _ of openDataset('s3://bucket/prefix')) return
  }
  await expect(s3()).rejects.toMatchObject({ code: 'invalid', reason: 'keys' })
  await expect(ids({}, 'ftp://host/folder')).rejects.toMatchObject({ code: 'invalid' })
  await expect(ids({ keys: { local: { file: join(install.folder, 'none.json') } } })).rejects.toMatchObject({
    code: 'not_found',
  })
})

// The superuser may write everywhere.
it.skipIf(process.getuid?.() === 0)('reads where it may not write', async () => {
  await chmod(join(install.folder, 'objects'), 0o500)
  expect(await ids()).toHaveLength(4)
  await chmod(join(install.folder, 'objects'), 0o700)
})
