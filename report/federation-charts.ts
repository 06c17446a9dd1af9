import { html, type Html } from './html.ts'

export interface SeriesLine {
  readonly label: string
  /** 0…1, one per round. */
  readonly values: readonly number[]
  /** The CSS class of its colour. */
  readonly tone: string
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [720, 240, 46, 26]

/** A share as percent, with one decimal. */
export const hundredths = (share: number) => `${(100 * share).toFixed(1)} %`

/** Shares over rounds, one line for each way. */
export function lineChart(lines: readonly SeriesLine[], title: string): Html {
  const rounds = lines.reduce((most, { values }) => Math.max(most, values.length), 1)
  const x = (round: number) => LEFT + ((WIDTH - LEFT - 10) * (round + 1)) / rounds
  const y = (share: number) => 10 + (HEIGHT - BOTTOM - 10) * (1 - Math.max(0, Math.min(1, share)))
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      html`<path class="grid" d="M${LEFT} ${y(share).toFixed(1)}H${WIDTH}" /><text
          class="tick"
          x="${LEFT - 8}"
          y="${(y(share) + 4).toFixed(1)}"
          text-anchor="end"
          >${100 * share} %</text
        >`,
  )
  const ticks = Array.from(
    { length: rounds },
    (_, round) =>
      html`<text class="tick" x="${x(round).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${round + 1}</text>`,
  )
  const paths = lines.map(({ label, values, tone }) => {
    const points = values.map((value, round) => `${x(round).toFixed(1)} ${y(value).toFixed(1)}`).join('L')
    return html`<path class="${tone}" d="M${points}"
      ><title>${label}: ${values.map(hundredths).join(', ')}</title></path
    >`
  })
  return html`<svg class="lines" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">
    ${grid}${ticks}${paths}
  </svg>`
}

interface Bar {
  readonly name: string
  readonly poisons: string | null
  readonly norm: number
}

/** The length of each client's update, on a logarithmic scale. */
export function normBars(clients: readonly Bar[]): Html {
  const norms = clients.map(({ norm }) => Math.max(norm, 1e-9))
  const [low, high] = [Math.min(...norms) / 1.5, Math.max(...norms)]
  const row = 18
  const bars = clients.map(({ name: of, poisons, norm }, i) => {
    const width = (520 * Math.log(norms[i]! / low)) / Math.log(high / low)
    return html`<text class="tick" x="100" y="${i * row + 13}" text-anchor="end">${of}</text
      ><rect
        class="${poisons === null ? 'free' : 'bad'}"
        x="108"
        y="${i * row + 3}"
        width="${width.toFixed(1)}"
        height="12"
        ><title>${of}: ${norm.toPrecision(3)}</title></rect
      ><text class="tick" x="${(114 + width).toFixed(1)}" y="${i * row + 13}">${norm.toPrecision(3)}</text>`
  })
  const height = clients.length * row + 4
  return html`<svg class="bars" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Length of each update">
    ${bars}
  </svg>`
}

/** n × n squares, darker for more similar updates; a client's similarity to itself is left out. */
export function similarityMap(cosines: Float64Array, clients: readonly Bar[]): Html {
  const size = clients.length
  const cell = 18
  const squares = clients.flatMap((one, i) =>
    clients.map((other, j) => {
      if (i === j) return null
      const cosine = cosines[i * size + j]!
      const [x, y] = [108 + j * cell, i * cell]
      const says = `${one.name} and ${other.name}: ${cosine.toFixed(2)}`
      return html`<rect
        class="cell"
        x="${x}"
        y="${y}"
        width="17"
        height="17"
        fill-opacity="${Math.max(0, cosine).toFixed(2)}"
        ><title>${says}</title></rect
      >`
    }),
  )
  const labels = clients.map(
    ({ name: of, poisons }, i) =>
      html`<text class="${poisons === null ? 'tick' : 'tick bad'}" x="100" y="${i * cell + 13}" text-anchor="end"
        >${of}</text
      >`,
  )
  const side = 108 + size * cell
  return html`<svg class="cells" viewBox="0 0 ${side} ${size * cell}" role="img" aria-label="Cosines between updates">
    ${labels}${squares}
  </svg>`
}
