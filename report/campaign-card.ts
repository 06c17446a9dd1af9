import { MITIGATIONS } from '#core/score.ts'
import { adviceFor, adviceOnScan } from '#present/advice.ts'
import { ATLAS_MITIGATIONS, FRAMEWORK_TAGS } from '#present/frameworks.ts'
import { count, percent, plural } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { meter } from './charts.ts'
import { html, name, type Html } from './html.ts'
import type { MergedCampaign } from './merge-campaigns.ts'
import { campaignAnchor, commandLine, type DatasetView } from './overview.ts'
import { picture, triggerPicture } from './picture.ts'

const CONTRIBUTORS_SHOWN = 8
const SAMPLES_SHOWN = { image: 24, text: 3, table: 4, vector: 4, exchange: 3 }

/** One campaign: what was found, its trigger as a picture, members, contributors, and what to do about it, in order. */
export function campaignCard(view: DatasetView, merged: MergedCampaign): Html {
  const { campaign } = merged
  const anchor = campaignAnchor(view, merged)
  const number = view.campaigns.indexOf(merged)
  const label =
    campaign.label === undefined
      ? null
      : html`<div>
          <dt>Toward label</dt>
          <dd>${name(campaign.label)}</dd>
        </div>`
  const windows = view.data.windows.filter(({ id }) => merged.windows.includes(id)).map(({ ordinal }) => ordinal)
  return html`<article class="campaign" id="${anchor}" aria-labelledby="${anchor}-title">
    <header>
      <p class="eyebrow">
        <i class="dot series-${number % 8}" aria-hidden="true"></i>${FAMILY_WORDS[campaign.family].name} campaign
        <code>${campaign.id}</code>
      </p>
      <h4 id="${anchor}-title">${campaign.summary}</h4>
      <ul class="tags" aria-label="Framework identifiers">
        ${FRAMEWORK_TAGS[campaign.family].map((tag) => html`<li title="${tag.framework}: ${tag.title}">${tag.id}</li>`)}
      </ul>
    </header>
    <div class="campaign-body">
      <div class="what">
        ${
          campaign.trigger
            ? html`<h5>The trigger</h5>
                ${triggerPicture(campaign.trigger)}`
            : null
        }
        <dl class="facts">
          <div>
            <dt>Records</dt>
            <dd>
              ${count(campaign.members.length)}
              <small>${percent(campaign.members.length, view.data.counts.received)}</small>
            </dd>
          </div>
          ${label}
          <div>
            <dt>Evidence</dt>
            <dd>${evidence(campaign.evidence)}</dd>
          </div>
          <div>
            <dt>${windows.length === 1 ? 'Window' : 'Windows'}</dt>
            <dd>
              ${windows.length > 6 ? `${count(windows.length)} of ${count(view.data.windows.length)}` : windows.join(', ')}
            </dd>
          </div>
        </dl>
        ${contributors(merged)}
      </div>
      <div class="todo">
        <h5>What to do</h5>
        <ol class="steps small">
          ${steps(view, merged)}
        </ol>
      </div>
    </div>
    ${samples(view, merged)}
  </article>`
}

/** A log-likelihood ratio as odds, which need no unit. */
function evidence(nats: number): Html {
  const decades = Math.floor(nats / Math.LN10)
  const odds = decades >= 6 ? html`10<sup>${decades}</sup>` : html`${count(Math.max(1, Math.round(Math.exp(nats))))}`
  return html`${odds} : 1
    <small title="Log-likelihood ratio, after the correction for how many were tried">${nats.toFixed(1)} nats</small>`
}

function steps(view: DatasetView, merged: MergedCampaign): Html[] {
  const subject = {
    config: view.config,
    dataset: view.data.name,
    campaign: merged.campaign.id,
    contributor: merged.campaign.contributors[0]?.name,
  }
  const wanted = MITIGATIONS.filter((each) => merged.campaign.mitigations.includes(each))
  return wanted.map((mitigation) => {
    const advice = view.scanned ? adviceOnScan(mitigation) : adviceFor(mitigation, subject)
    const atlas =
      advice.atlas === null
        ? null
        : html` <span class="tag" title="MITRE ATLAS: ${ATLAS_MITIGATIONS[advice.atlas]}">${advice.atlas}</span>`
    return html`<li>
      <h6>${advice.title}${atlas}</h6>
      <p>${advice.detail}</p>
      ${commandLine(advice.command)}
    </li>`
  })
}

function samples(view: DatasetView, merged: MergedCampaign): Html | null {
  const shown = merged.samples.slice(0, SAMPLES_SHOWN[view.data.kind])
  const members = merged.campaign.members.length
  if (shown.length === 0) return null
  const title = html`<h5>
    Members
    <small>${shown.length < members ? `${shown.length} of ${count(members)}` : plural(shown.length, 'record')}</small>
  </h5>`
  return html`${title}
    <ul class="members ${view.data.kind}">
      ${shown.map(({ id, sample }) => html`<li title="${id}">${picture(sample, `record ${id}`)}${sample.kind === 'image' ? null : html`<code>${name(id)}</code>`}</li>`)}
    </ul>`
}

function contributors({ campaign: { contributors: all } }: MergedCampaign): Html | null {
  if (all.length === 0) return null
  const rows = all.slice(0, CONTRIBUTORS_SHOWN).map(
    (each) =>
      html`<tr>
        <th scope="row">${name(each.name)}</th>
        <td>${count(each.members)}</td>
        <td>${count(each.records)}</td>
        <td class="share">
          <span>${percent(each.members, each.records)}</span>${meter(
            each.members / Math.max(1, each.records),
            'share of its records',
            'quarantined',
          )}
        </td>
      </tr>`,
  )
  const more = all.length - rows.length
  return html`<h5>Where they came from</h5>
    <div class="scroll tight">
      <table class="figures compact">
        <caption class="hidden">
          Contributors to the campaign
        </caption>
        <thead>
          <tr>
            <th scope="col">Contributor</th>
            <th scope="col">In it</th>
            <th scope="col">Sent in all</th>
            <th scope="col">Share</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>
    ${more > 0 ? html`<p class="quiet">and ${plural(more, 'contributor')} more</p>` : null}`
}
