import type { ChainHead } from '#core/manifest.ts'
import type { AuditCheckpoint, AuditEntry } from './log.ts'
import { checkpointBytes, GENESIS, hashEntry } from './chain.ts'

/** Verifies by the public keys. `verify` returns false for an untrusted key and for a wrong signature. */
export interface SignatureVerifier {
  verify(keyid: string, bytes: Uint8Array, sig: string): boolean
  /** The generation of a signing key, from 1; null for an unknown key. */
  generationOf(keyid: string): number | null
  /** The generation that signs now. */
  readonly current: number
}

/** The subject of entries about one signing key replacing another. */
const SIGNING = '_signing'

export interface AuditEvidence {
  /** The end of the log as the log states it. */
  readonly head?: { readonly seq: number; readonly hash: string }
  readonly checkpoints?: readonly AuditCheckpoint[]
  /** If absent, signatures are not checked and nothing counts as certified. */
  readonly verifier?: SignatureVerifier
  /** An entry that was kept elsewhere: it must be in the log with this hash. */
  readonly since?: { readonly seq: number; readonly hash: string } | undefined
}

export interface AuditProblem {
  readonly kind: 'edited' | 'removed' | 'reordered' | 'truncated' | 'checkpoint' | 'malformed' | 'unsigned' | 'unlogged'
  /** The faulty entry, or the one expected there. */
  readonly seq: number
  readonly message: string
}

export interface AuditReport {
  readonly entries: number
  readonly head: { readonly seq: number; readonly hash: string }
  /** The number of checkpoints that fit the log and whose signature, if checked, is valid. */
  readonly checkpoints: number
  /** The log is as it was signed up to this entry; 0 if no signature was checked. */
  readonly certifiedTo: number
  /** The last link of each chain that certified checkpoints name. */
  readonly chains: ReadonlyMap<string, ChainHead>
  /** Empty if the log is intact. At most 100 are listed. */
  readonly problems: readonly AuditProblem[]
}

const MOST_PROBLEMS = 100

/**
 * Reads a whole log and finds any edit, removal, reordering or truncation. Only the signed checkpoints reveal a log that was
 * rewritten from some entry on, or cut short together with its head: keep the last one elsewhere. A log without any signature is
 * no proof, however well it is chained (`unsigned`).
 */
export async function verifyAudit(
  entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>,
  { head, checkpoints = [], verifier, since }: AuditEvidence = {},
): Promise<AuditReport> {
  const problems: AuditProblem[] = []
  const report = (kind: AuditProblem['kind'], seq: number, message: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ kind, seq, message })
  }
  const bySeq = Map.groupBy(checkpoints, (checkpoint) => checkpoint.seq)
  let held = 0
  let certifiedTo = 0
  let count = 0
  let last = { seq: 0, hash: GENESIS }
  const chains = new Map<string, ChainHead>()
  const seen = new Set<string>()
  const ended = new Set<string>()
  let generation = 0
  const mightSign = ({ keyid }: AuditCheckpoint) =>
    !ended.has(keyid) && (verifier?.generationOf(keyid) ?? 0) >= generation
  for await (const entry of entries) {
    count++
    const expected = last.seq + 1
    if (entry.seq < expected) {
      report('reordered', entry.seq, `entry ${entry.seq} comes after entry ${last.seq}`)
      continue
    }
    if (entry.seq > expected) report('removed', expected, missing(expected, entry.seq - 1))
    if (safeHash(entry) !== entry.hash) report('edited', entry.seq, `entry ${entry.seq} does not match its hash`)
    else if (entry.seq === expected && entry.previous !== last.hash) {
      report('edited', entry.seq, `entry ${entry.seq} does not follow from entry ${last.seq}`)
    }
    if (entry.action === 'epoch.begun' && entry.subject === SIGNING && Number(entry.detail['epoch']) > 1)
      for (const keyid of seen) ended.add(keyid)
    for (const checkpoint of bySeq.get(entry.seq) ?? []) {
      const fault =
        checkpointFault(checkpoint, entry, verifier) ??
        (mightSign(checkpoint) ? null : `the checkpoint at entry ${entry.seq} is signed by a key whose right had ended`)
      if (fault !== null) report('checkpoint', entry.seq, fault)
      else {
        held++
        if (verifier === undefined) continue
        certifiedTo = entry.seq
        generation = verifier.generationOf(checkpoint.keyid) ?? generation
        seen.add(checkpoint.keyid)
        for (const [dataset, link] of Object.entries(checkpoint.heads ?? {})) {
          if (link.ordinal > (chains.get(dataset)?.ordinal ?? 0)) chains.set(dataset, link)
        }
      }
    }
    if (since?.seq === entry.seq && since.hash !== entry.hash) {
      report('edited', entry.seq, `entry ${entry.seq} is not the one that was kept elsewhere`)
    }
    last = { seq: entry.seq, hash: entry.hash }
  }
  const end = Math.max(head?.seq ?? 0, since?.seq ?? 0, ...bySeq.keys())
  if (end > last.seq) report('truncated', last.seq + 1, `${missing(last.seq + 1, end)} at the end`)
  else if (head !== undefined && (head.seq !== last.seq || head.hash !== last.hash)) {
    report('edited', last.seq, `the log ends with entry ${last.seq}, but its head names another entry`)
  }
  if (verifier !== undefined && certifiedTo === 0 && problems.length === 0) {
    report('unsigned', last.seq, 'nothing of the log is signed: whoever wrote the catalog may have made it anew')
  }
  if (verifier !== undefined && certifiedTo > 0 && generation < verifier.current) {
    const message =
      'the last checkpoint is signed by a key whose right has ended: the log was cut, or a rotation interrupted'
    report('checkpoint', last.seq, message)
  }
  return { entries: count, head: last, checkpoints: held, certifiedTo, chains, problems }
}

function missing(from: number, to: number): string {
  return from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`
}

/** The hash of an entry; null if an edit left something that canonical JSON cannot hold. */
function safeHash(entry: AuditEntry): string | null {
  try {
    return hashEntry(entry)
  } catch {
    return null
  }
}

function checkpointFault(
  checkpoint: AuditCheckpoint,
  { seq, hash }: AuditEntry,
  verifier: SignatureVerifier | undefined,
): string | null {
  if (checkpoint.hash !== hash) return `entry ${seq} is not the one that was signed`
  const { keyid, signature } = checkpoint
  if (verifier === undefined || verifier.verify(keyid, checkpointBytes(checkpoint), signature)) return null
  return `the checkpoint at entry ${seq}, by key ${keyid}, does not verify under the keys that are trusted`
}
