import { chmod, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLocalKeyring, openLocalKeyring } from './keyring.ts'

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }
const CHEAP = { log2N: 10 }
const SECRET = { passphrase: 'correct horse' }
const KEY = Buffer.alloc(32, 5)

let folder = ''
let file = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-keyring-'))
  file = path.join(folder, 'keyring.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a keyring opens with its passphrase and with no other', async () => {
  const wrap = await (await createLocalKeyring(file, SECRET, CHEAP)).wrap(KEY, CONTEXT)
  expect(Buffer.from(await (await openLocalKeyring(file, SECRET)).unwrap(wrap, CONTEXT))).toEqual(KEY)
  await expect(openLocalKeyring(file, { passphrase: 'correct house' })).rejects.toMatchObject({
    code: 'denied',
    reason: 'wrong_passphrase',
  })
  await expect(openLocalKeyring(file, { keyFile: true })).rejects.toMatchObject({ reason: 'passphrase_needed' })
})

test('the scrypt parameters are stored, and the default costs 2^17', async () => {
  await createLocalKeyring(file, SECRET)
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
    seal: { kind: 'passphrase', kdf: 'scrypt', log2N: 17, r: 8, p: 1 },
  })
  await openLocalKeyring(file, SECRET)
})

test('a short passphrase is refused before anything is written', async () => {
  await expect(createLocalKeyring(file, { passphrase: 'short' })).rejects.toMatchObject({ code: 'invalid' })
  expect(await readdir(folder)).toEqual([])
})

test('creating never replaces a keyring or a key file', async () => {
  await createLocalKeyring(file, { keyFile: true })
  const before = [await readFile(file), await readFile(`${file}.key`)]
  await expect(createLocalKeyring(file, { keyFile: true })).rejects.toMatchObject({ code: 'conflict' })
  await expect(createLocalKeyring(file, SECRET, CHEAP)).rejects.toMatchObject({ code: 'conflict' })
  expect([await readFile(file), await readFile(`${file}.key`)]).toEqual(before)
})

test('creation that was interrupted after the key file takes up that key file', async () => {
  await createLocalKeyring(file, { keyFile: true })
  const key = await readFile(`${file}.key`)
  await rm(file)
  await createLocalKeyring(file, { keyFile: true })
  expect(await readFile(`${file}.key`)).toEqual(key)
})

test('a folder that others can write in is told, with what closes it', async () => {
  const keyring = await createLocalKeyring(file, { keyFile: true })
  const line = async () => (await keyring.check!())[0]
  expect(await line()).toMatchObject({ what: `folder ${folder}`, state: 'ok' })
  for (const mode of [0o777, 0o770, 0o702]) {
    await chmod(folder, mode)
    expect(await line()).toMatchObject({ state: 'warn', fix: `chmod go-w ${folder}` })
  }
  await chmod(folder, 0o755)
  expect(await line()).toMatchObject({ state: 'ok' })
})

test('both files are for their owner alone, and are refused when they are not', async () => {
  await createLocalKeyring(file, { keyFile: true })
  for (const each of [file, `${file}.key`]) {
    expect((await stat(each)).mode & 0o777).toBe(0o600)
    for (const mode of [0o640, 0o604, 0o620]) {
      await chmod(each, mode)
      await expect(openLocalKeyring(file, { keyFile: true })).rejects.toMatchObject({
        code: 'denied',
        reason: 'readable_by_others',
      })
    }
    await chmod(each, 0o600)
  }
  await openLocalKeyring(file, { keyFile: true })
})

test('no key stands in the keyring file, and no temporary file stays behind', async () => {
  const keyring = await createLocalKeyring(file, SECRET, CHEAP)
  await keyring.rotate()
  expect((await readdir(folder)).sort()).toEqual(['keyring.json', 'keyring.json.lock'])
  expect(Object.keys(JSON.parse(await readFile(file, 'utf8')) as object).sort()).toEqual([
    'format',
    'keyId',
    'seal',
    'sealed',
  ])
})

