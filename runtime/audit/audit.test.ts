import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { fc, test as property } from '#test/support/property.ts'
import { beforeEach, describe, expect, test } from 'vitest'
import type { AuditCatalog, AuditCheckpoint, AuditEntry } from './log.ts'
import { GENESIS, hashEntry, nextEntry } from './chain.ts'
import { checkpointAudit } from './checkpoint.ts'
import { exportAudit, verifyExport } from './export.ts'
import { verifyAudit, type AuditReport, type SignatureVerifier } from './verify.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const signer = {
  sign: (bytes: Uint8Array) => Promise.resolve({ keyid: 'k1', sig: sign(null, bytes, privateKey).toString('base64') }),
}
const verifier: SignatureVerifier = {
  verify: (keyid, bytes, sig) => keyid === 'k1' && verify(null, bytes, publicKey, Buffer.from(sig, 'base64')),
  generationOf: (keyid) => (keyid === 'k1' ? 1 : null),
  current: 1,
}

/** A log of n entries, each made as the catalog makes them. */
function logOf(n: number): AuditEntry[] {
  const entries: AuditEntry[] = []
  let head = { seq: 0, hash: GENESIS }
  for (let i = 1; i <= n; i++) {
    const entry = nextEntry(head, {
      at: `2026-01-01T00:00:0${i % 10}.000Z`,
      actor: 'credence',
      action: 'window.staged',
      subject: `w${i}`,
      detail: { records: i, dataset: 'digits' },
    })
    entries.push(entry)
    head = entry
  }
  return entries
}

/** The same log, rewritten from an entry on so that every hash fits. */
function forge(log: readonly AuditEntry[], from: number): AuditEntry[] {
  const forged = log.slice(0, from)
  for (const entry of log.slice(from)) {
    forged.push(nextEntry(forged.at(-1) ?? { seq: 0, hash: GENESIS }, { ...entry, actor: 'mallory' }))
  }
  return forged
}

/** An audit catalog over a list: what the functions under test read and write. */
function catalogOver(log: readonly AuditEntry[]): AuditCatalog & { signed: AuditCheckpoint[] } {
  const signed: AuditCheckpoint[] = []
  return {
    signed,
    about: (subject) => Promise.resolve(log.filter((entry) => entry.subject === subject)),
    append: () => Promise.reject(new Error('not in this test')),
    async *entries(after = 0) {
      yield* log.slice(after)
    },
    head: async () => ({ seq: log.length, hash: log.at(-1)?.hash ?? GENESIS }),
    addCheckpoint: async (checkpoint) => void signed.push(checkpoint),
    checkpoints: async () => signed,
  }
}

