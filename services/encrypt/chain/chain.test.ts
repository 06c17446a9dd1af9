import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { Keyring } from '../keyring.ts'
import type { Statement } from '#core/manifest.ts'
import { openStatement, preAuthentication, signStatement } from './dsse.ts'
import { createKeyRecords } from '../keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { createManifestChain, readLinks, type Link, type LinkContent } from './chain.ts'
import { openSigner, type Signer } from './signer.ts'
import { verifierFromPem } from './verifier.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'

let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-chain-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let store: Store
let signer: Signer
beforeEach(async () => {
  store = createMemoryStore()
  signer = await openSigner(createKeyRecords({ store, keyrings: [keyring] }))
})

const about = (window: string): LinkContent => ({
  about: { kind: 'window', window },
  subjects: [{ name: `clean/mnist/${window}`, digest: { sha256: 'a'.repeat(64) } }],
  details: { counts: { received: 1, admitted: 1, quarantined: 0, rejected: 0, deadLettered: 0 } },
})

async function all(links: AsyncIterable<Link>): Promise<Link[]> {
  const list: Link[] = []
  for await (const link of links) list.push(link)
  return list
}

describe('signer', () => {
  test('every process signs with the same key, and the same bytes get the same signature', async () => {
    const other = await openSigner(createKeyRecords({ store, keyrings: [keyring] }))
    expect(await other.keyid()).toBe(await signer.keyid())
    expect(await other.sign(Buffer.from('x'))).toEqual(await signer.sign(Buffer.from('x')))
  })

  test('the public key alone verifies, and only what was signed', async () => {
    const { keyid, sig } = await signer.sign(Buffer.from('x'))
    const verifier = verifierFromPem(await signer.publicKeyPem())
    expect(verifier.verify(keyid, Buffer.from('x'), sig)).toBe(true)
    expect(verifier.verify(keyid, Buffer.from('y'), sig)).toBe(false)
    expect(verifier.verify('0'.repeat(32), Buffer.from('x'), sig)).toBe(false)
  })

  test('a key before a rotation still verifies', async () => {
    const signature = await signer.sign(Buffer.from('x'))
    const keys = createKeyRecords({ store, keyrings: [keyring] })
    await keys.newEpoch('_signing')
    const renewed = await openSigner(keys)
    expect(await renewed.keyid()).not.toBe(signature.keyid)
    expect(renewed.verifier.verify(signature.keyid, Buffer.from('x'), signature.sig)).toBe(true)
  })

  test('signs no longer than a time to live after its key was disabled', async () => {
    let now = new Date('2026-01-01T00:00:00Z')
    let isDisabled = false
    const service: Keyring = {
      ...keyring,
      unwrap: (...asked) =>
        isDisabled ? Promise.reject(new AppError('denied', 'disabled')) : keyring.unwrap(...asked),
    }
    const keys = createKeyRecords({ store, keyrings: [service], ttlSeconds: 60, now: () => now })
    const held = await openSigner(keys)
    await held.keyid()
    isDisabled = true
    await held.sign(Buffer.from('x'))
    now = new Date('2026-01-01T00:01:01Z')
    await expect(held.sign(Buffer.from('x'))).rejects.toMatchObject({ code: 'denied' })
  })

  test('tells that what wraps its keys is gone, and not that what it signed is forged', async () => {
    const { keyid, sig } = await signer.sign(Buffer.from('x'))
    const gone = new AppError('not_found', 'the key was purged', { reason: 'key_destroyed' })
    const service: Keyring = { ...keyring, unwrap: () => Promise.reject(gone) }
    const { verifier } = await openSigner(createKeyRecords({ store, keyrings: [service] }))
    expect(() => verifier.verify(keyid, Buffer.from('x'), sig)).toThrow('no signing key unwraps any more')
    const pem = await signer.publicKeyPem()
    expect(verifierFromPem(pem).verify(keyid, Buffer.from('x'), sig)).toBe(true)
  })

  test('what is not an Ed25519 public key is refused', () => {
    expect(() => verifierFromPem('nothing')).toThrow(AppError)
  })
})

