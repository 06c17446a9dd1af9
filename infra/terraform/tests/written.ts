import { EvaluationError } from './evaluation-error.ts'
import { namesIn, piecesOf, type Json, type JsonObject } from './hcl.ts'
import { entries, isObject, list } from './module.ts'
import { providerOf } from './provider-schema.ts'

/** The body of a block as an object of HCL, its dynamic blocks as loops. */
export async function bodyWritten(body: JsonObject, iterators: readonly string[] = []): Promise<string> {
  const { dynamic = {}, ...own } = body
  const fields = new Map<string, string>()
  for (const [key, value] of Object.entries(own)) {
    const isBlock = Array.isArray(value) && value.length > 0 && value.every((one) => isObject(one as Json))
    fields.set(
      key,
      isBlock
        ? `[${(await Promise.all(list(value).map((one) => bodyWritten(one as JsonObject, iterators)))).join(', ')}]`
        : await written(value, iterators),
    )
  }
  for (const [block, bodies] of entries(dynamic)) {
    for (const one of list(bodies) as JsonObject[]) {
      const iterator = typeof one['iterator'] === 'string' ? one['iterator'].replace(/^\$\{(.*)\}$/, '$1') : block
      const content = await bodyWritten((list(one['content'])[0] ?? {}) as JsonObject, [...iterators, iterator])
      const made = `[for ${iterator}_key, ${iterator}_value in ${await written(one['for_each'] ?? [], iterators)} : ${content}]`
      const before = fields.get(block)
      fields.set(block, before === undefined ? made : `concat(${before}, ${made})`)
    }
  }
  return `{ ${[...fields].map(([key, value]) => `"${key}" = ${value}`).join(', ')} }`
}

/** A value as an expression of HCL, with resources and loops under the names of their locals. */
export async function written(value: Json, iterators: readonly string[] = []): Promise<string> {
  if (typeof value === 'string') return templateWritten(value, iterators)
  if (Array.isArray(value))
    return `[${(await Promise.all(value.map((one) => written(one as Json, iterators)))).join(', ')}]`
  if (isObject(value)) {
    const fields = await Promise.all(
      Object.entries(value).map(
        async ([key, one]) =>
          `${key.includes('${') ? `(${await written(key, iterators)})` : JSON.stringify(key)} = ${await written(one, iterators)}`,
      ),
    )
    return `{ ${fields.join(', ')} }`
  }
  return JSON.stringify(value)
}

async function templateWritten(text: string, iterators: readonly string[]): Promise<string> {
  if (/(^|[^%])%\{(?!if |else\}|endif\})/.test(text))
    throw new EvaluationError(`a directive in a template is not understood: ${text.slice(0, 80)}`)
  const pieces = piecesOf(text)
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined && 'expression' in only)
    return `(${await renamed(only.expression, iterators)})`
  const parts = await Promise.all(
    pieces.map(async (piece) =>
      'literal' in piece
        ? JSON.stringify(piece.literal).slice(1, -1)
        : `\${${await renamed(piece.expression, iterators)}}`,
    ),
  )
  return `"${parts.join('')}"`
}

async function renamed(expression: string, iterators: readonly string[]): Promise<string> {
  let text = expression
  for (const { segments, start, end, loops } of (await namesIn(expression)).toSorted((a, b) => b.start - a.start)) {
    const [root = '', second = '', third = ''] = segments
    if (loops.includes(root)) continue
    const before = text.slice(start, end)
    const now = iterators.includes(root)
      ? before.replace(/^(\w+)\.(key|value)/, '$1_$2')
      : root === 'each' || root === 'count'
        ? before.replace('.', '_')
        : root === 'data'
          ? before.replace(`data.${second}.${third}`, `local.data__${second}__${third}`)
          : providerOf(root) !== null || root === 'terraform_data'
            ? before.replace(`${root}.${second}`, `local.${root}__${second}`)
            : before
    text = text.slice(0, start) + now + text.slice(end)
  }
  return text
}
