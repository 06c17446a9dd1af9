import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { signAuditLog, verifyAuditLog, verifyExportedLog, exportAuditLog } from '#app/operations/audit.ts'
import { rotateSigning } from '#app/operations/keys.ts'
import { reviewRecords } from '#app/operations/reviews.ts'
import { verifyInstallation } from '#app/operations/verify.ts'
import type { SigningSystem } from '#app/system.ts'
import type { Statement } from '#core/manifest.ts'
import { canonicalJson } from '#core/value.ts'
import { checkpointBytes } from '#runtime/audit/chain.ts'
import { readLinks, type Link } from '#services/encrypt/chain/chain.ts'
import { signStatement } from '#services/encrypt/chain/dsse.ts'
import type { Signer } from '#services/encrypt/chain/signer.ts'
import { verify as verifyAnywhere } from '#services/encrypt/chain/verify-anywhere.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { ROTATION_STEPS } from '#services/encrypt/rekey/rotate-signing.ts'
import { auditProblems, DATASET, refusalOf, texts, useInstallation } from './installation.ts'

const it = useInstallation()
/** The key that leaked: whoever has it needs no process of ours, and no key service. */
let leaked: Pick<Signer, 'sign'>
let leakedId = ''

beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
  const system = await it.start()
  leaked = keptSigner((await system.keys.current('_signing')).key)
  leakedId = (await leaked.sign(Buffer.from(''))).keyid
  await signAuditLog(system)
})

function keptSigner(seed: Uint8Array): Pick<Signer, 'sign'> {
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const keyid = createHash('sha256').update(spki).digest('hex').slice(0, 32)
  return { sign: async (bytes) => ({ keyid, sig: sign(null, bytes, key).toString('base64') }) }
}

async function rotated(): Promise<SigningSystem> {
  const system = await it.start()
  await rotateSigning(system)
  await signAuditLog(system)
  return system
}

async function linksOf(system: SigningSystem): Promise<Link[]> {
  const links: Link[] = []
  for await (const link of system.chain.links(DATASET)) links.push(link)
  return links
}

const pathOf = (ordinal: number) => `manifests/${DATASET}/${String(ordinal).padStart(8, '0')}.json`

/** A link that says that records are revoked, signed by the key that leaked. */
async function forge(ordinal: number, previous: string | null, edit: object = {}): Promise<void> {
  const statement: Statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [],
    predicateType: 'https://credence.dev/manifest/v1',
    predicate: {
      kind: 'revocation',
      dataset: DATASET,
      ordinal,
      review: `forged ${ordinal}`,
      revoked: [],
      ...(previous === null ? {} : { previous: { sha256: previous } }),
      ...edit,
    },
  }
  await it.store.create(pathOf(ordinal), await signStatement(statement, leaked, [leakedId]))
}

async function problemsOf(system: SigningSystem): Promise<string[]> {
  const codes: string[] = []
  for await (const { problems } of verifyInstallation(system)) codes.push(...problems.map(({ code }) => code))
  return codes
}

const read = async (path: string) => {
  try {
    return (await it.store.read(path)).bytes
  } catch {
    return null
  }
}

describe('a rotation', () => {
  test('goes on in every chain, for reviews and the log, and leaves nothing to mend', async () => {
    const system = await rotated()
    expect((await system.signer.sign(Buffer.from(''))).keyid).not.toBe(leakedId)
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual([])
    const [held] = await system.catalog.flagged.list({ standing: 'quarantined' })
    const decision = { dataset: DATASET, action: 'release', records: [held!.record], reason: 'looked at' } as const
    await reviewRecords(await it.start(), decision)
    expect(await auditProblems(it)).toEqual([])
    expect(await problemsOf(await it.start())).toEqual([])
    expect((await it.exported()).length).toBe(26)
    const links = await linksOf(await it.start())
    expect(links.map(({ statement }) => statement.predicate.kind)).toEqual([
      'window',
      'window',
      'rotation',
      'window',
      'release',
    ])
    expect(new Set(links.slice(0, 2).flatMap(({ signers }) => signers))).toEqual(new Set([leakedId]))
    expect(new Set(links.slice(3).flatMap(({ signers }) => signers)).has(leakedId)).toBe(false)
  })

  test('is heard of by a process that runs already, without a restart', async () => {
    const running = await it.start()
    await linksOf(running)
    await rotated()
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual([])
    expect(await linksOf(running)).toHaveLength(4)
    expect((await running.signer.sign(Buffer.from(''))).keyid).not.toBe(leakedId)
    const row = { id: 'by-the-old', dataset: DATASET, action: 'reject', undoes: null, records: [], reason: '' } as const
    const signed = await signReview({ ...row, actor: 'ann' }, running.signer)
    expect(signed.signature?.keyid).not.toBe(leakedId)
  })

  test.each(ROTATION_STEPS.flatMap((step) => [`${step}:before`, `${step}:after`]))(
    'interrupted at %s: what is there stays readable, and the next one finishes it, once in each chain',
    async (point) => {
      const system = await it.start()
      const dying = rotateSigning(system, async (step, work) => {
        if (point === `${step}:before`) throw new Error('killed')
        const result = await work()
        if (point === `${step}:after`) throw new Error('killed')
        return result
      })
      await expect(dying).rejects.toThrow('killed')
      await it.deliver('b', texts(100, 10))
      expect(await it.run()).toEqual([])
      expect(await problemsOf(await it.start())).toEqual([])
      const isDone = point === 'memory:after'
      if (!isDone) await rotateSigning(await it.start())
      const kinds = (await linksOf(await it.start())).map(({ statement }) => statement.predicate.kind)
      expect(kinds.filter((kind) => kind === 'rotation')).toHaveLength(1)
      expect(await auditProblems(it)).toEqual([])
      expect(await it.exported()).toHaveLength(25)
      const epochs = []
      for await (const { epoch } of system.keys.list('_signing')) epochs.push(epoch)
      expect(epochs.sort((a, b) => a - b)).toEqual([1, 2])
    },
  )

  test('waits for the decisions that the present key signed', async () => {
    const system = await it.start()
    const [held] = await system.catalog.flagged.list({ standing: 'quarantined' })
    const review = { dataset: DATASET, action: 'release', undoes: null, records: [held!.record] } as const
    const row = await signReview({ ...review, id: 'r1', reason: '', actor: 'ann' }, system.signer)
    await system.catalog.reviews.add(row)
    expect(await refusalOf(rotateSigning(system))).toBe('reviews_pending')
    expect(await it.run()).toEqual([]) // carries it out
    await rotated()
    expect(await auditProblems(it)).toEqual([])
  })
})

