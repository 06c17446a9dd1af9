/** A line that is unchanged, removed or added. */
type Edit = readonly [mark: ' ' | '-' | '+', line: string]

const AROUND = 3
/** The most edits that are searched for: memory grows with their square. Beyond it, the old text is replaced as a whole. */
const MOST_EDITS = 2000

/**
 * The difference of two texts in the format of `diff -u`, for `patch` and `git apply`; empty if they are equal. By the shortest
 * edit script (Myers 1986).
 */
export function lineDiff(before: string, after: string, name: string): string {
  if (before === after) return ''
  const edits = editsBetween(linesOf(before), linesOf(after))
  const hunks: string[] = []
  for (let at = 0; at < edits.length;) {
    const first = edits.findIndex(([mark], i) => i >= at && mark !== ' ')
    if (first === -1) break
    const start = Math.max(at, first - AROUND)
    let end = first
    // changes close to each other share a hunk
    for (let i = first; i < edits.length && i <= end + 2 * AROUND; i++) if (edits[i]?.[0] !== ' ') end = i
    end = Math.min(edits.length, end + AROUND + 1)
    hunks.push(hunkOf(edits, start, end))
    at = end
  }
  return [`--- a/${name}`, `+++ b/${name}`, ...hunks, ''].join('\n')
}

function hunkOf(edits: readonly Edit[], start: number, end: number): string {
  const count = (upTo: readonly Edit[], gone: '-' | '+') => upTo.filter(([mark]) => mark !== gone).length
  const [passed, hunk] = [edits.slice(0, start), edits.slice(start, end)]
  const range = (gone: '-' | '+') => {
    const length = count(hunk, gone)
    // an empty range is numbered by the line before it
    return `${count(passed, gone) + (length === 0 ? 0 : 1)},${length}`
  }
  const lines = hunk.map(([mark, line]) =>
    line.endsWith('\n') ? mark + line.slice(0, -1) : `${mark}${line}\n\\ No newline at end of file`,
  )
  return [`@@ -${range('+')} +${range('-')} @@`, ...lines].join('\n')
}

/** Lines with their ends, so that a missing newline at the end of the text is a difference. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

function editsBetween(before: readonly string[], after: readonly string[]): Edit[] {
  let [head, tail] = [0, 0]
  const least = Math.min(before.length, after.length)
  while (head < least && before[head] === after[head]) head++
  while (tail < least - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++
  const same = (lines: readonly string[]): Edit[] => lines.map((line) => [' ', line])
  return [
    ...same(before.slice(0, head)),
    ...shortest(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...same(before.slice(before.length - tail)),
  ]
}

/** The shortest edit script. It stores how far each diagonal reaches for every number of edits, to trace the path back. */
function shortest(before: readonly string[], after: readonly string[]): Edit[] {
  const [n, m] = [before.length, after.length]
  const trace: Map<number, number>[] = []
  let reach = new Map([[1, 0]])
  const comesDown = (from: ReadonlyMap<number, number>, k: number, d: number) =>
    k === -d || (k !== d && (from.get(k - 1) ?? 0) < (from.get(k + 1) ?? 0))
  search: for (let d = 0; d <= n + m; d++) {
    if (d > MOST_EDITS) return [...before.map((line): Edit => ['-', line]), ...after.map((line): Edit => ['+', line])]
    trace.push(new Map(reach))
    for (let k = -d; k <= d; k += 2) {
      let x = comesDown(reach, k, d) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1
      while (x < n && x - k < m && before[x] === after[x - k]) x++
      reach.set(k, x)
      if (x >= n && x - k >= m) break search
    }
  }
  const edits: Edit[] = []
  let [x, y] = [n, m]
  for (let d = trace.length - 1; d >= 0; d--) {
    reach = trace[d] ?? new Map<number, number>()
    const k = x - y
    const from = comesDown(reach, k, d) ? k + 1 : k - 1
    const px = reach.get(from) ?? 0
    const py = px - from
    for (; x > px && y > py && x > 0 && y > 0; y--) edits.push([' ', before[--x] ?? ''])
    if (d === 0) break
    if (x === px) edits.push(['+', after[--y] ?? ''])
    else edits.push(['-', before[--x] ?? ''])
  }
  return edits.reverse()
}
