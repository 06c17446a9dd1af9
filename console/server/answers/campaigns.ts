import { mergeContributors } from '#core/campaigns.ts'
import { AppError, isAppError } from '#core/errors.ts'
import type { Campaign } from '#core/score.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { listCampaigns, type CampaignRow } from '#app/operations/campaigns.ts'
import { scoresOf } from '#app/operations/windows.ts'
import type { SigningSystem } from '#app/system.ts'
import { adviceOnScan } from '#present/advice.ts'
import type { DATA_ROUTES } from '#console/api/data.ts'
import { permits } from '#console/api/roles.ts'
import type { Who } from '../access/who.ts'
import type { Handlers } from '../call.ts'
import { among, within } from './shapes.ts'

export const campaignAnswers: Handlers<Extract<keyof typeof DATA_ROUTES, `campaigns.${string}`>> = {
  async 'campaigns.list'({ who, system, query }) {
    const rows = await seenBy(system, who, query.dataset)
    const said = rows.slice(0, query.summaries)
    const summaries = await Promise.all(said.map((row) => summaryOf(system, row)))
    return { items: rows.map((row, i) => ({ ...campaignOut(row), summary: summaries[i] ?? null })) }
  },

  async 'campaigns.show'({ who, system, params }) {
    const { dataset, campaign } = params
    const row = (await seenBy(system, who, dataset)).find(({ id }) => id === campaign)
    const found = row && (await foundIn(system, row))
    const [strongest] = found?.toSorted((a, b) => b.evidence - a.evidence) ?? []
    if (row === undefined || found === undefined || strongest === undefined)
      throw new AppError('not_found', 'there is no such campaign')
    const isWhole = permits(who.grants, 'view', dataset)
    return {
      ...campaignOut(row),
      // its summary is about all of its records
      summary: isWhole ? strongest.summary : null,
      trigger: triggerOut(strongest),
      contributors: isWhole ? [...mergeContributors(found)] : await ownContributors(system, who, row),
      mitigations: strongest.mitigations.map((mitigation) => {
        const { title, detail } = adviceOnScan(mitigation)
        return { mitigation, title, detail }
      }),
    }
  },
}

/** Campaigns with what of them this person may see: all, or the held records that are in their roles. */
function seenBy(system: SigningSystem, who: Who, dataset?: string): Promise<CampaignRow[]> {
  return listCampaigns(system, { whole: among(who, 'view', dataset), records: within(who, 'view', dataset) })
}

function campaignOut({ id, dataset, family, label, windows, members, held, waiting, from, evidence }: CampaignRow) {
  return { id, dataset, family, label, windows: [...windows], members, held, waiting, from, evidence }
}

/** What it is in a sentence, as its strongest window has it; null to whoever may see some of its records alone. */
async function summaryOf(system: SigningSystem, { id, strongest }: CampaignRow): Promise<string | null> {
  const row = strongest === null ? null : await system.catalog.windows.get(strongest)
  if (row?.state !== 'committed') return null
  try {
    const { campaigns } = await scoresOf(system, row)
    return campaigns.find((campaign) => campaign.id === id)?.summary ?? null
  } catch (error) {
    // the window's key was destroyed, or its object is damaged: the others are still to be told of
    if (isAppError(error, 'not_found') || isAppError(error, 'corrupt')) return null
    throw error
  }
}

/** The campaign as each of these windows has it. */
async function foundIn(system: SigningSystem, { id, windows }: CampaignRow): Promise<Campaign[]> {
  const rows = await Promise.all(windows.map((window) => system.catalog.windows.get(window)))
  const found: Campaign[] = []
  for (const row of rows.filter((row): row is WindowRow => row !== null))
    found.push(...(await scoresOf(system, row)).campaigns.filter((campaign) => campaign.id === id))
  return found
}

/** The trigger as the schema of the answer has it, which knows no readonly. */
function triggerOut({ trigger }: Campaign) {
  return (trigger ?? null) as null
}

const MOST_CONTRIBUTORS = 100

/** Of the records that this person may see: how much else came from whom is not counted for them. */
async function ownContributors({ catalog }: SigningSystem, who: Who, { id, dataset }: CampaignRow) {
  const { by } = await catalog.console.held.breakdown(
    {
      datasets: null,
      within: within(who, 'view', dataset),
      terms: [{ field: 'campaign', negated: false, operator: '=', values: [id] }],
    },
    MOST_CONTRIBUTORS,
  )
  return by.contributor.flatMap(({ value, count }) =>
    value === null ? [] : [{ name: value, members: count, records: null }],
  )
}
