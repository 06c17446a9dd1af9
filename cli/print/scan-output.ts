import type { Campaign } from '#core/score.ts'
import {
  isFlagged,
  isHeld,
  isNothingScanned,
  unscannedIn,
  type ScannedRecord,
  type ScanOutput,
} from '#present/scanned.ts'
import { paint, type Look } from '#present/look.ts'
import { renderJunit } from './junit.ts'
import { renderSarif } from './sarif.ts'
import { renderTable, type Cell } from './table.ts'
import { count, percent, plural, riskText, safeJson, visible, wrap } from '#present/text.ts'
import { DECISION_STYLE, FAMILY_WORDS } from '#present/words.ts'

export const SCAN_FORMATS = ['table', 'json', 'jsonl', 'sarif', 'junit'] as const
export type ScanFormat = (typeof SCAN_FORMATS)[number]

export interface ScanOutputOptions {
  readonly format: ScanFormat
  /** Every record, not just what is flagged. */
  readonly all: boolean
  readonly look: Look
}

/** A scan in one of the formats, ending in a line break. */
export function renderScan(scan: ScanOutput, options: ScanOutputOptions): string {
  switch (options.format) {
    case 'jsonl':
      return [...scanLines(scan, options.all)].join('')
    case 'json':
      return renderJson(scan, options.all)
    case 'sarif':
      return renderSarif(scan)
    case 'junit':
      return renderJunit(scan)
    default:
      return renderForPeople(scan, options.all, options.look)
  }
}

/**
 * One line a record, in input order: `{ index, id, risk, decision, issues: [{ family, score, why }] }`; `unscanned`, the reason,
 * where no detector looked at it.
 */
function* scanLines(scan: ScanOutput, all: boolean): Generator<string> {
  for (const record of scan.records) if (all || isHeld(record)) yield `${safeJson(lineOf(record))}\n`
}

function lineOf({ index, id, risk, decision, issues, unscanned }: ScannedRecord): object {
  const reasons = issues.map(({ family, score, why }) => ({ family, score, why }))
  return { index, id, risk, decision, issues: reasons, ...(unscanned !== undefined && { unscanned }) }
}

function renderJson(scan: ScanOutput, all: boolean): string {
  const { input, certified, notes, detectors, campaigns, deadLetters } = scan
  const unscanned = scan.records.filter((record) => record.unscanned !== undefined).length
  const counts = {
    scanned: scan.records.length - unscanned,
    flagged: scan.records.filter(isFlagged).length,
    ...(unscanned > 0 && { unscanned }),
  }
  const records = scan.records.filter((record) => all || isHeld(record)).map(lineOf)
  return `${safeJson({ input, counts, certified, notes, detectors, deadLetters, campaigns, records }, 2)}\n`
}

const SHOWN = 50

