import { MITIGATIONS } from '#core/score.ts'
import { adviceFor, adviceOnScan, commandIn } from '#present/advice.ts'
import { gapOf, totalOf, type DatasetSummary } from '#app/operations/summaries.ts'
import type { PlantedTruth } from '#present/planted.ts'
import { count, percent, plural, visible } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { meter, stackedBar } from './charts.ts'
import { Html, html, name } from './html.ts'
import type { MergedCampaign } from './merge-campaigns.ts'
import type { DatasetReport, ReportData } from './report-data.ts'
import { capital, type ReportWords } from './words.ts'

export interface DatasetView {
  readonly config: string | undefined
  readonly scanned: ReportData['scanned']
  readonly words: ReportWords
  readonly data: DatasetReport
  /** The element id of its section. */
  readonly anchor: string
  readonly campaigns: readonly MergedCampaign[]
}

export function summaryOf({ data, campaigns }: DatasetView): DatasetSummary {
  const { name: dataset, counts, pending, recalled = 0, windows } = data
  return { dataset, counts, pending, recalled, windows: windows.length, campaigns: campaigns.length }
}

/** The first screen: the verdict in one sentence, the equation, the bar. */
export function verdict(report: ReportData, views: readonly DatasetView[], words: ReportWords): Html {
  const total = totalOf(views.map(summaryOf))
  const { received, quarantined, rejected } = total.counts
  const held = quarantined + rejected
  const campaigns = views.reduce((sum, view) => sum + view.campaigns.length, 0)
  const headline =
    held === 0
      ? html`Nothing was ${words.held} in ${plural(received, 'record')}.`
      : html`<em>${plural(held, 'record')}</em> of ${count(received)}
          ${words.held}${campaigns > 0 ? html`; <em>${plural(campaigns, 'campaign')}</em> found` : report.scanned ? null : ' for review'}.`
  return html`<section class="verdict" aria-labelledby="headline">
    <p class="eyebrow">${report.title}</p>
    <h1 id="headline">${headline}</h1>
    ${equation(total, words)} ${countsBar(total, words)} ${gapNote(total)} ${recallNote(total)}
    ${views.length > 1 ? countsTable(views, total, words) : null}
  </section>`
}

const TERMS = [
  ['admitted', '='],
  ['quarantined', '+'],
  ['rejected', '+'],
  ['deadLettered', '+'],
] as const

/** received = admitted + quarantined + rejected + dead-lettered, in large figures. */
export function equation(row: DatasetSummary, words: ReportWords): Html {
  const terms = TERMS.map(
    ([key, sign]) =>
      html`<span class="sign">${sign}</span>
        <div class="term">
          <dt><i class="swatch ${key}" aria-hidden="true"></i>${capital(words[key])}</dt>
          <dd>${count(row.counts[key])}</dd>
        </div>`,
  )
  const pending =
    row.pending > 0
      ? html`<span class="sign">+</span>
          <div class="term">
            <dt>Not yet scanned</dt>
            <dd>${count(row.pending)}</dd>
          </div>`
      : null
  return html`<dl class="equation">
    <div class="term">
      <dt>Received</dt>
      <dd>${count(row.counts.received)}</dd>
    </div>
    ${terms}${pending}
  </dl>`
}

export function countsBar(row: DatasetSummary, words: ReportWords): Html {
  const slices = TERMS.map(([key]) => ({ label: capital(words[key]), value: row.counts[key], tone: key }))
  return stackedBar(
    [...slices, { label: 'Not yet scanned', value: row.pending, tone: 'pending' }],
    'What became of the records received',
  )
}

function recallNote({ recalled = 0 }: DatasetSummary): Html | null {
  if (recalled === 0) return null
  const command = html`<code>credence recall list</code>`
  return html`<p class="alarm">
    ${plural(recalled, 'record')} of the rejected had been admitted, and recalled since: ${command}.
  </p>`
}

function gapNote(row: DatasetSummary): Html | null {
  const gap = gapOf(row)
  if (gap === 0) return null
  return html`<p class="alarm" role="alert">
    The counts do not add up: ${plural(Math.abs(gap), 'record')} ${gap > 0 ? 'unaccounted for' : 'too many'}.
  </p>`
}

function countsTable(views: readonly DatasetView[], total: DatasetSummary, words: ReportWords): Html {
  const row = (summary: DatasetSummary, head: Html) =>
    html`<tr>
      <th scope="row">${head}</th>
      <td>${count(summary.counts.received)}</td>
      ${TERMS.map(([key]) => html`<td${summary.counts[key] === 0 ? html` class="zero"` : null}>${count(summary.counts[key])}</td>`)}
      <td>${count(summary.windows)}</td>
      <td>${count(summary.campaigns)}</td>
    </tr>`
  return html`<div class="scroll">
    <table class="figures">
      <caption class="hidden">
        Counts by dataset
      </caption>
      <thead>
        <tr>
          <th scope="col">Dataset</th>
          <th scope="col">Received</th>
          ${TERMS.map(([key]) => html`<th scope="col">${capital(words[key])}</th>`)}
          <th scope="col">Windows</th>
          <th scope="col">Campaigns</th>
        </tr>
      </thead>
      <tbody>
        ${views.map((view) => row(summaryOf(view), html`<a href="#${view.anchor}">${name(view.data.name)}</a>`))}
      </tbody>
      <tfoot>
        ${row(total, html`Total`)}
      </tfoot>
    </table>
  </div>`
}

