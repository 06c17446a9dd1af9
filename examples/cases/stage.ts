import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { paint } from '#present/look.ts'
import type { Children, Environment } from '../support/children.ts'
import { heading, look, prompt, say } from '../support/say.ts'
import type { Running, Said, Stage } from './case.ts'

const CREDENCE = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))
/** A program from the examples is run by name, so that it is shown as a person types it. */
const QUIET = { NO_COLOR: '1', CI: 'true' } as const

export type Figure = readonly [what: string, value: string]

export interface Figures {
  readonly figures: readonly Figure[]
  /** By how much a figure may differ from run to run, for those that do. */
  readonly margins: ReadonlyMap<string, number>
}

export interface StageOptions {
  readonly folder: string
  readonly children: Children
  readonly ports: readonly number[]
  readonly signal: AbortSignal
}

/** A stage over real processes, and the figures of the case that plays on it. */
export function createStage(options: StageOptions): Figures & { readonly stage: Stage } {
  const { folder, signal } = options
  const figures: Figure[] = []
  const margins = new Map<string, number>()
  const start = (args: readonly string[], environment: Environment = {}) =>
    startCredence(args, { folder, signal, environment })
  const stage: Stage = {
    ...options,
    part(title, text) {
      heading(title)
      say(text)
    },
    tell: (text) => say(text),
    async credence(args, environment) {
      signal.throwIfAborted()
      prompt(`npx credence ${args.map(quoted).join(' ')}`)
      const said = await start(args, environment).ended
      say(said.stdout.trimEnd())
      if (said.stderr !== '') say(paint(look, 'dim', said.stderr.trimEnd()))
      say(paint(look, 'dim', `exit code ${said.code}`))
      return said
    },
    start,
    figure(what, value, margin = 0) {
      figures.push([what, String(value)])
      margins.set(what, margin)
    },
  }
  return { stage, figures, margins }
}

interface Starting {
  readonly folder: string
  readonly signal: AbortSignal
  readonly environment: Environment
}

function startCredence(args: readonly string[], { folder, signal, environment }: Starting): Running {
  const child = spawn(process.execPath, [CREDENCE, ...args], {
    cwd: folder,
    env: { ...process.env, ...QUIET, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const said = { stdout: '', stderr: '' }
  const heard = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
      for (const listener of heard) listener()
    })
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  const ended = once(child, 'close').then(([code]: (number | null)[]): Said => {
    signal.removeEventListener('abort', stop)
    return { code: code ?? -1, ...said }
  })
  return {
    ended,
    async says(pattern) {
      const is = () => pattern.test(said.stdout) || pattern.test(said.stderr)
      const gone = async () => {
        await ended
        if (!is()) throw new Error(`credence ${args.join(' ')} ended, and said nothing of ${pattern}:\n${said.stderr}`)
      }
      const isSaid = new Promise<void>((resolve) => {
        const listen = () => {
          if (!is()) return
          heard.delete(listen)
          resolve()
        }
        heard.add(listen)
        listen()
      })
      await Promise.race([gone(), isSaid])
    },
    peek: () => said.stdout + said.stderr,
    async stop() {
      stop()
      return await ended
    },
  }
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`
}
