import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll } from 'vitest'
import { createFileSource } from '#services/ingest/sources/files/source.ts'
import { createMemorySource } from '#services/ingest/sources/memory.ts'
import { itemText, sourceSuite, type SourceContents } from './suite.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

async function writeFiles(folder: string, contents: SourceContents): Promise<void> {
  for (const [partition, count] of Object.entries(contents)) {
    const path = join(folder, partition)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, Array.from({ length: count }, (_, i) => `${itemText(partition, i)}\n`).join(''))
  }
}

const folderOf = new WeakMap<object, string>()

sourceSuite('files', {
  async create(contents) {
    const folder = await mkdtemp(join(tmpdir(), 'credence-source-'))
    folders.push(folder)
    await writeFiles(folder, contents)
    const source = createFileSource({ name: 'files', root: folder, format: 'jsonl' })
    folderOf.set(source, folder)
    return source
  },
  async grow(source, contents) {
    await writeFiles(folderOf.get(source) ?? '', contents)
    return source
  },
})

function partitionsOf(contents: SourceContents) {
  return Object.entries(contents).map(([name, count]) => ({
    name,
    bodies: Array.from({ length: count }, (_, i) => ({
      kind: 'bytes' as const,
      bytes: Buffer.from(itemText(name, i)),
      contentType: 'application/json' as const,
    })),
  }))
}

sourceSuite('memory', {
  create: async (contents) => createMemorySource('memory', partitionsOf(contents)),
  grow: async (_source, contents) => createMemorySource('memory', partitionsOf(contents)),
})