const CAMPAIGNS_ASKED = 6

/** The ordered list of what to do: first for the largest campaigns, then for what could not be read, then further commands. */
export function whatNext(report: ReportData, views: readonly DatasetView[]): Html {
  const steps = views
    .flatMap((view) => view.campaigns.map((merged) => ({ view, merged })))
    .sort((a, b) => b.merged.campaign.members.length - a.merged.campaign.members.length)
    .slice(0, CAMPAIGNS_ASKED)
    .map(({ view, merged }) => campaignStep(view, merged))
  const dead = views.reduce((sum, { data }) => sum + data.counts.deadLettered, 0)
  if (dead > 0) {
    steps.push(
      step(
        'Look at what could not be read',
        html`${plural(dead, 'record')} broke the contract or could not be
        decoded${report.scanned ? ': mend the cause.' : '. They are kept as they came: mend the cause, then redrive them.'}`,
        report.scanned ? null : commandIn('credence deadletter list', report.config),
      ),
    )
  }
  steps.push(...report.next.map(({ command, why }) => step(capital(why), null, command)))
  if (steps.length === 0) return html``
  return html`<section class="panel" id="next" aria-labelledby="next-title">
    <h2 id="next-title">What to do next</h2>
    <ol class="steps">
      ${steps}
    </ol>
  </section>`
}

function campaignStep(view: DatasetView, merged: MergedCampaign): Html {
  const subject = {
    dataset: view.data.name,
    campaign: merged.campaign.id,
    contributor: merged.campaign.contributors[0]?.name,
    config: view.config,
  }
  const first = MITIGATIONS.find((each) => merged.campaign.mitigations.includes(each))
  const advice = first === undefined ? null : view.scanned ? adviceOnScan(first) : adviceFor(first, subject)
  const title = html`${view.scanned ? 'Look at' : 'Settle'} the
  ${FAMILY_WORDS[merged.campaign.family].name.toLowerCase()} campaign in ${name(view.data.name)}`
  const detail = html`${merged.campaign.summary.replace(/[.\s]*$/, '.')} ${advice === null ? null : `${advice.title}.`}
    <a href="#${campaignAnchor(view, merged)}">See the campaign</a>`
  return step(title, detail, advice?.command ?? null)
}

function step(title: Html | string, detail: Html | null, command: string | null): Html {
  return html`<li>
    <h3>${title}</h3>
    ${detail === null ? null : html`<p>${detail}</p>`}${commandLine(command)}
  </li>`
}

export function campaignAnchor(view: DatasetView, merged: MergedCampaign): string {
  return `${view.anchor}-c${view.campaigns.indexOf(merged)}`
}

/** A command to copy; lines only break between its words. */
export function commandLine(command: string | null): Html | null {
  if (command === null) return null
  const words = visible(command).split(' ')
  const code = words.map((word) => html`<span>${word}</span>`.text).join(' ')
  return html`<div class="command"><code>${new Html(code)}</code></div>`
}

/** What was planted and what happened to it, by attack. */
export function plantedTable(planted: PlantedTruth): Html {
  const sum = (value: (attack: PlantedTruth['attacks'][number]) => number) =>
    planted.attacks.reduce((all, attack) => all + value(attack), 0)
  const [all, caught] = [sum((attack) => attack.planted), sum((attack) => attack.caught)]
  const rows = planted.attacks.map(
    (attack) =>
      html`<tr><th scope="row">${attack.name}<small>${attack.definition}</small></th><td class="left">${name(attack.dataset)}</td><td>${count(attack.planted)}</td><td>${count(attack.caught)}</td><td${attack.caught === attack.planted ? html` class="zero"` : null}>${count(attack.planted - attack.caught)}</td><td class="share"><span>${percent(attack.caught, attack.planted)}</span>${meter(attack.caught / Math.max(1, attack.planted), 'share caught')}</td></tr>`,
  )
  const innocents = planted.innocents.map(
    ({ dataset, records, held }) =>
      html`<li>
        <strong>${count(held)}</strong> of ${count(records)} in ${name(dataset)}
        <span class="quiet">(${percent(held, records)})</span>
      </li>`,
  )
  return html`<section id="planted" aria-labelledby="planted-title">
    <h2 id="planted-title">Planted and caught</h2>
    <p class="lede">
      This run carried poison planted on purpose. The pipeline could not see which records were poisoned; the table was
      made afterwards.
    </p>
    <div class="scroll">
      <table class="figures wide">
        <caption class="hidden">
          Planted poison by attack
        </caption>
        <thead>
          <tr>
            <th scope="col">Attack</th>
            <th scope="col" class="left">Dataset</th>
            <th scope="col">Planted</th>
            <th scope="col">Caught</th>
            <th scope="col">Missed</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td></td>
            <td>${count(all)}</td>
            <td>${count(caught)}</td>
            <td>${count(all - caught)}</td>
            <td class="share">
              <span>${percent(caught, all)}</span>${meter(caught / Math.max(1, all), 'share caught')}
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
    <h3>Innocent records held</h3>
    <ul class="plain">
      ${innocents}
    </ul>
  </section>`
}
