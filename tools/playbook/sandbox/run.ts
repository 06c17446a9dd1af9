import { execFile } from 'node:child_process'
import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { processorSeconds } from '#examples/support/processor.ts'
import { textAt } from '../files.ts'
import { makeInstallation } from './installation.ts'
import { trialOf, type Step } from './page.ts'
import { withFederation } from './federation.ts'
import { withKeyService, type KeyService } from './key-service.ts'

/** A step as it went. */
export interface Tried extends Step {
  readonly code: number
  readonly said: string
  readonly seconds: number
  /** Of the processor, of all that it started. */
  readonly processorSeconds: number
  /** What it should have said or ended with, and did not; null where all is as the page says. */
  readonly wrong: string | null
}

/** Installations that pages are tried over, each a copy: they are made once. */
export interface Sandbox extends AsyncDisposable {
  /** Runs what a page marks as runnable, in its order, and stops at the first step that goes otherwise. */
  tryPage(path: string): Promise<readonly Tried[]>
}

export async function openSandbox(): Promise<Sandbox> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-sandbox-'))
  const pipeline = join(folder, 'pipeline')
  await makeInstallation(pipeline)
  const made = await bash('credence run --no-report --fail-on failure', pipeline)
  if (made.code !== 0) throw new Error(`the sandbox could not be made: ${made.said}`)
  let count = 0
  return {
    async tryPage(path) {
      const { over, steps } = trialOf(textAt(path))
      const home = join(folder, `try-${++count}`)
      let service: KeyService | undefined
      try {
        if (over === 'keys') service = await withKeyService(home)
        else await cp(pipeline, home, { recursive: true, preserveTimestamps: true })
        if (over === 'federation') await withFederation(home)
        await writeNames(home, over === 'pipeline')
        return await tryAll(steps, home)
      } finally {
        await service?.close()
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

/** What the reader knows from the alert: a campaign and one of its records. They stay what they were when the alert came. */
async function writeNames(home: string, isPipeline: boolean): Promise<void> {
  if (!isPipeline) return
  const { said } = await bash('credence quarantine list --format jsonl --limit 1', home)
  const { campaign, record } = JSON.parse(said) as { campaign: string; record: string }
  await appendFile(join(home, '.env'), `campaign='${campaign}'\nrecord='${record}'\n`)
}

async function tryAll(steps: readonly Step[], home: string): Promise<Tried[]> {
  const tried: Tried[] = []
  for (const step of steps) {
    const [from, processor] = [performance.now(), processorSeconds()]
    const { code, said } = await bash(step.script, home)
    const seconds = (performance.now() - from) / 1000
    const used = processorSeconds() - processor
    const lacking = step.shows.find((words) => !said.includes(words))
    const wrong =
      code !== step.exit
        ? `ended with ${code}, not ${step.exit}`
        : lacking === undefined
          ? null
          : `does not say '${lacking}'`
    tried.push({ ...step, code, said, seconds, processorSeconds: used, wrong })
    if (wrong !== null) break
  }
  return tried
}

function bash(script: string, home: string): Promise<{ code: number; said: string }> {
  const path = `${join(home, 'bin')}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  // Node.js hands the input over as a socket, which Bash takes for a network’s: it would read `~/.bashrc`, and what PATH is there.
  const args = ['--norc', '-c', `set -a; [ ! -f .env ] || . ./.env; set +a; set -eo pipefail\n${script}`]
  return new Promise((resolve) => {
    const keys = { AWS_ACCESS_KEY_ID: 'credence', AWS_SECRET_ACCESS_KEY: 'not-a-secret' }
    // What is compiled once is found by the next command: a page has dozens.
    const env = { ...process.env, ...keys, PATH: path, NODE_COMPILE_CACHE: join(dirname(home), 'compiled') }
    execFile('bash', args, { cwd: home, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, said: stdout + stderr })
    })
  })
}
