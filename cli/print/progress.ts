import type { DatasetProgress } from '#app/operations/progress.ts'
import { paint, type Look } from '#present/look.ts'
import { count, displayWidth, duration, padEnd, padStart, plural, truncate, visible } from '#present/text.ts'

/** How far one dataset is. */
export interface ProgressRow extends DatasetProgress {
  /** Records expected, where the source can tell. */
  readonly total: number | null
}

const BAR = 24

/**
 * One line a dataset: a bar of what is committed (█), scanned (▓) and received (░), the counts, and the pace; `before` is what
 * each dataset had committed when the clock started.
 */
export function renderProgress(
  rows: readonly ProgressRow[],
  seconds: number,
  look: Look,
  before: ReadonlyMap<string, number> = new Map(),
): string[] {
  const name = Math.max(0, ...rows.map((row) => displayWidth(visible(row.dataset))))
  const lines = rows.map((row) => {
    const whole = row.total ?? row.received
    const pace = Math.round((row.committed - (before.get(row.dataset) ?? 0)) / seconds)
    const done = whole === 0 ? 0 : Math.min(1, row.committed / whole)
    const share = row.total === null ? '' : `${Math.floor(done * 100)} %`
    const facts = [
      `${count(row.committed)}${row.total === null ? '' : ` of ${count(row.total)}`} committed`,
      row.held > 0 ? paint(look, 'warn', `${count(row.held)} held`) : '',
      row.deadLettered > 0 ? paint(look, 'dim', plural(row.deadLettered, 'dead letter')) : '',
      seconds >= 1 && pace > 0 ? paint(look, 'dim', `${count(pace)}/s`) : '',
    ]
    return [
      padEnd(visible(row.dataset), name),
      bar(row, Math.max(1, whole), look),
      padStart(share, 5),
      facts.filter((fact) => fact !== '').join(paint(look, 'dim', ' · ')),
    ].join('  ')
  })
  return lines.map((line) => (look.depth === 1 ? truncate(line, look.width) : line))
}

function bar(row: ProgressRow, whole: number, look: Look): string {
  const cells = (records: number) => Math.min(BAR, Math.floor((records / whole) * BAR))
  const [committed, scanned, received] = [cells(row.committed), cells(row.scanned), cells(row.received)]
  return (
    paint(look, 'good', '█'.repeat(committed)) +
    paint(look, 'accent', '▓'.repeat(Math.max(0, scanned - committed))) +
    paint(look, 'dim', '░'.repeat(Math.max(0, received - Math.max(scanned, committed)))) +
    paint(look, 'dim', '·'.repeat(Math.max(0, BAR - Math.max(received, scanned, committed))))
  )
}

export interface ProgressOptions {
  readonly write: (text: string) => void
  readonly look: Look
  /** Milliseconds, growing. */
  readonly now: () => number
  /** Where signals arrive: the process. */
  readonly signals?: SignalSource
}

export interface SignalSource {
  on(event: string, listener: () => void): unknown
  off(event: string, listener: () => void): unknown
}

const FRAME_MS = 100
const LINE_MS = 10_000
const HIDE_CURSOR = '\u001B[?25l'
const SHOW_CURSOR = '\u001B[?25h'
// Synchronized output: a terminal that knows it shows the whole frame at once, others ignore it.
const [BEGIN_FRAME, END_FRAME] = ['\u001B[?2026h', '\u001B[?2026l']

/**
 * Progress on a terminal, redrawn in place at most ten times a second with one write a frame; elsewhere plain lines, a dataset each,
 * ten seconds apart, the newest state last. `stop` leaves the last state standing and the cursor visible, as does the end of the process.
 */
export class Progress {
  private readonly options: ProgressOptions
  private readonly rows = new Map<string, ProgressRow>()
  private readonly before = new Map<string, number>()
  private readonly started: number
  private drawn = 0
  private last = -Infinity
  private stopped = false
  private timer: NodeJS.Timeout | undefined
  private readonly restore = () => this.options.write(SHOW_CURSOR)

  constructor(options: ProgressOptions) {
    this.options = options
    this.started = options.now()
    if (!options.look.live) return
    options.write(HIDE_CURSOR)
    // 'exit' also follows process.exit() in a handler of SIGINT, which belongs to whoever runs the process.
    options.signals?.on('exit', this.restore)
    this.timer = setInterval(() => this.draw(false), FRAME_MS)
    this.timer.unref()
  }

  update(row: ProgressRow): void {
    if (!this.rows.has(row.dataset)) this.before.set(row.dataset, row.committed)
    this.rows.set(row.dataset, row)
    this.draw(false)
  }

  /** A line that stays, above the display. */
  note(text: string): void {
    if (this.stopped || !this.options.look.live) {
      this.options.write(`${text}\n`)
      return
    }
    this.options.write(`${BEGIN_FRAME}${this.rewind()}\u001B[J${text}\n${END_FRAME}`)
    this.drawn = 0
    this.draw(true)
  }

  stop(): void {
    if (this.stopped) return
    this.draw(true)
    this.stopped = true
    clearInterval(this.timer)
    if (!this.options.look.live) return
    this.options.signals?.off('exit', this.restore)
    this.restore()
  }

  private draw(always: boolean): void {
    const { look, now, write } = this.options
    const time = now()
    if (this.stopped || this.rows.size === 0) return
    const wait = this.last + (look.live ? FRAME_MS : LINE_MS) - time
    if (!always && wait > 0) {
      // nothing may follow for hours, and what is shown is then what holds
      if (!look.live) this.timer ??= setTimeout(() => this.drawLate(), wait).unref()
      return
    }
    this.last = time
    const seconds = (time - this.started) / 1000
    const lines = renderProgress([...this.rows.values()], seconds, look, this.before)
    if (!look.live) {
      write(`${lines.map((line) => `${duration(seconds)}  ${line}`).join('\n')}\n`)
      return
    }
    const block = [...lines, paint(look, 'dim', duration(seconds))]
    write(
      `${BEGIN_FRAME}${this.rewind()}${block.map((line) => `${cut(line, look.width)}\u001B[K\n`).join('')}\u001B[J${END_FRAME}`,
    )
    this.drawn = block.length
  }

  private drawLate(): void {
    this.timer = undefined
    this.draw(false)
  }

  private rewind(): string {
    return this.drawn === 0 ? '' : `\u001B[${this.drawn}A\r`
  }
}

/** `line`, which may hold colours, in at most `width` columns: a line that wrapped would break the redrawing. */
function cut(line: string, width: number): string {
  const [first = '', ...coloured] = line.split('\u001B[')
  let kept = truncate(first, width)
  let used = displayWidth(kept)
  for (const piece of coloured) {
    const end = piece.indexOf('m') + 1
    const text = truncate(piece.slice(end), width - used)
    kept += `\u001B[${piece.slice(0, end)}${text}`
    used += displayWidth(text)
  }
  return kept
}
