import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { checkFileStore } from './check-files.ts'
import { fileError, withFileLock } from './durable-file.ts'
import { openFileStore } from './files.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-files-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Runs a script in a process of its own, with `store` open on the folder. */
function inProcess(script: string): ChildProcess {
  const module = pathToFileURL(path.join(import.meta.dirname, 'files.ts')).href
  const source = `import { openFileStore } from ${JSON.stringify(module)}
    import { createHash, randomBytes } from 'node:crypto'
    const store = await openFileStore(${JSON.stringify(folder)})
    ${script}`
  return spawn(process.execPath, ['--input-type=module', '-e', source], { stdio: ['ignore', 'pipe', 'inherit'] })
}

test('objects and folders are for their owner alone', async () => {
  const store = await openFileStore(path.join(folder, 'store'))
  await store.create('a/b/c', Buffer.from('x'))
  for (const [at, mode] of [
    ['store', 0o700],
    ['store/a', 0o700],
    ['store/a/b', 0o700],
    ['store/a/b/c', 0o600],
  ] as const) {
    expect((await stat(path.join(folder, at))).mode & 0o777, at).toBe(mode)
  }
})

test('an object is a plain file with the bytes of the object', async () => {
  const store = await openFileStore(folder)
  await store.create('clean/mnist/w1', Buffer.from('bytes'))
  expect(await readFile(path.join(folder, 'clean/mnist/w1'), 'utf8')).toBe('bytes')
})

test('no temporary file stays behind, and those of a dead process go after a while', async () => {
  const store = await openFileStore(folder)
  const version = await store.create('a', Buffer.from('1'))
  await store.create('a', Buffer.from('2')).catch(() => undefined)
  await store.replace('a', Buffer.from('3'), version)
  const temporary = path.join(folder, '.tmp')
  const left = async () => (await readdir(temporary)).filter((name) => name.endsWith('.tmp'))
  expect(await left()).toEqual([])
  for (const name of ['.old.tmp', '.young.tmp']) await writeFile(path.join(temporary, name), 'half')
  await utimes(path.join(temporary, '.old.tmp'), new Date(0), new Date(0))
  await openFileStore(folder)
  expect(await left()).toEqual(['.young.tmp'])
})

test('temporary files are not objects', async () => {
  const store = await openFileStore(folder)
  await writeFile(path.join(folder, '.tmp', '.x.tmp'), 'half')
  const paths: string[] = []
  for await (const at of store.list('')) paths.push(at)
  expect(paths).toEqual([])
})

test('a symbolic link in place of an object is not followed', async () => {
  const store = await openFileStore(folder)
  const secret = path.join(folder, '.secret')
  await writeFile(secret, 'outside')
  await mkdir(path.join(folder, 'a'))
  await symlink(secret, path.join(folder, 'a', 'link'))
  await expect(store.read('a/link')).rejects.toMatchObject({ code: 'denied' })
  expect(await store.exists('a/link')).toBe(false)
})

test.each([
  ['EACCES', 'denied'],
  ['EROFS', 'denied', ': the file system is read-only'],
  ['EMFILE', 'unavailable', ': too many files are open, raise the limit (ulimit -n)'],
  ['ENOSPC', 'unavailable', ': the disk is full, free some space'],
  ['EIO', 'unavailable'],
  ['ENOENT', 'not_found'],
  ['ENOTDIR', 'not_found'],
  ['EEXIST', 'conflict'],
  ['ENAMETOOLONG', 'invalid'],
  ['EWHATEVER', 'internal'],
])('%s becomes %s', (errno, code, advice = '') => {
  const error = fileError(Object.assign(new Error('from the system'), { code: errno }), 'reading a')
  expect(error).toMatchObject({ code, reason: errno.toLowerCase(), message: `reading a: ${errno}${advice}` })
})

test('processes that swap at once lose no update', async () => {
  const store = await openFileStore(folder)
  await store.create('counter', Buffer.from('0'))
  const increments = `for (let done = 0; done < 10; ) {
    const { bytes, version } = await store.read('counter')
    try { await store.replace('counter', Buffer.from(String(Number(bytes) + 1)), version); done++ }
    catch (error) { if (error.code !== 'conflict') throw error }
  }`
  const children = [1, 2, 3].map(() => inProcess(increments))
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number))
  expect(codes).toEqual([0, 0, 0])
  expect(Buffer.from((await store.read('counter')).bytes).toString()).toBe('30')
})

test('a process that is killed while it writes leaves whole objects only, and its lock to the next', async () => {
  const writing = `await store.create('counter', Buffer.from('0'))
  for (let i = 0; ; i++) {
    const bytes = randomBytes(200_000)
    await store.create('object/' + createHash('sha256').update(bytes).digest('hex'), bytes)
    const { version } = await store.read('counter')
    await store.replace('counter', Buffer.from(String(i)), version)
    if (i === 5) console.log('under way')
  }`
  const child = inProcess(writing)
  if (child.stdout !== null) await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
  const store = await openFileStore(folder)
  let objects = 0
  for await (const at of store.list('object/')) {
    objects += 1
    const { bytes } = await store.read(at)
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(path.basename(at))
  }
  expect(objects).toBeGreaterThan(5)
  const { version } = await store.read('counter')
  await store.replace('counter', Buffer.from('done'), version)
})

describe('for credence check', () => {
  const isRoot = process.getuid?.() === 0
  const where = () => [path.join(folder, 'keys', 'mails'), path.join(folder, '.tmp')] as const

  test('a store whose folders can be read and written is well, and nothing is left of the try', async () => {
    const store = await openFileStore(folder)
    await store.create('keys/mails/a', Buffer.from('one'))
    expect(await checkFileStore(folder)).toEqual([
      { what: `folder ${path.resolve(folder)}`, state: 'ok', says: 'can be read and written' },
    ])
    expect(await readdir(path.join(folder, '.tmp'))).toEqual([])
  })

  test.skipIf(isRoot)('a folder that may not be written is named: root may write everywhere', async () => {
    const store = await openFileStore(folder)
    await store.create('keys/mails/a', Buffer.from('one'))
    for (const at of where()) {
      await chmod(at, 0o500)
      const lines = await checkFileStore(folder)
      await chmod(at, 0o700)
      expect(lines).toMatchObject([{ what: `folder ${at}`, state: 'failed' }])
    }
  })

  test('a folder for temporary files that is gone is named', async () => {
    await openFileStore(folder)
    await rm(where()[1], { recursive: true })
    expect(await checkFileStore(folder)).toMatchObject([
      { what: `folder ${where()[1]}`, state: 'failed', says: expect.stringContaining('is not there') },
    ])
  })
})

test('a lock file that cannot be made is named, and is no defect of the program', async () => {
  const lock = path.join(folder, 'nowhere', 'lock')
  await expect(withFileLock(lock, async () => {})).rejects.toMatchObject({
    code: 'denied',
    message: expect.stringContaining(`${lock} cannot be locked`),
  })
})
