import type { Campaign } from '#core/score.ts'
import type { CampaignReport } from './report-data.ts'

/** One campaign over all the windows of a dataset that it was found in. */
export interface MergedCampaign {
  /** As in the window with the strongest evidence. */
  readonly campaign: Campaign
  readonly windows: readonly string[]
  readonly members: number
  readonly contributors: Campaign['contributors']
  /** Evidence of separate windows adds up: it is a log-likelihood ratio. */
  readonly evidence: number
  readonly samples: CampaignReport['samples']
}

/** Campaigns with the same id as one, most members first. */
export function mergeCampaigns(campaigns: readonly CampaignReport[]): MergedCampaign[] {
  const byId = Map.groupBy(campaigns, ({ campaign }) => campaign.id)
  const merged = [...byId.values()].map((parts): MergedCampaign => {
    const strongest = parts.reduce((a, b) => (b.campaign.evidence > a.campaign.evidence ? b : a))
    const contributors = new Map<string, { name: string; members: number; records: number }>()
    for (const { name, members, records } of parts.flatMap(({ campaign }) => campaign.contributors)) {
      const sum = contributors.get(name)
      contributors.set(name, { name, members: members + (sum?.members ?? 0), records: records + (sum?.records ?? 0) })
    }
    return {
      campaign: strongest.campaign,
      windows: parts.map(({ window }) => window),
      members: parts.reduce((sum, { campaign }) => sum + campaign.members.length, 0),
      contributors: [...contributors.values()].sort((a, b) => b.members - a.members || (a.name < b.name ? -1 : 1)),
      evidence: parts.reduce((sum, { campaign }) => sum + campaign.evidence, 0),
      samples: parts.flatMap(({ samples }) => samples),
    }
  })
  return merged.sort((a, b) => b.members - a.members || b.evidence - a.evidence)
}