test('any altered field of the file is refused', async () => {
  await createLocalKeyring(file, SECRET, CHEAP)
  const text = await readFile(file, 'utf8')
  const keyring = JSON.parse(text) as { keyId: string; seal: { p: number }; sealed: string }
  const alterations = [
    { ...keyring, keyId: '0123456789abcdef' },
    { ...keyring, seal: { ...keyring.seal, p: 2 } },
    {
      ...keyring,
      sealed:
        `A${keyring.sealed.slice(1)}` === keyring.sealed
          ? `B${keyring.sealed.slice(1)}`
          : `A${keyring.sealed.slice(1)}`,
    },
    { ...keyring, extra: 1 },
    {},
  ]
  for (const altered of alterations) {
    await writeFile(file, JSON.stringify(altered))
    await expect(openLocalKeyring(file, SECRET)).rejects.toMatchObject({ name: 'AppError' })
  }
})

test('a version that another process adds is used at once, by unwrapping and by wrapping', async () => {
  const here = await createLocalKeyring(file, SECRET, CHEAP)
  const there = await openLocalKeyring(file, SECRET)
  expect(await there.rotate()).toEqual({ keyId: here.keyId, version: '2' })
  const wrap = await there.wrap(KEY, CONTEXT)
  expect(Buffer.from(await here.unwrap(wrap, CONTEXT))).toEqual(KEY)
  expect((await here.wrap(KEY, CONTEXT)).version).toBe('2')
  expect((await here.versions()).map(({ version }) => version)).toEqual(['1', '2'])
})

test('rotations at the same time each add their own version', async () => {
  const here = await createLocalKeyring(file, SECRET, CHEAP)
  const there = await openLocalKeyring(file, SECRET)
  await Promise.all([here.rotate(), there.rotate(), here.rotate()])
  expect((await there.versions()).map(({ version }) => version)).toEqual(['1', '2', '3', '4'])
})

test('a retired version no longer unwraps; the current one cannot be retired', async () => {
  const keyring = await createLocalKeyring(file, SECRET, CHEAP)
  const wrap = await keyring.wrap(KEY, CONTEXT)
  await expect(keyring.retire('1')).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
  await keyring.rotate()
  await keyring.retire('1')
  await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({ code: 'not_found', reason: 'unknown_version' })
})

test('a key file that is gone is told from a keyring that is gone', async () => {
  await createLocalKeyring(file, { keyFile: true })
  await rm(`${file}.key`)
  await expect(openLocalKeyring(file, { keyFile: true })).rejects.toMatchObject({
    code: 'not_found',
    reason: 'key_file',
  })
})

test('what is wrong with a file is said with its whole path and what to do', async () => {
  await createLocalKeyring(file, { keyFile: true })
  const whole = [await readFile(file), await readFile(`${file}.key`)]
  const saidOf = () => openLocalKeyring(file, { keyFile: true }).then(String, (error: Error) => error.message)
  await writeFile(`${file}.key`, 'c2hvcnQ=\n')
  expect(await saidOf()).toBe(`${file}.key does not hold a key: put it back from your backup`)
  await writeFile(`${file}.key`, `${Buffer.alloc(32, 1).toString('base64')}\n`)
  expect(await saidOf()).toBe(`the key file does not open ${file}: put both back from the same backup`)
  await writeFile(`${file}.key`, whole[1]!)
  await writeFile(file, '')
  expect(await saidOf()).toBe(`${file} is not a keyring file: put it back from your backup`)
  await writeFile(file, whole[0]!)
  await chmod(file, 0o644)
  expect(await saidOf()).toBe(`${file} can be read by others: run chmod 600 ${file}`)
})

test('a keyring that is not there says so', async () => {
  await expect(openLocalKeyring(file, SECRET)).rejects.toMatchObject({ code: 'not_found' })
})
