import { FAMILIES } from '#core/score.ts'
import { ATLAS_MITIGATIONS, FRAMEWORK_TAGS } from '#present/frameworks.ts'
import { duration } from '#present/text.ts'
import { FAMILY_WORDS } from '#present/words.ts'
import { datasetSection } from './dataset-section.ts'
import { asset, documentOf, element, sharedStyle } from './document.ts'
import { embedDataset } from './embed.ts'
import { flaggedAnchor } from './flagged-list.ts'
import { html, name, scriptJson, type Content, type Html } from './html.ts'
import { mergeCampaigns } from './merge-campaigns.ts'
import { plantedTable, verdict, whatNext, type DatasetView } from './overview.ts'
import type { ReportData } from './report-data.ts'
import { PIPELINE_WORDS, SCAN_WORDS } from './words.ts'

/**
 * A run as one self-contained HTML file: it makes no request, and its content security policy allows only its own script and
 * style. The same data gives the same bytes.
 */
export function renderReport(report: ReportData): string {
  const style =
    sharedStyle('theme.css', 'parts.css', 'samples.css') +
    asset('layout.css', 'tables.css', 'dataset.css', 'findings.css', 'media.css')
  const script = asset('map.js', 'report.js')
  const words = report.scanned === undefined ? PIPELINE_WORDS : SCAN_WORDS
  const views = report.datasets.map((data, at): DatasetView => {
    return {
      data,
      config: report.config,
      scanned: report.scanned,
      words,
      anchor: `d${at}`,
      campaigns: mergeCampaigns(data.campaigns),
    }
  })
  const embedded = views.map((view) => {
    const cards = new Map(
      view.data.flagged.map(({ window, index }, at) => [`${index} ${window}`, flaggedAnchor(view, at)]),
    )
    return embedDataset(view.data, view.campaigns, (window, index) => cards.get(`${index} ${window}`))
  })
  return documentOf(
    { title: report.title, version: report.version, style, script },
    html`<a class="skip" href="#main">Skip to the findings</a>
      ${masthead(report)}
      <div class="layout">
        ${contents(report, views)}
        <main id="main">
          ${verdict(report, views, words)} ${whatNext(report, views)}
          ${report.planted ? plantedTable(report.planted) : null}
          ${views.map((view, at) => datasetSection(view, at, views.length > 1))} ${colophon(report, views)}
        </main>
      </div>
      ${element('script', scriptJson(embedded).text, 'type="application/json" id="data"')}`,
  )
}

function masthead(report: ReportData): Html {
  return html`<header class="masthead">
    <a class="brand" href="#main"
      ><svg viewBox="0 0 24 24" aria-hidden="true">
        <path d="M4 4h16c0 6-3 10-7 10.8V19h4v2H7v-2h4v-4.2C7 14 4 10 4 4z" /></svg
      >Credence</a
    >
    <p class="stamp">
      <time datetime="${report.createdAt}">${report.createdAt.slice(0, 16).replace('T', ' ')} UTC</time>
    </p>
    <button type="button" class="theme" hidden><span>Dark</span></button>
  </header>`
}

function contents(report: ReportData, views: readonly DatasetView[]): Html {
  const sub = (view: DatasetView): Content => [
    view.campaigns.length > 0
      ? html`<a class="sub" href="#${view.anchor}-campaigns">Campaigns <small>${view.campaigns.length}</small></a>`
      : null,
    view.data.flagged.length > 0 ? html`<a class="sub" href="#${view.anchor}-flagged">Flagged records</a>` : null,
  ]
  return html`<nav class="contents" aria-label="Contents">
    <a href="#main">Summary</a
    ><a href="#next">What to do next</a
    >${report.planted ? html`<a href="#planted">Planted and caught</a>` : null}${views.map((view) => html`<a href="#${view.anchor}">${name(view.data.name)}</a>${sub(view)}`)}<a
      href="#run"
      >About this run</a
    >
  </nav>`
}

/** How the run was made, so that it can be repeated, and the public frameworks that apply to its findings. */
function colophon(report: ReportData, views: readonly DatasetView[]): Html {
  const facts: readonly (readonly [string, Content])[] = [
    ['Made', html`<time datetime="${report.createdAt}">${report.createdAt}</time>`],
    ['Data folder', html`<code>${name(report.dataFolder)}</code>`],
    ['Seed', html`<code>${report.seed}</code>`],
    ['Took', report.seconds === null ? null : duration(report.seconds)],
    ['Version', html`<code>credence ${report.version}</code>`],
    [
      'Calibration',
      views.every(({ data }) => data.certified)
        ? 'certified against clean history'
        : html`uncertified:
          ${views
            .filter(({ data }) => !data.certified)
            .map(({ data }) => data.name)
            .join(', ')}`,
    ],
  ]
  const detectors = new Map(
    views.flatMap(({ data }) => data.detectors).map((each) => [`${each.name} ${each.version}`, each]),
  )
  const families = FAMILIES.map((family) => {
    const names = [...detectors.values()].filter((each) => each.family === family)
    return html`<tr>
      <th scope="row">${FAMILY_WORDS[family].name}<small>${FAMILY_WORDS[family].means}</small></th>
      <td class="left">
        ${names.length === 0 ? html`<span class="quiet">none ran</span>` : names.map((each) => html`<span class="tag">${each.name} v${each.version}</span> `)}
      </td>
      <td class="left">
        ${FRAMEWORK_TAGS[family].map((tag) => html`<span class="tag" title="${tag.framework}: ${tag.title}">${tag.id}</span> `)}
      </td>
    </tr>`
  })
  const tags = [...new Map(FAMILIES.flatMap((family) => FRAMEWORK_TAGS[family]).map((tag) => [tag.id, tag])).values()]
  return html`<section id="run" aria-labelledby="run-title">
    <h2 id="run-title">About this run</h2>
    <dl class="facts run">
      ${facts
        .filter(([, value]) => value !== null)
        .map(
          ([term, value]) =>
            html`<div>
              <dt>${term}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
    </dl>
    <h3>What was looked for</h3>
    <div class="scroll">
      <table class="figures wide">
        <caption class="hidden">
          Detectors by family
        </caption>
        <thead>
          <tr>
            <th scope="col">Family</th>
            <th scope="col" class="left">Detectors</th>
            <th scope="col" class="left">Answers to</th>
          </tr>
        </thead>
        <tbody>
          ${families}
        </tbody>
      </table>
    </div>
    <details class="glossary">
      <summary>What the identifiers stand for</summary>
      <dl>
        ${tags.map(
          (tag) =>
            html`<div>
              <dt>${tag.id}</dt>
              <dd>${tag.framework}: ${tag.title}</dd>
            </div>`,
        )}${Object.entries(ATLAS_MITIGATIONS).map(
          ([id, title]) =>
            html`<div>
              <dt>${id}</dt>
              <dd>MITRE ATLAS mitigation: ${title}</dd>
            </div>`,
        )}
      </dl>
    </details>
    <p class="quiet">The report holds samples in the clear. Treat it as you treat the data.</p>
  </section>`
}
