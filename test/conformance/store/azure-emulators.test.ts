import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { DataLakeServiceClient, type DataLakeFileSystemClient } from '@azure/storage-file-datalake'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startAdls, type AdlsEmulator } from '#emulators/adls.ts'
import { EMULATED_ACCOUNT, EMULATED_KEY } from '#emulators/adls/actions.ts'
import { startAzurite } from '#emulators/azurite.ts'

const once1 = { retryOptions: { maxTries: 1 } }

/** A file system of an emulated account, through the official SDK for Data Lake Storage. */
async function fileSystem(pageSize = 5000): Promise<{ emulator: AdlsEmulator; files: DataLakeFileSystemClient }> {
  const emulator = await startAdls({ pageSize })
  onTestFinished(() => emulator.close())
  const files = new DataLakeServiceClient(emulator.endpoint, emulator.credential, once1).getFileSystemClient('lake')
  await files.create()
  return { emulator, files }
}

async function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'done',
    (error: { code?: string; statusCode?: number; details?: { errorCode?: string } }) =>
      `${error.statusCode} ${error.details?.errorCode ?? error.code}`,
  )
}

describe('the emulated dfs endpoint', () => {
  it('shows a file that is being written as empty until it is flushed', async () => {
    const { files } = await fileSystem()
    const file = files.getFileClient('a/b/c')
    await file.create({ conditions: { ifNoneMatch: '*' } })
    await file.append('hello', 0, 5)
    expect((await file.getProperties()).contentLength).toBe(0)
    await file.append(' world', 5, 6)
    expect(await codeOf(file.flush(12))).toBe('400 InvalidFlushPosition')
    await file.flush(11, { close: true })
    expect((await file.readToBuffer()).toString()).toBe('hello world')
    expect((await file.readToBuffer(6, 3)).toString()).toBe('wor')
    expect(await codeOf(file.create({ conditions: { ifNoneMatch: '*' } }))).toBe('409 PathAlreadyExists')
  })

  it('renames at once, under conditions, into a directory that exists, and keeps the tag', async () => {
    const { files } = await fileSystem()
    const source = files.getFileClient('tmp/one')
    await source.create()
    await source.append('1', 0, 1, { flush: true })
    const { etag } = await source.getProperties()
    expect(await codeOf(source.move('none/one'))).toBe('404 RenameDestinationParentPathNotFound')
    await files.getDirectoryClient('final').create()
    await source.move('final/one', { destinationConditions: { ifNoneMatch: '*' } })
    const moved = await files.getFileClient('final/one').getProperties()
    expect(moved).toMatchObject({ etag, contentLength: 1 })
    expect(await source.exists()).toBe(false)
    await source.create()
    const again = source.move('final/one', { destinationConditions: { ifNoneMatch: '*' } })
    expect(await codeOf(again)).toBe('409 PathAlreadyExists')
    const stale = source.move('final/one', { destinationConditions: { ifMatch: '"0x8D0"' } })
    expect(await codeOf(stale)).toBe('412 ConditionNotMet')
    await files.getDirectoryClient('final').move('elsewhere')
    expect((await files.getFileClient('elsewhere/one').readToBuffer()).toString()).toBe('1')
  })

  it('lists directories before what is in them, in pages', async () => {
    const { files } = await fileSystem(2)
    for (const name of ['a/x', 'a-b', 'a.c/y', 'b']) await files.getFileClient(name).create()
    const names = async (recursive: boolean, path?: string) => {
      const found: string[] = []
      for await (const entry of files.listPaths({ recursive, ...(path === undefined ? {} : { path }) })) {
        found.push(entry.name ?? '')
      }
      return found
    }
    expect(await names(true)).toEqual(['a', 'a/x', 'a-b', 'a.c', 'a.c/y', 'b'])
    expect(await names(false)).toEqual(['a', 'a-b', 'a.c', 'b'])
    expect(await names(true, 'a.c')).toEqual(['a.c/y'])
    expect(await codeOf(names(false, 'none'))).toBe('404 PathNotFound')
  })

  it('deletes a directory that holds something only when told to', async () => {
    const { files } = await fileSystem()
    await files.getFileClient('a/x').create()
    expect(await codeOf(files.getDirectoryClient('a').delete(false))).toBe('409 DirectoryNotEmpty')
    await files.getDirectoryClient('a').delete(true)
    expect(await files.getFileClient('a/x').exists()).toBe(false)
  })

  it('turns away who is nobody, and who goes through a file', async () => {
    const { emulator, files } = await fileSystem()
    await files.getFileClient('a').create()
    expect(await codeOf(files.getFileClient('a/b').create())).toBe('409 PathConflict')
    const stranger = new BlobServiceClient(emulator.endpoint, undefined, once1).getContainerClient('lake')
    expect(await codeOf(stranger.getBlobClient('a').download())).toBe('409 PublicAccessNotPermitted')
  })

  it('notes each call by the data action that it needs', async () => {
    const { emulator, files } = await fileSystem()
    const file = files.getFileClient('a')
    await file.create()
    await file.move('b')
    await files.getFileClient('b').delete()
    const blobs = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
    expect(emulator.calls.slice(1)).toEqual([
      { action: `${blobs}/write`, resource: 'containers/lake/blobs/a' },
      { action: `${blobs}/move/action`, resource: 'containers/lake/blobs/b' },
      { action: `${blobs}/delete`, resource: 'containers/lake/blobs/b' },
    ])
  })
})

