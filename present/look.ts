import { styleText } from 'node:util'

/** What the terminal, file or pipe of the output can show. Every function here takes one and is pure. */
export interface Look {
  /** The width in columns; Infinity for a pipe or a file. */
  readonly width: number
  /** Bits of colour: 1 means none. */
  readonly depth: 1 | 4 | 8 | 24
  /** Whether written lines can be overwritten. */
  readonly live: boolean
}

export const PLAIN: Look = { width: Infinity, depth: 1, live: false }

export interface OutputStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  getColorDepth?(env?: object): number
}

/** Decided by FORCE_COLOR, then NO_COLOR (https://no-color.org), then by whether the stream is a terminal. */
export function lookOf(stream: OutputStream, env: Readonly<Record<string, string | undefined>>): Look {
  const tty = stream.isTTY === true
  const dumb = env['TERM'] === 'dumb'
  const width = tty ? (stream.columns ?? 80) : Number(env['COLUMNS']) || Infinity
  return { width, depth: depthOf(stream, env, tty && !dumb), live: tty && !dumb && !env['CI'] }
}

function depthOf(stream: OutputStream, env: Readonly<Record<string, string | undefined>>, tty: boolean): Look['depth'] {
  const force = env['FORCE_COLOR']
  if (force !== undefined) {
    if (force === '0' || force === 'false') return 1
    return force === '2' ? 8 : force === '3' ? 24 : 4
  }
  if (env['NO_COLOR'] || !tty) return 1
  const depth = stream.getColorDepth?.({ ...env }) ?? 4
  return depth >= 24 ? 24 : depth >= 8 ? 8 : depth >= 4 ? 4 : 1
}

const STYLES = {
  strong: 'bold',
  dim: 'gray',
  good: 'green',
  warn: 'yellow',
  bad: 'red',
  accent: 'cyan',
  mark: ['bold', 'inverse', 'red'],
} as const
export type Style = keyof typeof STYLES

/** `text` in a style; unchanged if there is no colour. */
export function paint(look: Look, style: Style | undefined, text: string): string {
  if (look.depth === 1 || style === undefined || text === '') return text
  const format = STYLES[style]
  return styleText(typeof format === 'string' ? format : [...format], text, { validateStream: false })
}
