import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { TERRAFORM } from './check.ts'
import type { Json } from './hcl.ts'
import { readModule, text } from './module.ts'

const BEGIN = '<!-- generated -->'
const END = '<!-- /generated -->'

/** A README with the tables of inputs and outputs between its marks as they are to be. Throws where the marks are not there. */
export async function withTables(folder: string, readme: string): Promise<string> {
  const [before, rest] = readme.split(BEGIN)
  const after = rest?.split(END)[1]
  if (before === undefined || after === undefined) throw new Error(`${folder}/README.md has no ${BEGIN} … ${END}`)
  const { variables, outputs } = await readModule(join(TERRAFORM, folder))
  const inputs = [...variables].map(
    ([name, { type, default: fallback, description }]) =>
      `| \`${name}\` | ${code(plain(type ?? ''))} | ${fallback === undefined ? 'required' : code(JSON.stringify(fallback))} | ${cell(description ?? '')} |`,
  )
  const given = [...outputs].map(([name, { description }]) => `| \`${name}\` | ${cell(description ?? '')} |`)
  const tables = [
    ...(inputs.length === 0 ? [] : ['| input | type | default | |', '| --- | --- | --- | --- |', ...inputs, '']),
    ...(given.length === 0 ? [] : ['| output | |', '| --- | --- |', ...given]),
  ]
  return `${before}${BEGIN}\n${tables.join('\n')}\n${END}${after}`
}

export async function tablesAreCurrent(folder: string): Promise<boolean> {
  const readme = readFileSync(join(TERRAFORM, folder, 'README.md'), 'utf8')
  return readme === (await withTables(folder, readme))
}

function plain(value: Json): string {
  return text(value)
    .replace(/^\$\{([^]*)\}$/, '$1')
    .replaceAll(/\s+/g, ' ')
}

function code(text: string): string {
  return `\`${text.replaceAll('|', '\\|')}\``
}

function cell(value: Json): string {
  return text(value)
    .replaceAll('|', '\\|')
    .replaceAll(/\s*\n\s*/g, ' ')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of process.argv.slice(2)) {
    const path = join(TERRAFORM, folder, 'README.md')
    writeFileSync(path, await withTables(folder, readFileSync(path, 'utf8')))
  }
}