/** Campaigns, then the riskiest records, then the verdict in a line. */
function renderForPeople(scan: ScanOutput, all: boolean, look: Look): string {
  const flagged = scan.records.filter(isFlagged).sort((a, b) => b.risk - a.risk || a.index - b.index)
  const rows = all ? scan.records : flagged.slice(0, SHOWN)
  const left = unscannedIn(scan)
  const notes = scan.notes.filter((note) => !left.some(({ why }) => note.endsWith(`: ${why}`))) // the verdict says it
  const sections = [
    scan.campaigns.map((campaign) => renderCampaign(campaign, scan.records.length, look)).join('\n\n'),
    rows.length > 0 ? renderRecords(rows, look) : '',
    !all && flagged.length > SHOWN
      ? paint(look, 'dim', `${count(flagged.length - SHOWN)} more: --format jsonl lists them all.`)
      : '',
    notes.map((note) => paint(look, 'dim', `Note: ${visible(note)}`)).join('\n'),
    verdictOf(scan, flagged.length, look),
  ]
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`
}

function renderCampaign(campaign: Campaign, records: number, look: Look): string {
  const title = `${paint(look, 'warn', '▲')} ${paint(look, 'strong', `${FAMILY_WORDS[campaign.family].name} campaign`)}  ${paint(look, 'dim', visible(campaign.id))}`
  const facts = [
    ...wrap(visible(campaign.summary), look.width - 2),
    `${plural(campaign.members.length, 'record')} (${percent(campaign.members.length, records)}) · evidence ${campaign.evidence.toFixed(1)} nats`,
    ...triggerLine(campaign),
    ...contributorLine(campaign),
  ]
  return [title, ...facts.map((fact) => `  ${fact}`)].join('\n')
}

function triggerLine({ trigger, summary }: Campaign): string[] {
  if (trigger === undefined) return []
  switch (trigger.kind) {
    case 'tokens':
      return [
        `trigger: ${named(trigger.tokens, summary)}`,
        ...(trigger.behaviour === undefined ? [] : [`in the response: ${named(trigger.behaviour, summary)}`]),
      ]
    case 'values':
      return [
        `trigger: ${trigger.values.map(({ column, value }) => `${visible(column)} = ${visible(value)}`).join(', ')}`,
      ]
    case 'patch':
      return [`trigger: a patch of ${plural(trigger.pixels.length, 'pixel')} on a grid of ${trigger.shape.join(' × ')}`]
    case 'pattern':
      return [`trigger: a pattern over the whole grid of ${trigger.shape.join(' × ')}`]
    default:
      return [`trigger: a direction in feature space (${plural(trigger.dimensions.length, 'dimension')})`]
  }
}

/** What stands in the text is quoted; what is said of it, as the summary says it, is not. */
function named(tokens: readonly string[], summary: string): string {
  const isSaid = (token: string) => summary.includes(token) && !summary.includes(`“${token}”`)
  return tokens.map((token) => (isSaid(token) ? visible(token) : `“${visible(token)}”`)).join(' ')
}

function contributorLine({ contributors }: Campaign): string[] {
  if (contributors.length === 0) return []
  const named = contributors
    .slice(0, 3)
    .map(({ name, members, records }) => `${visible(name)} ${count(members)} of ${count(records)}`)
  const more = contributors.length > 3 ? ` and ${count(contributors.length - 3)} more` : ''
  return [`from: ${named.join(', ')}${more}`]
}

function renderRecords(rows: readonly ScannedRecord[], look: Look): string {
  const cells = rows.map((record): Cell[] => [
    count(record.index),
    record.id,
    record.unscanned === undefined
      ? { text: `${riskBar(record.risk)} ${riskText(record.risk)}`, style: DECISION_STYLE[record.decision] }
      : 'not scanned',
    record.decision,
    ...(rows.some(({ label }) => label !== undefined) ? [record.label ?? ''] : []),
    record.issues[0]?.why ?? '',
  ])
  const labelled = rows.some(({ label }) => label !== undefined)
  return renderTable(
    [
      { header: 'index', align: 'right' },
      { header: 'id', shrink: true },
      { header: 'risk' },
      { header: 'decision' },
      ...(labelled ? [{ header: 'label', shrink: true }] : []),
      { header: 'why', shrink: true },
    ],
    cells,
    look,
  )
}

/** Eight cells, in halves. */
export function riskBar(risk: number): string {
  const halves = Math.round(Math.max(0, Math.min(1, risk)) * 16)
  return `${'━'.repeat(halves >> 1)}${halves % 2 === 1 ? '╸' : ''}`.padEnd(8, ' ')
}

function verdictOf(scan: ScanOutput, flagged: number, look: Look): string {
  const dead = scan.deadLetters.reduce((sum, { count }) => sum + count, 0)
  const unread =
    dead > 0
      ? ` ${plural(dead, 'record')} could not be read (${scan.deadLetters.map(({ reason, count: n }) => `${visible(reason)} ${count(n)}`).join(', ')}).`
      : ''
  const uncertified = scan.certified ? '' : paint(look, 'dim', ' Uncertified: no clean history to calibrate against.')
  const left = unscannedIn(scan)
  const unscanned = left.map(({ why, count: n }) => ` ${plural(n, 'record')} not scanned: ${visible(why)}.`).join('')
  if (isNothingScanned(scan)) {
    const [first] = left
    const said = first?.count === scan.records.length ? `: ${visible(first.why)}.` : `.${unscanned}`
    return `${paint(look, 'warn', `✖ Nothing was scanned${said}`)}${unread}`
  }
  if (flagged === 0 && left.length > 0) {
    return `${paint(look, 'warn', `✖${unscanned}`)} Nothing flagged in the others.${unread}${uncertified}`
  }
  if (flagged === 0) {
    return `${paint(look, 'good', `✔ Nothing flagged in ${plural(scan.records.length, 'record')}.`)}${unread}${uncertified}`
  }
  const share = percent(flagged, scan.records.length)
  const campaigns = scan.campaigns.length > 0 ? ` in ${plural(scan.campaigns.length, 'campaign')}` : ''
  return `${paint(look, 'warn', `✖ ${plural(flagged, 'record')} of ${count(scan.records.length)} flagged (${share})${campaigns}.`)}${unscanned}${unread}${uncertified}`
}
