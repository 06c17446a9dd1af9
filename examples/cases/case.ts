import type { Children, Environment } from '../support/children.ts'

/** A case study: an attack or a failure on an installation that runs, from the vector to the end. */
export interface CaseStudy {
  readonly title: string
  run(stage: Stage): Promise<void>
}

/** What a case plays on. All that it does is shown, and each figure is what the run came to. */
export interface Stage {
  /** Empty at first. */
  readonly folder: string
  readonly children: Children
  readonly signal: AbortSignal
  /** At least six that are free. */
  readonly ports: readonly number[]
  /** A part of the story: the vector, detection, mitigation. */
  part(title: string, text: string): void
  tell(text: string): void
  /** Runs a command in the folder, and shows it with all that it says. */
  credence(args: readonly string[], environment?: Environment): Promise<Said>
  /** Starts a command that goes on; what it says is kept, and not shown. */
  start(args: readonly string[], environment?: Environment): Running
  /** A figure of the case, as its page has it; within a margin, where it moves from run to run. */
  figure(what: string, value: string | number, margin?: number): void
}

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly ended: Promise<Said>
  /** Resolves once what it said matches. Throws where it ends before. */
  says(pattern: RegExp): Promise<void>
  /** All that it said so far. */
  peek(): string
  /** SIGTERM, as an orchestrator stops a pod. */
  stop(): Promise<Said>
}
