/** A box of a diagram on a grid of columns and rows. */
export interface Box {
  readonly id: string
  readonly at: readonly [column: number, row: number]
  /** The first is its name. */
  readonly lines: readonly string[]
  readonly tone: 'plain' | 'service' | 'good' | 'bad'
  readonly width?: number
}

export interface Arrow {
  readonly from: string
  readonly to: string
  readonly label: string
}

const LINE = 16
const MARGIN = 14
/** Between two columns. */
const GAP = 70
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
  .title { font-weight: 600 }
  .name { font-weight: 600 }
  .label { font-size: 12px; fill: #57606a }
  .box { fill: #f6f8fa; stroke: #8c959f }
  .service { fill: #ddf0ff; stroke: #2f6fab }
  .good { fill: #dcf5e3; stroke: #2c7a45 }
  .bad { fill: #fdebe0; stroke: #b3541e }
  .arrow { stroke: #57606a; fill: none; stroke-width: 1.4 }
  .head { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .label { fill: #9da7b1 }
    .box { fill: #20262d; stroke: #6e7781 }
    .service { fill: #10304a; stroke: #5aa5e0 }
    .good { fill: #12331d; stroke: #4fb36d }
    .bad { fill: #41230f; stroke: #e0894f }
    .arrow { stroke: #9da7b1 }
    .head { fill: #9da7b1 }
  }`

interface Place {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** Boxes and straight arrows as SVG, in light or dark as the reader has it. The same bytes for the same input. */
export function svg(
  title: string,
  boxes: readonly Box[],
  arrows: readonly Arrow[],
  grid: { readonly column: number; readonly row: number } = { column: 216, row: 108 },
): string {
  const top = MARGIN + LINE * 2
  const places = new Map(
    boxes.map(({ id, at: [column, row], lines, width = 146 }): [string, Place] => {
      const height = lines.length * LINE + 14
      // In the middle of its column, with room for an arrow; what is wider begins with it.
      const x = MARGIN + column * grid.column + Math.max(0, Math.round((grid.column - GAP - width) / 2))
      return [id, { x, y: top + row * grid.row, width, height }]
    }),
  )
  const right = Math.max(...[...places.values()].map(({ x, width }) => x + width)) + MARGIN
  const bottom = Math.max(...[...places.values()].map(({ y, height }) => y + height)) + MARGIN
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${right} ${bottom}" width="${right}" height="${bottom}" role="img" aria-label="${escaped(title)}">
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>
<text class="title" x="${MARGIN}" y="${MARGIN + LINE - 2}">${escaped(title)}</text>
${arrows.map((arrow) => line(arrow, places)).join('\n')}
${boxes.map((box) => drawn(box, places.get(box.id)!)).join('\n')}
</svg>
`
}

function drawn({ lines, tone }: Box, { x, y, width, height }: Place): string {
  const texts = lines.map(
    (text, i) =>
      `<text${i === 0 && lines.length > 1 && tone !== 'plain' ? ' class="name"' : ''} x="${x + width / 2}" y="${y + 19 + i * LINE}" text-anchor="middle">${escaped(text)}</text>`,
  )
  return `<rect class="box${tone === 'plain' ? '' : ` ${tone}`}" x="${x}" y="${y}" width="${width}" height="${height}" rx="7"/>\n${texts.join('\n')}`
}

/** From edge to edge: sideways between columns, else up or down. */
function line({ from, to, label }: Arrow, places: ReadonlyMap<string, Place>): string {
  const [a, b] = [places.get(from)!, places.get(to)!]
  const middle = ({ y, height }: Place) => y + height / 2
  const isBeside = a.x + a.width < b.x || b.x + b.width < a.x
  const goesRight = a.x < b.x
  const [x1, y1, x2, y2] = isBeside
    ? [goesRight ? a.x + a.width : a.x, middle(a), goesRight ? b.x : b.x + b.width, middle(b)]
    : [a.x + a.width / 2, a.y < b.y ? a.y + a.height : a.y, b.x + b.width / 2, a.y < b.y ? b.y : b.y + b.height]
  const text = isBeside
    ? `<text class="label" x="${(x1 + x2) / 2}" y="${(y1 + y2) / 2 - 6}" text-anchor="middle">${escaped(label)}</text>`
    : `<text class="label" x="${(x1 + x2) / 2 + 6}" y="${(y1 + y2) / 2 + 4}">${escaped(label)}</text>`
  return `<path class="arrow" d="M${x1} ${y1} ${x2} ${y2}" marker-end="url(#head)"/>${label === '' ? '' : text}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
