import { count, percent } from '#present/text.ts'
import { html, type Html } from './html.ts'

export interface Slice {
  readonly label: string
  readonly value: number
  /** The CSS class of its colour. */
  readonly tone: string
}

/** One bar divided into parts; a part above zero is always wide enough to see. */
export function stackedBar(slices: readonly Slice[], title: string): Html {
  const shown = slices.filter(({ value }) => value > 0)
  const total = shown.reduce((sum, { value }) => sum + value, 0)
  const least = 6
  const room = 1000 - least * shown.length
  let x = 0
  const parts = shown.map(({ label, value, tone }) => {
    const width = least + (room * value) / Math.max(1, total)
    const rect = html`<rect
      class="${tone}"
      x="${x.toFixed(1)}"
      y="0"
      width="${Math.max(0, width - 2).toFixed(1)}"
      height="20"
      ><title>${label}: ${count(value)} (${percent(value, total)})</title></rect
    >`
    x += width
    return rect
  })
  return html`<svg class="stack" viewBox="0 0 1000 20" preserveAspectRatio="none" role="img" aria-label="${title}">
    ${parts}
  </svg>`
}

const BINS = 50
const [LEFT, RIGHT, TOP, BOTTOM] = [54, 12, 26, 30]
const [WIDTH, HEIGHT] = [720, 270]

/** Counts of risk in fifty bins on a logarithmic scale, with the threshold drawn in. */
export function riskHistogram(risks: Iterable<number>, threshold: number | null, word = 'held'): Html {
  const bins = Array.from({ length: BINS }, () => 0)
  for (const risk of risks) {
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(risk * BINS)))
    bins[bin] = (bins[bin] ?? 0) + 1
  }
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(10, ...bins))))
  const plotWidth = WIDTH - LEFT - RIGHT
  const plotHeight = HEIGHT - TOP - BOTTOM
  // A bin with one record must be visible, so the axis starts half a decade below 1.
  const y = (value: number) => TOP + plotHeight * (1 - (Math.log10(value) + 0.5) / (decades + 0.5))
  const x = (risk: number) => LEFT + plotWidth * risk
  const bars = bins.map((value, bin) => {
    if (value === 0) return null
    const held = threshold !== null && (bin + 0.5) / BINS >= threshold
    const top = y(value)
    return html`<rect
      class="${held ? 'held' : 'free'}"
      x="${(x(bin / BINS) + 0.75).toFixed(1)}"
      y="${top.toFixed(1)}"
      width="${(plotWidth / BINS - 1.5).toFixed(1)}"
      height="${(TOP + plotHeight - top).toFixed(1)}"
      ><title>risk ${(bin / BINS).toFixed(2)}–${((bin + 1) / BINS).toFixed(2)}: ${count(value)}</title></rect
    >`
  })
  const grid = Array.from({ length: decades + 1 }, (_, decade) => {
    const at = y(10 ** decade).toFixed(1)
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" /><text
        class="tick end"
        x="${LEFT - 8}"
        y="${at}"
        dy="4"
        >${decadeLabel(decade)}</text
      >`
  })
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (risk) => html`<text class="tick mid" x="${x(risk).toFixed(1)}" y="${HEIGHT - 10}">${risk}</text>`,
  )
  const line =
    threshold === null || threshold > 1
      ? null
      : html`<line
            class="threshold"
            x1="${x(threshold).toFixed(1)}"
            x2="${x(threshold).toFixed(1)}"
            y1="${TOP - 8}"
            y2="${TOP + plotHeight}"
          /><text
            class="tick ${threshold > 0.8 ? 'end' : 'start'} strong"
            x="${(x(threshold) + (threshold > 0.8 ? -6 : 6)).toFixed(1)}"
            y="${TOP - 10}"
            >${word} from ${threshold.toFixed(2)}</text
          >`
  return html`<svg
    class="histogram"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    role="img"
    aria-label="Number of records by risk, logarithmic scale"
  >
    ${grid}${bars}${ticks}${line}
  </svg>`
}

/** 1, 10, 100, 1k, … */
function decadeLabel(decade: number): string {
  return `${10 ** (decade % 3)}${['', 'k', 'M', 'G'][Math.floor(decade / 3)] ?? ''}`
}

/** A share as a thin bar. */
export function meter(share: number, label: string, tone = 'accent'): Html {
  const width = (Math.max(0, Math.min(1, share)) * 100).toFixed(1)
  return html`<svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label="${label}">
    <rect class="track" width="100" height="6" />
    <rect class="${tone}" width="${width}" height="6" />
  </svg>`
}
