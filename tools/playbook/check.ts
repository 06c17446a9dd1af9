import { existsSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ROOT, textAt, type Problem } from './files.ts'
import { generated } from './generated.ts'
import { CONTROLS, crossProblems, FRAMEWORKS, readGovernance, type Proof } from './governance.ts'
import { brokenLinks, pages } from './links.ts'
import { CLOUDS, readClouds } from './pages.ts'
import { proseProblems } from './prose.ts'
import { missing, pathOf } from './proofs.ts'
import { refusalOf } from './commands.ts'
import { commandsOf } from './sandbox/page.ts'
import { staleRuns } from './tried.ts'
import { readThreats, threatProblems, THREATS } from './threats.ts'

/** Everything that is wrong with what the documents say, by file. `ran`: the names of tests that passed, by file; see `readRan`. */
export async function problems(ran?: ReadonlyMap<string, readonly string[]>): Promise<Problem[]> {
  const governance = readGovernance()
  const threats = readThreats()
  const found: Problem[] = [
    ...crossProblems(governance).map((says) => ({ where: FRAMEWORKS, says })),
    ...threatProblems(threats, governance).map((says) => ({ where: THREATS, says })),
  ]
  const proofs: (readonly [where: string, of: string, proof: Proof])[] = [
    ...Object.entries(governance.controls).flatMap(([name, { proof }]) =>
      proof.map((one) => [CONTROLS, name, one] as const),
    ),
    ...threats.attackers.flatMap(({ holds, shows }) => (shows === undefined ? [] : [[THREATS, holds, shows] as const])),
    ...readClouds().flatMap(({ aim, aws, azure, gcp }) => [aws, azure, gcp].map((one) => [CLOUDS, aim, one] as const)),
  ]
  for (const [where, of, proof] of proofs) {
    const says = (await missing(proof)) ?? (ran === undefined ? null : notRun(proof, ran))
    if (says !== null) found.push({ where, says: `${of}: ${says}` })
  }
  const playbook = pages().filter((page) => /^docs\/(?:playbook|case-studies)\//.test(page))
  for (const where of playbook) {
    for (const command of commandsOf(textAt(where))) {
      const says = await refusalOf(command)
      if (says !== null) found.push({ where, says })
    }
  }
  return [...found, ...outdated(), ...staleRuns(), ...brokenLinks(), ...proseProblems(playbook)]
}

/** Pages that are not what their source makes them. */
function outdated(): Problem[] {
  const old = [...generated()].filter(([path, text]) => !existsSync(`${ROOT}${path}`) || textAt(path) !== text)
  return old.map(([where]) => ({ where, says: 'is not what its source says: `npm run playbook:write`' }))
}

function notRun(proof: Proof, ran: ReadonlyMap<string, readonly string[]>): string | null {
  if (!('test' in proof)) return null
  // A name with %s or $x is filled in as it runs.
  const fixed = proof.name.split(/%\w|\$\w+/)[0] ?? ''
  return ran.get(pathOf(proof))?.some((name) => name.includes(fixed)) === true
    ? null
    : `'${proof.name}' did not pass in the last run`
}

/** The full names of tests that passed, by file, from reports of vitest's JSON reporter. */
export function readRan(reports: readonly string[]): Map<string, string[]> {
  const passed = new Map<string, string[]>()
  for (const report of reports) {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8')) as Report
    for (const { name, assertionResults } of testResults) {
      const file = name.replace(ROOT, '')
      const names = assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName)
      passed.set(file, [...(passed.get(file) ?? []), ...names])
    }
  }
  return passed
}

interface Report {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { ran: { type: 'string', multiple: true } } })
  const found = await problems(values.ran && readRan(values.ran))
  for (const { where, says } of found) process.stdout.write(`${where}: ${says}\n`)
  process.stdout.write(found.length === 0 ? 'Every proof is there.\n' : `${found.length} to mend.\n`)
  process.exitCode = found.length === 0 ? 0 : 1
}
