import type { Environment } from '../support/children.ts'
import type { Said, Stage } from './case.ts'

/** The part of the text that matches, or its first group; `nothing` where none does. */
export function saidThat(text: string, pattern: RegExp): string {
  const found = pattern.exec(text)
  return found?.[1] ?? found?.[0] ?? 'nothing'
}

export function linesWith(text: string, word: string): readonly string[] {
  return text.split('\n').filter((line) => line.includes(word))
}

/** Records that `credence verify` counted as admitted. */
export function admittedIn({ stdout }: Said): string {
  return saidThat(stdout, /([\d,]+) records admitted/)
}

/** What a list has: the objects of its JSON lines. It is asked without being shown. */
export async function rowsOf<T>(
  stage: Stage,
  args: readonly string[],
  environment?: Environment,
): Promise<readonly T[]> {
  const { stdout } = await stage.start([...args, '--format', 'jsonl'], environment).ended
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)
}
