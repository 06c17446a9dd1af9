import { createHash, generateKeyPairSync } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { chmod, copyFile, cp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { subjectOf, windowContext } from '#core/layout.ts'
import type { Statement } from '#core/manifest.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { signStatement } from '#services/encrypt/chain/dsse.ts'
import { openLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { encryptObject } from '#services/encrypt/objects/envelope.ts'
import { GOLDEN_PASSPHRASE, goldenInstall, type GoldenInstall } from '#test/support/golden-install.ts'
import {
  alike,
  alikeVerified,
  commit,
  CONTRACT,
  openInstall,
  reader,
  recordOf,
  skip,
  why,
  type Ask,
  type Install,
} from '#test/support/python-needed.ts'

describe.skipIf(skip)(`the Python reader and the golden install${why}`, () => {
  let install: GoldenInstall
  let ask: Ask
  beforeEach(() => {
    install = goldenInstall()
    ask = {
      folder: join(install.folder, 'objects'),
      dataset: 'golden',
      keyring: join(install.folder, 'keyring.json'),
      passphrase: GOLDEN_PASSPHRASE,
      public_key: install.publicKey,
    }
  })
  afterEach(() => install[Symbol.dispose]())
  const at = (path: string) => join(install.folder, 'objects', path)
  const link = (ordinal: number) => at(`manifests/golden/0000000${ordinal}.json`)
  const opened = async () => {
    const local = await openLocalKeyring(ask.keyring!, { passphrase: GOLDEN_PASSPHRASE })
    return openInstall(install.folder, local)
  }

  test('the same records, and the same chain', async () => {
    expect(await alike(ask)).toMatchObject({ records: [{ id: 'digits:10' }, {}, {}, { id: 'digits:12' }] })
    const { public_key: _, ...withOwnKeys } = ask
    expect(await alike(withOwnKeys)).toMatchObject({ records: { length: 4 } })
    expect(await alikeVerified(ask)).toMatchObject({ links: 5, objects: 8, counts: { admitted: 4 } })
  })

  test('a chain in which another signing key took the place of the first', async () => {
    using rotated = goldenInstall('rotated.json')
    const { folder, publicKey } = rotated
    const keyring = join(folder, 'keyring.json')
    const { public_key: _, ...own } = { ...ask, folder: join(folder, 'objects'), keyring }
    const manifest = (ordinal: number) => join(own.folder, `manifests/golden/0000000${ordinal}.json`)
    const former = await readFile(join(folder, 'former.pem'), 'utf8')
    const ended = { code: 'corrupt', reason: 'signer_ended' }
    const both = async (pem?: string) => {
      const asked = { ...own, ...(pem !== undefined && { public_key: pem }) }
      return [await alike(asked), ...(pem === undefined ? [] : [await alikeVerified(asked)])]
    }
    expect(await both()).toMatchObject([{ records: [{ id: 'texts:1' }, { id: 'texts:2' }] }])
    expect(await both(publicKey)).toMatchObject([{ records: { length: 2 } }, { links: 3 }])
    // who was not given the key of now, or has the two in another order
    const next = publicKey.slice(former.length)
    for (const pem of [former, next]) {
      const unknown = { code: 'corrupt', reason: 'signature' }
      expect(await both(pem)).toEqual([unknown, unknown])
    }
    expect(await both(next + former)).toEqual([ended, ended])

    const pointer = join(own.folder, 'keys/_signing/current.json')
    const current = await readFile(pointer, 'utf8')
    await writeFile(pointer, '{}')
    expect(await both()).toEqual([{ code: 'corrupt', reason: 'key_record' }])
    await rm(pointer)
    expect(await both()).toMatchObject([{ records: { length: 2 } }])
    await writeFile(pointer, current)
    const links = await Promise.all([1, 2, 3].map((ordinal) => readFile(manifest(ordinal), 'utf8')))
    const rotation = JSON.parse(links[1]!) as { signatures: object[] }
    for (const signatures of [rotation.signatures.toReversed(), rotation.signatures.slice(0, 1)]) {
      await writeFile(manifest(2), JSON.stringify({ ...rotation, signatures }))
      expect(await both(publicKey)).toMatchObject([{ reason: 'signature' }, { reason: 'signature' }])
    }
    const local = await openLocalKeyring(keyring, { passphrase: GOLDEN_PASSPHRASE })
    const forged = async (ordinal: number) => {
      const { signer } = await openInstall(folder, local)
      const { predicate, ...statement } = JSON.parse(
        Buffer.from((JSON.parse(links[2]!) as { payload: string }).payload, 'base64').toString(),
      ) as Statement
      const previous = createHash('sha256')
        .update(links[ordinal - 2]!)
        .digest('hex')
      const said = { ...statement, predicate: { ...predicate, ordinal, previous: { sha256: previous } } }
      const [{ keyid }] = (JSON.parse(links[0]!) as { signatures: [{ keyid: string }] }).signatures
      await writeFile(manifest(ordinal), await signStatement(said, signer, [keyid]))
    }
    await writeFile(manifest(2), links[1]!)
    await forged(3) // behind the rotation, by the former key
    expect([...(await both()), ...(await both(publicKey))]).toEqual([ended, ended, ended])
    await rm(manifest(3))
    await forged(2) // in its place
    expect([...(await both()), ...(await both(publicKey))]).toEqual([ended, ended, ended])
  })

  test('a chain in which records were recalled', async () => {
    using recalled = goldenInstall('recalled.json')
    const keyring = join(recalled.folder, 'keyring.json')
    const own = { ...ask, folder: join(recalled.folder, 'objects'), keyring, public_key: recalled.publicKey }
    expect(await alike(own)).toMatchObject({ records: [{ id: 'texts:1' }, { id: 'texts:4' }, { id: 'texts:6' }] })
    expect(await alikeVerified(own)).toMatchObject({ links: 6, objects: 3, counts: { admitted: 4 } })
    const local = await openLocalKeyring(keyring, { passphrase: GOLDEN_PASSPHRASE })
    const { chain } = await openInstall(recalled.folder, local)
    await chain.append('golden', { about: { kind: 'recall', review: 'none' }, subjects: [], details: {} })
    const refused = { code: 'corrupt', reason: 'recall' }
    expect([await alike(own), await alikeVerified(own)]).toEqual([refused, refused])
  })

  test('pandas has them, by their ids', async () => {
    expect(await reader({ do: 'pandas', ...ask })).toEqual([
      {
        ids: ['digits:10', 'digits:11', 'digits:21', 'digits:12'],
        columns: ['image', 'label', 'text'],
        sums: [256, 257, 258, 258],
      },
    ])
  })

  test.each<[string, string, () => Promise<unknown>]>([
    ['an altered signature', 'signature', () => alter(link(2), (text) => text.replace(/"sig":"../, '"sig":"AA'))],
    ['an altered statement', 'signature', () => alterPayload(link(2), (text) => text.replace('golden', 'gilded'))],
    ['what is no manifest', 'manifest_format', () => writeFile(link(2), '{}')],
    ['a link that is missing', 'gap', () => rm(link(2))],
    ['a link of another place', 'ordinal', () => cp(link(1), link(2))],
    ['links out of order', 'ordinal', () => swap(link(2), link(3))],
    [
      'links of another dataset',
      'ordinal',
      () => cp(at('manifests/golden'), at('manifests/other'), { recursive: true }),
    ],
    ['an object in place of another', 'digest', () => copyFile(at('clean/golden/w1'), at('clean/golden/w2'))],
    [
      'an object with one byte more',
      'digest',
      () => alter(at('clean/golden/w1.release.review1'), (text) => `${text} `),
    ],
  ])('refuse %s', async (what, reason, tamper) => {
    await tamper()
    const dataset = what === 'links of another dataset' ? 'other' : 'golden'
    expect(await alike({ ...ask, dataset })).toEqual({ code: 'corrupt', reason })
    expect(await alikeVerified({ ...ask, dataset })).toEqual({ code: 'corrupt', reason })
    // a chain is verified as a whole before the first record
    const [first] = await reader({ do: 'first', ...ask, dataset })
    if (reason !== 'digest') expect(first).toEqual({ code: 'corrupt', reason })
  })

  test('refuse an envelope that is spelled another way, or signed by somebody too', async () => {
    const whole = await readFile(link(5), 'utf8')
    const payload = JSON.parse(whole).payload as string
    for (const other of [payload.replace(/=*$/, (pad) => (pad === '' ? '====' : '')), `${payload}\n`]) {
      await writeFile(link(5), JSON.stringify({ ...JSON.parse(whole), payload: other }))
      expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'manifest_format' })
    }
    const { signatures } = JSON.parse(whole) as { signatures: { sig: string }[] }
    // 64 bytes end in a letter of which four bits count for nothing
    const respelled = signatures.map(({ sig, ...of }) => ({ ...of, sig: sig.replace(/.==$/, afterIt) }))
    await writeFile(link(5), JSON.stringify({ ...JSON.parse(whole), signatures: respelled }))
    expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'signature' })
    await writeFile(link(5), JSON.stringify({ ...JSON.parse(whole), signatures: [...signatures, ...signatures] }))
    expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'signature' })
  })

  test('refuse an object that is gone, and one that a symbolic link stands for', async () => {
    await rename(at('clean/golden/w1'), join(install.folder, 'w1'))
    expect(await alike(ask)).toEqual({ code: 'not_found', reason: 'object_gone' })
    expect(await alikeVerified(ask)).toEqual({ code: 'corrupt', reason: 'missing_object' })
    await symlink(join(install.folder, 'w1'), at('clean/golden/w1'))
    expect(await alike(ask)).toEqual({ code: 'denied', reason: 'eloop' })
  })

  test('refuse a chain that was cut short, where a link that it must have is known', async () => {
    const { head } = (await alikeVerified(ask)) as { head: string }
    expect(await alike({ ...ask, head })).toMatchObject({ records: { length: 4 } })
    await rm(link(5))
    expect(await alike(ask)).toMatchObject({ records: { length: 6 } })
    for (const both of [alike, alikeVerified])
      expect(await both({ ...ask, head })).toEqual({ code: 'corrupt', reason: 'chain_truncated' })
  })

  test('trust no other key, and nothing that is none', async () => {
    const key = (type: 'ed25519' | 'x25519') =>
      generateKeyPairSync(type as 'ed25519').publicKey.export({ type: 'spki', format: 'pem' })
    for (const both of [alike, alikeVerified]) {
      expect(await both({ ...ask, public_key: key('ed25519') })).toEqual({ code: 'corrupt', reason: 'signature' })
      expect(await both({ ...ask, public_key: key('ed25519') + install.publicKey })).not.toHaveProperty('code')
      for (const none of ['none', key('x25519')])
        expect(await both({ ...ask, public_key: none })).toEqual({ code: 'invalid', reason: 'public_key' })
    }
  })

  test('refuse what nobody signed, and several datasets where none is named', async () => {
    expect(await alike({ ...ask, dataset: 'another' })).toEqual({ code: 'not_found', reason: 'unsigned' })
    expect(await alikeVerified({ ...ask, dataset: 'another' })).toEqual({ code: 'not_found', reason: 'unsigned' })
    expect(await alike({ ...ask, dataset: '../golden' })).toEqual({ code: 'invalid', reason: null })
    const { dataset: _, ...unnamed } = ask
    expect(await alike(unnamed)).toMatchObject({ records: { length: 4 } })
    await cp(at('manifests/golden'), at('manifests/other'), { recursive: true })
    expect(await alike(unnamed)).toEqual({ code: 'invalid', reason: null })
    await rm(at('manifests'), { recursive: true })
    expect(await alike(unnamed)).toEqual({ code: 'not_found', reason: 'unsigned' })
  })

  test('open nothing without the keys', async () => {
    expect(await alike({ ...ask, passphrase: 'another passphrase' })).toEqual({
      code: 'denied',
      reason: 'wrong_passphrase',
    })
    const { keys } = await opened()
    const kids: string[] = []
    for await (const { kid } of keys.list('golden')) kids.push(kid)
    const [record, other] = kids.map((kid) => at(`keys/golden/${kid}.json`))
    const whole = await readFile(record!, 'utf8')
    await alter(record!, (text) => text.replace('"state":"active"', '"state":"destroyed"'))
    expect(await alike(ask)).toEqual({ code: 'denied', reason: 'key_destroyed' })
    await copyFile(other!, record!)
    expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'key_record' })
    for (const [what, by] of [
      ['"dataset"', '"more":1,"dataset"'],
      ['"blob":"..', '"blob":"!!'],
      ['"epoch":1', '"epoch":true'],
      ['}$', ''],
    ] as const) {
      await writeFile(record!, whole.trim().replace(new RegExp(what), by))
      expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'key_record' })
    }
    await writeFile(record!, whole.replace(/"blob":"../, '"blob":"AA'))
    expect(await alike(ask)).toEqual({ code: 'corrupt', reason: 'wrap_altered' })
    await writeFile(record!, whole)
    expect(await alike(ask)).toMatchObject({ records: { length: 4 } })
    for (const [what, by] of [
      ['"log2N":10', '"log2N":40'],
      ['"keyId"', '"more":1,"keyId"'],
      ['"sealed":"', '"sealed":"!'],
    ] as const) {
      const keyring = join(install.folder, 'other.json')
      await writeFile(keyring, (await readFile(ask.keyring!, 'utf8')).replace(what, by), { mode: 0o600 })
      expect(await alike({ ...ask, keyring })).toEqual({ code: 'corrupt', reason: 'keyring_format' })
    }
    await chmod(ask.keyring!, 0o644)
    expect(await alike(ask)).toEqual({ code: 'denied', reason: 'readable_by_others' })
    await rm(ask.keyring!)
    expect(await alike(ask)).toMatchObject({ code: 'not_found' })
  })

  test.each<[string, string, (it: Install) => Promise<unknown>]>([
    ['unscanned', 'without a policy', (it) => commit(it, 'golden', 'w3', lines('a'), { policy: undefined })],
    ['unscanned', 'without detectors', (it) => commit(it, 'golden', 'w3', lines('a'), { detectors: undefined })],
    ['window', 'without its segments', (it) => commit(it, 'golden', 'w3', lines('a'), { segments: undefined })],
    ['repeated', 'with a record that is admitted already', (it) => commit(it, 'golden', 'w3', lines('digits:10'))],
    [
      'wrong_context',
      'under another contract',
      (it) => commit(it, 'golden', 'w3', lines('a'), { contract: { sha256: 'd'.repeat(64) } }),
    ],
    ['record_line', 'with what is no record', (it) => commit(it, 'golden', 'w3', Buffer.from('{"id":"a"}\n'))],
    [
      'record_line',
      'with a number that JSON has not',
      (it) => commit(it, 'golden', 'w3', Buffer.from(Buffer.from(lines('a')).toString().replace('{}', '{"x":NaN}'))),
    ],
    ['record_line', 'that ends within a line', (it) => commit(it, 'golden', 'w3', lines('a').subarray(0, -1))],
    ['release', 'of a window that no link commits', (it) => release(it, 'golden', 'w9')],
    ['subject', 'with an object of another dataset', (it) => release(it, 'mails', 'w1')],
    ['not_zstd', 'with what is not compressed', (it) => uncompressed(it)],
    ['chain', 'that does not follow the one before', (it) => signed(it, { previous: { sha256: 'e'.repeat(64) } })],
    ['manifest_format', 'with a word that no link has', (it) => signed(it, { more: 1 })],
    ['manifest_format', 'of another kind', (it) => signed(it, { kind: 'admission' })],
  ])('refuse with `%s` a signed link %s', async (reason, _, forge) => {
    await forge(await opened())
    expect(await alike(ask)).toEqual({ code: 'corrupt', reason })
    if (!['repeated', 'wrong_context', 'record_line', 'not_zstd'].includes(reason))
      expect(await alikeVerified(ask)).toEqual({ code: 'corrupt', reason })
  })

  test('find counts that do not add up', async () => {
    const counts = { received: 2, admitted: 1, quarantined: 0, rejected: 0, deadLettered: 0 }
    await commit(await opened(), 'golden', 'w3', lines('a'), { counts })
    expect(await alikeVerified(ask)).toEqual({ code: 'corrupt', reason: 'counts' })
  })

  const lines = (...ids: string[]) => encodeRecords(ids.map((id) => recordOf(id)))

  async function release(it: Install, dataset: string, window: string): Promise<void> {
    const about = windowContext({ id: window, dataset, contract: CONTRACT }, 'jsonl+zstd')
    const object = await it.vault.put(`clean/${dataset}/${window}.release.r`, about, lines('a'))
    await it.chain.append('golden', {
      about: { kind: 'release', review: 'r' },
      subjects: [subjectOf(object)],
      details: {},
    })
  }

  async function signed(it: Install, details: object): Promise<void> {
    const [last] = [await it.chain.find('golden', { kind: 'revocation', review: 'review3' })]
    const statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [],
      predicateType: 'https://credence.dev/manifest/v1',
      predicate: { kind: 'revocation', dataset: 'golden', ordinal: 6, previous: { sha256: last!.sha256 }, ...details },
    } as unknown as Statement
    await writeFile(link(6), await signStatement(statement, it.signer, [await it.signer.keyid()]))
  }

  async function uncompressed(it: Install): Promise<void> {
    await commit(it, 'golden', 'w3', lines('a'))
    const path = 'clean/golden/w4'
    const context = { ...windowContext({ id: 'w4', dataset: 'golden', contract: CONTRACT }, 'jsonl+zstd'), path }
    const bytes = await encryptObject(lines('b'), context, await it.keys.current('golden'))
    await it.store.create(path, bytes)
    const { version: sha256 } = await it.store.read(path)
    await it.chain.append('golden', {
      about: { kind: 'window', window: 'w4' },
      subjects: [
        { name: path, digest: { sha256 } },
        { name: 'scores/golden/w4', digest: { sha256 } },
      ],
      details: {
        source: 's',
        segments: [],
        counts: { received: 0, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 0 },
        contract: { sha256: CONTRACT },
        policy: {},
        detectors: [],
      },
    })
  }
})