describe('state in a folder', () => {
  it('of the emulated account survives SIGKILL: what was answered is there, and what was staged', async () => {
    const folder = await scratch()
    const first = await inProcess(folder)
    const credential = new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY)
    const container = new BlobServiceClient(first.endpoint, credential, once1).getContainerClient('lake')
    await container.create()
    const id = Buffer.from('block').toString('base64')
    await container.getBlockBlobClient('staged').stageBlock(id, 'block', 5)
    await container.getBlockBlobClient('gone').upload('1', 1)
    await container.deleteBlob('gone')
    const answered: string[] = []
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await container.getBlockBlobClient(`w/${i}`).upload(`object ${i}`, `object ${i}`.length)
        answered.push(`w/${i}`)
      }
    })().catch(() => undefined)
    await expect.poll(() => answered.length, { timeout: 200_000 }).toBeGreaterThan(30)
    first.child.kill('SIGKILL')
    await writing

    const second = await startAdls({ folder })
    onTestFinished(() => second.close())
    const after = new BlobServiceClient(second.endpoint, credential, once1).getContainerClient('lake')
    for (const name of answered) {
      const found = await after.getBlobClient(name).downloadToBuffer()
      expect(found.toString()).toBe(`object ${name.slice(2)}`)
    }
    expect(await after.getBlobClient('gone').exists()).toBe(false)
    await after.getBlockBlobClient('staged').commitBlockList([id])
    expect((await after.getBlobClient('staged').downloadToBuffer()).toString()).toBe('block')
  })

  it('of Azurite survives its closing', async () => {
    const folder = await scratch()
    for (const attempt of [1, 2]) {
      const azurite = await startAzurite({ folder })
      const container = new BlobServiceClient(azurite.endpoint, azurite.credential, once1).getContainerClient('kept')
      if (attempt === 1) {
        await container.create()
        await container.getBlockBlobClient('a').upload('1', 1)
      } else expect((await container.getBlobClient('a').downloadToBuffer()).toString()).toBe('1')
      await azurite.close()
    }
  })
})

async function scratch(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'credence-azure-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function inProcess(folder: string): Promise<{ child: ChildProcess; endpoint: string }> {
  const module = pathToFileURL(path.resolve('emulators/adls.ts')).href
  const script = `import { startAdls } from ${JSON.stringify(module)}
    console.log((await startAdls({ folder: ${JSON.stringify(folder)} })).endpoint)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, endpoint: line.toString().trim() }
}
