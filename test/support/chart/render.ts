import { createHash } from 'node:crypto'
import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const CHART = fileURLToPath(new URL('../../../deploy/chart', import.meta.url))

/** Value sets by name: each is what its files say, later ones over earlier ones. */
export const VALUE_SETS: Readonly<Record<string, readonly string[]>> = {
  least: ['least'],
  aws: ['least', 'aws'],
  azure: ['least', 'azure', 'own-secret', 'everything'],
  gcp: ['least', 'gcp', 'everything'],
  unchecked: ['least', 'gcp', 'everything', 'unchecked'],
}
/** The Kubernetes whose capabilities templates see; every newer one renders the same. */
export const KUBERNETES = '1.34.0'

/** `HELM` names the program where it is not in PATH. */
const program = process.env['HELM'] ?? 'helm'

/** Why nothing can be rendered, or null. */
export function helmMissing(): string | null {
  return spawnSync(program, ['version']).status === 0
    ? null
    : 'helm is not installed: deploy/chart/verify.sh installs helm 3.22.0, or name it in HELM'
}

/** What `helm template` prints for a value set. Throws what Helm says where values or templates are wrong. */
export function render(set: string, chart = CHART): string {
  const files = (VALUE_SETS[set] ?? []).map((name) => join(CHART, 'ci', `${name}.values.yaml`))
  return helmTemplate(chart, files)
}

export function helmTemplate(chart: string, files: readonly string[], args: readonly string[] = []): string {
  const values = files.flatMap((file) => ['--values', file])
  const all = [
    'template',
    'credence',
    chart,
    '--namespace',
    'credence',
    '--kube-version',
    KUBERNETES,
    ...values,
    ...args,
  ]
  return execFileSync(program, all, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 })
}

/** `helm lint` with the values of a set. Throws what it says. */
export function lint(set: string): void {
  const values = (VALUE_SETS[set] ?? []).flatMap((name) => ['--values', join(CHART, 'ci', `${name}.values.yaml`)])
  execFileSync(program, ['lint', CHART, '--strict', '--kube-version', KUBERNETES, ...values], { stdio: 'pipe' })
}

/** SHA-256 over everything that a rendering depends on: the chart's files with their names, and the values. */
export function inputsOf(set: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(CHART, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(Chart\.yaml|values\.yaml|values\.schema\.json|(templates|files)\/.*)$/.test(path))
    .concat((VALUE_SETS[set] ?? []).map((name) => `ci/${name}.values.yaml`))
    .filter((path) => statSync(join(CHART, path)).isFile())
  for (const path of files.toSorted())
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(CHART, path)))
      .update('\0')
  return hash.digest('hex')
}

export function renderedFile(set: string): string {
  return join(CHART, 'ci', `${set}.rendered.yaml`)
}

/** A rendering as it is kept: what it was made from stands first, so that one that is out of date is noticed without Helm. */
export function kept(set: string, rendering: string): string {
  return `# Rendered by Helm, with node test/support/chart/render.ts, from ${inputsOf(set)}\n${rendering}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const set of Object.keys(VALUE_SETS)) writeFileSync(renderedFile(set), kept(set, render(set)))
}
