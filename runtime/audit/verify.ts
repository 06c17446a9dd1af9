import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import type { AuditCheckpoint, AuditEntry } from '#runtime/catalog/catalog.ts'
import { checkpointBytes, GENESIS, hashEntry } from './chain.ts'

export interface AuditEvidence {
  /** Where the log says it ends. */
  readonly head?: { readonly seq: number; readonly hash: string }
  readonly checkpoints?: readonly AuditCheckpoint[]
  /** SPKI PEM by keyid. A checkpoint whose key is not among them is a problem. */
  readonly publicKeys?: ReadonlyMap<string, string>
}

export interface AuditProblem {
  readonly kind: 'edited' | 'removed' | 'reordered' | 'truncated' | 'checkpoint' | 'malformed'
  /** The entry at fault, or the one expected there. */
  readonly seq: number
  readonly message: string
}

export interface AuditReport {
  readonly entries: number
  readonly head: { readonly seq: number; readonly hash: string }
  /** Checkpoints whose signature and entry hold; up to the last of them the log cannot have been rewritten. */
  readonly checkpoints: number
  readonly certifiedTo: number
  /** Empty for a log that is whole. At most 100 are told. */
  readonly problems: readonly AuditProblem[]
}

const MOST_PROBLEMS = 100

/**
 * Reads a whole log and finds any edit, removal, reordering or truncation. An entry edited with every later hash made
 * anew, or a log cut short with its head, is found by the signed checkpoints alone: keep one elsewhere.
 */
export async function verifyAudit(
  entries: AsyncIterable<AuditEntry> | Iterable<AuditEntry>,
  { head, checkpoints = [], publicKeys }: AuditEvidence = {},
): Promise<AuditReport> {
  const problems: AuditProblem[] = []
  const report = (kind: AuditProblem['kind'], seq: number, message: string) => {
    if (problems.length < MOST_PROBLEMS) problems.push({ kind, seq, message })
  }
  const signed = Map.groupBy(checkpoints, (checkpoint) => checkpoint.seq)
  const keys = new Map<string, KeyObject | null>()
  let held = 0
  let certifiedTo = 0
  let count = 0
  let last = { seq: 0, hash: GENESIS }
  for await (const entry of entries) {
    count++
    const expected = last.seq + 1
    if (entry.seq > expected) report('removed', expected, missing(expected, entry.seq - 1))
    else if (entry.seq < expected) report('reordered', entry.seq, `entry ${entry.seq} comes after entry ${last.seq}`)
    if (safeHash(entry) !== entry.hash) report('edited', entry.seq, `entry ${entry.seq} is not what its hash says`)
    else if (entry.seq === expected && entry.previous !== last.hash) {
      report('edited', entry.seq, `entry ${entry.seq} does not follow from entry ${last.seq}`)
    }
    for (const checkpoint of signed.get(entry.seq) ?? []) {
      const fault = checkpointFault(checkpoint, entry, publicKeys, keys)
      if (fault !== null) report('checkpoint', entry.seq, fault)
      else {
        held++
        certifiedTo = Math.max(certifiedTo, entry.seq)
      }
    }
    last = { seq: Math.max(entry.seq, last.seq), hash: entry.hash }
  }
  const end = Math.max(head?.seq ?? 0, ...checkpoints.map((checkpoint) => checkpoint.seq))
  if (end > last.seq) report('truncated', last.seq + 1, `${missing(last.seq + 1, end)} at the end`)
  else if (head !== undefined && (head.seq !== last.seq || head.hash !== last.hash)) {
    report('edited', last.seq, `the log ends with entry ${last.seq}, its head says otherwise`)
  }
  return { entries: count, head: last, checkpoints: held, certifiedTo, problems }
}

function missing(from: number, to: number): string {
  return from === to ? `entry ${from} is missing` : `entries ${from} to ${to} are missing`
}

/** An edit may have left a number that JSON cannot hold. */
function safeHash(entry: AuditEntry): string | null {
  try {
    return hashEntry(entry)
  } catch {
    return null
  }
}

function checkpointFault(
  checkpoint: AuditCheckpoint,
  entry: AuditEntry,
  publicKeys: ReadonlyMap<string, string> | undefined,
  keys: Map<string, KeyObject | null>,
): string | null {
  if (checkpoint.hash !== entry.hash) return `entry ${entry.seq} is not the one that was signed`
  if (publicKeys === undefined) return null
  let key = keys.get(checkpoint.keyid)
  if (key === undefined) {
    key = readKey(publicKeys.get(checkpoint.keyid))
    keys.set(checkpoint.keyid, key)
  }
  if (key === null) return `the checkpoint at ${entry.seq} is signed by ${checkpoint.keyid}, whose key is not at hand`
  const holds = verify(null, checkpointBytes(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'))
  return holds ? null : `the signature of the checkpoint at ${entry.seq} does not hold`
}

function readKey(pem: string | undefined): KeyObject | null {
  if (pem === undefined) return null
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : null
  } catch {
    return null
  }
}