describe('DSSE', () => {
  test('pre-authentication encoding follows the protocol', () => {
    expect(preAuthentication('http://example.com/HelloWorld', Buffer.from('hello world')).toString()).toBe(
      'DSSEv1 29 http://example.com/HelloWorld 11 hello world',
    )
  })

  test('a statement opens to what was signed; any changed part is refused', async () => {
    const statement: Statement = {
      _type: 'https://in-toto.io/Statement/v1',
      subject: [],
      predicateType: 'https://credence.dev/manifest/v1',
      predicate: { kind: 'window', dataset: 'mnist', ordinal: 1, window: 'w' },
    }
    const bytes = await signStatement(statement, signer, [await signer.keyid()])
    expect(openStatement(bytes, signer.verifier, 'm').statement).toEqual(statement)
    const envelope = JSON.parse(Buffer.from(bytes).toString()) as { payload: string; signatures: { sig: string }[] }
    const forged = Buffer.from(JSON.stringify({ ...statement, predicate: { ...statement.predicate, window: 'v' } }))
    for (const altered of [
      { ...envelope, payload: forged.toString('base64') },
      { ...envelope, signatures: [{ ...envelope.signatures[0], sig: Buffer.alloc(64).toString('base64') }] },
      { ...envelope, signatures: [{ ...envelope.signatures[0], keyid: 'f'.repeat(32) }] },
      { ...envelope, signatures: [...envelope.signatures, ...envelope.signatures] },
      { ...envelope, signatures: [...envelope.signatures, { keyid: 'mallory', sig: 'AAAA' }] },
      { ...envelope, signatures: [{ ...envelope.signatures[0], sig: `${envelope.signatures[0]?.sig}\n` }] },
    ]) {
      const open = () => openStatement(Buffer.from(JSON.stringify(altered)), signer.verifier, 'm')
      expect(open).toThrow(expect.objectContaining({ code: 'corrupt', reason: 'signature' }) as Error)
    }
    for (const payload of [`${envelope.payload}\n`, envelope.payload.replace(/=*$/, ''), `${envelope.payload}!`]) {
      if (payload === envelope.payload) continue
      const open = () => openStatement(Buffer.from(JSON.stringify({ ...envelope, payload })), signer.verifier, 'm')
      expect(open).toThrow(expect.objectContaining({ reason: 'manifest_format' }) as Error)
    }
    expect(() => openStatement(Buffer.from('{}'), signer.verifier, 'm')).toThrow('not a manifest')
  })
})