describe('an audit log', () => {
  let log: AuditEntry[]
  let head: { seq: number; hash: string }
  let checkpoints: AuditCheckpoint[]

  beforeEach(async () => {
    log = logOf(10)
    head = { seq: 10, hash: log[9]!.hash }
    const short = catalogOver(log.slice(0, 6))
    await checkpointAudit(short, signer, { clock: () => new Date('2026-01-02T00:00:00Z') })
    checkpoints = short.signed
  })
  const kinds = ({ problems }: AuditReport) => problems.map(({ kind, seq }) => `${kind} ${seq}`)
  const check = async (entries: readonly AuditEntry[]) =>
    kinds(await verifyAudit(entries, { head, checkpoints, verifier }))

  test('that is whole verifies, up to the last signature with certainty', async () => {
    const report = await verifyAudit(log, { head, checkpoints, verifier })
    expect(report).toEqual({ entries: 10, head, checkpoints: 1, certifiedTo: 6, chains: new Map(), problems: [] })
    expect(await verifyAudit([], {})).toMatchObject({ entries: 0, problems: [] })
  })

  test('of which nothing is signed is no proof', async () => {
    expect(kinds(await verifyAudit(log, { head, verifier }))).toEqual(['unsigned 10'])
    expect(kinds(await verifyAudit([], { verifier }))).toEqual(['unsigned 0'])
  })

  test('is held against an entry that was kept elsewhere', async () => {
    const kept = (seq: number, hash = log[seq - 1]?.hash ?? '') => ({
      head,
      checkpoints,
      verifier,
      since: { seq, hash },
    })
    expect(kinds(await verifyAudit(log, kept(8)))).toEqual([])
    expect(kinds(await verifyAudit(log, kept(8, GENESIS)))).toEqual(['edited 8'])
    expect(kinds(await verifyAudit(log, kept(12)))).toEqual(['truncated 11'])
  })

  test('names the chains as its checkpoints signed them', async () => {
    const over = catalogOver(log)
    const chains = new Map([['digits', { ordinal: 3, sha256: GENESIS }]])
    await checkpointAudit(over, signer, { chains })
    expect((await verifyAudit(log, { head, checkpoints: over.signed, verifier })).chains).toEqual(chains)
    const [signed] = over.signed
    const lowered = { ...signed!, heads: { digits: { ordinal: 2, sha256: GENESIS } } }
    expect(kinds(await verifyAudit(log, { head, checkpoints: [lowered], verifier }))).toContain('checkpoint 10')
  })

  test('shows an edit of any field', async () => {
    const edits: Partial<AuditEntry>[] = [
      { actor: 'mallory' },
      { at: '2026' },
      { action: 'window.scanned' },
      { subject: 'w9' },
      { detail: {} },
      { detail: { records: 4, dataset: 'digits', more: Number.NaN } },
      { previous: GENESIS },
      { hash: GENESIS },
    ]
    for (const edit of edits) {
      const edited = log.map((entry) => (entry.seq === 4 ? { ...entry, ...edit } : entry))
      expect(await check(edited)).toContain('edited 4')
    }
  })

  test('shows an edit whose own hash was made anew', async () => {
    const changed = { ...log[3]!, actor: 'mallory' }
    const edited = log.with(3, { ...changed, hash: hashEntry(changed) })
    expect(await check(edited)).toEqual(['edited 5'])
  })

  test('shows a removal, at the start, within and at the end', async () => {
    expect(await check(log.slice(2))).toEqual(['removed 1'])
    expect(await check(log.filter(({ seq }) => seq !== 5 && seq !== 6))).toEqual(['removed 5'])
    expect(await check(log.slice(0, 8))).toEqual(['truncated 9'])
  })

  test('shows entries out of order', async () => {
    const swapped = log.with(3, log[4]!).with(4, log[3]!)
    expect(await check(swapped)).toEqual(['removed 4', 'reordered 4'])
    expect(await check([...log, log[2]!])).toEqual(['reordered 3'])
  })

  test('shows that it was cut short with its head, where a signature reaches beyond', async () => {
    const report = await verifyAudit(log.slice(0, 4), { head: { seq: 4, hash: log[3]!.hash }, checkpoints, verifier })
    expect(kinds(report)).toEqual(['truncated 5'])
  })

  test('shows that it was made anew, by what was signed', async () => {
    const forged = forge(log, 3)
    const report = await verifyAudit(forged, { head: forged[9]!, checkpoints, verifier })
    expect(kinds(report)).toEqual(['checkpoint 6'])
  })

  test('shows a signature that does not hold, or is not by a trusted key', async () => {
    const [checkpoint] = checkpoints
    for (const change of [{ at: '2026' }, { signature: 'AAAA' }, { keyid: 'k2' }]) {
      const report = await verifyAudit(log, { head, checkpoints: [{ ...checkpoint!, ...change }], verifier })
      expect(kinds(report)).toEqual(['checkpoint 6'])
      expect(report.certifiedTo).toBe(0)
    }
  })

  test('is certified by nothing where no signature is checked', async () => {
    expect(await verifyAudit(log, { head, checkpoints })).toMatchObject({
      checkpoints: 1,
      certifiedTo: 0,
      problems: [],
    })
  })

  property.prop([fc.nat(9), fc.nat(9), fc.constantFrom('drop', 'repeat', 'swap', 'edit')])(
    'shows any single change',
    async (i, j, how) => {
      const changed = [...logOf(10)]
      if (how === 'drop') changed.splice(i, 1)
      if (how === 'repeat') changed.splice(j, 0, changed[i]!)
      if (how === 'edit') changed[i] = { ...changed[i]!, subject: 'other' }
      if (how === 'swap') [changed[i], changed[j]] = [changed[j]!, changed[i]!]
      const same = how === 'swap' && i === j
      const report = await verifyAudit(changed, { head: { seq: 10, hash: logOf(10)[9]!.hash } })
      expect(report.problems.length > 0).toBe(!same)
    },
  )
})

describe('a checkpoint', () => {
  test('is made once for a head, and not of an empty log', async () => {
    expect(await checkpointAudit(catalogOver([]), signer)).toBeNull()
    const audit = catalogOver(logOf(3))
    expect(await checkpointAudit(audit, signer)).toMatchObject({ seq: 3, keyid: 'k1' })
    expect(await checkpointAudit(audit, signer)).toBeNull()
    expect(audit.signed).toHaveLength(1)
  })
})

describe('an exported log', () => {
  const exported = async (log: readonly AuditEntry[]) => {
    const audit = catalogOver(log)
    await checkpointAudit(audit, signer)
    const lines: string[] = []
    for await (const line of exportAudit(audit)) lines.push(line)
    return lines
  }

  test('verifies offline, line by line', async () => {
    const lines = await exported(logOf(5))
    expect(lines.every((line) => line.endsWith('}\n'))).toBe(true)
    expect(await verifyExport(lines, verifier)).toMatchObject({ entries: 5, certifiedTo: 5, problems: [] })
    expect((await verifyExport(await exported([]), verifier)).problems).toMatchObject([{ kind: 'unsigned' }])
  })

  test('shows every line removed, edited or moved', async () => {
    const lines = await exported(logOf(5))
    for (const [index, line] of lines.entries()) {
      const isCheckpoint = line.includes('"type":"checkpoint"')
      const edited = line.replace(/[1-9]/, '7').replace('"digits"', '"d"')
      for (const changed of [lines.toSpliced(index, 1), lines.with(index, edited), lines.with(index, '{"type":1}')]) {
        // Without its checkpoint a log is whole still, but certified no longer.
        const { problems, certifiedTo } = await verifyExport(changed, verifier)
        expect(problems.length > 0 || (isCheckpoint && certifiedTo === 0)).toBe(true)
      }
    }
    expect((await verifyExport(lines.slice(0, -1), verifier)).problems).toMatchObject([{ kind: 'truncated', seq: 5 }])
    expect((await verifyExport([...lines.slice(1), lines[0]!], verifier)).problems).toMatchObject([
      { kind: 'malformed' },
      { kind: 'malformed' },
    ])
    const kinds = (await verifyExport([], verifier)).problems.map(({ kind }) => kind)
    expect(kinds).toEqual(['malformed', 'unsigned'])
  })
})