describe('who holds an earlier signing key and can write the store', () => {
  test('adds a link', async () => {
    const links = await linksOf(await rotated())
    await forge(links.length + 1, links.at(-1)!.sha256)
    expect(await refusalOf(it.exported())).toBe('signer_ended')
    expect(await problemsOf(await it.start())).toEqual(['signer_ended'])
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['signer_ended'])
  })

  test('puts its own link in the place of the rotation', async () => {
    const links = await linksOf(await rotated())
    await it.store.delete(pathOf(3))
    await forge(3, links[1]!.sha256)
    expect(await refusalOf(it.exported())).toMatch(/chain_rewritten|signer_ended/)
    const pem = await (await it.start()).signer.publicKeyPem()
    expect(await refusalOf(collect(readLinks(it.store, verifierFromPem(pem), DATASET)))).toBe('signer_ended')
    expect(await refusalOf(verifyAnywhere(DATASET, { publicKey: pem, read }))).toBe('signer_ended')
  })

  test('starts the chain anew, or ends it before the rotation: nobody who knows the key of now reads it', async () => {
    const pem = await (await rotated()).signer.publicKeyPem()
    await it.store.delete(pathOf(3))
    expect(await refusalOf(collect(readLinks(it.store, verifierFromPem(pem), DATASET)))).toBe('signer_ended')
    expect(await refusalOf(verifyAnywhere(DATASET, { publicKey: pem, read }))).toBe('signer_ended')
    for (const ordinal of [1, 2]) await it.store.delete(pathOf(ordinal))
    await forge(1, null)
    expect(await refusalOf(collect(readLinks(it.store, verifierFromPem(pem), DATASET)))).toBe('signer_ended')
    expect(await refusalOf(verifyAnywhere(DATASET, { publicKey: pem, read }))).toBe('signer_ended')
    expect(await refusalOf(linksOf(await it.start()))).toBe('signer_ended')
  })

  test('says that its own key comes next', async () => {
    const system = await rotated()
    const links = await linksOf(system)
    const to = links.at(-1)!.signers.at(-1)!
    await forge(links.length + 1, links.at(-1)!.sha256, { kind: 'rotation', rotation: { from: to, to: leakedId } })
    expect(await refusalOf(it.exported())).toBe('signature')
  })

  test('reads in the middle: a delivery that begins behind a link knows who may sign the next one', async () => {
    const system = await rotated()
    const links = await linksOf(system)
    const { ordinal, sha256 } = links.at(-1)!
    await forge(ordinal + 1, sha256)
    const { verifier } = system.signer
    const from = async (signer?: string) =>
      refusalOf(collect(readLinks(it.store, verifier, DATASET, { ordinal, sha256, signer })))
    expect(await from()).toBe('signer_ended')
    expect(await from(links.at(-1)!.signers.at(-1))).toBe('signer_ended')
    expect(await from(leakedId)).toBe('signer_ended') // a state that somebody wrote into the catalog
  })

  test('replaces a link that a process has read', async () => {
    const running = await rotated()
    const links = await linksOf(running)
    const window = links[0]!.statement.predicate.window!
    await running.chain.find(DATASET, { kind: 'window', window })
    await it.store.delete(pathOf(1))
    await forge(1, null, { kind: 'window', window, review: undefined, revoked: undefined })
    expect(await refusalOf(running.chain.find(DATASET, { kind: 'window', window }))).toBe('chain_rewritten')
  })

  test('gives the record of its key a higher number, or puts the pointer back, or takes the record of the next away', async () => {
    const system = await rotated()
    const links = await linksOf(system)
    await forge(links.length + 1, links.at(-1)!.sha256)
    const kids = []
    for await (const record of system.keys.list('_signing')) kids.push(record)
    const [old, next] = kids.toSorted((a, b) => a.epoch - b.epoch)
    const at = `keys/_signing/${old!.kid}.json`
    const putBack = await it.copyStore('keys/')
    await rewrite(at, { ...old, epoch: 99 })
    expect(await refusalOf(it.start())).toBe('wrap_altered')
    // a record of before, which bears no number out
    const { key } = await system.keys.get('_signing', old!.kid)
    const wrap = await it.keyring.wrap(key, { dataset: '_signing', kid: old!.kid })
    await rewrite(at, { ...old, format: 'credence-key/1', epoch: 99, wraps: [wrap] })
    expect(await refusalOf(it.exported())).toBe('signer_ended')
    await putBack()
    await rewrite('keys/_signing/current.json', { format: 'credence-current-key/1', kid: old!.kid, epoch: 1 })
    expect(await refusalOf(it.exported())).toBe('signer_ended')
    await it.store.delete(`keys/_signing/${next!.kid}.json`)
    await it.store.delete(pathOf(links.length + 1))
    await it.store.delete(pathOf(links.length))
    expect(await refusalOf(it.exported())).toMatch(/signer_ended|not_found/)
  })
})

