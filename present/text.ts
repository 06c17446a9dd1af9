/**
 * Makes text from others safe to show: an escape sequence would act on a terminal, and a bidi override makes a name read as
 * another one on any screen. Everything invisible becomes a visible `⟨U+202E⟩`; white space becomes one space.
 */
export function visible(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(INVISIBLE, spell)
}

/** Like `visible`, but keeps line breaks and tabs: for the body of a text. */
export function visibleLines(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, (char) => (char === '\n' || char === '\t' ? char : spell(char)))
}

// Control, format (zero-width, bidi), private-use and lone surrogate characters, and line separators. ZWJ is kept because emoji
// need it.
const INVISIBLE = /(?!\u200D)[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\u115F\u1160\u3164\uFFA0]/gu

function spell(char: string): string {
  return `⟨U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`
}

/** JSON that is also safe on a terminal: invisible characters are escaped, and parse to the same value. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(INVISIBLE, (char) =>
    char === '\n' ? char : char.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
  )
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
const WIDE =
  /^(?:\p{Emoji_Presentation}|.\uFE0F|[\u1100-\u115F\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97C\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF01-\uFF60\uFFE0-\uFFE6\u{1B000}-\u{1B2FF}\u{20000}-\u{3FFFD}])/u
const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]+$/u

/** The terminal columns that `text` takes: two for East Asian wide characters and emoji, none for combining marks. */
export function displayWidth(text: string): number {
  if (/^[\x20-\x7E]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

function graphemeWidth(segment: string): number {
  if (ZERO.test(segment)) return 0
  return WIDE.test(segment) ? 2 : 1
}

/** `text` in at most `width` columns; if it was cut, the last one is `…`. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  if (width < 1) return ''
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    const columns = graphemeWidth(segment)
    if (used + columns > width - 1) break
    kept += segment
    used += columns
  }
  return `${kept}…`
}

export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - displayWidth(text))) + text
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)))
}

/** `text` broken at spaces into lines of at most `width` columns; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  if (!Number.isFinite(width)) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

const counts = new Intl.NumberFormat('en-US')

export function count(value: number): string {
  return counts.format(value)
}

/** A share for a person: 12.3 %, 0.08 %. Never 0 % unless it is zero, and never 100 % unless it is all. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–'
  const share = (100 * part) / whole
  if (part === 0) return '0 %'
  if (part === whole) return '100 %'
  if (share < 0.01) return '<0.01 %'
  if (share > 99.9) return '>99.9 %'
  return `${share < 1 ? share.toFixed(2) : share.toFixed(1)} %`
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}

/** A risk such as 0.97; 0.99+ for one below 1 that would be rounded to 1. */
export function riskText(risk: number): string {
  return risk < 1 && risk > 0.995 ? '0.99+' : risk.toFixed(2)
}

/** 45 s, 2 min 5 s, 1 h 12 min. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds)
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/**
 * `word` as one argument for a POSIX shell, whatever it contains. Characters that cannot be typed are spelled out and will not
 * match.
 */
export function shellWord(word: string): string {
  const safe = visible(word)
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(safe) ? safe : `'${safe.replaceAll("'", `'\\''`)}'`
}
