import { AppError, isAppError } from '#core/errors.ts'
import type { Decision, Policy } from '#core/decision.ts'
import { manifestPath } from '#core/layout.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { decideWindow } from '#services/scan/verdict/decide-window.ts'
import { readScores } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'

/** The scores of a committed window, verified by its manifest. Throws `conflict` before it is committed. */
export function scoresOf(system: SigningSystem, row: WindowRow): Promise<Sidecar> {
  return readScores(system, row)
}

/** The path of a window's signed manifest, and its bytes. Throws `conflict` before it is committed. */
export async function manifestOf({ chain, store, signer }: SigningSystem, row: WindowRow) {
  const link = await chain.find(row.dataset, { kind: 'window', window: row.id })
  if (link === null) throw new AppError('conflict', `window ${row.id} is ${row.state}, not committed yet`)
  const { path, sha256, ordinal } = link
  const { bytes } = await store.read(path)
  return { path, sha256, ordinal, envelope: bytes, publicKeyPem: await signer.publicKeyPem() }
}

/** The links of a dataset's chain from `from` on, as stored; null beyond its end, or if one is missing. */
export async function linksOf({ store, signer }: SigningSystem, dataset: string, from: number, count: number) {
  const links = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const path = manifestPath(dataset, from + i)
      return { path, envelope: await readOrNull(store, path) }
    }),
  )
  return { links, publicKeyPem: await signer.publicKeyPem() }
}

async function readOrNull(store: SigningSystem['store'], path: string): Promise<Uint8Array | null> {
  try {
    return (await store.read(path)).bytes
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

export interface Replay {
  readonly before: Readonly<Record<Decision, number>>
  readonly after: Readonly<Record<Decision, number>>
  /** Records that would have been decided differently, nearest to the threshold first. */
  readonly changed: readonly ReplayedRecord[]
  /**
   * The records nearest to the threshold on either side, nearest first: the safest that would be held, and the riskiest that
   * would be admitted.
   */
  readonly near: { readonly held: readonly ReplayedRecord[]; readonly admitted: readonly ReplayedRecord[] }
}

export interface ReplayedRecord {
  readonly record: string
  readonly index: number
  readonly risk: number
  readonly before: Decision
  readonly after: Decision
}

const SHOWN = 100
const EXAMPLES = 3

/** What another policy would have decided over a committed window. Throws as `scoresOf` does. */
export async function replayWindow(system: SigningSystem, row: WindowRow, policy: Policy): Promise<Replay> {
  const { records, unscanned } = await readScores(system, row)
  const again = decideWindow(
    Float64Array.from(records, ({ risk }) => risk),
    policy,
    unscanned,
  )
  const replayed = records.map(({ id, index, risk, decision }) => ({
    record: id,
    index,
    risk,
    before: decision,
    after: again[index] ?? decision,
  }))
  const changed = replayed.filter(({ before, after }) => after !== before)
  const isMore = changed.some(({ after }) => after !== 'admit')
  changed.sort((a, b) => (isMore ? a.risk - b.risk : b.risk - a.risk) || a.index - b.index)
  return {
    before: countOf(records.map(({ decision }) => decision)),
    after: countOf(again),
    changed: changed.slice(0, SHOWN),
    near: {
      held: nearest(replayed, (record) => record.after !== 'admit', 1),
      admitted: nearest(replayed, (record) => record.after === 'admit', -1),
    },
  }
}

/** Examples of one side, sorted by risk: lowest first (1) or highest first (-1). */
function nearest(
  records: readonly ReplayedRecord[],
  isOne: (record: ReplayedRecord) => boolean,
  order: 1 | -1,
): ReplayedRecord[] {
  const side = records.filter(isOne).sort((a, b) => order * (a.risk - b.risk) || a.index - b.index)
  return side.slice(0, EXAMPLES)
}

function countOf(decisions: readonly Decision[]): Record<Decision, number> {
  const counts = { admit: 0, quarantine: 0, reject: 0 } satisfies Record<Decision, number>
  for (const decision of decisions) counts[decision]++
  return counts
}
