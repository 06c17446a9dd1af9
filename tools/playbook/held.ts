import { textAt, type Problem } from './files.ts'
import { withoutCode } from './links.ts'
import { valueOf } from './within.ts'

const HELD = /<!-- held: (.*?) -->/gs

/**
 * Numbers that a page says are held by something, and are no longer so. A comment behind a paragraph says where each comes from:
 * `<!-- held: 5 min = setting keys.ttlSeconds · 50 = constant core/window.ts FEWEST_SCANNED -->`; see `valueOf` for the sources.
 */
export function heldProblems(where: string): Problem[] {
  return paragraphsOf(textAt(where)).flatMap(({ text, held }) =>
    held.flatMap((one) => {
      const says = notSo(one, text)
      return says === null ? [] : [{ where, says }]
    }),
  )
}

/** Numbers in a page's sentences that nothing holds. */
export function bareNumbers(where: string): Problem[] {
  return paragraphsOf(textAt(where)).flatMap(({ text, held }) => {
    const rest = held.reduce((left, one) => left.replaceAll(saidIn(one), ''), text)
    return (rest.match(/\d[\d.,]*/g) ?? []).map((n) => ({
      where,
      says: `nothing holds the number ${n}: “${text.trim().slice(0, 60)}…”; say \`<!-- held: … -->\``,
    }))
  })
}

const saidIn = (one: string) => one.split(' = ', 1)[0]!

/** Why `50 = constant core/window.ts FEWEST_SCANNED` does not hold of a paragraph, or null. */
function notSo(one: string, text: string): string | null {
  const [said = '', source = ''] = one.split(' = ')
  const [kind = '', ...of] = source.split(' ')
  const is = valueOf(kind, of.join(' '))
  if (is === undefined) return `held: nothing has '${source}'`
  if (said.replaceAll(',', '') !== is) return `says ${said}, and ${source} is ${is}`
  return text.includes(said) ? null : `no longer says ${said}: take its \`held\` away`
}

interface Paragraph {
  /** What is read: no code, no comment, no target of a link, no number of a list. */
  readonly text: string
  /** What its comments hold, as `50 = constant core/window.ts FEWEST_SCANNED`. */
  readonly held: readonly string[]
}

/** What stands between empty lines; a comment belongs to what is before it. */
function paragraphsOf(page: string): Paragraph[] {
  return page
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/\n{2,}(?=<!-- held: )/g, '\n')
    .split(/\n{2,}/)
    .map((paragraph) => ({
      text: withoutCode(paragraph.replaceAll(/<!--.*?-->/gs, ''))
        .replaceAll(/\]\([^)]*\)/g, ']')
        .replaceAll(/^\d+\. /gm, ''),
      held: [...paragraph.matchAll(HELD)].flatMap(([, list = '']) => list.split(' · ')),
    }))
}
