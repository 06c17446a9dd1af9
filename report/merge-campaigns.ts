import { mergeParts } from '#core/campaigns.ts'
import type { Campaign } from '#core/score.ts'
import type { CampaignReport } from './report-data.ts'

/** One campaign over all windows of a dataset in which it was found. */
export interface MergedCampaign {
  readonly campaign: Campaign
  readonly windows: readonly string[]
  readonly samples: CampaignReport['samples']
}

/** Merges campaigns with the same id; the one with the most members comes first. */
export function mergeCampaigns(campaigns: readonly CampaignReport[]): MergedCampaign[] {
  const byId = Map.groupBy(campaigns, ({ campaign }) => campaign.id)
  const merged = [...byId.values()].map((parts): MergedCampaign => {
    return {
      campaign: mergeParts(parts.map(({ campaign }) => campaign)),
      windows: parts.map(({ window }) => window),
      samples: parts.flatMap(({ samples }) => samples),
    }
  })
  return merged.sort(
    ({ campaign: a }, { campaign: b }) => b.members.length - a.members.length || b.evidence - a.evidence,
  )
}
