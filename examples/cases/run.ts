import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, Command } from 'commander'
import { EXIT, describeFailure } from '#cli/exit.ts'
import { createLifecycle } from '#runtime/process/lifecycle.ts'
import { Children } from '../support/children.ts'
import { portsOf } from '../support/ports.ts'
import { processorSeconds } from '../support/processor.ts'
import { facts, heading, say } from '../support/say.ts'
import type { CaseStudy } from './case.ts'
import { CASE_NAMES, CASES, type CaseName } from './cases.ts'
import { figuresOnPage, writePlayed } from './page.ts'
import { createStage, type Figure, type Figures } from './stage.ts'

const PORTS = 6

const program = new Command('case')
  .description('case studies, each played on an installation that runs here; figures are held against its page')
  .addArgument(new Argument('[case...]', 'all where none is named').choices([...CASE_NAMES]))
  .option('--folder <folder>', 'where it is played and left (default: a temporary folder, removed at the end)')
  .option('--write', 'put the figures of this run on the page, and the run on record')
  .action(async (named: readonly CaseName[], options: Options) => {
    if (options.folder !== undefined && named.length !== 1) program.error('--folder is for one case: name it')
    const lifecycle = createLifecycle({ onFatal: fail })
    process.exitCode = await lifecycle.run(async (signal) => {
      let code: number = EXIT.clean
      for (const name of named.length === 0 ? CASE_NAMES : named)
        code = Math.max(code, await play(name, options, signal))
      return code
    })
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
    const [began, processor, [load = 0]] = [performance.now(), processorSeconds(), loadavg()]
    const came = await playOn(study, folder, signal)
    heading('Figures')
    facts(came.figures)
    const took = {
      seconds: Math.round((performance.now() - began) / 1000),
      processorSeconds: Math.round(processorSeconds() - processor),
      cores: availableParallelism(),
      load: Number(load.toFixed(1)),
    }
    say(
      `\n${took.seconds} s, ${took.processorSeconds} s of processor time, ${took.cores} cores, a load of ${took.load} as it began.`,
    )
    if (options.write === true) writePlayed(name, { figures: came.figures, ...took })
    return held(came, figuresOnPage(name), name)
  } finally {
    if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
}

/** What the case came to, once all that it started has ended. */
async function playOn(study: CaseStudy, folder: string, signal: AbortSignal): Promise<Figures> {
  await using children = new Children(folder, signal)
  const { stage, ...came } = createStage({ folder, children, ports: await portsOf(folder, PORTS), signal })
  await study.run(stage)
  return came
}

/** Exit code 1, and what differs, where the page says something else than this run. */
function held({ figures, margins }: Figures, page: readonly Figure[], name: CaseName): number {
  const said = new Map(page)
  const other = figures.filter(([what, value]) => !agrees(value, said.get(what), margins.get(what)))
  const gone = page.filter(([what]) => figures.every(([own]) => own !== what))
  if (other.length + gone.length === 0) {
    say(`\nThese are the figures of docs/case-studies/${name}.md.`)
    return EXIT.clean
  }
  say(`\ndocs/case-studies/${name}.md says something else:`)
  facts([...other.map(([what]) => [what, said.get(what) ?? 'nothing'] as const), ...gone])
  return EXIT.findings
}

function agrees(value: string, said: string | undefined, margin = 0): boolean {
  return value === said || Math.abs(Number.parseFloat(value) - Number.parseFloat(said ?? '')) <= margin
}

function fail(error: unknown): void {
  process.stderr.write(`${describeFailure(error).message}\n`)
}
