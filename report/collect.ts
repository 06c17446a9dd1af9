import { idsListed, listedUnder } from '#core/campaigns.ts'
import type { Contract } from '#core/contract.ts'
import type { Policy } from '#core/decision.ts'
import { contributorOf, labelOf } from '#core/record.ts'
import type { DetectorInfo } from '#core/score.ts'
import { quotedIn } from '#present/quoted.ts'
import { readingOf, type Reading } from '#app/contract-archive.ts'
import { readWindow, type OpenedWindow } from '#app/read-window.ts'
import { datasetOf, type SigningSystem } from '#app/system.ts'
import { sampleBy } from '#app/operations/held.ts'
import { nearestAdmitted } from '#app/operations/neighbours.ts'
import { summaries } from '#app/operations/summaries.ts'
import {
  pickShown,
  type CampaignReport,
  type DatasetReport,
  type FlaggedReport,
  type WindowReport,
} from './report-data.ts'

/** The number of a campaign's members that are shown. */
const SAMPLES = 12
/** The number of unscanned records that are shown: a few are enough to see what they are. */
const UNSCANNED_SHOWN = 12

/** Opens every committed window, one after another, and collects what a report shows of it. */
export async function collectDatasets(system: SigningSystem): Promise<DatasetReport[]> {
  const deadLetters = await system.catalog.deadLetters.countByReason()
  const reports: DatasetReport[] = []
  for (const { dataset: name, counts, pending, recalled, repeated } of await summaries(system)) {
    const { dataset, contract } = datasetOf(system, name)
    const collector = new DatasetCollector(contract)
    const readings = new Map<string, Reading>()
    for (const row of await system.catalog.windows.list({ dataset: name, state: 'committed' })) {
      const own = readings.get(row.contract) ?? (await readingOf(system, row))
      readings.set(row.contract, own)
      collector.add(await readWindow(system, row), own)
    }
    reports.push(
      collector.report({
        name,
        counts,
        pending,
        recalled,
        repeated,
        policy: dataset.policy,
        deadLetters: deadLetters.filter((row) => row.dataset === name).map(({ reason, count }) => ({ reason, count })),
      }),
    )
  }
  return reports
}

/** Collects what the report shows of a dataset from one opened window after another, and keeps nothing else. */
export class DatasetCollector {
  readonly #contract: Contract
  readonly #windows: WindowReport[] = []
  readonly #campaigns: CampaignReport[] = []
  readonly #listed = new Set<string>()
  readonly #flagged: FlaggedReport[] = []
  readonly #detectors = new Map<string, DetectorInfo>()
  readonly #notes = new Set<string>()
  #certified = false

  constructor(contract: Contract) {
    this.#contract = contract
  }

  /** Shows the window by the contract that it was staged under; where that one cannot be had, says so, and shows all fields. */
  add(opened: OpenedWindow, { contract, warnings }: Reading = { contract: this.#contract, warnings: [] }): void {
    const { sidecar } = opened
    for (const warning of warnings) this.#notes.add(warning)
    this.#windows.push(windowReport(opened, contract))
    this.#campaigns.push(...campaignReports(opened, contract))
    for (const id of idsListed(sidecar)) this.#listed.add(id)
    this.#flagged.push(...flaggedReports(opened, contract))
    for (const detector of sidecar.detectors) this.#detectors.set(detector.name, detector)
    for (const note of sidecar.notes) this.#notes.add(note)
    this.#certified = sidecar.certified
  }

  report(
    about: Pick<DatasetReport, 'name' | 'counts' | 'pending' | 'recalled' | 'policy' | 'deadLetters' | 'repeated'>,
  ): DatasetReport {
    const sorted = this.#flagged.toSorted((a, b) => b.risk - a.risk || (a.id < b.id ? -1 : 1))
    const flagged = sorted.filter(({ unscanned }) => unscanned === undefined)
    const unscanned = sorted.filter((row) => row.unscanned !== undefined)
    return {
      ...about,
      kind: this.#contract.features.kind,
      threshold: thresholdOf(about.policy, flagged),
      certified: this.#certified,
      detectors: [...this.#detectors.values()],
      notes: [...this.#notes],
      windows: this.#windows,
      campaigns: this.#campaigns.filter(({ campaign }) => this.#listed.has(campaign.id)),
      flagged: [
        ...pickShown(flagged, (row) => row.campaign ?? row.issues[0]?.family ?? ''),
        ...unscanned.slice(0, UNSCANNED_SHOWN),
      ],
    }
  }
}

function thresholdOf({ hold }: Policy, flagged: readonly FlaggedReport[]): number | null {
  return 'risk' in hold ? hold.risk : (flagged.at(-1)?.risk ?? null)
}

function windowReport({ row, sidecar, records }: OpenedWindow, contract: Contract | null): WindowReport {
  const labels = records.map((record) => contract && labelOf(record, contract))
  const names = [...new Set(labels)].filter((label) => label !== null).sort()
  const indexOf = new Map(names.map((name, index) => [name, index]))
  return {
    id: row.id,
    unscanned: sidecar.unscanned,
    ordinal: row.ordinal,
    ids: sidecar.records.map(({ id }) => id),
    risk: Float64Array.from(sidecar.records, ({ risk }) => risk),
    map: sidecar.map,
    labels:
      names.length === 0
        ? null
        : { of: Int32Array.from(labels, (label) => (label === null ? -1 : (indexOf.get(label) ?? -1))), names },
    held: sidecar.records.filter(({ decision }) => decision !== 'admit').map(({ index }) => index),
  }
}

function campaignReports({ row, sidecar, records }: OpenedWindow, contract: Contract | null): CampaignReport[] {
  return sidecar.campaigns.map((campaign) => ({
    window: row.id,
    campaign,
    samples: campaign.members.slice(0, SAMPLES).flatMap((member) => {
      const record = records[member]
      return record === undefined ? [] : [{ id: record.id, sample: sampleBy(contract, record, campaign.trigger) }]
    }),
  }))
}

function flaggedReports({ row, sidecar, records }: OpenedWindow, contract: Contract | null): FlaggedReport[] {
  const campaignOf = listedUnder(sidecar.campaigns)
  const held = sidecar.records.flatMap((scored) => {
    const record = records[scored.index]
    return scored.decision === 'admit' || record === undefined ? [] : [{ ...scored, decision: scored.decision, record }]
  })
  const shown = pickShown(held, ({ index, issues }) => campaignOf.get(index)?.id ?? issues[0]?.family ?? '')
  const neighbours =
    sidecar.unscanned === undefined && contract !== null
      ? nearestAdmitted(
          shown.map(({ record }) => record),
          { sidecar, records },
          contract,
        )
      : []
  return shown.map(({ id, index, risk, decision, issues, record }, at) => {
    const campaign = campaignOf.get(index)
    return {
      id,
      unscanned: sidecar.unscanned,
      window: row.id,
      index,
      risk,
      decision,
      issues,
      label: contract && labelOf(record, contract),
      contributor: contributorOf(record, contract ?? {}),
      campaign: campaign?.id ?? null,
      sample: sampleBy(contract, record, campaign?.trigger ?? quotedIn(issues)),
      neighbours: neighbours[at] ?? [],
    }
  })
}