describe('chain', () => {
  test('links follow one another by digest, from ordinal 1', async () => {
    const chain = createManifestChain({ store, signer })
    for (const window of ['w1', 'w2', 'w3']) await chain.append('mnist', about(window))
    const links = await all(chain.links('mnist'))
    expect(links.map(({ path }) => path)).toEqual([1, 2, 3].map((n) => `manifests/mnist/0000000${n}.json`))
    expect(links.map(({ statement }) => statement.predicate.previous?.sha256)).toEqual([
      undefined,
      links[0]?.sha256,
      links[1]?.sha256,
    ])
    expect(await all(readLinks(store, verifierFromPem(await signer.publicKeyPem()), 'mnist'))).toEqual(links)
  })

  test('a window is committed once, however often and by whomever it is said', async () => {
    const chain = createManifestChain({ store, signer })
    const first = await chain.append('mnist', about('w1'))
    await chain.append('mnist', about('w2'))
    expect(await chain.append('mnist', about('w1'))).toEqual(first)
    expect(await createManifestChain({ store, signer }).append('mnist', about('w1'))).toEqual(first)
    expect(await all(chain.links('mnist'))).toHaveLength(2)
  })

  test('processes that append at once make one chain without a gap or a repeat', async () => {
    const chains = Array.from({ length: 4 }, () => createManifestChain({ store, signer }))
    const windows = Array.from({ length: 12 }, (_, i) => `w${i}`)
    await Promise.all(chains.flatMap((chain) => windows.map((window) => chain.append('mnist', about(window)))))
    const links = await all(readLinks(store, signer.verifier, 'mnist'))
    expect(links.map(({ statement }) => String(statement.predicate.window)).sort()).toEqual(windows.toSorted())
  })

  test('a write that happened without an answer is found by the repeat', async () => {
    let fail = true
    const silent: Store = {
      ...store,
      create: async (at, bytes) => {
        const version = await store.create(at, bytes)
        if (fail && at.startsWith('manifests/')) {
          fail = false
          throw new AppError('unavailable', 'no answer')
        }
        return version
      },
    }
    const chain = createManifestChain({ store: silent, signer })
    await expect(chain.append('mnist', about('w1'))).rejects.toMatchObject({ code: 'unavailable' })
    expect((await chain.append('mnist', about('w1'))).ordinal).toBe(1)
    expect(await all(chain.links('mnist'))).toHaveLength(1)
  })

  test('a verified head is not read again', async () => {
    let reads = 0
    const counting: Store = {
      ...store,
      read: (at) => {
        reads += at.startsWith('manifests/') ? 1 : 0
        return store.read(at)
      },
    }
    const chain = createManifestChain({ store: counting, signer })
    for (let i = 0; i < 20; i++) await chain.append('mnist', about(`w${i}`))
    expect(reads).toBe(20) // for each, whether somebody else wrote the next
  })

  test.each<[string, (store: Store, links: readonly Link[]) => Promise<void>, string]>([
    ['a link that was replaced', (s, [one, two]) => move(s, one, two), 'ordinal'],
    [
      'a link that was altered',
      (s, [, two]) => rewrite(s, two, (text) => text.replace('"payload":"', '"payload":"AAAA')),
      'signature',
    ],
    ['a link that was cut', (s, [, two]) => rewrite(s, two, (text) => text.slice(0, 50)), 'manifest_format'],
  ])('%s is refused', async (_, tamper, reason) => {
    const chain = createManifestChain({ store, signer })
    for (const window of ['w1', 'w2', 'w3']) await chain.append('mnist', about(window))
    await tamper(store, await all(chain.links('mnist')))
    await expect(all(chain.links('mnist'))).rejects.toMatchObject({ code: 'corrupt', reason })
    await expect(createManifestChain({ store, signer }).append('mnist', about('w4'))).rejects.toMatchObject({ reason })
  })

  test('a chain that was begun anew behind a link is refused', async () => {
    const chain = createManifestChain({ store, signer })
    await chain.append('mnist', about('w1'))
    await chain.append('mnist', about('w2'))
    const other = createMemoryStore()
    const fork = createManifestChain({ store: other, signer })
    await fork.append('mnist', about('v1'))
    await fork.append('mnist', about('v2'))
    await rewrite(
      store,
      (await all(chain.links('mnist')))[0],
      () => '',
      (await other.read('manifests/mnist/00000001.json')).bytes,
    )
    await expect(all(chain.links('mnist'))).rejects.toMatchObject({ code: 'corrupt', reason: 'chain' })
  })

  test('a long chain is read in order, what is appended meanwhile included; a missing link is noticed', async () => {
    const chain = createManifestChain({ store, signer })
    for (let i = 0; i < 70; i++) await chain.append('mnist', about(`w${i}`))
    const ordinals: number[] = []
    for await (const { ordinal } of chain.links('mnist')) {
      if (ordinal === 70) await chain.append('mnist', about('late'))
      ordinals.push(ordinal)
    }
    expect(ordinals).toEqual(Array.from({ length: 71 }, (_, i) => i + 1))
    await store.delete('manifests/mnist/00000040.json')
    await expect(all(chain.links('mnist'))).rejects.toMatchObject({ code: 'corrupt', reason: 'gap' })
    await expect(createManifestChain({ store, signer }).append('mnist', about('w'))).rejects.toMatchObject({
      reason: 'gap',
    })
  })

  test('a link of another dataset is refused', async () => {
    const chain = createManifestChain({ store, signer })
    await chain.append('mnist', about('w1'))
    await store.create('manifests/mails/00000001.json', (await store.read('manifests/mnist/00000001.json')).bytes)
    await expect(all(chain.links('mails'))).rejects.toMatchObject({ code: 'corrupt', reason: 'ordinal' })
  })

  test('a link signed by a key that the key service does not hold is refused', async () => {
    const stranger = await openSigner(createKeyRecords({ store: createMemoryStore(), keyrings: [keyring] }))
    await createManifestChain({ store, signer: stranger }).append('mnist', about('w1'))
    await expect(all(createManifestChain({ store, signer }).links('mnist'))).rejects.toMatchObject({
      reason: 'signature',
    })
  })
})

async function rewrite(
  store: Store,
  link: Link | undefined,
  change: (text: string) => string,
  bytes?: Uint8Array,
): Promise<void> {
  const at = link?.path ?? ''
  const held = await store.read(at)
  await store.replace(at, bytes ?? Buffer.from(change(Buffer.from(held.bytes).toString())), held.version)
}

async function move(store: Store, from: Link | undefined, to: Link | undefined): Promise<void> {
  await rewrite(store, to, (text) => text, (await store.read(from?.path ?? '')).bytes)
}
