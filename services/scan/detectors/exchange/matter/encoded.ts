const BASE64 = /(?<![\w+/=])(?:[A-Za-z0-9+/]{4}){10,}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=])/g
const HEX = /(?<![\w])(?:[0-9a-f]{2}[ :]?){40,}(?![\w])/gi
/** Base64 in lines of 60 to 80 characters, as in a mail's attachment: it is not reported. */
const ATTACHED = /(?:^[A-Za-z0-9+/]{60,80}[ \t\r]*\n)+[A-Za-z0-9+/=]*/gm
const PERCENT = /(?:%[0-9a-f]{2}){20,}/gi
const ESCAPES = /(?:\\x[0-9a-f]{2}|\\u00[0-9a-f]{2}){20,}/gi
const REFERENCES = /(?:&#(?:\d{2,3}|x[0-9a-f]{2});){20,}/gi
const BITS = /(?<![\w])(?:[01]{8} ?){20,}(?![\w])/g
/** The tags of Unicode, each of which is an invisible character of ASCII. */
const TAGS = /[\u{E0020}-\u{E007E}]{20,}/gu
const TAG = 0xe0000
/** Zero-width characters, two of which are the bits of a text. */
const ZERO_WIDTH = /[\u200B-\u200F\u2060-\u2064\uFEFF]{140,}/g
/** Bits of a character. */
const WIDTHS = [7, 8, 16]

/**
 * Decoded bytes are text when at least this share are letters, blanks or punctuation, in at least `FEWEST_WORDS` words.
 */
const TEXT = 0.9
const FEWEST_WORDS = 5

/** The texts that a text holds in an encoding that no reader reads: in bytes or bits written out, or invisible. */
export function encodedTexts(text: string): string[] {
  return decoded(text.replaceAll(ATTACHED, '')).filter(isText)
}

function decoded(text: string): string[] {
  const runs = (pattern: RegExp) => text.match(pattern) ?? []
  const bytes = (run: string, pattern: RegExp) => (run.match(pattern) ?? []).map((byte) => Number.parseInt(byte, 16))
  return [
    ...runs(BASE64).map((run) => Buffer.from(run, 'base64').toString('latin1')),
    ...runs(HEX).map((run) => Buffer.from(run.replaceAll(/[ :]/g, ''), 'hex').toString('latin1')),
    ...runs(PERCENT).map((run) => String.fromCharCode(...bytes(run, /[0-9a-f]{2}/gi))),
    ...runs(ESCAPES).map((run) => String.fromCharCode(...bytes(run, /[0-9a-f]{2}(?=\\|$)/gi))),
    ...runs(REFERENCES).map((run) =>
      run.replaceAll(/&#(x?)(\w+);/gi, (_, hex: string, digits: string) => of(digits, hex)),
    ),
    ...runs(BITS).map((run) => ofBits(run.replaceAll(' ', ''), 8)),
    ...runs(TAGS).map((run) => Array.from(run, (tag) => String.fromCharCode(tag.codePointAt(0)! - TAG)).join('')),
    ...runs(ZERO_WIDTH).flatMap(ofZeroWidth),
  ]
}

function of(digits: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(digits, hex === '' ? 10 : 16))
}

function ofBits(bits: string, width: number): string {
  const codes = bits.match(new RegExp(`[01]{${width}}`, 'g')) ?? []
  return codes.map((code) => String.fromCharCode(Number.parseInt(code, 2))).join('')
}

/** What two zero-width characters may mean: either is the 0, and a character has so many of them. */
function ofZeroWidth(run: string): string[] {
  const kinds = [...new Set(run)]
  if (kinds.length !== 2) return []
  return kinds.flatMap((zero) => {
    const bits = Array.from(run, (character) => (character === zero ? '0' : '1')).join('')
    return WIDTHS.map((width) => ofBits(bits, width))
  })
}

function isText(bytes: string): boolean {
  const letters = bytes.match(/[A-Za-z ,.?!'\n]/g)?.length ?? 0
  return letters >= TEXT * bytes.length && bytes.split(/\s+/).length >= FEWEST_WORDS
}
