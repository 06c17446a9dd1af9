import { AppError } from '#core/errors.ts'
import type { Decision, Policy } from '#core/decision.ts'
import type { Campaign } from '#core/score.ts'
import type { Sidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { decideWindow } from '#services/scan/verdict/decide-window.ts'
import { readScores } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'

/** The scores of a committed window, as its manifest vouches for them. Throws `conflict` before it is committed. */
export function scoresOf(system: SigningSystem, row: WindowRow): Promise<Sidecar> {
  return readScores(system, row)
}

/** Where the signed manifest of a window lies, and its bytes. Throws `conflict` before it is committed. */
export async function manifestOf({ chain, store, signer }: SigningSystem, row: WindowRow) {
  const link = await chain.find(row.dataset, { kind: 'window', window: row.id })
  if (link === null) throw new AppError('conflict', `window ${row.id} is ${row.state}, not committed yet`)
  const { path, sha256, ordinal } = link
  const { bytes } = await store.read(path)
  return { path, sha256, ordinal, envelope: bytes, publicKeyPem: await signer.publicKeyPem() }
}

export interface Replay {
  readonly before: Readonly<Record<Decision, number>>
  readonly after: Readonly<Record<Decision, number>>
  /** Those that would have been decided otherwise, nearest to the line first. */
  readonly changed: readonly {
    readonly record: string
    readonly index: number
    readonly risk: number
    readonly before: Decision
    readonly after: Decision
  }[]
}

const SHOWN = 100

/** What another policy would have decided over a committed window. Throws as `scoresOf` does. */
export async function replayWindow(system: SigningSystem, row: WindowRow, policy: Policy): Promise<Replay> {
  const { records, unscanned } = await readScores(system, row)
  const again = decideWindow(
    Float64Array.from(records, ({ risk }) => risk),
    policy,
    unscanned,
  )
  const changed = records.flatMap(({ id, index, risk, decision }) => {
    const after = again[index] ?? decision
    return after === decision ? [] : [{ record: id, index, risk, before: decision, after }]
  })
  const isMore = changed.some(({ after }) => after !== 'admit')
  changed.sort((a, b) => (isMore ? a.risk - b.risk : b.risk - a.risk) || a.index - b.index)
  return {
    before: countOf(records.map(({ decision }) => decision)),
    after: countOf(again),
    changed: changed.slice(0, SHOWN),
  }
}

function countOf(decisions: readonly Decision[]): Record<Decision, number> {
  const counts = { admit: 0, quarantine: 0, reject: 0 } satisfies Record<Decision, number>
  for (const decision of decisions) counts[decision]++
  return counts
}

export interface CampaignRow {
  readonly id: string
  readonly dataset: string
  readonly family: Campaign['family']
  readonly label: string | null
  /** In the order they were staged. */
  readonly windows: readonly string[]
  readonly members: number
  /** Of them, in quarantine. */
  readonly waiting: number
  /** Of the strongest of its windows. */
  readonly evidence: number
}

/** Campaigns of some datasets, or (null) all: one over all windows that it was found in; those with most to decide first. */
export async function listCampaigns(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  datasets: readonly string[] | null,
): Promise<CampaignRow[]> {
  const found = (await catalog.flagged.campaigns()).filter(({ dataset }) => datasets?.includes(dataset) ?? true)
  const waiting = new Map(
    (await catalog.console.numbers.waiting(datasets)).map(({ dataset, campaign, records }) => [
      JSON.stringify([dataset, campaign]),
      records,
    ]),
  )
  const rows = [...Map.groupBy(found, ({ dataset, id }) => JSON.stringify([dataset, id]))].flatMap(([key, parts]) => {
    const [first] = parts
    if (first === undefined) return []
    const { id, dataset, family, label } = first
    const members = parts.reduce((sum, part) => sum + part.members, 0)
    const evidence = Math.max(...parts.map((part) => part.evidence))
    const windows = parts.map(({ window }) => window)
    return [{ id, dataset, family, label, windows, members, waiting: waiting.get(key) ?? 0, evidence }]
  })
  return rows.sort((a, b) => b.waiting - a.waiting || b.members - a.members || (a.id < b.id ? -1 : 1))
}
