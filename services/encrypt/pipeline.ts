import { AppError, isAppError } from '#core/errors.ts'
import { decodeRecords, encodeHeld, encodeRecords, type HeldRecord } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import { decodeSidecar, type Sidecar } from '#core/sidecar.ts'
import type { ObjectRef, Vault } from '#core/vault.ts'
import type { WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import { putOnce } from '#runtime/objects/put-once.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import type { Link, ManifestChain } from './chain/chain.ts'

export interface CommitDeps {
  readonly vault: Vault
  readonly chain: ManifestChain
  readonly catalog: { readonly windows: Pick<WindowCatalog, 'get' | 'committed'> }
  readonly step: RunStep
  readonly events: Events
}

/**
 * The commit stage: scanned → committed. Writes the admitted and the held records as separate objects, then the signed manifest
 * that names them; writing the manifest is the commit. Then it updates the row and discards the staging object. It may be
 * repeated from any point and run twice at once. Throws `conflict` (`not_scanned`) for a window without a scan.
 */
export async function commitWindow(window: WindowRow, deps: CommitDeps): Promise<WindowRow> {
  const { vault, chain, catalog, step, events } = deps
  const started = performance.now()
  if (window.state === 'staged') {
    const message = `window ${window.id} is not scanned: nothing is admitted unscanned`
    throw new AppError('conflict', message, { reason: 'not_scanned' })
  }
  if (window.state === 'committed') return discardStaging(window, deps)

  const loaded = await step('commit.load', () => load(window, deps))
  if ('committed' in loaded) return discardStaging(loaded.committed, deps)
  const { clean, held, sidecar } = split(window, loaded)

  const write = async (zone: 'clean' | 'quarantine', count: number, encode: () => Uint8Array) =>
    count === 0 ? [] : [await putOnce(vault, pathIn(zone, window), windowContext(window, 'jsonl+zstd'), encode())]
  const admitted = await step('commit.clean', () => write('clean', clean.length, () => encodeRecords(clean)))
  const kept = await step('commit.quarantine', () => write('quarantine', held.length, () => encodeHeld(held)))
  const objects = [...admitted, ...kept]

  const link = await step('commit.manifest', () =>
    chain.append(window.dataset, {
      about: { kind: 'window', window: window.id },
      subjects: [...objects, ...vouchedFor(window)].map(subjectOf),
      details: {
        source: window.source,
        segments: [...window.segments],
        counts: { ...window.counts },
        contract: { sha256: window.contract },
        policy: { ...sidecar.policy },
        detectors: sidecar.detectors.map(({ name, version }) => ({ name, version })),
        ...(sidecar.effort !== undefined && { effort: sidecar.effort }),
      },
    }),
  )
  checkLink(link, objects, window)
  const committed = await step('commit.transaction', () =>
    catalog.windows.committed(window.id, { manifest: link.ordinal, sha256: link.sha256, objects }),
  )
  const { id, dataset, ordinal, counts } = committed
  events.emit('window.committed', { dataset, window: id, ordinal, counts, ms: performance.now() - started })
  return discardStaging(committed, deps)
}

interface Loaded {
  readonly records: readonly DataRecord[]
  readonly sidecar: Sidecar
}

/** The window's records and scores; or its row, if another process has committed it in the meantime. */
async function load(window: WindowRow, { vault, catalog }: CommitDeps): Promise<Loaded | { committed: WindowRow }> {
  const { staged, scores } = window
  if (scores === null) throw new AppError('internal', `window ${window.id} is scanned but has no scores`)
  try {
    const records = await vault.open(staged.path, windowContext(window, 'jsonl+zstd'), staged.sha256)
    const sidecar = await vault.open(scores.path, windowContext(window, 'json+zstd'), scores.sha256)
    return { records: decodeRecords(records), sidecar: decodeSidecar(sidecar, scores.path) }
  } catch (error) {
    const row = isAppError(error, 'not_found') ? await catalog.windows.get(window.id) : null
    if (row?.state === 'committed') return { committed: row }
    throw error
  }
}

/** Splits the records by decision. Throws unless every record has exactly one decision and the sidecar belongs to this window. */
function split(window: WindowRow, { records, sidecar }: Loaded) {
  const decided = sidecar.records
  const matches = sidecar.window === window.id && decided.length === records.length
  if (!matches || records.some((record, i) => decided[i]?.id !== record.id)) {
    throw new AppError('corrupt', `the scores of window ${window.id} are not of its records`, { reason: 'scores' })
  }
  const clean = records.filter((_, i) => decided[i]?.decision === 'admit')
  const held = records.flatMap((record, i): HeldRecord[] => {
    const decision = decided[i]?.decision
    return decision === undefined || decision === 'admit' ? [] : [{ record, decision }]
  })
  const { admitted, quarantined, rejected } = window.counts
  if (clean.length !== admitted || held.length !== quarantined + rejected) {
    throw new AppError('corrupt', `the scores of window ${window.id} do not add up to its counts`, { reason: 'counts' })
  }
  return { clean, held, sidecar }
}

function pathIn(zone: 'clean' | 'quarantine', { dataset, id }: WindowRow): string {
  return objectPath(zone, dataset, id)
}

/** Objects that earlier stages wrote and that this link signs for. */
function vouchedFor({ scores, deadLetterObject }: WindowRow): ObjectRef[] {
  return [scores, deadLetterObject].filter((ref) => ref !== null)
}

/** A link about this window that exists already must say what this commit would have said. */
function checkLink({ statement, path }: Link, objects: readonly ObjectRef[], window: WindowRow): void {
  const signed = new Map(statement.subject.map(({ name, digest }) => [name, digest.sha256]))
  const expected = [...objects, ...vouchedFor(window)]
  if (signed.size === expected.length && expected.every(({ path, sha256 }) => signed.get(path) === sha256)) return
  const message = `${path} committed window ${window.id} with other objects`
  throw new AppError('conflict', message, { reason: 'committed_differently' })
}

async function discardStaging(window: WindowRow, { vault, step }: CommitDeps): Promise<WindowRow> {
  await step('commit.discard', () => vault.discard(window.staged.path))
  return window
}
