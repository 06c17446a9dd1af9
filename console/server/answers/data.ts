import { AppError } from '#core/errors.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { healthOf } from '#app/operations/health.ts'
import { taughtBy } from '#app/operations/memories.ts'
import { openOfWindow } from '#app/operations/held.ts'
import { policyHistory, type PolicyPeriod } from '#app/operations/policy-history.ts'
import { summaries } from '#app/operations/summaries.ts'
import { linksOf, manifestOf, replayWindow } from '#app/operations/windows.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import type { DATA_ROUTES } from '#console/api/data.ts'
import type { Who } from '../access/who.ts'
import type { Handlers } from '../call.ts'
import { campaignAnswers } from './campaigns.ts'
import { among, checkDataset, cursorOf, pageOf, sampleOut } from './shapes.ts'
import { attributeOf, mapOf } from './window-map.ts'

/** Of a chain, in one answer. */
const LINKS = 50

export const dataAnswers: Handlers<keyof typeof DATA_ROUTES> = {
  async 'overview.show'({ who, system, query }) {
    const datasets = among(who, 'view')
    const { numbers } = system.catalog.console
    const held = await numbers.held(datasets)
    const withinHours = system.config.console?.decideWithinHours ?? null
    const letters = await system.catalog.deadLetters.countByReason()
    return {
      at: new Date().toISOString(),
      datasets: await visibleSummaries(system, who),
      days: await numbers.days(datasets, query.days),
      held: { ...held, oldestAt: held.oldestAt?.toISOString() ?? null },
      contributors: await numbers.contributors(datasets, 20),
      workload: { withinHours, people: await numbers.workload(datasets, withinHours) },
      // how many wait is counted over every dataset
      waiting: datasets === null ? [...(await system.catalog.windows.waiting())] : [],
      deadLetters: letters.filter(({ dataset }) => datasets?.includes(dataset) ?? true),
    }
  },

  async 'datasets.list'({ who, system }) {
    return { items: await visibleSummaries(system, who) }
  },

  async 'datasets.show'({ who, system, params }) {
    const name = params.dataset
    checkDataset(who, 'view', name, NO_DATASET)
    const found = (await visibleSummaries(system, who)).find(({ dataset }) => dataset === name)
    if (found === undefined) throw new AppError('not_found', NO_DATASET)
    const { dataset, contract, sha256 } = datasetOf(system, name)
    const { label = null, contributor = null, schema } = contract
    return { ...found, policy: dataset.policy, contract: { sha256, label, contributor, schema } }
  },

  async 'datasets.health'({ who, system, params, query }) {
    checkDataset(who, 'view', params.dataset, NO_DATASET)
    const windows = await healthOf(system, params.dataset, query.windows)
    const taught = await taughtBy(system, params.dataset)
    return {
      taught: taught && {
        families: taught.verdicts.families.map(({ family, released, rejected, precision }) => ({
          family,
          released,
          rejected,
          precision,
        })),
        curve: [...taught.verdicts.curve],
        repeats: taught.repeats.map((repeat) => ({ ...repeat })),
      },
      items: windows.map(({ row: { id, ordinal, stagedAt, records, counts }, scan }) => ({
        window: id,
        ordinal,
        stagedAt: stagedAt.toISOString(),
        records,
        held: counts.quarantined + counts.rejected,
        scan: scan && { ...scan, drifted: [...scan.drifted] },
      })),
    }
  },

  async 'windows.list'({ who, system, query }) {
    const { limit, state, cursor, dataset } = query
    const rows = await system.catalog.console.lists.windows({
      datasets: among(who, 'view', dataset),
      state,
      after: cursorOf(cursor, /^[0-9a-f]{32}$/, (id) => id),
      limit: limit + 1,
    })
    return pageOf(rows, limit, ({ id }) => id, windowOut)
  },

  'windows.show': async ({ who, system, params }) => windowOut(await windowOf(system, who, params.window)),

  async 'windows.manifest'({ who, system, params }) {
    const { envelope, ...manifest } = await manifestOf(system, await windowOf(system, who, params.window))
    return { ...manifest, envelope: Buffer.from(envelope).toString('base64') }
  },

  async 'datasets.chain'({ who, system, params, query }) {
    checkDataset(who, 'view', params.dataset, NO_DATASET)
    datasetOf(system, params.dataset)
    const { links, publicKeyPem } = await linksOf(system, params.dataset, query.from, LINKS)
    return {
      links: links.map(({ path, envelope }) => ({
        path,
        envelope: envelope && Buffer.from(envelope).toString('base64'),
      })),
      publicKeyPem,
    }
  },

  async 'datasets.policies'({ who, system, params }) {
    checkDataset(who, 'view', params.dataset, NO_DATASET)
    datasetOf(system, params.dataset)
    const { inForce, periods } = await policyHistory(system, params.dataset)
    const withTime = async (of: PolicyPeriod['from']) => {
      const row = await system.catalog.windows.get(of.window)
      return { ...of, at: row?.committedAt?.toISOString() ?? null }
    }
    const items = periods.map(async (period) => ({
      ...period,
      detectors: period.detectors.map(({ name, version }) => ({ name, version })),
      from: await withTime(period.from),
      to: await withTime(period.to),
    }))
    return { inForce, items: await Promise.all(items) }
  },

  'windows.map': ({ who, system, params }) => mapOf(system, who, params.window),

  'windows.attribute': ({ who, system, params }) => attributeOf(system, who, params.window, params.attribute),

  async 'windows.replay'({ who, system, params, body }) {
    const window = await windowOf(system, who, params.window)
    const { before, after, changed, near } = await replayWindow(system, window, body.policy)
    return { before, after, changed: [...changed], near: { held: [...near.held], admitted: [...near.admitted] } }
  },

  async 'windows.sample'({ who, system, params }) {
    const window = await windowOf(system, who, params.window)
    checkDataset(who, 'sample.open', window.dataset, `there is no window ${window.id}`)
    const { record, label, sample, warnings } = await openOfWindow(system, window, params.index)
    return { record, label, sample: sampleOut(sample), warnings: [...warnings] }
  },

  ...campaignAnswers,
}

const NO_DATASET = 'there is no such dataset'

/** Throws `not_found` for a window of a dataset that they may not see, as for one that is not there. */
async function windowOf({ catalog }: SigningSystem, who: Who, id: string): Promise<WindowRow> {
  const missing = `there is no window ${id}`
  const window = await catalog.windows.get(id)
  if (window === null) throw new AppError('not_found', missing)
  checkDataset(who, 'view', window.dataset, missing)
  return window
}

async function visibleSummaries(system: SigningSystem, who: Who) {
  const datasets = among(who, 'view')
  const all = await summaries(system)
  return all
    .filter(({ dataset }) => datasets?.includes(dataset) ?? true)
    .map(({ dataset, counts, pending, windows, campaigns, repeated = [] }) => {
      const { kind } = datasetOf(system, dataset).contract.features
      return { dataset, kind, counts, pending, windows, campaigns, repeatedFiles: repeated.length }
    })
}

function windowOut(row: WindowRow) {
  const { id, dataset, ordinal, source, state, records, counts, manifest, attempts, lastError } = row
  return {
    id,
    dataset,
    ordinal,
    source,
    state,
    records,
    counts,
    manifest,
    attempts,
    lastError,
    stagedAt: row.stagedAt.toISOString(),
    scannedAt: row.scannedAt?.toISOString() ?? null,
    committedAt: row.committedAt?.toISOString() ?? null,
  }
}
