import { encodeRecords } from '#core/record-codec.ts'
import { isAppError } from '#core/errors.ts'
import type { DataRecord, DeadReason } from '#core/record.ts'
import type { ObjectContext, Vault } from '#core/vault.ts'
import type { Catalog, NewDeadLetter, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import { windowId } from '#core/hash.ts'
import { objectPath, windowContext } from '#core/layout.ts'
import type { Events } from '#runtime/process/events.ts'
import { putOnce } from '#runtime/objects/put-once.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { encodeLetters } from './record/letter-codec.ts'
import { provenanceOf, type HeldLetter, type Prepared, type Preparer } from './record/prepare.ts'
import type { OpenWindow } from './window.ts'

export interface StageContext {
  readonly dataset: string
  readonly source: string
  readonly contractHash: string
  /** Whether the contract names an id field, whose values must be unique. */
  readonly guardsIds: boolean
  readonly catalog: Pick<Catalog, 'sources' | 'windows'>
  readonly vault: Vault
  readonly preparer: Preparer
  readonly step: RunStep
  readonly events: Events
}

const MAX_RACES = 5

/**
 * Stages a window: writes its records and its dead letters as encrypted objects, then everything about it in one transaction
 * under the lease. Null if all of it was staged before (a source may deliver twice); then only the positions move. May be
 * repeated from any point. Throws `conflict` (`lease_lost`) if another process has the lease.
 */
export async function stageWindow(
  context: StageContext,
  window: OpenWindow,
  lease: Lease,
  redrives: readonly string[] = [],
): Promise<WindowRow | null> {
  for (let race = 1; ; race++) {
    try {
      return await stageOnce(context, window, lease, redrives)
    } catch (error) {
      // another shard staged one of our ids or items since we checked: checking again takes that into account
      const isRace =
        isAppError(error, 'conflict') && (error.reason === 'duplicate_id' || error.reason === 'redelivered')
      if (!isRace || race >= MAX_RACES) throw error
    }
  }
}

async function stageOnce(
  context: StageContext,
  window: OpenWindow,
  lease: Lease,
  redrives: readonly string[],
): Promise<WindowRow | null> {
  const { dataset, source, contractHash, catalog, vault, step, events } = context
  const started = performance.now()
  const id = windowId(dataset, source, window.segments)
  const fresh = await dropRedelivered(context, window.items)
  if (fresh.length === 0) {
    for (const { partition, from, to } of window.segments) await catalog.sources.move(lease, partition, from, to)
    return null
  }
  const { records, letters } = split(await refuseSeen(context, fresh))
  const about = (codec: ObjectContext['codec']) => windowContext({ dataset, id, contract: contractHash }, codec)
  const staged = await step('stage.object', () =>
    putOnce(vault, objectPath('staging', dataset, id), about('jsonl+zstd'), encodeRecords(records)),
  )
  const deadLetterObject = await step('stage.deadletters', async () =>
    letters.length === 0
      ? null
      : putOnce(vault, objectPath('deadletter', dataset, id), about('jsonl+zstd'), encodeLetters(letters)),
  )
  const row = await step('stage.transaction', () =>
    catalog.windows.stage(
      {
        id,
        dataset,
        source,
        segments: window.segments,
        records: records.length,
        deadLetters: letters.length,
        contract: contractHash,
        staged,
        deadLetterObject,
        deadLetterRows: letters.map(letterRow),
        guardedIds: context.guardsIds ? records.map((record) => record.id) : [],
        redrives,
        redeliverable: fresh.filter(({ redeliverable }) => redeliverable).map(itemKey),
        deliveries: window.deliveries ?? [],
      },
      lease,
    ),
  )
  const { ordinal, deadLetters } = row
  const [{ shard }, ms] = [lease, performance.now() - started]
  events.emit('window.staged', { dataset, source, shard, window: id, ordinal, records: row.records, deadLetters, ms })
  if (letters.length > 0) events.emit('window.dead_letters', { dataset, window: id, deadReasons: reasonsOf(letters) })
  return row
}

function reasonsOf(letters: readonly HeldLetter[]): Partial<Record<DeadReason, number>> {
  const counts: Partial<Record<DeadReason, number>> = {}
  for (const { reason } of letters) counts[reason] = (counts[reason] ?? 0) + 1
  return counts
}

/** The key by which a redeliverable item is recognised, on every delivery. */
function itemKey(prepared: Prepared): string {
  const { partition, position } = provenanceOf(prepared)
  return `${partition}#${position}`
}

/** Drops items that were delivered before, in this window or an earlier one; the first delivery stays. */
async function dropRedelivered(
  { catalog, source }: StageContext,
  items: readonly Prepared[],
): Promise<readonly Prepared[]> {
  const keys = items.filter(({ redeliverable }) => redeliverable).map(itemKey)
  if (keys.length === 0) return items
  const seen = new Set(await catalog.sources.stagedItems(source, keys))
  return items.filter((item) => {
    if (!item.redeliverable) return true
    const key = itemKey(item)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** If ids are guarded, an item whose id occurred before, in this window or an earlier one, becomes a dead letter. */
async function refuseSeen(context: StageContext, items: readonly Prepared[]): Promise<readonly Prepared[]> {
  if (!context.guardsIds) return items
  const ids = items.flatMap((item) => (item.kind === 'record' ? [item.record.id] : []))
  const seen = new Set(await context.catalog.sources.seenIds(context.dataset, ids))
  return items.map((item) => {
    if (item.kind === 'letter' || !item.item) return item
    if (seen.has(item.record.id)) {
      return context.preparer.refuse(item.item, { reason: 'duplicate_id', detail: 'an id that was staged before' })
    }
    seen.add(item.record.id)
    return item
  })
}

function split(items: readonly Prepared[]): { records: DataRecord[]; letters: HeldLetter[] } {
  const records: DataRecord[] = []
  const letters: HeldLetter[] = []
  for (const item of items) {
    if (item.kind === 'record') records.push(item.record)
    else letters.push(item.letter)
  }
  return { records, letters }
}

function letterRow({ id, reason, detail, provenance }: HeldLetter): NewDeadLetter {
  const { partition, position, contributor } = provenance
  return { id, reason, detail, partition, position, contributor: contributor ?? null }
}
