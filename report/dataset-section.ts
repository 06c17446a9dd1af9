import type { Policy } from '#core/decision.ts'
import { count, percent, plural, riskText } from '#present/text.ts'
import { REASON_WORDS } from '#present/words.ts'
import { repeatedSentences } from '#present/repeated.ts'
import { campaignCard } from './campaign-card.ts'
import { meter, riskHistogram } from './charts.ts'
import { mappedWindows } from './embed.ts'
import { flaggedList } from './flagged-list.ts'
import { html, name, type Html } from './html.ts'
import { countsBar, equation, summaryOf, type DatasetView } from './overview.ts'
import type { DatasetReport, WindowReport } from './report-data.ts'
import type { ReportWords } from './words.ts'

const REPEATED_SHOWN = 50

/** The section about one dataset; `at` is its index in the embedded data. */
export function datasetSection(view: DatasetView, at: number, several: boolean): Html {
  const { data, anchor, campaigns } = view
  const summary = summaryOf(view)
  const notes = [...data.notes, ...repeatedSentences(data.repeated ?? [], REPEATED_SHOWN)]
  return html`<section class="dataset" id="${anchor}" aria-labelledby="${anchor}-title">
    <header class="dataset-head">
      <p class="eyebrow">Dataset · ${data.kind}</p>
      <h2 id="${anchor}-title">${name(data.name)}</h2>
      <p class="lede">
        ${policySentence(data.policy, data.threshold, view.words)}
        ${data.certified ? null : html`<span class="tag warn" title="No clean history of this dataset to calibrate against yet: scores that compare records with one another are provisional.">uncertified</span>`}
      </p>
      ${several ? html`${equation(summary, view.words)}${countsBar(summary, view.words)}` : null}
    </header>
    ${
      notes.length > 0
        ? html`<ul class="notes">
            ${notes.map((note) => html`<li>${note}</li>`)}
          </ul>`
        : null
    }
    <div class="pair">
      <section class="panel" aria-labelledby="${anchor}-risk">
        <h3 id="${anchor}-risk">Risk</h3>
        ${riskHistogram(risksOf(view), data.threshold, view.words.held)}
        <p class="quiet">Records by risk, on a logarithmic scale.</p>
        ${margin(view)}
      </section>
      ${deadLetters(view)}
    </div>
    ${scannedWindows(data).length > 0 ? scatter(view, at) : null}
    ${
      campaigns.length > 0
        ? html`<h3 class="group" id="${anchor}-campaigns">${plural(campaigns.length, 'campaign')}</h3>
            ${campaigns.map((merged) => campaignCard(view, merged))}`
        : null
    }
    ${flaggedList(view)}
  </section>`
}

/** The risks of the riskiest admitted record and of the least risky held one, which show what another threshold would change. */
function margin({ data, words }: DatasetView): Html | null {
  let [admitted, held] = [-1, 2]
  for (const window of scannedWindows(data)) {
    const isHeld = new Set(Array.from(window.held))
    for (let i = 0; i < window.ids.length; i++) {
      const risk = window.risk[i] ?? 0
      if (isHeld.has(i)) held = Math.min(held, risk)
      else admitted = Math.max(admitted, risk)
    }
  }
  if (admitted < 0 || held > 1) return null
  return html`<dl class="facts">
    <div>
      <dt>Riskiest ${words.admitted}</dt>
      <dd>${riskText(admitted)}</dd>
    </div>
    <div>
      <dt>Least risky ${words.held}</dt>
      <dd>${riskText(held)}</dd>
    </div>
  </dl>`
}

function scannedWindows({ windows }: DatasetReport): readonly WindowReport[] {
  return windows.filter(({ unscanned }) => unscanned === undefined)
}

function* risksOf({ data }: DatasetView): Generator<number> {
  for (const window of scannedWindows(data)) for (let i = 0; i < window.ids.length; i++) yield window.risk[i] ?? 0
}

