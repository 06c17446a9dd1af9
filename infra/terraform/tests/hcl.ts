import { createRequire } from 'node:module'

/** What HCL becomes as JSON: blocks are arrays of objects, expressions are strings that hold `${…}`. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** A node of an expression's syntax tree; ranges are bytes of the expression. */
export interface Expression {
  readonly type: string
  readonly children: readonly Expression[]
  readonly meta?: {
    readonly traversal?: readonly { readonly type: string; readonly segment: string }[]
    readonly keyVar?: string
    readonly valVar?: string
  }
  readonly range: { readonly start: { readonly byte: number }; readonly end: { readonly byte: number } }
}

interface Parser {
  parse(name: string, text: string): Promise<JsonObject>
  getExpressionAst(name: string, expression: string): Promise<Expression | null>
}

const require = createRequire(import.meta.url)

/** Where the package is installed, or null: `npm ci` in this folder installs it. */
export function installed(name: string): string | null {
  try {
    return require.resolve(name)
  } catch {
    return null
  }
}

/** Why nothing can be checked, or null. */
export const missing: string | null =
  installed('@cdktf/hcl2json') === null ? 'run `npm ci` in infra/terraform/tests first' : null

let parser: Parser | undefined

function hcl(): Parser {
  parser ??= require('@cdktf/hcl2json') as Parser
  return parser
}

/** What was read before: of a module with one change, all but one file. */
const parsed = new Map<string, Promise<JsonObject>>()
const named = new Map<string, Promise<Name[]>>()

function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = made.get(key) ?? make()
  made.set(key, known)
  return known
}

/** Throws what HashiCorp's own parser says, with file, line and column. */
export function parseHcl(name: string, text: string): Promise<JsonObject> {
  return once(parsed, `${name} ${text}`, async () => structuredClone(await hcl().parse(name, text)))
}

export interface Name {
  /** Such as `['var', 'region']`; an index in brackets is a segment with its brackets. */
  readonly segments: readonly string[]
  /** In characters of the expression. */
  readonly start: number
  readonly end: number
  /** The names that loops around it give. */
  readonly loops: readonly string[]
}

/** Every name that an expression uses. */
export function namesIn(expression: string): Promise<readonly Name[]> {
  return once(named, expression, () => readNames(expression))
}

async function readNames(expression: string): Promise<Name[]> {
  const tree = await hcl().getExpressionAst('expression', expression)
  const bytes = Buffer.from(expression)
  const at = (byte: number) => bytes.subarray(0, byte).toString().length
  const names: Name[] = []
  const walk = (node: Expression, loops: readonly string[]) => {
    const inner =
      node.type === 'for'
        ? [...loops, ...[node.meta?.keyVar, node.meta?.valVar].filter((name) => name !== undefined && name !== '')]
        : loops
    const traversal = node.type === 'scopeTraversal' ? node.meta?.traversal : undefined
    if (traversal !== undefined) {
      const segments = traversal.map(({ type, segment }) => (type === 'indexTraversal' ? `[${segment}]` : segment))
      names.push({ segments, start: at(node.range.start.byte), end: at(node.range.end.byte), loops })
    }
    for (const child of node.children) walk(child, inner as string[])
  }
  if (tree !== null) walk(tree, [])
  return names
}

export type Piece = { readonly literal: string } | { readonly expression: string }

/** The parts of a template, as the parser writes it: text, and what stands in `${…}`. */
export function piecesOf(template: string): Piece[] {
  const text = withoutDirectives(template)
  const pieces: Piece[] = []
  let literal = ''
  for (let i = 0; i < text.length;) {
    if (text.startsWith('$${', i)) {
      literal += '$${'
      i += 3
    } else if (text.startsWith('${', i)) {
      const end = closingBrace(text, i + 2)
      if (literal !== '') pieces.push({ literal })
      pieces.push({ expression: text.slice(i + 2, end) })
      literal = ''
      i = end + 1
    } else {
      literal += text[i]
      i += 1
    }
  }
  if (literal !== '') pieces.push({ literal })
  return pieces
}

/** The parser writes a conditional within a template as `%{if}…%{else}…%{endif}`: here it is an expression again. */
function withoutDirectives(template: string): string {
  let text = template
  for (let at = text.lastIndexOf('%{if '); at >= 0; at = text.lastIndexOf('%{if ')) {
    const end = closingBrace(text, at + '%{if '.length)
    const condition = text.slice(at + '%{if '.length, end)
    const stop = text.indexOf('%{endif}', end)
    if (stop < 0) throw new Error(`no end of the directive in ${text}`)
    const [then = '', otherwise = ''] = text.slice(end + 1, stop).split('%{else}')
    const whole = `\${${condition} ? "${quoted(then)}" : "${quoted(otherwise)}"}`
    text = text.slice(0, at) + whole + text.slice(stop + '%{endif}'.length)
  }
  return text
}

function quoted(template: string): string {
  const parts = piecesOf(template)
  return parts
    .map((part) => ('literal' in part ? JSON.stringify(part.literal).slice(1, -1) : `\${${part.expression}}`))
    .join('')
}

/** The index of the brace that ends an expression: braces in quoted text, and of templates within it, do not count. */
function closingBrace(text: string, from: number): number {
  const open: ('{' | '"')[] = []
  for (let i = from; i < text.length; i += 1) {
    const quoted = open.at(-1) === '"'
    if (quoted && text[i] === '\\') i += 1
    else if (text[i] === '"' && quoted) open.pop()
    else if (text[i] === '"') open.push('"')
    else if (quoted && text.startsWith('$${', i)) i += 2
    else if (quoted && text.startsWith('${', i)) {
      open.push('{')
      i += 1
    } else if (!quoted && text[i] === '{') open.push('{')
    else if (!quoted && text[i] === '}') {
      if (open.length === 0) return i
      open.pop()
    }
  }
  throw new Error(`no end of the expression in ${text}`)
}

/** Every string below a value that holds an expression, with where it stands. */
export function* expressionsIn(
  value: Json,
  path = '',
): Generator<{ readonly path: string; readonly expression: string }> {
  if (typeof value === 'string') {
    for (const piece of piecesOf(value)) if ('expression' in piece) yield { path, expression: piece.expression }
  } else if (Array.isArray(value)) {
    for (const one of value) yield* expressionsIn(one, path)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, one] of Object.entries(value)) {
      yield* expressionsIn(key, path)
      yield* expressionsIn(one, path === '' ? key : `${path}.${key}`)
    }
  }
}
