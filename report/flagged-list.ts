import type { Family } from '#core/score.ts'
import { count, plural, riskText } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { meter } from './charts.ts'
import { html, name, type Html } from './html.ts'
import { campaignAnchor, type DatasetView } from './overview.ts'
import { picture } from './picture.ts'
import type { FlaggedReport } from './report-data.ts'

export function flaggedAnchor(view: DatasetView, at: number): string {
  return `${view.anchor}-f${at}`
}

/** The flagged records: the sample itself, its risk, the reasons in sentences, and the records that it is compared with. */
export function flaggedList(view: DatasetView): Html | null {
  const { data, anchor } = view
  if (data.flagged.length === 0) return null
  const held = data.counts.quarantined + data.counts.rejected
  const shown =
    data.flagged.length < held
      ? html`<p class="quiet">
          ${count(data.flagged.length)} of ${count(held)}, taking turns between campaigns. The rest:
          <code>${view.scanned?.list ?? 'credence quarantine list'}</code>.
        </p>`
      : null
  const families = [...new Set(data.flagged.flatMap(({ issues }) => issues.slice(0, 1).map(({ family }) => family)))]
  const filter =
    families.length > 1
      ? html`<div class="filter" role="group" aria-label="Show" hidden>
          ${[null, ...families].map((family) => filterButton(family, data.flagged))}
        </div>`
      : null
  return html`<div class="group-head">
      <h3 class="group" id="${anchor}-flagged">Flagged records</h3>
      ${filter}
    </div>
    ${shown} ${cards(view, false)} ${notScanned(view)}`
}

function cards(view: DatasetView, unscanned: boolean): Html {
  const { data } = view
  return html`<ul class="flagged ${data.kind}">
    ${data.flagged.map((record, at) => ((record.unscanned !== undefined) === unscanned ? card(view, record, at) : null))}
  </ul>`
}

/** Records that no detector scanned, separate from the findings, with the reasons. */
function notScanned(view: DatasetView): Html | null {
  const windows = view.data.windows.filter(({ unscanned }) => unscanned !== undefined)
  if (windows.length === 0) return null
  const records = windows.reduce((sum, { ids }) => sum + ids.length, 0)
  const reasons = [...new Set(windows.map(({ unscanned }) => unscanned))]
  return html`<h3 class="group" id="${view.anchor}-unscanned">${view.words.unscanned}</h3>
    <p class="quiet">
      ${plural(records, 'record')} in ${plural(windows.length, 'window')}: nothing is known of them, for or against.
    </p>
    <ul class="notes">
      ${reasons.map((why) => html`<li>${why ?? ''}</li>`)}
    </ul>
    ${cards(view, true)}`
}

function filterButton(family: Family | null, flagged: readonly FlaggedReport[]): Html {
  const matching =
    family === null ? flagged.length : flagged.filter(({ issues }) => issues[0]?.family === family).length
  return html`<button type="button" data-family="${family ?? ''}" aria-pressed="${family === null ? 'true' : 'false'}">
    ${family === null ? 'All' : FAMILY_WORDS[family].name} <small>${matching}</small>
  </button>`
}

function card(view: DatasetView, record: FlaggedReport, at: number): Html {
  const merged = view.campaigns.find(({ campaign }) => campaign.id === record.campaign)
  const facts = [
    record.label === null ? null : html`<span>label <b>${name(record.label)}</b></span>`,
    record.contributor === null ? null : html`<span>from <b>${name(record.contributor)}</b></span>`,
    merged
      ? html`<a href="#${campaignAnchor(view, merged)}"
          ><i class="dot series-${view.campaigns.indexOf(merged) % 8}" aria-hidden="true"></i>campaign</a
        >`
      : null,
  ]
  const why = record.issues.map(
    ({ family, why: sentence }) => html`<li><span class="tag">${FAMILY_WORDS[family].name}</span> ${sentence}</li>`,
  )
  return html`<li
    class="record"
    id="${flaggedAnchor(view, at)}"
    data-family="${record.issues[0]?.family ?? ''}"
    tabindex="-1"
  >
    <div class="sample">
      ${picture(record.sample, `record ${record.id}${record.label === null ? '' : `, label ${record.label}`}`)}
    </div>
    <div class="about">
      <p class="id">
        <code>${name(record.id)}</code
        ><span class="tag ${record.decision === 'reject' ? 'bad' : 'warn'}"
          >${record.decision === 'reject' ? view.words.rejected : view.words.quarantined}</span
        >
      </p>
      <ul class="why">
        ${why}
      </ul>
      <p class="by">${facts}</p>
    </div>
    ${neighbours(record, view)}
    <div class="risk">
      ${
        record.unscanned === undefined
          ? html`<strong>${riskText(record.risk)}</strong
              ><small>risk</small>${meter(record.risk, `risk ${riskText(record.risk)}`, 'risk-fill')}`
          : html`<strong>–</strong><small>not scanned</small>`
      }
    </div>
  </li>`
}

function neighbours({ neighbours: near }: FlaggedReport, { words, scanned }: DatasetView): Html | null {
  if (near === undefined || near.length === 0) return null
  const images = near.every(({ sample }) => sample.kind === 'image')
  const items = near.map(
    ({ id, label, sample }) =>
      html`<li title="${id}">
        ${picture(sample, `record ${id}`)}${label === null ? null : html`<small>${name(label)}</small>`}
      </li>`,
  )
  if (images) {
    return html`<div class="near">
      <small>nearest ${words.admitted}</small>
      <ul>
        ${items}
      </ul>
    </div>`
  }
  return html`<details class="near">
    <summary>
      ${plural(near.length, scanned ? 'nearest record not flagged' : 'nearest admitted record', scanned ? 'nearest records not flagged' : undefined)}
    </summary>
    <ul>
      ${items}
    </ul>
  </details>`
}
