import { generateKeyPairSync } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { goldenInstall, type GoldenInstall } from '#test/support/golden-install.ts'
import { verify } from './verify-anywhere.ts'

let install: GoldenInstall
beforeEach(() => void (install = goldenInstall()))
afterEach(() => install[Symbol.dispose]())

const at = (path: string) => join(install.folder, 'objects', path)
const link = (ordinal: number) => at(`manifests/golden/0000000${ordinal}.json`)
const read = (path: string) => readFile(at(path)).catch(() => null)
const verified = (options: { publicKey?: string; head?: string; objects?: boolean } = {}) =>
  verify('golden', { read, publicKey: install.publicKey, ...options })

it('verifies the golden install with its public key alone', async () => {
  const whole = await verified()
  expect(whole).toMatchObject({
    links: 5,
    objects: 8,
    counts: { received: 8, admitted: 4, quarantined: 2, rejected: 2, deadLettered: 0 },
  })
  expect(await verified({ head: whole.head })).toEqual(whole)
})

it.each<[string, string, () => Promise<unknown>]>([
  ['an altered signature', 'signature', () => alter(link(2), /"sig":"../, '"sig":"AA')],
  ['an altered statement', 'signature', () => alter(link(2), /"payload":"e../, '"payload":"eyA')],
  ['what is no manifest', 'manifest_format', () => writeFile(link(2), '{}')],
  ['a link that is missing', 'gap', () => rm(link(2))],
  ['three links that are missing', 'gap', () => Promise.all([2, 3, 4].map((ordinal) => rm(link(ordinal))))],
  [
    'a last link with white space in its base64',
    'manifest_format',
    () => alter(link(5), /"payload":"/, '"payload":" '),
  ],
  [
    'a last link with a second signature',
    'signature',
    () => alter(link(5), /"signatures":\[(.*)\]/, '"signatures":[$1,$1]'),
  ],
  ['a last link whose signature is spelled otherwise', 'signature', () => alter(link(5), /"sig":"/, '"sig":" ')],
  ['a link of another place', 'ordinal', () => cp(link(1), link(2))],
  ['an object that is gone', 'missing_object', () => rm(at('clean/golden/w1'))],
  ['an object in place of another', 'digest', () => rename(at('clean/golden/w1'), at('clean/golden/w2'))],
])('refuses %s', async (_, reason, tamper) => {
  await tamper()
  await expect(verified()).rejects.toMatchObject({ code: 'corrupt', reason: expect.any(String) as string })
  if (reason !== 'digest') await expect(verified()).rejects.toMatchObject({ reason })
})

it('refuses a chain that was cut short, where the link that it must have is known', async () => {
  const { head } = await verified()
  await rm(link(5))
  expect((await verified({ objects: false })).links).toBe(4)
  await expect(verified({ head })).rejects.toMatchObject({ code: 'corrupt', reason: 'chain_truncated' })
})

it('trusts no other key, and nothing that is none', async () => {
  const stranger = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' })
  await expect(verified({ publicKey: stranger })).rejects.toMatchObject({ reason: 'signature' })
  expect((await verified({ publicKey: stranger + install.publicKey })).links).toBe(5)
  await expect(verified({ publicKey: 'none' })).rejects.toMatchObject({ code: 'invalid', reason: 'public_key' })
})

it('refuses a dataset that nothing was signed of', async () => {
  const options = { read, publicKey: install.publicKey }
  await expect(verify('another', options)).rejects.toMatchObject({ code: 'not_found', reason: 'unsigned' })
  await expect(verify('../golden', options)).rejects.toMatchObject({ code: 'invalid' })
})

it('is made of what every runtime has: no module of Node.js, no package but zod', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(file, 'utf8')
    expect(source, file).not.toMatch(/\bBuffer\b|\bprocess\./)
    for (const [, name = ''] of source.matchAll(/^(?:import|export) (?!type )(?:[^'";]*? from )?'([^']+)'/gms)) {
      if (!/^[#.]/.test(name)) packages.add(name)
      else visit(name.startsWith('#') ? join(root, name.slice(1)) : join(dirname(file), name))
    }
  }
  visit(join(root, 'verify.ts'))
  expect([...packages]).toEqual(['zod'])
  expect(seen.size).toBeGreaterThan(5)
})

async function alter(file: string, what: RegExp, by: string): Promise<void> {
  const before = await readFile(file, 'utf8')
  const after = before.replace(what, by)
  expect(after).not.toBe(before)
  await writeFile(file, after)
}
