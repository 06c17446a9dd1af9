import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll } from 'vitest'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { describeStore } from './suite.ts'

const folders: string[] = []
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

describeStore('memory', {
  open: async () => createMemoryStore(),
  again: async (store) => store,
})

describeStore('files', {
  open: async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-store-'))
    folders.push(folder)
    return openFileStore(folder)
  },
  again: async () => openFileStore(folders.at(-1) ?? ''),
})
