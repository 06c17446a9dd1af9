import type { Said } from './case.ts'

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