test('every reason that the Python reader has is explained', () => {
  const sources = new URL('../../clients/python/credence/', import.meta.url)
  const files = readdirSync(sources).filter((name) => name.endsWith('.py'))
  const written = files.map((name) => readFileSync(new URL(name, sources), 'utf8')).join('\n')
  const reasons = [...written.matchAll(/(?:corrupt|CredenceError)\([^\n]*"(\w+)"\)/g)].map(([, name = '']) => name)
  const errors = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8')
  expect(reasons.length).toBeGreaterThan(50)
  expect(reasons.filter((name) => !errors.includes(`\n| \`${name}\` |`))).toEqual([])
})

describe.skipIf(skip)('the Python reader and golden objects', () => {
  const folder = new URL('envelope/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))

  test('each opens, or is refused as what it is', async () => {
    const vectors = names.map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Vector)
    const answers = await reader(
      ...vectors.map((vector) => ({ do: 'object', key: vector.key, context: vector.context, object: bytesOf(vector) })),
    )
    expect(Object.fromEntries(names.map((name, i) => [name, answers[i]]))).toEqual(
      Object.fromEntries(names.map((name, i) => [name, answerTo(vectors[i]!.expected)])),
    )
  })

  interface Vector {
    readonly key: string
    readonly context: object
    readonly object?: string
    readonly file?: string
    readonly slices?: readonly (readonly [number, number])[]
    readonly expected: { readonly plaintext?: string; readonly reason?: string }
  }

  function bytesOf({ object, file = '', slices = [] }: Vector): string {
    if (object !== undefined) return object
    const whole = readFileSync(new URL(file, folder))
    return Buffer.concat(slices.map(([from, to]) => whole.subarray(from, to))).toString('base64')
  }

  function answerTo({ plaintext, reason }: Vector['expected']): object {
    if (plaintext !== undefined) return { plaintext }
    return { code: reason === 'wrong_key' ? 'denied' : 'corrupt', reason }
  }
})

/** `A==` as `B==`, which decodes to the same. */
function afterIt(end: string): string {
  return `${String.fromCharCode(end.charCodeAt(0) + 1)}==`
}

async function alter(file: string, change: (text: string) => string): Promise<void> {
  const before = await readFile(file, 'latin1')
  const after = change(before)
  expect(after).not.toBe(before)
  await writeFile(file, after, 'latin1')
}

function alterPayload(file: string, change: (text: string) => string): Promise<void> {
  return alter(file, (text) => {
    const envelope = JSON.parse(text) as { payload: string }
    const payload = change(Buffer.from(envelope.payload, 'base64').toString())
    return JSON.stringify({ ...envelope, payload: Buffer.from(payload).toString('base64') })
  })
}

async function swap(a: string, b: string): Promise<void> {
  await rename(a, `${a}.aside`)
  await rename(b, a)
  await rename(`${a}.aside`, b)
}
