import type { Campaign } from '#core/score.ts'
import type { HeldOfCampaign } from '#runtime/catalog/console/numbers.ts'
import type { Scope } from '#runtime/catalog/console/scope.ts'
import type { SigningSystem } from '../system.ts'

export interface CampaignRow {
  readonly id: string
  readonly dataset: string
  readonly family: Campaign['family']
  readonly label: string | null
  /** In the order they were staged. */
  readonly windows: readonly string[]
  /** All that its windows found of it. */
  readonly members: number
  /** Those that are listed under it: what another campaign tells more of is listed there. */
  readonly held: number
  /** Of those, in quarantine. */
  readonly waiting: number
  /** Who brought most of what is held of it, and how many did. */
  readonly from: { readonly most: string | null; readonly contributors: number }
  /** Of the strongest of its windows; null where only some of its records are seen. */
  readonly evidence: number | null
  /** That window; null where only some of its records are seen. */
  readonly strongest: string | null
}

/** What of the campaigns is seen. */
export interface Seen {
  /** Datasets of which all is; null is every one. */
  readonly whole: readonly string[] | null
  /** Held records beside those; null is every one. */
  readonly records: readonly Scope[] | null
}

/** Campaigns that records are listed under, each one over all windows that it was found in; those with most to decide first. Where only records of one are seen, they alone are counted. */
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
    // a decision over it would reach no record: all of them were admitted, or are listed under others
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