describe('who holds an earlier signing key and can write the catalog', () => {
  test('releases records by a decision of its own', async () => {
    const system = await rotated()
    const [held] = await system.catalog.flagged.list({ standing: 'quarantined' })
    const review = { dataset: DATASET, action: 'release', undoes: null, records: [held!.record] } as const
    await system.catalog.reviews.add(await signReview({ ...review, id: 'mine', reason: '', actor: 'ann' }, leaked))
    expect(await it.run()).toEqual(['review_unsigned'])
    expect(await it.exported()).toHaveLength(15)
    expect(await auditProblems(it)).toEqual(['unsigned'])
  })

  test('signs a decision that was carried out anew, under another reason', async () => {
    const system = await rotated()
    const [held] = await system.catalog.flagged.list({ standing: 'quarantined' })
    const decision = { dataset: DATASET, action: 'reject', records: [held!.record], reason: 'poison' } as const
    const { id } = await reviewRecords(system, decision)
    const row = (await system.catalog.reviews.get(id))!
    const { sig } = (await signReview(row, leaked)).signature!
    await it.sql.transaction((tx) =>
      tx.script(`update reviews set signature = '${JSON.stringify({ keyid: leakedId, sig })}' where id = '${id}'`),
    )
    expect(await auditProblems(it)).toEqual(['unsigned'])
  })

  test('cuts the log, or writes on, and signs a checkpoint', async () => {
    const system = await rotated()
    await checkpoint(system)
    expect((await verifyAuditLog(await it.start())).problems.map(({ kind }) => kind)).toEqual(['checkpoint'])
    await signAuditLog(system)
    expect(await auditProblems(it)).toEqual(['checkpoint'])
    const { lines, publicKeyPem } = await exportAuditLog(system)
    expect((await verifyExportedLog(lines, publicKeyPem)).problems.map(({ kind }) => kind)).toEqual(['checkpoint'])
  })

  test('takes every trace of the rotation out of the log, and signs what is left', async () => {
    const system = await it.start()
    const { seq } = await system.catalog.audit.head()
    await rotated()
    await it.sql.transaction((tx) =>
      tx.script(`alter table audit disable trigger all; alter table audit_checkpoints disable trigger all;
        delete from audit where seq > ${seq}; delete from audit_checkpoints where seq > ${seq};
        update audit_head set seq = ${seq}, hash = (select hash from audit where seq = ${seq});
        alter table audit enable trigger all; alter table audit_checkpoints enable trigger all`),
    )
    await system.catalog.audit.append('ann', 'dataset.exported', DATASET)
    await checkpoint(system, false)
    expect((await verifyAuditLog(await it.start())).problems.map(({ kind }) => kind)).toContain('checkpoint')
  })
})

/** Of the log's head, by the key that leaked. */
async function checkpoint({ catalog }: SigningSystem, withEntry = true): Promise<void> {
  if (withEntry) await catalog.audit.append('ann', 'dataset.exported', DATASET)
  const { seq, hash } = await catalog.audit.head()
  const made = { seq, hash, at: new Date().toISOString() }
  const { keyid, sig } = await leaked.sign(checkpointBytes(made))
  await catalog.audit.addCheckpoint({ ...made, keyid, signature: sig })
}

async function rewrite(path: string, file: object): Promise<void> {
  const { version } = await it.store.read(path)
  await it.store.replace(path, Buffer.from(canonicalJson(file as Parameters<typeof canonicalJson>[0])), version)
}

async function collect(links: AsyncIterable<Link>): Promise<Link[]> {
  const all: Link[] = []
  for await (const link of links) all.push(link)
  return all
}