function policySentence(policy: Policy, threshold: number | null, { held, rejected }: ReportWords): string {
  const came = threshold === null || threshold > 1 ? '' : ` That came to a risk of ${threshold.toFixed(2)}.`
  const reject =
    policy.rejectAbove <= 1
      ? ` From ${policy.rejectAbove} on, records are ${rejected === 'rejected' ? 'rejected unseen' : rejected}.`
      : ''
  if ('risk' in policy.hold) return `Records are ${held} from a risk of ${policy.hold.risk} on.${reject}`
  if ('reviewBudget' in policy.hold)
    return `The riskiest are ${held}, at most ${count(policy.hold.reviewBudget)} a window.${came}${reject}`
  const oneIn = Math.round(1 / policy.hold.innocentShare)
  return `Of what is ${held}, about 1 in ${count(oneIn)} is expected to be innocent.${came}${reject}`
}

function deadLetters({ data, anchor, words }: DatasetView): Html {
  const rows = [...data.deadLetters].filter((row) => row.count > 0).sort((a, b) => b.count - a.count)
  const total = rows.reduce((sum, row) => sum + row.count, 0)
  const body =
    rows.length === 0
      ? html`<p class="quiet">Every record could be read and met its contract.</p>`
      : html`<ul class="reasons">
          ${rows.map(
            (row) =>
              html`<li>
                <div><code>${row.reason}</code><strong>${count(row.count)}</strong></div>
                ${meter(row.count / total, percent(row.count, total), 'deadLettered')}<small
                  >${REASON_WORDS[row.reason]}</small
                >
              </li>`,
          )}
        </ul>`
  return html`<section class="panel" aria-labelledby="${anchor}-dead">
    <h3 id="${anchor}-dead">${words.deadLetters}</h3>
    ${body}
  </section>`
}

function scatter({ data, anchor, campaigns, words }: DatasetView, at: number): Html {
  const modes = [
    ...(campaigns.length > 0 ? [['campaign', 'Campaign']] : []),
    ['risk', 'Risk'],
    ...(data.windows.some(({ labels }) => labels !== null) ? [['class', 'Class']] : []),
  ]
  const windows = mappedWindows(data.windows)
  const most = windows.reduce((best, window) => (window.held.length > best.held.length ? window : best))
  const options = windows.map((window, value) => {
    const text = `${window.ordinal} · ${plural(window.ids.length, 'record')}, ${count(window.held.length)} ${words.held}`
    return html`<option value="${value}" ${window === most ? html`selected` : null}>${text}</option>`
  })
  const pick =
    windows.length > 1
      ? html`<label class="select"
          ><span>Window</span
          ><select data-window>
            ${options}
          </select></label
        >`
      : null
  const left = scannedWindows(data).length - windows.length
  return html`<section
    class="panel scatter"
    data-dataset="${at}"
    data-held="${words.held}"
    data-admitted="${words.admitted}"
    aria-labelledby="${anchor}-map"
  >
    <div class="toolbar">
      <h3 id="${anchor}-map">The window as a map</h3>
      ${pick}
      <fieldset class="modes">
        <legend class="hidden">Colour by</legend>
        ${modes.map(([value = '', label = ''], first) => html`<label><input type="radio" name="${anchor}-mode" value="${value}" ${first === 0 ? html` checked` : null} /><span>${label}</span></label>`)}
      </fieldset>
    </div>
    <div class="plot">
      <canvas
        tabindex="0"
        role="application"
        aria-roledescription="scatter plot"
        aria-label="Records of the window by the two main axes of what the probe learned. Arrow keys go through the records ${words.held}."
        aria-describedby="${anchor}-hint"
      ></canvas
      ><canvas class="over" aria-hidden="true"></canvas>
      <div class="tip" hidden></div>
    </div>
    <div class="legend"></div>
    <p class="quiet" id="${anchor}-hint">
      Each point is a record, placed by the two main axes of what the probe learned; near means alike. The larger points
      were ${words.held}. Hover for the record, click for its card; arrow keys step through what was
      ${words.held}.${left > 0 ? ` Windows shown are those with the most ${words.held}; ${plural(left, 'window')} are not.` : null}
    </p>
    <p class="hidden" aria-live="polite" data-live></p>
    <noscript><p class="quiet">The map needs scripts to be drawn.</p></noscript>
  </section>`
}
