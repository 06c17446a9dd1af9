import type { Campaign } from '#core/score.ts'
import type { HeldOfCampaign } from '#runtime/catalog/console/numbers.ts'
import type { Scope } from '#runtime/catalog/console/scope.ts'
import type { SigningSystem } from '../system.ts'

export interface CampaignRow {
  readonly id: string
  readonly dataset: string
  readonly family: Campaign['family']
  readonly label: string | null
  /** Ids of its windows, in the order in which they were staged. */
  readonly windows: readonly string[]
  /** The number of members in all its windows. */
  readonly members: number
  /** The number of held records listed under it; records for which another campaign has more evidence are listed there. */
  readonly held: number
  /** How many of those are in quarantine. */
  readonly waiting: number
  /** The contributor of most of its held records, and the number of contributors. */
  readonly from: { readonly most: string | null; readonly contributors: number }
  /** The evidence in its strongest window; null if only some of its records are visible. */
  readonly evidence: number | null
  /** The id of that window; null if only some of its records are visible. */
  readonly strongest: string | null
}

/** What a person may see of the campaigns. */
export interface Seen {
  /** Datasets that are visible as a whole; null: all. */
  readonly whole: readonly string[] | null
  /** Held records that are visible besides those; null: all. */
  readonly records: readonly Scope[] | null
}

/**
 * Campaigns under which records are listed, each over all its windows; those with most to decide come first. If only some
 * records of a campaign are visible, only those are counted.
 */
export async function listCampaigns(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  { whole, records }: Seen,
): Promise<CampaignRow[]> {
  const keyOf = (dataset: string, id: string) => JSON.stringify([dataset, id])
  const held = new Map(
    (await catalog.console.numbers.ofCampaigns(records)).map((of) => [keyOf(of.dataset, of.campaign), of]),
  )
  const found = Map.groupBy(await catalog.flagged.campaigns(), ({ dataset, id }) => keyOf(dataset, id))
  const rows = [...found].flatMap(([key, parts]): CampaignRow[] => {
    const [first] = parts
    if (first === undefined) return []
    const { id, dataset, family, label } = first
    const own = held.get(key)
    // a decision over it would reach no record: all were admitted, or are listed under other campaigns
    if (own === undefined) return []
    const { most, contributors, waiting } = own
    const row = { id, dataset, family, label, held: own.records, waiting, from: { most, contributors } }
    return [{ ...row, ...((whole?.includes(dataset) ?? true) ? wholeOf(parts) : partOf(parts, own)) }]
  })
  return rows.sort((a, b) => b.waiting - a.waiting || b.members - a.members || (a.id < b.id ? -1 : 1))
}

type Parts = readonly { readonly window: string; readonly members: number; readonly evidence: number }[]

function wholeOf(parts: Parts) {
  const [strongest = null] = parts.toSorted((a, b) => b.evidence - a.evidence)
  return {
    strongest: strongest?.window ?? null,
    windows: parts.map(({ window }) => window),
    members: parts.reduce((sum, part) => sum + part.members, 0),
    evidence: Math.max(...parts.map((part) => part.evidence)),
  }
}

function partOf(parts: Parts, { records, windows }: HeldOfCampaign) {
  return {
    windows: parts.map(({ window }) => window).filter((window) => windows.includes(window)),
    members: records,
    evidence: null,
    strongest: null,
  }
}
