import { asset, documentOf, sharedStyle } from './document.ts'
import { html, Html, name, type Content } from './html.ts'
import { hundredths, lineChart, normBars, similarityMap, type SeriesLine } from './federation-charts.ts'

/** One way of combining the same clients' updates to a model. */
export interface FederationRun {
  readonly how: string
  /** What the aggregator sees of the updates. */
  readonly sees: string
  /** One per round, 0…1. */
  readonly accuracy: readonly number[]
  /** The success rate of the backdoor, one per round, 0…1. */
  readonly attack: readonly number[]
  /** The privacy (ε) that the clients have spent; null without noise. */
  readonly epsilon: number | null
}

export interface FederationClient {
  readonly name: string
  /** What its attack does; null for an honest client. */
  readonly poisons: string | null
  /** The Euclidean norm of its update in the first round. */
  readonly norm: number
  /** The number of rounds in which it was held. */
  readonly held: number
  /** The reasons when it was last held. */
  readonly why: readonly string[]
}

export interface FederationPage {
  readonly title: string
  readonly version: string
  readonly rounds: number
  readonly runs: readonly FederationRun[]
  readonly clients: readonly FederationClient[]
  /** Cosines between the clients' updates of the first round, n × n, row by row. */
  readonly cosines: Float64Array
}

/**
 * A federation as one self-contained HTML file: the model's accuracy, the clients, and how similar their updates are. The same
 * data gives the same bytes.
 */
export function renderFederation(page: FederationPage): string {
  const style =
    sharedStyle('theme.css', 'parts.css') + asset('layout.css', 'tables.css', 'dataset.css', 'federation.css')
  const series = (of: 'accuracy' | 'attack'): SeriesLine[] =>
    page.runs.map((run, i) => ({ label: run.how, values: run[of], tone: `series-${i}` }))
  const { clients, rounds } = page
  const held = clients.filter((client) => client.held > 0)
  return documentOf(
    { title: page.title, version: page.version, style, kind: 'federation' },
    html`<main id="main">
      <h1>${page.title}</h1>
      ${legend(page.runs)}
      ${section('The model reads right', [
        lineChart(series('accuracy'), 'Accuracy by round'),
        html`<p class="quiet">Of examples that no owner has, after each round.</p>`,
      ])}
      ${section('The backdoor works', [
        lineChart(series('attack'), 'Success of the backdoor by round'),
        html`<p class="quiet">
          Of other examples with the trigger, those that the model takes for its target, after each round.
        </p>`,
      ])}
      ${section('After the last round', runsTable(page.runs))}
      ${section(
        'Who was held, and why',
        held.length === 0 ? html`<p>Nobody was held.</p>` : held.map((client) => heldClient(client, rounds)),
      )}
      ${section('How long updates are', [
        normBars(clients),
        html`<p class="quiet">Updates of the first round, before any clip. Poisoning clients are marked.</p>`,
      ])}
      ${section('How alike updates are', [
        similarityMap(page.cosines, clients),
        html`<p class="quiet">
          Cosines between updates of the first round; the darker, the more alike. Poisoning clients are marked.
        </p>`,
      ])}
    </main>`,
  )
}

function section(title: string, content: Content): Html {
  return html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`
}

function legend(runs: readonly FederationRun[]): Html {
  const entries = runs.map(
    ({ how }, i) =>
      html`<li>
        <svg viewBox="0 0 20 6" aria-hidden="true"><path class="series-${i}" d="M0 3h20" /></svg>${how}
      </li> `,
  )
  return html`<ul class="legend">
    ${entries}
  </ul>`
}

function runsTable(runs: readonly FederationRun[]): Html {
  const rows = runs.map(
    ({ how, sees, accuracy, attack, epsilon }) =>
      html`<tr>
        <th scope="row">${how}</th>
        <td class="left">${sees}</td>
        <td>${hundredths(accuracy.at(-1) ?? 0)}</td>
        <td>${hundredths(attack.at(-1) ?? 0)}</td>
        <td>${epsilon === null ? '∞' : epsilon.toFixed(1)}</td>
      </tr>`,
  )
  return html`<div class="scroll">
    <table class="figures wide">
      <thead>
        <tr>
          <th scope="col">How</th>
          <th scope="col" class="left">The aggregator sees</th>
          <th scope="col">Accuracy</th>
          <th scope="col">Backdoor works</th>
          <th scope="col">ε</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div>`
}

function heldClient({ name: of, poisons, held, why }: FederationClient, rounds: number): Html {
  return html`<p>
    <b>${name(of)}</b> in ${held} of ${rounds} rounds${poisons === null ? ', wrongly' : html` (${poisons})`}:
    ${why.join(' ')}
  </p>`
}
