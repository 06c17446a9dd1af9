/** An opening tag with attributes, and the text that follows it. */
const ELEMENT = /<([a-z][\w-]*)\s([^<>]{1,600})>([^<]{20,})/gi
/**
 * An attribute by the HTML standard (13.1.2.3): its name ends before white space, a quotation mark, `>`, `/` or `=`.
 */
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g
/** Elements that hold no text: the text that follows them is not theirs. */
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)$/i
/** Characters of hidden text that are reported at least. */
const SHORTEST = 20
/** Least share of letters and blanks in text that is written for a reader. */
const PROSE = 0.6
/** Pixels: type of at most this size cannot be read, and text this far beyond an edge is not seen. */
const SMALLEST_TYPE = 2
const FAR = 500
/** Text of at most this opacity is not seen. */
const FAINT = 0.05
/** Pixels per unit of length; rough where the unit is relative. */
const PIXELS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 4 / 3,
  em: 16,
  rem: 16,
  ch: 8,
  vw: 10,
  vh: 10,
  '%': 10,
  cm: 38,
  in: 96,
}

/**
 * Whether a page would hide some of this text from its reader: an element whose own attributes make its text absent,
 * invisible, too small, out of sight, cut off, or of the colour of its background. Style sheets are not read.
 */
export function hidesText(text: string): boolean {
  for (const [, name = '', attributes = '', content = ''] of text.matchAll(ELEMENT))
    if (!VOID.test(name) && !attributes.endsWith('/') && isProse(content) && isHidden(attributesOf(attributes)))
      return true
  return false
}

/** Whether a text holds an element with attributes, as those that hide text are. */
export function isMarkedUp(text: string): boolean {
  return text.search(ELEMENT) >= 0
}

function isProse(content: string): boolean {
  const own = content.replaceAll(/\s+/g, ' ').trim()
  return own.length >= SHORTEST && (own.match(/[\p{L}\p{M} ]/gu)?.length ?? 0) >= PROSE * own.length
}

/** The attributes by name; the first of two equal names counts, as in a browser. */
function attributesOf(text: string): Map<string, string> {
  const found = Array.from(text.matchAll(ATTRIBUTE)).toReversed()
  return new Map(
    found.map(([, name = '', ...values]) => [name.toLowerCase(), values.find((v) => v !== undefined) ?? '']),
  )
}

function isHidden(attributes: ReadonlyMap<string, string>): boolean {
  const hidden = attributes.get('hidden')
  // A value that begins with `{` is filled in by a template or a program: what it will be is not known.
  if (hidden !== undefined && !/^(?:until-found$|\{)/i.test(hidden.trim())) return true
  const style = declarationsOf(attributes.get('style') ?? '')
  return style.size > 0 && isUnseen(style)
}

function declarationsOf(style: string): Map<string, string> {
  const declarations = style.split(';').map((each) => each.split(':'))
  return new Map(
    declarations.flatMap(([name = '', value]) =>
      value === undefined
        ? []
        : [
            [
              name.trim().toLowerCase(),
              value
                .replace(/!important/i, '')
                .trim()
                .toLowerCase(),
            ],
          ],
    ),
  )
}

function isUnseen(style: ReadonlyMap<string, string>): boolean {
  const of = (name: string) => style.get(name) ?? ''
  const pixels = (name: string) => pixelsOf(of(name))
  const isCut = /hidden|clip/.test(of('overflow'))
  const color = of('color').replaceAll(' ', '')
  return (
    of('display') === 'none' ||
    /^(?:hidden|collapse)$/.test(of('visibility')) ||
    amountOf(of('opacity')) <= FAINT ||
    pixels('font-size') <= SMALLEST_TYPE ||
    AWAY.some((name) => pixels(name) <= -FAR) ||
    (isCut && SIZES.some((name) => pixels(name) <= 1)) ||
    /^rect\((?:0(?:px)?|1px)(?:[ ,]+(?:0(?:px)?|1px)){3}\)$|^inset\((?:50|100)%\)$/.test(
      of('clip') || of('clip-path'),
    ) ||
    color === 'transparent' ||
    /^(?:rgb|hsl)a\(.*[,/]0?\.?0+%?\)$/.test(color) ||
    (color !== '' && whole(color) === whole(of('background-color') || of('background')))
  )
}

const AWAY = ['left', 'right', 'top', 'bottom', 'text-indent', 'margin-left', 'margin-top']
const SIZES = ['height', 'max-height', 'width', 'max-width']

/** A length in pixels; NaN for anything else. */
function pixelsOf(value: string): number {
  const [, amount = '', unit = ''] = /^(-?(?:\d+\.?\d*|\.\d+))([a-z%]*)$/.exec(value) ?? []
  return amount === '' ? Number.NaN : Number(amount) * (PIXELS[unit] ?? Number.NaN)
}

/** A share that is written as a number or in percent; NaN for anything else. */
function amountOf(value: string): number {
  const [, amount = '', percent = ''] = /^(\d*\.?\d+)(%?)$/.exec(value) ?? []
  return amount === '' ? Number.NaN : Number(amount) / (percent === '' ? 1 : 100)
}

/** One spelling for equal colours: the names white and black, and three digits, become six digits. */
function whole(color: string): string {
  const own = color.replaceAll(' ', '').replace(/^#([\da-f])([\da-f])([\da-f])$/, '#$1$1$2$2$3$3')
  return own === 'white' ? '#ffffff' : own === 'black' ? '#000000' : own
}
