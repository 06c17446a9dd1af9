import type { AnySamples, Column, LabelledWindow } from '#attacks/types.ts'
import { groupBy } from '#services/scan/view/build-input.ts'

/** Records of a window, by index. */
export interface Part {
  readonly window: LabelledWindow
  readonly members: readonly number[]
}

/** The parts, one after another, as one window. All are of one dataset. */
export function joined(parts: readonly Part[]): LabelledWindow {
  const names = parts.flatMap(({ window: { labels }, members }) =>
    members.map((i) => (labels.of[i]! < 0 ? null : labels.names[labels.of[i]!]!)),
  )
  const labels = groupBy(names)
  if (labels === null) throw new RangeError('no record of these has a label')
  return { samples: samplesOf(parts), labels, contributors: null }
}

function samplesOf(parts: readonly Part[]): AnySamples {
  const [first] = parts
  if (first === undefined) throw new RangeError('there is nothing to join')
  const { samples } = first.window
  if (samples.kind === 'text') return { kind: 'text', texts: parts.flatMap((part) => textsOf(part)) }
  if (samples.kind === 'table') return { kind: 'table', columns: samples.columns.map((_, c) => columnOf(parts, c)) }
  const { cols } = samples.pixels
  const rows = parts.reduce((sum, { members }) => sum + members.length, 0)
  const data = new Float32Array(rows * cols)
  let at = 0
  for (const { window, members } of parts) {
    if (window.samples.kind !== 'image') throw new RangeError('images and others')
    const from = window.samples.pixels.data
    for (const i of members) data.set(from.subarray(i * cols, (i + 1) * cols), cols * at++)
  }
  return { ...samples, pixels: { rows, cols, data } }
}

function textsOf({ window: { samples }, members }: Part): string[] {
  if (samples.kind !== 'text') throw new RangeError('texts and others')
  return members.map((i) => samples.texts[i]!)
}

function columnOf(parts: readonly Part[], c: number): Column {
  const columns = parts.map(({ window: { samples }, members }) => {
    if (samples.kind !== 'table') throw new RangeError('rows and others')
    return { column: samples.columns[c]!, members }
  })
  const { column: first } = columns[0]!
  if (first.type === 'number') {
    const values = columns.flatMap(({ column, members }) =>
      column.type === 'number' ? members.map((i) => column.values[i]!) : [],
    )
    return { name: first.name, type: 'number', values: Float64Array.from(values) }
  }
  const levels = [...new Set(columns.flatMap(({ column }) => (column.type === 'category' ? column.levels : [])))].sort()
  const codeOf = new Map(levels.map((level, code) => [level, code]))
  const codes = columns.flatMap(({ column, members }) =>
    column.type === 'category'
      ? members.map((i) => (column.codes[i]! < 0 ? -1 : codeOf.get(column.levels[column.codes[i]!]!)!))
      : [],
  )
  return { name: first.name, type: 'category', codes: Int32Array.from(codes), levels }
}
