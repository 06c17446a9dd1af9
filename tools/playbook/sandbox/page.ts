import { createHash } from 'node:crypto'

/** One block of a page: what the reader sees and types, or what the sandbox does unseen to bring an incident about. */
export interface Step {
  readonly hidden: boolean
  /** Lines of a shell. */
  readonly script: string
  /** What the block has to end with. */
  readonly exit: number
  /** What its output has to say. */
  readonly shows: readonly string[]
  /** The heading that it stands under. */
  readonly under: string
}

/** How a page is tried: over which installation, and step by step. */
export interface Trial {
  readonly over: 'pipeline' | 'keys' | 'federation'
  readonly steps: readonly Step[]
}

const PARTS = /<!-- sandbox\n(.*?)-->|^```sh run(?: exit=(\d+))?\n(.*?)^```(?:\n<!-- shows: (.*?) -->)?/gms

/**
 * The runnable parts of a page. Fenced blocks marked `sh run` are run as they are printed; a comment `sandbox` before them is what the
 * adversary, or bad luck, did; a comment `shows` behind one says what its output has to hold, several things apart by ` · `.
 */
export function trialOf(page: string): Trial {
  const over = /<!-- sandbox over (keys|federation) -->/.exec(page)?.[1] as Trial['over'] | undefined
  const steps = [...page.matchAll(PARTS)].map(
    ({ index, 1: hidden, 2: exit = '0', 3: shown = '', 4: shows = '' }): Step => {
      const under = [...page.slice(0, index).matchAll(/^## (.+)$/gm)].at(-1)?.[1] ?? ''
      if (hidden !== undefined) return { hidden: true, script: hidden, exit: 0, shows: [], under }
      return { hidden: false, script: shown, exit: Number(exit), shows: shows === '' ? [] : shows.split(' · '), under }
    },
  )
  return { over: over ?? 'pipeline', steps }
}

/** The command lines of credence in all blocks of a page that are a shell's, runnable or not. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(/^```sh\b.*?\n(.*?)^```/gms)]
    .flatMap(([, text = '']) => text.replaceAll(/\\\n\s*/g, ' ').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.startsWith('credence '))
}

/** SHA-256 of what of a page is run, hex: it changes where a block does, and not with the words around it. */
export function digestOf(trial: Trial): string {
  return createHash('sha256').update(JSON.stringify(trial)).digest('hex')
}
