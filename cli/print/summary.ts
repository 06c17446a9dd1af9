import { stripVTControlCharacters } from 'node:util'
import type { WindowCounts } from '#core/window.ts'
import { gapOf, totalOf, type DatasetSummary } from '#app/operations/summaries.ts'
import { paint, type Look } from '#present/look.ts'
import type { PlantedAttack, PlantedTruth } from '#present/planted.ts'
import { repeatedSentences } from '#present/repeated.ts'
import { renderTable, type Cell } from './table.ts'
import { count, displayWidth, duration, padEnd, padStart, percent, plural, visible, wrap } from '#present/text.ts'

const REPEATED_SHOWN = 5

export interface RunSummary {
  readonly datasets: readonly DatasetSummary[]
  readonly planted?: PlantedTruth | undefined
  readonly seconds: number
  /** Datasets whose last window was judged against its own clean history. */
  readonly certified: readonly string[]
  /** Where things are: objects, manifest, report. */
  readonly places: readonly { readonly what: string; readonly path: string }[]
  readonly next: readonly { readonly command: string; readonly why: string }[]
}

/** The end of a run: counts as an equation that adds up, what was planted and caught, where things are, what to do next. */
export function renderSummary(run: RunSummary, look: Look): string {
  const total = totalOf(run.datasets)
  const sections = [
    [heading(run, total, look), '', renderEquation(run.datasets, look)].join('\n'),
    run.planted ? renderPlanted(run.planted, look) : '',
    renderRecalled(total, look),
    renderRepeated(run.datasets, look),
    section(
      'Where things are',
      run.places.map(({ what, path }) => [what, visible(path)]),
      look,
    ),
    section(
      'Next',
      run.next.map(({ command, why }) => [paint(look, 'accent', visible(command)), why]),
      look,
    ),
  ]
  return `${sections.filter((text) => text !== '').join('\n\n')}\n`
}

function renderRecalled({ recalled = 0 }: DatasetSummary, look: Look): string {
  if (recalled === 0) return ''
  const line = `${plural(recalled, 'record')} of the rejected had been admitted, and recalled since: credence recall list`
  return paint(look, 'warn', line)
}

function heading(run: RunSummary, total: DatasetSummary, look: Look): string {
  const held = total.counts.quarantined + total.counts.rejected
  const unread = total.counts.deadLettered
  const received = total.counts.received
  const parts = [
    held === 0
      ? paint(look, unread === 0 ? 'good' : 'warn', `Nothing held in ${plural(received, 'record')}`)
      : paint(look, 'warn', `${plural(held, 'record')} of ${count(received)} held`),
    ...(held > 0 && total.campaigns > 0 ? [`${plural(total.campaigns, 'campaign')} found`] : []),
    ...(unread > 0 ? [`${count(unread)} could not be read`] : []),
  ]
  const widthOf = (text: string) => displayWidth(stripVTControlCharacters(text))
  const line = `${parts.join('; ')}.`
  const verdict = widthOf(line) > look.width ? `${parts.join(';\n')}.` : line
  const notes = [`${plural(total.windows, 'window')}, ${duration(run.seconds)}`, certification(run)]
  const about = notes.join(' · ')
  const gap = widthOf(line) + 2 + displayWidth(about) > look.width ? '\n' : '  '
  return `${paint(look, 'strong', verdict)}${gap}${paint(look, 'dim', about)}`
}

function certification({ certified, datasets }: RunSummary): string {
  if (certified.length === 0) return 'uncertified'
  return certified.length === datasets.length ? 'certified' : `certified: ${certified.map(visible).join(', ')}`
}

const TERMS = [
  ['admitted', 'good', '='],
  ['quarantined', 'warn', '+'],
  ['rejected', 'bad', '+'],
  ['deadLettered', 'dim', '+'],
] as const
const HEADERS = {
  admitted: 'admitted',
  quarantined: 'quarantined',
  rejected: 'rejected',
  deadLettered: 'dead-lettered',
}

