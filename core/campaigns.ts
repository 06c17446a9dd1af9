import type { Campaign } from './score.ts'
import type { Sidecar } from './sidecar.ts'

/** Assigns each record that belongs to several campaigns to the first of them, which has the most evidence. */
export function listedUnder(campaigns: readonly Campaign[]): ReadonlyMap<number, Campaign> {
  return new Map(
    campaigns.toReversed().flatMap((campaign) => campaign.members.map((member) => [member, campaign] as const)),
  )
}

/**
 * Ids of the campaigns under which held records are listed. A decision about any other campaign would reach no record, so it is
 * not counted.
 */
export function idsListed({ campaigns, records }: Pick<Sidecar, 'campaigns' | 'records'>): string[] {
  const under = listedUnder(campaigns)
  const held = records.filter(({ decision }) => decision !== 'admit')
  return [...new Set(held.flatMap(({ index }) => under.get(index)?.id ?? []))]
}

/**
 * Merges what several windows found under one id into one campaign. The words are those of the window with the strongest
 * evidence.
 */
export function mergeParts(parts: readonly Campaign[]): Campaign {
  const strongest = parts.reduce((a, b) => (b.evidence > a.evidence ? b : a))
  if (parts.length === 1) return strongest
  const members = parts.flatMap(({ members }) => members)
  return {
    ...strongest,
    // each window's own summary counts only the records of that window
    summary: `${members.length.toLocaleString('en')} records in ${parts.length} windows; in the one with most evidence: ${strongest.summary}`,
    members,
    contributors: mergeContributors(parts),
    // evidence of separate windows is summed: it is a log-likelihood ratio
    evidence: parts.reduce((sum, { evidence }) => sum + evidence, 0),
  }
}

/** Sums the contributors of the parts; who brought the most comes first. */
export function mergeContributors(parts: readonly Pick<Campaign, 'contributors'>[]): Campaign['contributors'] {
  const sums = new Map<string, Campaign['contributors'][number]>()
  for (const { name, members, records } of parts.flatMap(({ contributors }) => contributors)) {
    const sum = sums.get(name)
    sums.set(name, { name, members: members + (sum?.members ?? 0), records: records + (sum?.records ?? 0) })
  }
  return [...sums.values()].sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1))
}
