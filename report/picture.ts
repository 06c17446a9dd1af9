import type { Trigger } from '#core/score.ts'
import type { Sample } from '#present/sample.ts'
import type { TextPart } from '#present/text-marks.ts'
import { TURN_WORDS } from '#present/words.ts'
import { Html, html, multiline, name } from './html.ts'
import { pngUri } from './png.ts'

/** A record as a picture or text; `title` describes it to people who do not see it. */
export function picture(sample: Sample, title: string): Html {
  switch (sample.kind) {
    case 'image': {
      const source = new Html(pngUri(sample.width, sample.height, sample.channels, sample.pixels))
      return html`<img
        class="pixels"
        src="${source}"
        width="${sample.width}"
        height="${sample.height}"
        alt="${title}"
        decoding="async"
      />`
    }
    case 'text':
      return excerpt(sample.parts)
    case 'exchange':
      return html`<dl class="turns">
        ${sample.turns.map(
          ({ role, parts }) =>
            html`<div>
              <dt>${TURN_WORDS[role]}</dt>
              <dd>${excerpt(parts)}</dd>
            </div>`,
        )}
      </dl>`
    case 'table':
      return html`<dl class="cells">
        ${sample.cells.map(({ column, value, suspect }) => html`<div${suspect ? html` class="suspect"` : null}><dt>${name(column)}</dt><dd>${suspect ? html`<mark>${name(value)}</mark>` : name(value)}</dd></div>`)}
      </dl>`
    case 'vector': {
      const more = sample.length > sample.values.length ? `, … ${sample.length} dimensions` : ''
      const values = sample.values.map((value) => value.toPrecision(3)).join(', ')
      return excerpt([{ text: `[${values}${more}]`, suspect: false }])
    }
    default:
      return excerpt([{ text: sample.text, suspect: false }])
  }
}

/** White space is significant here, so none is added. */
function excerpt(parts: readonly TextPart[]): Html {
  const marked = parts.map(({ text, suspect }) =>
    suspect ? `<mark>${multiline(text).text}</mark>` : multiline(text).text,
  )
  return new Html(`<p class="excerpt" dir="auto">${marked.join('')}</p>`)
}

/** A picture of a campaign's trigger. */
export function triggerPicture(trigger: Trigger): Html {
  switch (trigger.kind) {
    case 'patch':
      return patchPicture(trigger.shape, trigger.pixels)
    case 'pattern':
      return patternPicture(trigger.shape, trigger.delta)
    case 'tokens':
      return html`<ul class="chips">
        ${trigger.tokens.map((token) => html`<li class="mono">${name(token)}</li>`)}
        ${(trigger.behaviour ?? []).map((token) => html`<li class="mono"><span class="eq">→</span>${name(token)}</li>`)}
      </ul>`
    case 'values':
      return html`<ul class="chips">
        ${trigger.values.map(({ column, value }) => html`<li class="mono">${name(column)}<span class="eq">=</span>${name(value)}</li>`)}
      </ul>`
    default:
      return html`<p class="quiet">
        A direction in the space of the learned features (${trigger.dimensions.length} dimensions): it has no picture of
        its own. The members below show what they share.
      </p>`
  }
}

type Pixels = Extract<Trigger, { kind: 'patch' }>['pixels']
const CLOSE_UP = 24

function patchPicture(shape: readonly number[], pixels: Pixels): Html {
  const [height = 1, width = 1] = shape
  const [top, left] = [Math.min(...pixels.map(({ y }) => y)), Math.min(...pixels.map(({ x }) => x))]
  const [bottom, right] = [Math.max(...pixels.map(({ y }) => y)), Math.max(...pixels.map(({ x }) => x))]
  const [boxHeight, boxWidth] = [bottom - top + 1, right - left + 1]
  const where = html`<figure>
    <svg
      class="pixel-art"
      viewBox="-0.5 -0.5 ${width + 1} ${height + 1}"
      role="img"
      aria-label="Where the patch is on the grid of ${height} by ${width}"
    >
      ${ground(0, 0, width, height)}${pixels.map((pixel) => cell(pixel))}
      <rect class="frame" x="${left - 0.4}" y="${top - 0.4}" width="${boxWidth + 0.8}" height="${boxHeight + 0.8}" />
    </svg>
    <figcaption>Where: rows ${top}–${bottom}, columns ${left}–${right}</figcaption>
  </figure>`
  if (boxHeight > CLOSE_UP || boxWidth > CLOSE_UP) return where
  const [fromY, fromX] = [Math.max(0, top - 1), Math.max(0, left - 1)]
  const [toY, toX] = [Math.min(height, bottom + 2), Math.min(width, right + 2)]
  const close = html`<figure>
    <svg
      class="pixel-art"
      viewBox="${fromX - 0.05} ${fromY - 0.05} ${toX - fromX + 0.1} ${toY - fromY + 0.1}"
      role="img"
      aria-label="The patch close up"
    >
      ${ground(fromX, fromY, toX - fromX, toY - fromY)}${pixels.map((pixel) => cell(pixel, boxWidth <= 8))}
    </svg>
    <figcaption>Close up: ${pixels.length} pixels, brightness 0…1</figcaption>
  </figure>`
  return html`<div class="patch">${where}${close}</div>`
}

/** The part of the image that does not belong to the trigger. */
function ground(x: number, y: number, width: number, height: number): Html {
  const lines =
    width > 64 || height > 64
      ? ''
      : Array.from({ length: width - 1 }, (_, at) => `M${x + at + 1} ${y}v${height}`).join('') +
        Array.from({ length: height - 1 }, (_, at) => `M${x} ${y + at + 1}h${width}`).join('')
  return html`<rect class="ground" x="${x}" y="${y}" width="${width}" height="${height}" /><path
      class="lines"
      d="${lines}"
    />`
}

function cell({ y, x, value }: Pixels[number], labelled = false): Html {
  const level = Math.round(Math.max(0, Math.min(1, value)) * 255)
  const text = labelled
    ? html`<text class="${level > 127 ? 'on-light' : 'on-dark'}" x="${x + 0.5}" y="${y + 0.6}"
        >${value.toFixed(1)}</text
      >`
    : null
  return html`<rect x="${x}" y="${y}" width="1" height="1" fill="rgb(${level},${level},${level})" />${text}`
}

/** Red where members are brighter than their class, blue where they are darker, transparent where they are equal. */
function patternPicture(shape: readonly number[], delta: readonly number[]): Html {
  const [height = 1, width = 1, channels = 1] = shape
  const cells = Array.from({ length: height * width }, (_, at) => {
    let sum = 0
    for (let c = 0; c < channels; c++) sum += delta[at * channels + c] ?? 0
    return sum / channels
  })
  const most = cells.reduce((max, value) => Math.max(max, Math.abs(value)), 0)
  const pixels = new Uint8Array(4 * cells.length)
  for (const [at, value] of cells.entries()) {
    pixels.set(value > 0 ? [200, 45, 35] : [30, 105, 200], 4 * at)
    pixels[4 * at + 3] = most === 0 ? 0 : Math.round((Math.abs(value) / most) * 255)
  }
  return html`<figure class="pattern">
    <img
      class="pixels ground"
      src="${new Html(pngUri(width, height, 4, pixels))}"
      width="${width}"
      height="${height}"
      alt="Mean difference of the members from their class"
    />
    <figcaption>
      <span class="scale"
        ><span>−${most.toFixed(2)}</span><i class="diverging" aria-hidden="true"></i
        ><span>+${most.toFixed(2)}</span></span
      >Brightness of the members less that of their class
    </figcaption>
  </figure>`
}
