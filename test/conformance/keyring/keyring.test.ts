import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { createLocalKeyring, type LocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { describeKeyring } from './suite.ts'

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function newFile(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'credence-keyring-'))
  folders.push(folder)
  return path.join(folder, 'keyring.json')
}

const rotate = async (keyring: unknown) => {
  await (keyring as LocalKeyring).rotate()
}

describeKeyring('local, sealed by a passphrase', {
  open: async () => createLocalKeyring(await newFile(), { passphrase: 'correct horse' }, { log2N: 10 }),
  rotate,
})

describeKeyring('local, sealed by a key file', {
  open: async () => createLocalKeyring(await newFile(), { keyFile: true }),
  rotate,
})
