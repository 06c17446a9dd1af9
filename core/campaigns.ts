import type { Campaign } from './score.ts'
import type { Sidecar } from './sidecar.ts'

/** The campaign that a record of several is listed under: the first, which has most evidence. */
export function listedUnder(campaigns: readonly Campaign[]): ReadonlyMap<number, Campaign> {
  return new Map(
    campaigns.toReversed().flatMap((campaign) => campaign.members.map((member) => [member, campaign] as const)),
  )
}

/** Ids of the campaigns that held records are listed under. A decision over any other would reach no record: it counts for none. */
export function idsListed({ campaigns, records }: Pick<Sidecar, 'campaigns' | 'records'>): string[] {
  const under = listedUnder(campaigns)
  const held = records.filter(({ decision }) => decision !== 'admit')
  return [...new Set(held.flatMap(({ index }) => under.get(index)?.id ?? []))]
}

/** What several windows found under one id, as one: in the words of the window with the strongest evidence. */
export function mergeParts(parts: readonly Campaign[]): Campaign {
  const strongest = parts.reduce((a, b) => (b.evidence > a.evidence ? b : a))
  if (parts.length === 1) return strongest
  const members = parts.flatMap(({ members }) => members)
  return {
    ...strongest,
    // its own sentence counts the records of its window alone
    summary: `${members.length.toLocaleString('en')} records in ${parts.length} windows; in the one with most evidence: ${strongest.summary}`,
    members,
    contributors: mergeContributors(parts),
    // evidence of separate windows adds up: it is a log-likelihood ratio
    evidence: parts.reduce((sum, { evidence }) => sum + evidence, 0),
  }
}

/** Who brought most first. */
export function mergeContributors(parts: readonly Pick<Campaign, 'contributors'>[]): Campaign['contributors'] {
  const sums = new Map<string, Campaign['contributors'][number]>()
  for (const { name, members, records } of parts.flatMap(({ contributors }) => contributors)) {
    const sum = sums.get(name)
    sums.set(name, { name, members: members + (sum?.members ?? 0), records: records + (sum?.records ?? 0) })
  }
  return [...sums.values()].sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1))
}
