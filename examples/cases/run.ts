import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { EXIT, describeFailure } from '#cli/exit.ts'
import { createLifecycle } from '#runtime/process/lifecycle.ts'
import { Children } from '../support/children.ts'
import { portsOf } from '../support/ports.ts'
import { facts, heading, say } from '../support/say.ts'
import { CASE_NAMES, CASES, type CaseName } from './cases.ts'
import { figuresOnPage, writeFigures } from './page.ts'
import { createStage, type Figure } from './stage.ts'

const PORTS = 6

const program = new Command('case')
  .description('a case study, played on an installation that runs here; its figures are held against its page')
  .addArgument(new Argument('<case>').choices([...CASE_NAMES]))
  .option('--folder <folder>', 'where it is played and left (default: a temporary folder, removed at the end)')
  .option('--write', 'put the figures of this run on the page')
  .action(async (name: CaseName, options: Options) => {
    const lifecycle = createLifecycle({ onFatal: fail })
    process.exitCode = await lifecycle.run((signal) => play(name, options, signal))
  })

interface Options {
  readonly folder?: string
  readonly write?: boolean
}

try {
  await program.parseAsync()
} catch (error) {
  fail(error)
  process.exitCode = EXIT.failure
}

async function play(name: CaseName, options: Options, signal: AbortSignal): Promise<number> {
  const study = await CASES[name]()
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), `credence-case-${name}-`))
  mkdirSync(folder, { recursive: true })
  try {
    heading(study.title)
    await using children = new Children(folder, signal)
    const { stage, figures } = createStage({ folder, children, ports: await portsOf(folder, PORTS), signal })
    await study.run(stage)
    heading('Figures')
    facts(figures)
    if (options.write === true) writeFigures(name, figures)
    return held(figures, figuresOnPage(name), name)
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** Exit code 1, and what differs, where the page says something else than this run. */
function held(run: readonly Figure[], page: readonly Figure[], name: CaseName): number {
  const said = new Map(page)
  const other = run.filter(([what, value]) => said.get(what) !== value)
  const gone = page.filter(([what]) => run.every(([own]) => own !== what))
  if (other.length + gone.length === 0) {
    say(`\nThese are the figures of docs/case-studies/${name}.md.`)
    return EXIT.clean
  }
  say(`\ndocs/case-studies/${name}.md says something else:`)
  facts([...other.map(([what]) => [what, said.get(what) ?? 'nothing'] as const), ...gone])
  return EXIT.findings
}

function fail(error: unknown): void {
  process.stderr.write(`${describeFailure(error).message}\n`)
}
