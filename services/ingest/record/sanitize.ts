import { RULES, type Contract, type RuleName } from '#core/contract.ts'
import type { SanitizeNote } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { pathText, type Fault } from './check-fields.ts'

/** A rule for text and its repair. `fix` returns a text that keeps the rule unchanged. */
interface Rule {
  breaks(text: string, limit: number): boolean
  fix(text: string, limit: number): string
}

// C0 and C1 controls, except tab, line feed and carriage return
// oxlint-disable-next-line no-control-regex -- control characters are what this looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/gu

// A region's flag is a black flag, the region's name in tags, and a closing tag. It is group 1, which is kept.
const FLAG = '(\\u{1f3f4}[\\u{e0030}-\\u{e0039}\\u{e0061}-\\u{e007a}]{1,6}\\u{e007f})'

// Joiners stay where scripts and emoji need them, variation selectors after ideographs.
const ZERO_WIDTH = new RegExp(
  [
    FLAG,
    '[\\u180e\\u200b\\u2060-\\u2064\\ufeff\\u00ad\\u034f]',
    '(?<!\\p{Extended_Pictographic}\\p{EMod}?\\ufe0f?|[\\p{L}\\p{M}])\\u200d',
    '\\u200d(?!\\p{Extended_Pictographic}|[\\p{L}\\p{M}])',
    '(?<=[A-Za-z])\\u200d',
    '\\u200c(?![\\p{L}\\p{M}])',
    '(?<![\\p{L}\\p{M}])\\u200c',
    '(?<=[A-Za-z])\\u200c',
    '[\\u{e0000}-\\u{e007f}]+',
    '(?<!\\p{Script=Han})[\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gu',
)

// Trojan Source (Boucher, Anderson, 2021): a person reads something else than a program executes.
const BIDI = /[\u202a-\u202e\u2066-\u2069]/gu

const rule = (pattern: RegExp): Rule => ({
  breaks: (text) => text.search(pattern) >= 0,
  fix: (text) => text.replace(pattern, ''),
})

/** Every rule, in the order in which they are applied. */
const RULE_OF: Readonly<Record<RuleName, Rule>> = {
  control_characters: rule(CONTROL),
  zero_width: {
    breaks: (text) => text.replace(ZERO_WIDTH, '$1') !== text,
    fix: (text) => text.replace(ZERO_WIDTH, '$1'),
  },
  bidi_overrides: rule(BIDI),
  not_normalized: {
    breaks: (text) => text.normalize('NFC') !== text,
    fix: (text) => text.normalize('NFC'),
  },
  oversized_text: {
    breaks: (text, limit) => text.length > limit,
    fix: (text, limit) => text.slice(0, endsWithin(text, limit)),
  },
}

const MAX_ROUNDS = 10

/** The sanitized fields with notes on what was changed; or why the record must not be kept. */
export interface Sanitized {
  readonly fields: Fields
  readonly notes: readonly SanitizeNote[]
  readonly fault: Fault | null
}

type Rules = readonly (readonly [RuleName, 'warn' | 'fix' | 'drop'])[]

/**
 * Applies a contract's sanitizing rules to every text of a record. Applying them again changes nothing. `names` are those that a
 * path may show.
 */
export function createSanitizer(contract: Contract, names: ReadonlySet<string>): (fields: Fields) => Sanitized {
  const limit = contract.limits.textLength
  const rules: Rules = RULES.flatMap((name) => {
    const action = contract.sanitize[name]
    return action === undefined ? [] : [[name, action] as const]
  })
  return (fields) => {
    const notes: SanitizeNote[] = []
    let fault: Fault | null = null
    const visit = (value: Value, at: Place | null): Value => {
      if (typeof value === 'string') {
        if (isPlain(value, limit)) return value
        const text = applyRules(value, rules, limit)
        for (const [name, action] of text.broken) {
          const where = pathText(pathOf(at), names)
          if (action !== 'drop') notes.push({ rule: name, path: where })
          else fault ??= { reason: name === 'oversized_text' ? 'too_large' : 'contract', detail: `${name} at ${where}` }
        }
        return text.text
      }
      if (typeof value !== 'object' || value === null || value instanceof Tensor) return value
      return mapChanged(value, (item, key) => (isPlainLeaf(item, limit) ? item : visit(item, { key, above: at })))
    }
    const clean = visit(fields, null) as Fields
    return { fields: clean, notes, fault }
  }
}

/** The place of a value, linked from its own key upwards; a path is built only if there is something to note. */
interface Place {
  readonly key: string | number
  readonly above: Place | null
}

function pathOf(place: Place | null): (string | number)[] {
  return place === null ? [] : [...pathOf(place.above), place.key]
}

function isPlainLeaf(value: Value, limit: number): boolean {
  if (typeof value === 'string') return isPlain(value, limit)
  return typeof value !== 'object' || value === null
}

/** Whether text is printable ASCII within the limit, which breaks no rule: the common case, checked in one pass. */
function isPlain(text: string, limit: number): boolean {
  return text.length <= limit && !/[^\t\n\r\x20-\x7e]/.test(text)
}

/**
 * Applies fixes until none is needed: removing a character may create text that breaks another rule. Every rule removes
 * everything that breaks it at once, so a few rounds suffice, however long the text.
 */
function applyRules(original: string, rules: Rules, limit: number): { text: string; broken: Rules } {
  const broken = new Map<RuleName, Rules[number]>()
  let text = original
  let before = ''
  for (let round = 0; before !== text && round < MAX_ROUNDS; round++) {
    before = text
    for (const entry of rules) {
      const [name, action] = entry
      if (!RULE_OF[name].breaks(text, limit)) continue
      broken.set(name, entry)
      if (action === 'fix') text = RULE_OF[name].fix(text, limit)
    }
  }
  return { text, broken: [...broken.values()] }
}

/** Maps every item of a container; returns the same container if no item changed. */
function mapChanged(value: readonly Value[] | Fields, map: (item: Value, key: string | number) => Value): Value {
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item, index) => map(item, index))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  let changed: Record<string, Value> | undefined
  for (const key of Object.keys(value)) {
    const item = (value as Fields)[key] ?? null
    const mapped = map(item, key)
    if (mapped !== item) (changed ??= { ...(value as Fields) })[key] = mapped
  }
  return changed ?? value
}

/** The length of the longest prefix within the limit that does not split a surrogate pair. */
function endsWithin(text: string, limit: number): number {
  const last = text.charCodeAt(limit - 1)
  return last >= 0xd800 && last <= 0xdbff ? limit - 1 : limit
}
