import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { conventionProblems } from './check-conventions.ts'
import { referenceProblems } from './check-references.ts'
import { schemaProblems } from './check-schema.ts'
import { settingsProblems } from './check-settings.ts'
import { readModule, type Alter, type TerraformModule } from './module.ts'

export const TERRAFORM = dirname(dirname(fileURLToPath(import.meta.url)))

/** Every folder of modules and environments that holds Terraform, relative to `infra/terraform`. */
export function moduleFolders(): string[] {
  const below = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      if (!entry.isDirectory() || entry.name.startsWith('.') || entry.name === 'tests') return []
      const own = readdirSync(path).some((name) => name.endsWith('.tf')) ? [path] : []
      return [...own, ...below(path)]
    })
  return ['modules', 'envs']
    .flatMap((kind) => (existsSync(join(TERRAFORM, kind)) ? below(join(TERRAFORM, kind)) : []))
    .map((path) => relative(TERRAFORM, path))
    .toSorted((a, b) => a.localeCompare(b))
}

/** Everything that is wrong with one folder, each in a line; it throws where a file does not parse. */
export async function problemsOf(folder: string, alter?: Alter): Promise<string[]> {
  const module = await readModule(resolve(TERRAFORM, folder), alter)
  const children = new Map<string, TerraformModule>()
  for (const [name, body] of module.modules) {
    const source = body['source']
    if (typeof source === 'string' && source.startsWith('.'))
      children.set(name, await readModule(resolve(module.folder, source)))
  }
  const outputsOf = (name: string) => {
    const child = children.get(name)
    return child === undefined ? null : new Set(child.outputs.keys())
  }
  const kind = folder.startsWith('envs') ? 'composition' : 'module'
  return [
    ...schemaProblems(module),
    ...(await referenceProblems(module, outputsOf)),
    ...conventionProblems(module, kind),
    ...settingsProblems(module, kind),
    ...[...children].flatMap(([name, child]) => callProblems(name, module, child)),
  ]
}

const CALL_META = new Set(['source', 'version', 'providers', 'count', 'for_each', 'depends_on'])

function callProblems(name: string, { modules }: TerraformModule, child: TerraformModule): string[] {
  const given = Object.keys(modules.get(name) ?? {}).filter((key) => !CALL_META.has(key))
  const wanted = [...child.variables].filter(([, body]) => body['default'] === undefined).map(([variable]) => variable)
  return [
    ...given.filter((key) => !child.variables.has(key)).map((key) => `module ${name}: takes no ${key}`),
    ...wanted.filter((key) => !given.includes(key)).map((key) => `module ${name}: needs ${key}`),
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = process.argv.length > 2 ? process.argv.slice(2) : moduleFolders()
  for (const folder of folders) {
    const problems = await problemsOf(folder)
    process.stdout.write(
      problems.length === 0 ? `${folder}: nothing wrong\n` : problems.map((line) => `${folder}/${line}\n`).join(''),
    )
    if (problems.length > 0) process.exitCode = 1
  }
}