/** received = admitted + quarantined + rejected + dead-lettered (+ pending), a line a dataset and one for all; a gap is named. */
export function renderEquation(datasets: readonly DatasetSummary[], look: Look): string {
  const rows = datasets.length > 1 ? [...datasets, totalOf(datasets)] : datasets
  const pending = rows.some((row) => row.pending > 0)
  const name = Math.max(...rows.map((row) => displayWidth(visible(row.dataset))), 0)
  const digits = (key: keyof WindowCounts) => Math.max(...rows.map((row) => count(row.counts[key]).length), 0)
  const width = (key: keyof typeof HEADERS) => Math.max(HEADERS[key].length, digits(key))
  const received = Math.max('received'.length, digits('received'))
  const header = [
    padEnd('', name),
    `  ${padStart('received', received)}`,
    ...TERMS.map(([key, , sign]) => `  ${sign}  ${padStart(HEADERS[key], width(key))}`),
    pending ? '  +  pending' : '',
  ].join('')
  const line = (row: DatasetSummary) => {
    const gap = gapOf(row)
    return [
      padEnd(visible(row.dataset), name),
      `  ${paint(look, 'strong', padStart(count(row.counts.received), received))}`,
      ...TERMS.map(([key, style, sign]) => {
        const value = padStart(count(row.counts[key]), width(key))
        return `  ${paint(look, 'dim', sign)}  ${row.counts[key] === 0 ? paint(look, 'dim', value) : paint(look, style, value)}`
      }),
      pending ? `  ${paint(look, 'dim', '+')}  ${padStart(count(row.pending), 'pending'.length)}` : '',
      gap === 0
        ? ''
        : paint(
            look,
            'bad',
            `  does not add up: ${plural(Math.abs(gap), 'record')} ${gap > 0 ? 'missing' : 'too many'}`,
          ),
    ].join('')
  }
  if (header.length > look.width) return rows.map((row) => narrowEquation(row, look)).join('\n')
  const lines = [paint(look, 'dim', header), ...datasets.map(line)]
  if (datasets.length > 1) lines.push(paint(look, 'dim', '─'.repeat(header.length)), line(totalOf(datasets)))
  return lines.join('\n')
}

/** The same for a terminal that is too narrow for it: a term a line. */
function narrowEquation(row: DatasetSummary, look: Look): string {
  const gap = gapOf(row)
  const term = (value: number, what: string, style: (typeof TERMS)[number][1], sign: string) =>
    `  ${paint(look, 'dim', sign)} ${paint(look, value === 0 ? 'dim' : style, `${count(value)} ${what}`)}`
  return [
    `${visible(row.dataset)}: ${paint(look, 'strong', `${count(row.counts.received)} received`)}`,
    ...TERMS.map(([key, style, sign]) => term(row.counts[key], HEADERS[key], style, sign)),
    ...(row.pending > 0 ? [term(row.pending, 'pending', 'dim', '+')] : []),
    ...(gap === 0 ? [] : [paint(look, 'bad', `  does not add up: ${plural(Math.abs(gap), 'record')}`)]),
  ].join('\n')
}

/** What was planted and what became of it, by attack; then the innocent records held. */
function renderPlanted(planted: PlantedTruth, look: Look): string {
  const rows = planted.attacks.map((attack): Cell[] => [
    attack.dataset,
    attack.name,
    count(attack.planted),
    count(attack.caught),
    { text: percent(attack.caught, attack.planted), style: shareStyle(attack.caught, attack.planted) },
  ])
  const sum = (value: (attack: PlantedAttack) => number) =>
    planted.attacks.reduce((all, attack) => all + value(attack), 0)
  const [all, caught] = [sum((attack) => attack.planted), sum((attack) => attack.caught)]
  const table = renderTable(
    [
      { header: 'dataset' },
      { header: 'planted attack', shrink: true },
      { header: 'planted', align: 'right' },
      { header: 'caught', align: 'right' },
      { header: 'share', align: 'right' },
    ],
    rows,
    look,
    ['total', '', count(all), count(caught), percent(caught, all)],
  )
  const innocents = planted.innocents.map(
    ({ dataset, records, held }) =>
      `${visible(dataset)} ${count(held)} of ${count(records)} (${percent(held, records)})`,
  )
  return [table, '', ...wrap(`Innocent records held: ${innocents.join(', ')}.`, look.width)].join('\n')
}

/** Files that came before under another name: nothing else holds what is in them. */
function renderRepeated(datasets: readonly DatasetSummary[], look: Look): string {
  const lines = datasets.flatMap(({ dataset, repeated = [] }) =>
    repeatedSentences(repeated, REPEATED_SHOWN).map((sentence) => `${dataset}: ${sentence}`),
  )
  if (lines.length === 0) return ''
  const wrapped = lines.flatMap((line) => wrap(line, look.width - 2).map((part) => `  ${part}`))
  return [paint(look, 'warn', 'Delivered again, and taken again'), ...wrapped].join('\n')
}

function shareStyle(caught: number, planted: number): 'good' | 'warn' | 'bad' {
  const share = planted === 0 ? 1 : caught / planted
  return share >= 0.95 ? 'good' : share >= 0.8 ? 'warn' : 'bad'
}

function section(title: string, rows: readonly (readonly string[])[], look: Look): string {
  if (rows.length === 0) return ''
  const width = Math.max(...rows.map(([first = '']) => displayWidth(stripVTControlCharacters(first))))
  const lines = rows.map(([first = '', second = '']) => {
    const own = displayWidth(stripVTControlCharacters(first))
    if (4 + width + displayWidth(stripVTControlCharacters(second)) > look.width) return `  ${first}\n    ${second}`
    return `  ${first}${' '.repeat(width - own)}  ${second}`
  })
  return [paint(look, 'strong', title), ...lines].join('\n')
}
